"""Orders, and the book of an auction as arrays."""

import io
from dataclasses import dataclass
from functools import reduce
from operator import or_

import numpy as np
from django.db import connection
from django.db.models import F, Q

from shared import problems
from trading.orders.models import Order
from trading.orders.points import Points

OUTCOMES = {state: Q(state=state) for state in ("open", "cancelled", "frozen", "released")} | {
    "accepted": Q(state="cleared", accepted_wh=F("ordered_wh"), accepted_wh__gt=0),
    "partly-accepted": Q(state="cleared", accepted_wh__gt=0, accepted_wh__lt=F("ordered_wh")),
    "not-accepted": Q(state="cleared", accepted_wh=0),
}
OUTCOME_NAMES = list(OUTCOMES)
OWN_SOURCES = ("household", "member")  # all others are strategies

# The canonical form of a book: one line per order that was not cancelled, in the order of their numbers.
# number,orderId,node,bus,side,curve,version,fee,receivedAt,periods,prices,quantities – limits at the meter.
# Before them a line with what each line of the grid may carry upwards and downwards: up,down.
CANONICAL_BOOK = """
SELECT encode(sha256(coalesce(string_agg(convert_to(line, 'UTF8'), ''::bytea ORDER BY id), ''::bytea)), 'hex')
FROM (
    SELECT o.id, concat_ws(',', o.id, o.public_id, n.public_id, b.name, o.side, o.curve, o.version,
        o.fee_rp_per_mwh, to_char(o.received_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        array_to_string(o.periods, ' '), array_to_string(o.prices_rp_per_mwh, ' '),
        array_to_string(o.quantities_wh, ' ')) || E'\\n' AS line
    FROM orders_order o JOIN grid_node n ON n.id = o.node_id JOIN grid_bus b ON b.id = n.bus_id
    WHERE o.auction_id = %(auction)s AND o.state <> 'cancelled'
    UNION ALL
    SELECT 0, concat_ws(',', array_to_string(up_wh, ' '), array_to_string(down_wh, ' ')) || E'\\n'
    FROM capacities_frozencapacities WHERE auction_id = %(auction)s
) book
"""
FROZEN_BOOK = """
COPY (
    SELECT o.id, o.node_id, b.position::bigint, (o.side = 'buy')::int::bigint,
        (o.curve = 'linear')::int::bigint, o.fee_rp_per_mwh::bigint,
        o.periods, o.prices_rp_per_mwh, o.quantities_wh
    FROM orders_order o JOIN grid_node n ON n.id = o.node_id JOIN grid_bus b ON b.id = n.bus_id
    WHERE o.auction_id = %s AND o.state IN ('frozen', 'cleared') ORDER BY o.id
) TO STDOUT (FORMAT binary)
"""
COPY_HEADER_BYTES = 19  # signature, flags, length of an extension that is empty
FIELDS_HEAD = np.dtype([("count", ">i2")] + [(name, [("bytes", ">i4"), ("value", ">i8")]) for name in (
    "order", "node", "bus", "buy", "linear", "fee")])  # fmt: skip
ELEMENTS = [np.dtype([("bytes", ">i4"), ("value", kind)]) for kind in (">i2", ">i4", ">i4")]
ARRAY_HEAD_BYTES = 20  # dimensions, flags, type, length, lower bound


class OrderNotFound(Exception):
    """There is no such order."""


problems.register(OrderNotFound, status=404, code="not-found", title="Not found")


@dataclass(frozen=True, slots=True, eq=False)
class Book:
    """The frozen book of an auction in the order of its orders' numbers.

    Per order: `order_ids`, `node_ids`, `buses` (positions), `is_buy`, `is_linear`, `fees_rp_per_mwh`;
    order i owns the points first[i]:first[i + 1]. Per point: `periods`, `prices_rp_per_mwh` – limits at
    the bus – and `quantities_wh`.
    """

    order_ids: np.ndarray
    node_ids: np.ndarray
    buses: np.ndarray
    is_buy: np.ndarray
    is_linear: np.ndarray
    fees_rp_per_mwh: np.ndarray
    first: np.ndarray
    periods: np.ndarray
    prices_rp_per_mwh: np.ndarray
    quantities_wh: np.ndarray

    @property
    def point_order(self):
        """The index of the order that each point belongs to."""
        return np.repeat(np.arange(len(self.order_ids)), np.diff(self.first))


