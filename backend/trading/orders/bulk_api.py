"""Thousands of orders in one request: as JSON, line by line, or as a table."""

import csv
import io
import re
from dataclasses import dataclass
from itertools import chain
from operator import itemgetter

import numpy as np
from django.db import transaction
from drf_spectacular.utils import extend_schema
from rest_framework import serializers

from shared import fields, numbers, problems
from shared.parsers import BulkJSONParser
from trading.grid import queries as grid
from trading.grid.access import PEOPLE, Door, PublicName, read_query
from trading.markets import queries as markets
from trading.markets.models import Auction
from trading.orders import asking, intake
from trading.orders.points import Points

EACH, ALL = "each", "all-or-nothing"
MOST_ORDERS, MOST_POINTS = 10_000, 500_000
ORDER = {"nodeId", "auctionId", "side", "curve", "points"}
POINT = {"period", "priceRpPerMwh", "quantityWh"}
TABLE = ["order", "nodeId", "auctionId", "side", "curve", "period", "priceRpPerMwh", "quantityWh"]
SIDES, CURVES = {"buy": True, "sell": False}, {"linear": True, "step": False}
INT4 = 2**31
NAME = re.compile(PublicName.regex, re.ASCII)


class OutcomeShape(serializers.Serializer):
    """What became of one order of the request; `heldUrp` is what it would hold, or holds."""

    row = serializers.IntegerField()
    orderId = serializers.CharField(allow_null=True)
    heldUrp = serializers.IntegerField()
    code = serializers.CharField(allow_null=True)
    errors = serializers.ListField(child=serializers.DictField(), required=False)


class ManyOrders(Door):
    """Orders of any nodes of the caller's, for any auctions."""

    roles = PEOPLE
    parser_classes = (BulkJSONParser,)

    class Query(fields.StrictSerializer):
        """All or nothing, or each by itself; a dry run finds everything out and enters nothing."""

        mode = fields.StrictChoiceField([EACH, ALL], default=EACH)
        dryRun = fields.StrictChoiceField(["true", "false"], default="false")

    class Answer(serializers.Serializer):
        """The outcomes in the order of the request."""

        placed = serializers.IntegerField()
        refused = serializers.IntegerField()
        dryRun = serializers.BooleanField()
        items = OutcomeShape(many=True)

    @extend_schema(
        operation_id="place_many_orders",
        parameters=[Query, asking.KEY_HEADER],
        request={"application/json": {"type": "object"}},
        responses=Answer,
    )
    def post(self, request):
        """Place them; `{"orders": […]}` or `{"csv": "…"}`."""
        asked = read_query(request, self.Query)
        return asking.once(request, lambda: (200, self._placed(request, asked)))

    def _placed(self, request, asked):
        orders = _orders(request.data)
        nodes, auctions = _known(orders, request.user)
        mode = {"all_or_nothing": asked["mode"] == ALL, "dry_run": asked["dryRun"] == "true"}
        # All that can be read and checked is, before others have to wait for this one.
        parts = list(_parts(orders, nodes, auctions))
        taken = _place(parts, request.user, **mode)
        told = chain.from_iterable(map(_outcomes, parts, taken))
        outcomes = sorted(told, key=itemgetter("row"))
        refused = [each for each in outcomes if each["code"]]
        if refused and mode["all_or_nothing"]:
            raise _nothing_placed(refused)
        return {
            "placed": 0 if mode["dry_run"] else len(outcomes) - len(refused),
            "refused": len(refused),
            "dryRun": mode["dry_run"],
            "items": outcomes,
        }


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """What a request asks of one auction: orders whose points are sound, and by their row what is wrong."""

    auction: Auction
    asked: intake.Sheet
    wrong: dict


def _parts(orders, nodes, auctions):
    by_auction = {}
    for row, order in enumerate(orders):
        by_auction.setdefault(order["auctionId"], []).append(row)
    for code, rows in sorted(by_auction.items(), key=lambda item: auctions[item[0]].pk):
        asked = _columns(rows, orders, nodes)
        wrong = intake.invalid_rows(asked, auction=auctions[code])
        if wrong:
            asked = _columns([row for index, row in enumerate(rows) if index not in wrong], orders, nodes)
        yield _Part(auctions[code], asked, {rows[index]: errors for index, errors in wrong.items()})


@transaction.atomic
def _place(parts, who, *, all_or_nothing, dry_run):
    """Place auction by auction; gates first, then all accounts, so that no two requests meet crosswise."""
    mine = np.concatenate([part.asked.node_ids for part in parts])
    locked = intake.lock(auction_ids=[part.auction.pk for part in parts], node_ids=mine)
    by = {"actor": who.subject, "source": asking.source_of(who), "at": markets.now()}
    taken = [
        intake.place(auction=part.auction, asked=part.asked, locked=locked, dry_run=dry_run, **by)
        for part in parts
    ]
    if all_or_nothing and any(part.wrong or each.refused for part, each in zip(parts, taken, strict=True)):
        transaction.set_rollback(True)
    return taken


def _outcomes(part, taken):
    for row, errors in part.wrong.items():
        yield {"row": row, "orderId": None, "heldUrp": 0, "code": "invalid", "errors": errors}
    rows, held = part.asked.rows.tolist(), taken.held_urp.tolist()
    for index, (row, name, urp) in enumerate(zip(rows, taken.public_ids, held, strict=True)):
        yield {"row": row, "orderId": name, "heldUrp": urp, "code": taken.refused.get(index)}


