"""Orders, and the book of an auction as arrays."""

from dataclasses import dataclass
from functools import reduce
from operator import or_

import numpy as np
from django.db import connection
from django.db.models import BigIntegerField, F, Q
from django.db.models.expressions import RawSQL

from shared import problems
from trading import binary_copy
from trading.grid.models import Node
from trading.orders.models import Order
from trading.orders.points import Points

LIVE = ("scheduled", "open")  # states of an auction whose gate has not closed
DECIDED = ("published", "settled")
STANDING = Q(state="open")
OUTCOMES = {
    "open": STANDING & Q(auction__state__in=LIVE),
    "cancelled": Q(state="cancelled"),
    "frozen": STANDING & Q(auction__state__in=["closed", "cleared"]),
    "released": STANDING & Q(auction__state="cancelled"),
    "accepted": STANDING & Q(auction__state__in=DECIDED, accepted_wh=F("ordered_wh"), accepted_wh__gt=0),
    "partly-accepted": STANDING
    & Q(auction__state__in=DECIDED, accepted_wh__gt=0, accepted_wh__lt=F("ordered_wh")),
    "not-accepted": STANDING & Q(auction__state__in=DECIDED, accepted_wh=0),
}
OUTCOME_NAMES = list(OUTCOMES)
# What of an order was accepted, from the row that its auction has of its node; null before the result.
# Nothing is accepted of what was set aside.
ACCEPTED_WH = """
coalesce((SELECT acceptance.accepted_wh[array_position(acceptance.orders, orders_order.id)]
 FROM orders_acceptance acceptance
 WHERE acceptance.auction_id = orders_order.auction_id AND acceptance.node_id = orders_order.node_id),
 (SELECT 0 FROM orders_quarantinedorder quarantined WHERE quarantined.order_id = orders_order.id))
"""
OWN_SOURCES = ("household", "member")  # all others are strategies
BY_PEOPLE = f"source IN {OWN_SOURCES}"  # the same in SQL: by hand or by program

# The canonical form of a book: one line per order that was not cancelled, in the order of their numbers.
# number,orderId,node,bus,side,curve,version,fee,receivedAt,periods,prices,quantities – limits at the meter;
# of a block then: block,least ratio in thousandths,number of its parent or 0,its exclusive group in quotes.
# Before them a line with what each line of the grid may carry upwards and downwards: up,down.
CANONICAL_BOOK = """
SELECT encode(sha256(coalesce(string_agg(convert_to(line, 'UTF8'), ''::bytea ORDER BY id), ''::bytea)), 'hex')
FROM (
    SELECT o.id, concat_ws(',', o.id, o.public_id, n.public_id, b.name, o.side, o.curve, o.version,
        o.fee_rp_per_mwh, to_char(o.received_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        array_to_string(o.periods, ' '), array_to_string(o.prices_rp_per_mwh, ' '),
        array_to_string(o.quantities_wh, ' '),
        CASE o.kind WHEN 'block' THEN
            concat_ws(',', 'block', o.min_ratio_permille, coalesce(o.parent_id, 0),
                      to_json(o.exclusive_group))
        END) || E'\\n' AS line
    FROM orders_order o JOIN grid_node n ON n.id = o.node_id JOIN grid_bus b ON b.id = n.bus_id
    WHERE o.auction_id = %(auction)s AND o.state <> 'cancelled'
    UNION ALL
    SELECT 0, concat_ws(',', array_to_string(up_wh, ' '), array_to_string(down_wh, ' ')) || E'\\n'
    FROM capacities_frozencapacities WHERE auction_id = %(auction)s
) book
"""
FROZEN_BOOK = """
SELECT id, node_id, side = 'buy', curve = 'linear', fee_rp_per_mwh, periods, prices_rp_per_mwh, quantities_wh
FROM orders_order WHERE auction_id = %s AND state <> 'cancelled'
  AND NOT EXISTS (SELECT FROM orders_quarantinedorder aside WHERE aside.order_id = orders_order.id)
"""
BLOCKS = """
SELECT id, min_ratio_permille, coalesce(parent_id, -1),
       CASE exclusive_group WHEN '' THEN -1
       ELSE dense_rank() OVER (ORDER BY exclusive_group = '', node_id, exclusive_group) END
FROM orders_order WHERE auction_id = %s AND kind = 'block' AND state <> 'cancelled' ORDER BY id
"""
PLAIN = {"order": "i8", "node": "i8", "buy": "b1", "linear": "b1", "fee": "i4"}
ARRAYS = {"period": "i2", "price": "i4", "quantity": "i4"}


class OrderNotFound(Exception):
    """There is no such order."""


problems.register(OrderNotFound, status=404, code="not-found", title="Not found")


@dataclass(frozen=True, slots=True, eq=False)
class BookBlocks:
    """What block orders of a book say beside their points; parents by number, groups by one of their own.

    -1 stands for none. Ascending by `order_ids`.
    """

    order_ids: np.ndarray
    min_ratio_permille: np.ndarray
    parents: np.ndarray
    groups: np.ndarray

    def among(self, order_ids):
        """Those of some orders; a parent that is not among them is left out."""
        kept = np.isin(self.order_ids, order_ids)
        parents = np.where(np.isin(self.parents, order_ids), self.parents, -1)
        return BookBlocks(
            self.order_ids[kept], self.min_ratio_permille[kept], parents[kept], self.groups[kept]
        )


