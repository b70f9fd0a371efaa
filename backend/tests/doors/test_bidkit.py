"""A third party's tool, nexa-bidkit, trades here: what its Nord Pool converters emit is taken as it is."""

import json
from datetime import timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from nexa_bidkit import nordpool
from nexa_bidkit.bids import BlockBid, ExclusiveGroupBid, LinkedBlockBid, simple_bid_from_curve
from nexa_bidkit.orders import OrderBook
from nexa_bidkit.types import (
    BiddingZone,
    CurveType,
    DeliveryPeriod,
    Direction,
    MTUDuration,
    MTUInterval,
    PriceQuantityCurve,
    PriceQuantityStep,
)

from trading.markets.queries import Moment
from trading.operations import operations
from trading.operations.meters import MeterWindows
from trading.strategies import operations as strategies
from trading.tests.cast import NOON_BEFORE, auction

V1 = "/api/member/v1"
NOON, LATER = 48, 49
ZURICH = ZoneInfo("Europe/Zurich")


@pytest.fixture
def contract_id(doors):
    """The contract of an interval, looked up in the auction as a tool has to."""
    listed = doors.call("ada", "GET", f"{V1}/auctions/{auction().code}")["contracts"]
    ids = {each["deliveryStart"]: each["id"] for area in listed for each in area["contracts"]}
    return lambda mtu, zone: ids[mtu.start.astimezone(ZoneInfo("UTC")).isoformat().replace("+00:00", "Z")]


def interval(period):
    start = auction().delivery_starts_at.astimezone(ZURICH) + timedelta(minutes=15 * period)
    return MTUInterval.from_start(start, MTUDuration.QUARTER_HOURLY)


def simple(kind, period, *steps):
    """A bid of (price in CHF/MWh, volume in MW) steps for one period."""
    rows = [PriceQuantityStep(price=Decimal(price), volume=Decimal(volume)) for price, volume in steps]
    curve = PriceQuantityCurve(curve_type=kind, steps=rows, mtu=interval(period))
    return simple_bid_from_curve(curve=curve, bidding_zone=BiddingZone.NO1)


def block(kind, name, direction, price, volume, periods=2, **more):
    """A bid of that kind for some quarter hours from noon on."""
    mtus = [interval(NOON + index) for index in range(periods)]
    span = DeliveryPeriod(start=mtus[0].start, end=mtus[-1].end, duration=MTUDuration.QUARTER_HOURLY)
    figures = {"price": Decimal(price), "volume": Decimal(volume), "delivery_period": span}
    return kind(bid_id=name, bidding_zone=BiddingZone.NO1, direction=direction, **figures, **more)


def emitted(payload):
    """The payload as the tool writes it to the wire."""
    return json.loads(payload.model_dump_json(by_alias=True))


def run(at):
    meters = MeterWindows()
    while operations.run_due(worker="w1", moment=Moment(at, at, 1), meters=meters):
        pass


def test_its_curves_are_taken_unchanged_and_their_results_come_back(doors, street, dam, contract_id):
    strategies.choose_default(nodes=[street.utility_sells, street.utility_buys], at=NOON_BEFORE)
    offer = simple(CurveType.SUPPLY, NOON, ("80.00", "0.003"), ("90.00", "0.001"))
    need = simple(CurveType.DEMAND, NOON, ("264.50", "0.004"), ("200.00", "0.002"))
    placed = {}
    for name, bid, node in (("ada", offer, street.ada), ("bo", need, street.bo)):
        order = nordpool.simple_bid_to_curve_order(bid, dam.code, node.public_id, contract_id)
        placed[name] = doors.call(name, "POST", f"{V1}/curveorders", json=emitted(order))
        assert placed[name]["curves"][0]["contractId"] == order.curves[0].contract_id
        assert placed[name]["state"] == "Accepted"
    said = {(each["price"], each["volume"]) for each in placed["ada"]["curves"][0]["curvePoints"]}
    assert said == {(80, 0.003), (90, 0.001)}
    run(dam.gate_closes_at - timedelta(minutes=5))
    run(dam.gate_closes_at)
    [sold] = doors.call("ada", "GET", f"{V1}/auctions/{dam.code}/trades")
    assert sold["orderId"] == placed["ada"]["orderId"]
    [trade] = sold["trades"]
    assert (trade["volume"], trade["side"], trade["status"]) == (0.004, "Sell", "Final")
    [bought] = doors.call("bo", "GET", f"{V1}/auctions/{dam.code}/trades")
    assert bought["trades"][0]["side"] == "Buy"
    volumes = doors.call("bo", "GET", f"{V1}/auctions/{dam.code}/portfoliovolumes")
    net = volumes["portfolioNetVolumes"][0]["areaNetVolumes"][0]
    assert net["areaCode"] == "NO1"
    assert net["netVolumes"][NOON]["netVolume"] == -bought["trades"][0]["volume"]
    prices = doors.call("bo", "GET", f"{V1}/auctions/{dam.code}/prices")["contracts"]
    assert prices[NOON]["areas"][0]["areaCode"] == "NO1"
    [order] = doors.call("ada", "GET", f"{V1}/auctions/{dam.code}/orders")["curveOrders"]
    assert (order["orderId"], order["state"]) == (placed["ada"]["orderId"], "ResultsPublished")


