"""A member with many portfolios asks trading as often as one with few."""

import pytest

from webapp.access.models import Pairing
from webapp.conftest import _paired, now

AUCTION = {
    "auctionId": "rtm-2026-11-23-25",
    "marketId": "rtm",
    "deliveryDay": "2026-11-23",
    "number": 25,
    "state": "published",
    "gateClosesAt": "2026-11-23T10:00:00Z",
    "deliveryStartsAt": "2026-11-23T11:00:00Z",
    "deliveryEndsAt": "2026-11-23T11:15:00Z",
    "periods": 1,
    "periodStarts": ["2026-11-23T11:00:00Z"],
}
MARKET = {"marketId": "rtm", "blocksAllowed": True, "priceFloorRpPerMwh": -5_000, "priceCapRpPerMwh": 40_000}
DOORS = ("", "/orders", "/trades", "/portfoliovolumes")
PERIOD = {"period": 0, "acceptedWh": 400, "curtailedWh": 0, "meterPriceRpPerMwh": 6_000}


def order(node):
    return {
        "orderId": "o" * 16,
        "nodeId": node,
        "auctionId": AUCTION["auctionId"],
        "side": "sell",
        "curve": "step",
        "state": "accepted",
        "source": "household",
        "version": 1,
        "points": [{"period": 0, "priceRpPerMwh": 6_000, "quantityWh": 400}],
        "receivedAt": "2026-11-23T09:00:00Z",
        "cancelledAt": None,
        "block": None,
    }


@pytest.fixture
def told(trading):
    """Trading, which knows the auction and what each node has in it."""
    nodes = ("C001", "N001", *(f"M{number:03}" for number in range(20)))
    trading.answer("GET", f"/auctions/{AUCTION['auctionId']}", 200, AUCTION)
    trading.answer("GET", "/markets", 200, {"items": [MARKET]})
    trading.answer("GET", "/dso/all", 200, {"items": [{"dsoId": "village", "areaCode": "NO1"}]})
    capacities = [{"nodeId": node, "connectionCapacityW": 10_000} for node in nodes]
    trading.answer("GET", "/nodes", 200, {"items": capacities})
    trading.answer("GET", "/orders", 200, {"items": [order(node) for node in nodes], "next": None})
    trading.answer("GET", "/blocks", 200, {"items": []})
    outcomes = [
        {"orderId": "o" * 16, "nodeId": node, "side": "sell", "periods": [PERIOD], "block": None}
        for node in nodes
    ]
    trading.answer("GET", "/results", 200, {"items": outcomes})
    return trading


@pytest.mark.parametrize("door", DOORS)
def test_asks_as_often_for_twenty_as_for_two(as_ada, ada, told, door):
    def ask():
        told.seen.clear()
        answer = as_ada.get(f"/api/member/v1/auctions/{AUCTION['auctionId']}{door}")
        assert answer.status_code == 200, answer.content
        return len(told.seen), answer.json()

    few, small = ask()
    for number in range(10):
        _paired(ada, f"20{number:02}", f"M{number:03}", f"M{number + 10:03}")
    assert Pairing.objects.filter(user=ada, paired_at__lte=now()).count() == 11
    many, big = ask()
    assert many == few
    assert len(str(big)) > 5 * len(str(small)) if door else len(big["portfolios"]) == 22


def test_looks_through_all_pages(as_ada, told):
    first = {"items": [order("N001")], "next": "7"}
    told.answer("GET", f"/orders?auction={AUCTION['auctionId']}", 200, first)
    told.answer(
        "GET",
        f"/orders?auction={AUCTION['auctionId']}&cursor=7",
        200,
        {"items": [order("C001")], "next": None},
    )
    answer = as_ada.get(f"/api/member/v1/auctions/{AUCTION['auctionId']}/orders")
    assert sorted(each["portfolio"] for each in answer.json()["curveOrders"]) == ["C001", "N001"]
