"""Trades and volumes are what is to flow: less what the grid operator curtailed."""

from types import SimpleNamespace

from webapp.member import auctions

STARTS = ["2026-11-23T11:00:00Z", "2026-11-23T11:15:00Z"]
AUCTION = {
    "auctionId": "rtm-2026-11-23-25",
    "periods": 2,
    "periodStarts": STARTS,
    "deliveryEndsAt": "2026-11-23T11:30:00Z",
}


def period(number, accepted_wh, curtailed_wh):
    return {
        "period": number,
        "acceptedWh": accepted_wh,
        "curtailedWh": curtailed_wh,
        "meterPriceRpPerMwh": 6_000,
    }


class Exchange:
    """An exchange on which Ada sold, and was curtailed."""

    user = SimpleNamespace(pk=1)

    def outcomes(self, auction_id, node):
        order = {"orderId": "o" * 16, "side": "sell", "periods": [period(0, 1_000, 600), period(1, 500, 500)]}
        return [order | {"block": None}]

    def block_lists(self, auction_id, node):
        return []


ADA = SimpleNamespace(node="N001", customer="C0018", area="CEEX")


def test_trades_are_what_is_to_flow():
    [told] = auctions.trades(Exchange(), AUCTION, [ADA])
    assert [each["volume"] for each in told["trades"]] == [auctions.units.from_wh(400, period_minutes=15)]


def test_net_volumes_are_what_is_to_flow():
    told = auctions.volumes(Exchange(), AUCTION, [ADA])["portfolioNetVolumes"][0]["areaNetVolumes"][0]
    assert [each["netVolume"] for each in told["netVolumes"]] == [
        auctions.units.from_wh(wh, period_minutes=15) for wh in (400, 0)
    ]