def test_an_order_is_changed_told_and_cancelled_as_in_the_dialect(doors, street, dam, contract_id):
    bid = simple(CurveType.SUPPLY, NOON, ("80.00", "0.004"))
    order = nordpool.simple_bid_to_curve_order(bid, dam.code, street.ada.public_id, contract_id)
    placed = doors.call("ada", "POST", f"{V1}/curveorders", json=emitted(order))
    path = f"{V1}/curveorders/{placed['orderId']}"
    later = simple(CurveType.SUPPLY, LATER, ("70.50", "0.002"))
    added = nordpool.simple_bid_to_curve_order(later, dam.code, street.ada.public_id, contract_id)
    key = {"Idempotency-Key": "patched-once"}
    changed = doors.call("ada", "PATCH", path, json={"curves": emitted(added)["curves"]}, headers=key)
    assert doors.call("ada", "PATCH", path, json={"curves": emitted(added)["curves"]}, headers=key) == changed
    doors.call("ada", "PATCH", path, status=422, json={"curves": emitted(order)["curves"]}, headers=key)
    assert len(changed["curves"]) == 2 and changed["version"] == 2
    assert doors.call("ada", "GET", path) == changed
    assert [each["version"] for each in doors.call("ada", "GET", path + "/versions")] == [1, 2]
    doors.call("bo", "GET", path, status=404)
    doors.call("bo", "PATCH", path, status=404, json={"curves": []})
    assert doors.call("ada", "PATCH", path, json={"curves": []})["state"] == "Cancelled"
    again = doors.call("ada", "POST", f"{V1}/curveorders", json=emitted(order))
    gone = doors.call("ada", "DELETE", f"{V1}/auctions/{dam.code}/orders/cancelall")
    assert gone == {"cancelledOrderIds": [again["orderId"]]}


def test_what_is_not_exact_or_not_known_is_refused_with_its_place(doors, street, dam, contract_id):
    bid = simple(CurveType.SUPPLY, NOON, ("80.00", "0.004"))
    whole = emitted(nordpool.simple_bid_to_curve_order(bid, dam.code, street.ada.public_id, contract_id))
    contract = whole["curves"][0]["contractId"]

    def point(**change):
        return [{"contractId": contract, "curvePoints": [{"price": 80.0, "volume": 0.004} | change]}]

    for change, field in (
        ({"curves": point(volume=0.0000005)}, "curves.0.curvePoints.0.volume"),
        ({"curves": point(price=80.001)}, "curves.0.curvePoints.0.price"),
        ({"curves": point(price="80")}, "curves.0.curvePoints.0.price"),
        (
            {"curves": [{"contractId": "x-Q97", "curvePoints": [{"price": 1, "volume": 1}]}]},
            "curves.0.contractId",
        ),
        ({"portfolio": street.bo.public_id}, "portfolio"),
        ({"areaCode": "NO2"}, "areaCode"),
        ({"auctionId": "dam-1999-01-01"}, "auctionId"),
        ({"shape": "round"}, "shape"),
    ):
        refused = doors.call("ada", "POST", f"{V1}/curveorders", status=400, json=whole | change)
        assert [each["field"] for each in refused["errors"]] == [field]
        assert field in refused["message"]


def test_auctions_are_found_by_the_time_they_close(doors, dam):
    span = {"closeBiddingFrom": "2026-11-22T09:30:00Z", "closeBiddingTo": "2026-11-22T10:30:00Z"}
    found = {each["id"]: each["state"] for each in doors.call("ada", "GET", f"{V1}/auctions", params=span)}
    assert found[dam.code] == "Open"
    doors.call("ada", "GET", f"{V1}/auctions", status=400, params={"closeBiddingFrom": "now"})
    doors.call(None, "GET", f"{V1}/auctions", status=401, params=span)