def _columns(rows, orders, nodes):
    points = [point for row in rows for point in orders[row]["points"]]
    lengths = [len(orders[row]["points"]) for row in rows]
    columns = [[point[name] for point in points] for name in ("period", "priceRpPerMwh", "quantityWh")]
    return intake.Sheet(
        rows=np.array(rows, np.int64),
        node_ids=np.array([nodes[orders[row]["nodeId"]] for row in rows], np.int64),
        is_buy=np.array([SIDES[orders[row]["side"]] for row in rows], bool),
        is_linear=np.array([CURVES[orders[row]["curve"]] for row in rows], bool),
        points=Points(np.concatenate([[0], np.cumsum(lengths)]), *(np.array(c, np.int64) for c in columns)),
    )


def _known(orders, who):
    """The keys of the nodes, which must be the caller's, and the auctions."""
    names, mine = {order["nodeId"] for order in orders}, set(who.nodes)
    nodes = grid.keys_of(public_ids=list(names & mine))
    codes = {order["auctionId"] for order in orders}
    auctions = {each.code: each for each in markets.auctions_named(codes=list(codes))}
    for row, order in enumerate(orders):
        if order["nodeId"] not in nodes:
            raise problems.field_error(f"orders.{row}.nodeId", "unknown", "You have no such node.")
        if order["auctionId"] not in auctions:
            raise problems.field_error(f"orders.{row}.auctionId", "unknown", "There is no such auction.")
    return nodes, auctions


def _orders(data):
    """The orders of a request, each of the right shape.

    :raises Problem: 400 naming the first that is not
    """
    if not isinstance(data, dict) or len(data) != 1 or not data.keys() <= {"orders", "csv"}:
        raise problems.field_error("orders", "required", 'Send {"orders": […]} or {"csv": "…"}.')
    orders = data["orders"] if "orders" in data else _table(data["csv"])
    if not isinstance(orders, list) or not 1 <= len(orders) <= MOST_ORDERS:
        raise problems.field_error("orders", "out-of-range", f"1 to {MOST_ORDERS} orders are read.")
    if not _sound(orders):
        for row, order in enumerate(orders):
            _check_order(f"orders.{row}", order)
    if sum(len(order["points"]) for order in orders) > MOST_POINTS:
        raise problems.field_error("orders", "out-of-range", f"At most {MOST_POINTS} points are read.")
    return orders


def _sound(orders):
    """Whether nothing is wrong with any of them, seen all at once: what is, `_check_order` says."""
    try:
        names = {order[name] for order in orders for name in ("nodeId", "auctionId")}
        points = [point for order in orders for point in order["points"]]
        values = [value for point in points for value in point.values()]
        return (
            all(order.keys() == ORDER and type(order["points"]) is list for order in orders)
            and all(point.keys() == POINT for point in points)
            and all(len(order["points"]) for order in orders)
            and {order["side"] for order in orders} <= SIDES.keys()
            and {order["curve"] for order in orders} <= CURVES.keys()
            and all(isinstance(name, str) and NAME.fullmatch(name) for name in names)
            and set(map(type, values)) == {int}
            and min(values) >= -INT4
            and max(values) < INT4
        )
    except (TypeError, KeyError, AttributeError):
        return False


def _check_order(place, order):
    if not isinstance(order, dict) or order.keys() != ORDER:
        raise problems.field_error(place, "invalid", f"An order has exactly: {', '.join(sorted(ORDER))}.")
    for name in ("nodeId", "auctionId"):
        if not isinstance(order[name], str) or not NAME.fullmatch(order[name]):
            raise problems.field_error(f"{place}.{name}", "invalid", "A name is required.")
    for name, choices in (("side", SIDES), ("curve", CURVES)):
        if not isinstance(order[name], str) or order[name] not in choices:
            raise problems.field_error(f"{place}.{name}", "invalid-choice", f"One of: {', '.join(choices)}.")
    points = order["points"]
    if not isinstance(points, list) or not points:
        raise problems.field_error(f"{place}.points", "required", "An order needs at least one point.")
    for index, point in enumerate(points):
        if not isinstance(point, dict) or point.keys() != POINT or not _whole(point.values()):
            text = f"A point has exactly, as whole numbers: {', '.join(sorted(POINT))}."
            raise problems.field_error(f"{place}.points.{index}", "invalid", text)


def _whole(values):
    return all(type(value) is int and -INT4 <= value < INT4 for value in values)


def _table(text):
    """The orders of a table: rows with the same first column are the points of one order."""
    if not isinstance(text, str):
        raise problems.field_error("csv", "invalid", "A text is required.")
    try:
        rows = list(csv.reader(io.StringIO(text, newline="")))
    except csv.Error as error:
        raise problems.field_error("csv", "malformed", f"This table cannot be read: {error}.") from error
    if not rows or rows[0] != TABLE:
        raise problems.field_error("csv", "invalid", f"The first line is: {','.join(TABLE)}")
    found = {}
    for line, row in enumerate(rows[1:], start=2):
        if len(row) != len(TABLE):
            raise problems.field_error(f"csv.{line}", "invalid", f"{len(TABLE)} columns are required.")
        head = dict(zip(TABLE[1:5], row[1:5], strict=True))
        order = found.setdefault(row[0], head | {"points": []})
        if any(order[name] != value for name, value in head.items()):
            raise problems.field_error(f"csv.{line}", "invalid", "The rows of an order differ.")
        order["points"].append(_point(line, row))
    return list(found.values())


def _point(line, row):
    try:
        values = [numbers.parse_integer(text, low=-INT4, high=INT4 - 1) for text in row[5:]]
    except numbers.NotANumber as error:
        raise problems.field_error(f"csv.{line}", "invalid", str(error)) from error
    return dict(zip(TABLE[5:], values, strict=True))


def _nothing_placed(refused):
    title, detail = "Nothing placed", f"{len(refused)} of the orders cannot be placed, so none was."
    return problems.Problem(422, "nothing-placed", title, detail, items=refused[:100])