def order(*, node, public_id):
    """An order of a node.

    :raises OrderNotFound: the node has none of this name
    """
    try:
        return Order.objects.select_related("auction__market", "node").get(node=node, public_id=public_id)
    except Order.DoesNotExist as error:
        raise OrderNotFound from error


def order_of_any(*, nodes, public_id):
    """An order of one of these nodes, given by their public names.

    :raises OrderNotFound: none of them has one of this name
    """
    rows = Order.objects.select_related("auction__market", "node")
    found = rows.filter(node__public_id__in=nodes, public_id=public_id).first()
    if found is None:
        raise OrderNotFound
    return found


def orders_of(node, *, auction=None, starts_from=None, starts_before=None, outcomes=None, before=None):
    """Orders of a node, the newest first; `before` is the number of the last order already seen."""
    rows = Order.objects.filter(node=node).select_related("auction__market", "node").order_by("-pk")
    filters = {
        "auction__code": auction,
        "auction__delivery_starts_at__gte": starts_from,
        "auction__delivery_starts_at__lt": starts_before,
        "pk__lt": before,
    }
    rows = rows.filter(**{name: value for name, value in filters.items() if value is not None})
    return rows if outcomes is None else rows.filter(reduce(or_, (OUTCOMES[name] for name in outcomes)))


def outcome(order):
    """What became of an order so far, one of `OUTCOMES`."""
    if order.state != Order.State.CLEARED:
        return order.state
    if order.accepted_wh == 0:
        return "not-accepted"
    return "accepted" if order.accepted_wh == order.ordered_wh else "partly-accepted"


def points_of(order):
    """The points of one order as arrays."""
    return Points.of_one(order.periods, order.prices_rp_per_mwh, order.quantities_wh)


def nodes_with_own_orders(*, auction):
    """The keys of nodes whose household has an open order of its own in an auction."""
    rows = Order.objects.filter(auction=auction, state="open", source__in=OWN_SOURCES)
    return set(rows.values_list("node_id", flat=True))


def versions(order):
    """What an order said, from the first version on."""
    return order.versions.order_by("version")


def book_hash(*, auction):
    """The SHA-256 of the canonical form of an auction's book."""
    with connection.cursor() as cursor:
        cursor.execute(CANONICAL_BOOK, {"auction": auction.pk})
        return cursor.fetchone()[0]


def book_of(*, auction):
    """The frozen book of an auction as arrays, ready for clearing."""
    buffer = io.BytesIO()
    with connection.cursor() as cursor:
        cursor.copy_expert(cursor.mogrify(FROZEN_BOOK, [auction.pk]).decode(), buffer)
    heads, columns = _parse(buffer.getbuffer())
    lengths = [len(values) for values in columns[0]]
    periods, prices, quantities = (
        np.concatenate(values).astype(np.int64) if values else np.zeros(0, np.int64) for values in columns
    )
    fees = heads["fee"]["value"].astype(np.int64)
    return Book(
        order_ids=heads["order"]["value"].astype(np.int64),
        node_ids=heads["node"]["value"].astype(np.int64),
        buses=heads["bus"]["value"].astype(np.int64),
        is_buy=heads["buy"]["value"].astype(bool),
        is_linear=heads["linear"]["value"].astype(bool),
        fees_rp_per_mwh=fees,
        first=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        periods=periods,
        prices_rp_per_mwh=prices - np.repeat(fees, lengths),
        quantities_wh=quantities,
    )


def _parse(data):
    """Split PostgreSQL's binary rows into the fixed columns and the three arrays of each order."""
    place, heads, columns = COPY_HEADER_BYTES, [], ([], [], [])
    while int.from_bytes(data[place : place + 2], "big", signed=True) != -1:
        heads.append(data[place : place + FIELDS_HEAD.itemsize])
        place += FIELDS_HEAD.itemsize
        for column, element in zip(columns, ELEMENTS, strict=True):
            size = int.from_bytes(data[place : place + 4], "big")
            count = (size - ARRAY_HEAD_BYTES) // element.itemsize
            column.append(np.frombuffer(data, element, count, place + 4 + ARRAY_HEAD_BYTES)["value"])
            place += 4 + size
    return np.frombuffer(b"".join(heads), FIELDS_HEAD), columns
