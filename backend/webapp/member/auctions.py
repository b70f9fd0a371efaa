"""Auctions, contracts, prices, trades and volumes in the dialect's words."""

from datetime import datetime, timedelta

from shared import problems
from shared.fields import utc_text
from webapp.member import names, units
from webapp.member.exchange import PERIOD_MINUTES, end

CURRENCY = "CHF"
ORDER_TYPES = [{"id": 0, "name": "Curve"}, {"id": 1, "name": "Block"}]
LONGEST = timedelta(days=30)
# Delivery starts after closing, and at most so long after it.
DELIVERS_WITHIN = timedelta(days=2)
STATES = {
    "scheduled": "Closed",
    "open": "Open",
    "closed": "Closed",
    "cleared": "Closed",
    "published": "ResultsPublished",
    "settled": "ResultsPublished",
    "cancelled": "Cancelled",
}


def closing_between(exchange, start, stop):
    """The auctions whose gates close between two instants.

    :raises Problem: 400 if that is too long or the wrong way round
    """
    if not timedelta() <= stop - start <= LONGEST:
        raise problems.field_error(
            "closeBiddingTo", "out-of-range", f"At most {LONGEST.days} days are listed."
        )
    query = [("from", utc_text(start)), ("to", utc_text(stop + DELIVERS_WITHIN))]
    for each in exchange.read("/auctions", query)["items"]:
        if start <= datetime.fromisoformat(each["gateClosesAt"]) <= stop:
            yield each


def described(auction):
    """An auction in a list."""
    return {
        "id": auction["auctionId"],
        "name": f"{auction['marketId'].upper()} {auction['deliveryDay']} {auction['number']}",
        "state": STATES[auction["state"]],
        "closeForBidding": auction["gateClosesAt"],
        "deliveryStart": auction["deliveryStartsAt"],
        "deliveryEnd": auction["deliveryEndsAt"],
    }


def described_in_full(exchange, auction):
    """An auction with its contracts, portfolios and bounds."""
    portfolios = exchange.portfolios()
    market = _market(exchange, auction)
    contracts = [_contract(auction, period) for period in range(auction["periods"])]
    areas = sorted({each.area for each in portfolios})
    return described(auction) | {
        "availableOrderTypes": ORDER_TYPES if market["blocksAllowed"] else ORDER_TYPES[:1],
        "currencies": [
            {
                "currencyCode": CURRENCY,
                "minPrice": units.from_rp_per_mwh(market["priceFloorRpPerMwh"]),
                "maxPrice": units.from_rp_per_mwh(market["priceCapRpPerMwh"]),
            }
        ],
        "contracts": [{"areaCode": area, "contracts": contracts} for area in areas],
        "portfolios": [_portfolio(exchange, each) for each in portfolios],
    }


def prices(exchange, auction):
    """The prices of an auction, at the border of the community."""
    found = exchange.read(f"/auctions/{auction['auctionId']}/prices")["items"]
    areas = sorted({each.area for each in exchange.portfolios()})
    return {
        "auction": auction["auctionId"],
        "auctionDeliveryStart": auction["deliveryStartsAt"],
        "auctionDeliveryEnd": auction["deliveryEndsAt"],
        "contracts": [_period(auction, each["period"]) | {"areas": _areas(areas, each)} for each in found],
    }


def trades(exchange, auction, portfolios):
    """What each order got, at the price at its meter; of a list of blocks each block by itself."""
    for portfolio in portfolios:
        lists = exchange.block_lists(auction["auctionId"], portfolio.node)
        listed = {each["orderId"]: (found, each) for found in lists for each in found["blocks"]}
        for outcome in exchange.outcomes(auction["auctionId"], portfolio.node):
            yield {
                **_result(outcome, *listed.get(outcome["orderId"], (None, None))),
                "auctionId": auction["auctionId"],
                "userId": str(exchange.user.pk),
                "companyName": portfolio.customer,
                "portfolio": portfolio.node,
                "currencyCode": CURRENCY,
                "areaCode": portfolio.area,
                "trades": [_trade(auction, outcome, each) for each in outcome["periods"] if _flows_wh(each)],
            }


def _result(outcome, found, block):
    """Which order it is, and of a block its ratio and why."""
    if block is None:
        return {"orderId": names.guid(outcome["orderId"]), "orderResultType": "Curve", "block": None}
    why = outcome["block"]
    return {
        "orderId": names.guid(found["listId"]),
        "orderResultType": "Block",
        "block": {
            "name": block["name"],
            "acceptanceRatio": units.from_permille(why["ratioPermille"]),
            "reason": why["code"],
            "averagePrice": units.from_rp_per_mwh(why["averageRpPerMwh"]),
        },
    }


def volumes(exchange, auction, portfolios):
    """What each portfolio sold (+) and bought (−) together."""
    return {
        "auctionId": auction["auctionId"],
        "portfolioNetVolumes": [_volumes(exchange, auction, each) for each in portfolios],
    }


def _volumes(exchange, auction, portfolio):
    net = [0] * auction["periods"]
    for outcome in exchange.outcomes(auction["auctionId"], portfolio.node):
        sign = 1 if outcome["side"] == "sell" else -1
        for each in outcome["periods"]:
            net[each["period"]] += sign * _flows_wh(each)
    contracts = [
        _period(auction, period) | {"netVolume": units.from_wh(wh, period_minutes=PERIOD_MINUTES)}
        for period, wh in enumerate(net)
    ]
    return {
        "portfolio": portfolio.node,
        "companyName": portfolio.customer,
        "areaNetVolumes": [{"areaCode": portfolio.area, "netVolumes": contracts}],
    }


def _flows_wh(each):
    """What of an order is to flow: accepted, and not curtailed by the grid operator since."""
    return each["acceptedWh"] - each["curtailedWh"]


def _trade(auction, outcome, each):
    return _period(auction, each["period"]) | {
        "tradeId": f"{outcome['orderId']}-{each['period'] + 1}",
        "volume": units.from_wh(_flows_wh(each), period_minutes=PERIOD_MINUTES),
        "price": units.from_rp_per_mwh(each["meterPriceRpPerMwh"]),
        "side": outcome["side"].capitalize(),
        "status": "Final",
    }


def _areas(areas, each):
    price = {
        "currencyCode": CURRENCY,
        "marketPrice": units.from_rp_per_mwh(each["priceRpPerMwh"]),
        "status": "Final",
    }
    return [{"areaCode": area, "prices": [price]} for area in areas]


def _market(exchange, auction):
    markets = exchange.read("/markets")["items"]
    return next(each for each in markets if each["marketId"] == auction["marketId"])


def _contract(auction, period):
    return {
        "id": names.contract(auction["auctionId"], period),
        "deliveryStart": auction["periodStarts"][period],
        "deliveryEnd": end(auction, period),
    }


def _period(auction, period):
    named = _contract(auction, period)
    named["contractId"] = named.pop("id")
    return named


def _portfolio(exchange, portfolio):
    most = exchange.capacity_w(portfolio.node) / 1_000_000
    return {
        "name": portfolio.node,
        "id": portfolio.node,
        "currency": CURRENCY,
        "companyId": portfolio.customer,
        "companyName": portfolio.customer,
        "permission": "WRITE" if exchange.key is None or exchange.key.allows("trade") else "READ",
        "areas": [
            {
                "code": portfolio.area,
                "name": portfolio.area,
                "eicCode": None,
                "curveMinVolumeLimit": -most,
                "curveMaxVolumeLimit": most,
                "auctionTradingResolution": PERIOD_MINUTES * 60,
            }
        ],
    }