NO_BLOCKS = BookBlocks(*np.zeros((4, 0), np.int64))


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
    blocks: BookBlocks = NO_BLOCKS

    @property
    def point_order(self):
        """The index of the order that each point belongs to."""
        return np.repeat(np.arange(len(self.order_ids)), np.diff(self.first))

    def sorted(self):
        """The same book in the order of its orders' numbers, whatever order the rows came in."""
        return self if (np.diff(self.order_ids) > 0).all() else self.taken(np.argsort(self.order_ids))

    def taken(self, places):
        """The orders at these places, in this order."""
        counts = np.diff(self.first)[places]
        first = np.concatenate([[0], np.cumsum(counts)])
        points = np.repeat(self.first[:-1][places] - first[:-1], counts) + np.arange(first[-1])
        per_order = ("order_ids", "node_ids", "buses", "is_buy", "is_linear", "fees_rp_per_mwh")
        per_point = ("periods", "prices_rp_per_mwh", "quantities_wh")
        return Book(
            first=first,
            blocks=self.blocks.among(self.order_ids[places]),
            **{name: getattr(self, name)[places] for name in per_order},
            **{name: getattr(self, name)[points] for name in per_point},
        )


def order(*, node, public_id):
    """An order of a node.

    :raises OrderNotFound: the node has none of this name
    """
    try:
        return with_outcome().get(node=node, public_id=public_id)
    except Order.DoesNotExist as error:
        raise OrderNotFound from error


def order_of_any(*, nodes, public_id):
    """An order of one of these nodes, given by their public names.

    :raises OrderNotFound: none of them has one of this name
    """
    found = with_outcome().filter(node__public_id__in=nodes, public_id=public_id).first()
    if found is None:
        raise OrderNotFound
    return found


def orders_of(*, nodes, auction=None, starts_from=None, starts_before=None, outcomes=None, before=None):
    """Orders of some nodes, the newest first; `before` is the number of the last order already seen."""
    rows = with_outcome().filter(node__in=nodes).order_by("-pk")
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
    if order.state == Order.State.CANCELLED or order.auction.state in LIVE:
        return order.state
    if order.auction.state == "cancelled":
        return "released"
    if order.auction.state not in DECIDED:
        return "frozen"
    accepted_wh = accepted(order)
    if accepted_wh == 0:
        return "not-accepted"
    return "accepted" if accepted_wh == order.ordered_wh else "partly-accepted"


def accepted(order):
    """What of an order its auction accepted over all periods; None before that, or if it is cancelled."""
    if order.state == Order.State.CANCELLED or order.auction.state not in DECIDED:
        return None
    if not hasattr(order, "accepted_wh"):
        order.accepted_wh = with_outcome().get(pk=order.pk).accepted_wh
    return order.accepted_wh


def held_urp(order):
    """What an order holds back of its account."""
    return order.held_urp if outcome(order) in ("open", "frozen") else 0


def points_of(order):
    """The points of one order as arrays."""
    return Points.of_one(order.periods, order.prices_rp_per_mwh, order.quantities_wh)


def open_orders(*, auction, node):
    """The open orders of a node in an auction."""
    return Order.objects.filter(STANDING, auction=auction, node=node)


def nodes_with_own_orders(*, auction):
    """The keys of nodes whose household has an open order of its own in an auction."""
    rows = Order.objects.filter(STANDING, auction=auction, source__in=OWN_SOURCES)
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
    with connection.cursor() as cursor:
        query = cursor.mogrify(FROZEN_BOOK, [auction.pk]).decode()
        heads, first, points = binary_copy.read_with_arrays(cursor, query, PLAIN, ARRAYS)
        cursor.execute(BLOCKS, [auction.pk])
        blocks = BookBlocks(*np.array(cursor.fetchall(), np.int64).reshape(-1, 4).T)
    nodes = heads["node"].astype(np.int64)
    book = Book(
        order_ids=heads["order"].astype(np.int64),
        node_ids=nodes,
        buses=_buses_of(nodes),
        is_buy=heads["buy"].astype(bool),
        is_linear=heads["linear"].astype(bool),
        fees_rp_per_mwh=heads["fee"].astype(np.int64),
        first=first,
        periods=points["period"].astype(np.int64),
        prices_rp_per_mwh=points["price"] - np.repeat(heads["fee"].astype(np.int64), np.diff(first)),
        quantities_wh=points["quantity"].astype(np.int64),
        blocks=blocks.among(heads["order"]),
    )
    return book.sorted()


def with_outcome():
    """Orders with what became of them."""
    accepted_wh = RawSQL(ACCEPTED_WH, [], output_field=BigIntegerField())  # nosec B611: no word from outside
    return Order.objects.select_related("auction__market", "node", "parent", "block_list").annotate(
        accepted_wh=accepted_wh
    )


def _buses_of(nodes):
    """The position of each node's bus."""
    keys, places = np.unique(nodes, return_inverse=True)
    rows = Node.objects.filter(pk__in=keys.tolist()).order_by("pk").values_list("bus__position", flat=True)
    return np.array(list(rows), np.int64)[places]