def test_its_blocks_links_and_exclusive_groups_are_taken_unchanged_and_their_results_come_back(
    doors, street, dam, contract_id
):
    strategies.choose_default(nodes=[street.utility_sells, street.utility_buys], at=NOON_BEFORE)
    sell, buy = Direction.SELL, Direction.BUY
    bids = [
        block(BlockBid, "base", sell, "80.00", "0.002"),
        block(LinkedBlockBid, "more", sell, "85.00", "0.001", parent_bid_id="base",
              min_acceptance_ratio=Decimal("0.5")),
        block(BlockBid, "dear", sell, "390.00", "0.001"),
        ExclusiveGroupBid(group_id="either", bidding_zone=BiddingZone.NO1, direction=sell, block_bids=[
            block(BlockBid, "short", sell, "82.00", "0.001", periods=1),
            block(BlockBid, "long", sell, "82.00", "0.001"),
        ]),
    ]  # fmt: skip
    ours = OrderBook(order_book_id="ours", bids=bids, created_at=NOON_BEFORE)
    made = nordpool.order_book_to_nord_pool(ours, dam.code, street.ada.public_id, contract_id)
    lists = made.block_orders + made.linked_block_orders + made.exclusive_group_orders
    placed = [doors.call("ada", "POST", f"{V1}/blockorders", json=emitted(each)) for each in lists]
    assert [[each["name"] for each in one["blocks"]] for one in placed] == [
        ["base"], ["dear"], ["more"], ["short", "long"],
    ]  # fmt: skip
    for sent, got in zip(lists, placed, strict=True):
        (first, *_), (told, *_) = emitted(sent)["blocks"], got["blocks"]
        assert {name: told[name] for name in first} == first
    need = block(BlockBid, "need", buy, "264.50", "0.006")
    order = nordpool.block_bid_to_block_list(need, dam.code, street.bo.public_id, contract_id)
    doors.call("bo", "POST", f"{V1}/blockorders", json=emitted(order))
    run(dam.gate_closes_at - timedelta(minutes=5))
    run(dam.gate_closes_at)
    trades = doors.call("ada", "GET", f"{V1}/auctions/{dam.code}/trades")
    found = {each["block"]["name"]: each["block"] for each in trades}
    ratios = {name: each["acceptanceRatio"] for name, each in found.items()}
    assert (ratios["base"], ratios["more"], ratios["dear"]) == (1, 1, 0)
    assert found["dear"]["reason"] == "out-of-the-money" and found["dear"]["averagePrice"] < 390
    assert ratios["short"] + ratios["long"] == 1
    base = next(each for each in trades if each["block"]["name"] == "base")
    assert (base["orderResultType"], base["orderId"]) == ("Block", placed[0]["orderId"])
    assert [each["volume"] for each in base["trades"]] == [0.002, 0.002]
    [bought] = doors.call("bo", "GET", f"{V1}/auctions/{dam.code}/trades")
    assert (bought["block"]["acceptanceRatio"], bought["trades"][0]["side"]) == (1, "Buy")
    listed = doors.call("ada", "GET", f"{V1}/auctions/{dam.code}/orders")
    assert listed["curveOrders"] == [] and len(listed["blockLists"]) == 4
    assert {each["state"] for one in listed["blockLists"] for each in one["blocks"]} == {"ResultsPublished"}


def test_a_list_of_blocks_is_changed_told_and_cancelled_as_in_the_dialect(doors, street, dam, contract_id):
    def sent(*bids):
        made = [
            nordpool.block_bid_to_block_list(bid, dam.code, street.ada.public_id, contract_id) for bid in bids
        ]
        return emitted(made[0]) | {"blocks": [each for one in made for each in emitted(one)["blocks"]]}

    def offer(name, volume):
        return block(BlockBid, name, Direction.SELL, "80.00", volume)

    placed = doors.call(
        "ada", "POST", f"{V1}/blockorders", json=sent(offer("a", "0.001"), offer("b", "0.001"))
    )
    path = f"{V1}/blockorders/{placed['orderId']}"
    change = {"blocks": sent(offer("b", "0.002"), offer("c", "0.003"))["blocks"]}
    changed = doors.call("ada", "PATCH", path, json=change)
    volumes = {each["name"]: each["periods"][0]["volume"] for each in changed["blocks"]}
    assert (changed["version"], volumes) == (2, {"a": 0.001, "b": 0.002, "c": 0.003})
    assert doors.call("ada", "GET", path) == changed
    versions = doors.call("ada", "GET", path + "/versions")
    assert [(each["version"], len(each["blocks"])) for each in versions] == [(1, 2), (2, 3)]
    doors.call("bo", "GET", path, status=404)
    doors.call("bo", "PATCH", path, status=404, json={"blocks": []})
    doors.call("ada", "GET", path.replace("blockorders", "curveorders"), status=404)
    for wrong, field in (
        ({"price": 80.001}, "blocks.0.price"),
        ({"minimumAcceptanceRatio": 1.5}, "blocks.0.minimumAcceptanceRatio"),
        ({"isSpreadBlock": True}, "blocks.0.isSpreadBlock"),
        ({"linkedTo": "nobody"}, "blocks.0.linkedTo"),
    ):
        body = {"blocks": [change["blocks"][0] | wrong]}
        refused = doors.call("ada", "PATCH", path, status=400, json=body)
        assert refused["errors"][0]["field"] == field
    gone = doors.call("ada", "DELETE", f"{V1}/auctions/{dam.code}/orders/cancelall")
    assert gone == {"cancelledOrderIds": [placed["orderId"]]}
    assert {each["state"] for each in doors.call("ada", "GET", path)["blocks"]} == {"Cancelled"}
