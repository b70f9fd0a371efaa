"""How orders are entered: one look, then locks, checks and rows in one more round trip to the database."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from django.db import OperationalError, connection
from psycopg2.errors import LockNotAvailable

from shared.postgresql.prepared import Prepared
from trading.grid.models import Node
from trading.markets.models import Auction, Market
from trading.markets.queries import SHOWN
from trading.orders.capacity import TAKEN, capacity_wh
from trading.orders.models import Order
from trading.orders.points import most_wh

NODE = ["id", "public_id", "customer_id", "withdrawal_fee_rp_per_mwh", "connection_capacity_w"]
# In the order of their models, which `from_db` asks for.
AUCTION = [
    "id", "market_id", "code", "gate_opens_at", "gate_closes_at", "delivery_starts_at", "delivery_ends_at",
    "state",
]  # fmt: skip
MARKET = [
    "id", "code", "period_minutes", "price_floor_rp_per_mwh", "price_cap_rp_per_mwh", "tick_rp_per_mwh",
    "min_quantity_wh", "max_points_per_period",
]  # fmt: skip
COLUMNS = {Node: NODE, Auction: AUCTION, Market: MARKET}
# Parameters of the statement that are fields of the orders.
FIELDS = {
    "order_nodes": "node_id", "public_ids": "public_id", "sides": "side", "curves": "curve",
    "sources": "source", "actors": "actor", "fees": "fee_rp_per_mwh", "held_urp": "held_urp",
    "ordered_wh": "ordered_wh",
}  # fmt: skip
ARRAYS = {"periods": "periods", "prices": "prices_rp_per_mwh", "quantities": "quantities_wh"}


class Held(Exception):
    """Somebody holds an account or the auction for longer than a moment."""


def _columns(table, names):
    return ", ".join(f"{table}.{name}" for name in names)


LOOK = Prepared(
    f"""
SELECT {SHOWN}, {_columns("auction", AUCTION)}, {_columns("market", MARKET)}, {_columns("node", NODE)}
FROM unnest(%(nodes)s) WITH ORDINALITY AS asked (node, place)
LEFT JOIN grid_node node ON node.public_id = asked.node
LEFT JOIN markets_auction auction ON auction.code = %(auction)s
LEFT JOIN markets_market market ON market.id = auction.market_id
ORDER BY place
""",  # nosec B608: columns of our own
    nodes="text[]",
    auction="text",
)
LOCK_AUCTION = Prepared(
    "SELECT FROM markets_auction WHERE id = %(auction)s FOR KEY SHARE",
    auction="bigint",
)
LOCK_ACCOUNTS = Prepared(
    """
SELECT FROM ledger_ledgeraccount WHERE customer_id = ANY(%(customers)s) AND kind = 'trading'
ORDER BY id FOR NO KEY UPDATE
""",
    customers="bigint[]",
)
# Longer than others usually take to enter theirs; forgotten at the end of the transaction.
PATIENCE = "SET LOCAL lock_timeout = '30ms'"
# What of an order's connection (`lane_wh`) and account (`all_held_urp`) it and the others with it ask for.
# Who fits beside all of them is entered: then it does not matter what becomes of the others.
ENTER = Prepared(
    f"""
WITH {TAKEN}, full_lane AS (
    SELECT asked.place, asked.period, asked.wh, coalesce(taken.wh, 0) AS taken_wh
    FROM unnest(%(most_places)s, %(most_nodes)s, %(most_is_buy)s, %(most_periods)s, %(most_wh)s,
                %(lane_wh)s, %(capacities_wh)s)
        AS asked (place, node_id, is_buy, period, wh, lane_wh, capacity_wh)
    LEFT JOIN taken ON taken.node_id = asked.node_id AND taken.is_buy = asked.is_buy
     AND taken.period = asked.period
    WHERE asked.lane_wh + coalesce(taken.wh, 0) > asked.capacity_wh
), facts AS MATERIALIZED (
    SELECT said.*, account.id AS account_id,
        account.balance_urp - account.held_urp - account.limit_urp AS free_urp,
        auction.state = 'open' AND auction.gate_opens_at <= %(received_at)s
            AND %(received_at)s < auction.gate_closes_at AS takes_orders,
        (SELECT min(period) FROM full_lane WHERE full_lane.place = said.place) AS full_period,
        (SELECT max(ends_at) FROM orders_intakepause
         WHERE node_id = said.node_id AND ends_at > %(received_at)s) AS paused_until
    FROM unnest(%(customers)s, %(order_nodes)s, %(public_ids)s, %(sides)s, %(curves)s, %(sources)s,
                %(actors)s, %(fees)s, %(held_urp)s, %(all_held_urp)s, %(ordered_wh)s,
                %(periods)s, %(prices)s, %(quantities)s)
        WITH ORDINALITY AS said (customer_id, node_id, public_id, side, curve, source, actor,
            fee, held_urp, all_held_urp, ordered_wh, periods, prices, quantities, place)
    LEFT JOIN ledger_ledgeraccount account
      ON account.customer_id = said.customer_id AND account.kind = 'trading'
    JOIN markets_auction auction ON auction.id = %(auction)s
), fitting AS (
    SELECT * FROM facts WHERE takes_orders AND paused_until IS NULL AND full_period IS NULL
        AND account_id IS NOT NULL
        AND (free_urp IS NULL OR all_held_urp <= greatest(free_urp, 0))
), entered AS (
    INSERT INTO orders_order (public_id, auction_id, node_id, side, curve, state, source, actor, version,
        fee_rp_per_mwh, held_urp, ordered_wh, received_at, periods, prices_rp_per_mwh, quantities_wh)
    SELECT public_id, %(auction)s, node_id, side, curve, 'open', source, actor, 1,
        fee, held_urp, ordered_wh, %(received_at)s,
        periods::smallint[], prices::integer[], quantities::integer[]
    FROM fitting ORDER BY place
    RETURNING id, public_id, curve, actor, periods, prices_rp_per_mwh, quantities_wh
), versions AS (
    INSERT INTO orders_orderversion (order_id, version, deed, curve, actor, at,
                                     periods, prices_rp_per_mwh, quantities_wh)
    SELECT id, 1, 'placed', curve, actor, %(received_at)s, periods, prices_rp_per_mwh, quantities_wh
    FROM entered
), held AS (
    INSERT INTO ledger_hold (auction_number, account_id, amount_urp, changed_at)
    SELECT %(auction)s, account_id, sum(held_urp)::bigint, %(received_at)s FROM fitting WHERE held_urp > 0
    GROUP BY account_id
    ON CONFLICT (auction_number, account_id)
    DO UPDATE SET amount_urp = ledger_hold.amount_urp + excluded.amount_urp, changed_at = excluded.changed_at
    WHERE ledger_hold.released_at IS NULL
)
SELECT takes_orders, free_urp, full_period, wh, taken_wh, entered.id, paused_until, account_id IS NOT NULL
FROM facts LEFT JOIN entered ON entered.public_id = facts.public_id
LEFT JOIN full_lane ON full_lane.place = facts.place AND full_lane.period = facts.full_period
ORDER BY facts.place
""",  # nosec B608: another statement of ours within
    auction="bigint",
    received_at="timestamptz",
    first="integer",
    last="integer",
    nodes="bigint[]",
    own="boolean",
    customers="bigint[]",
    order_nodes="bigint[]",
    public_ids="text[]",
    sides="text[]",
    curves="text[]",
    sources="text[]",
    actors="text[]",
    fees="integer[]",
    held_urp="bigint[]",
    all_held_urp="bigint[]",
    ordered_wh="bigint[]",
    periods="text[]",
    prices="text[]",
    quantities="text[]",
    most_places="bigint[]",
    most_nodes="bigint[]",
    most_is_buy="boolean[]",
    most_periods="smallint[]",
    most_wh="bigint[]",
    lane_wh="bigint[]",
    capacities_wh="bigint[]",
)


@dataclass(frozen=True, slots=True)
class Look:
    """The exchange's time, an auction with its market, and some nodes; None for what does not exist."""

    at: datetime
    auction: Auction | None
    nodes: list


def look(*, nodes, auction):
    """See what orders need to be judged, by the public names of their nodes and their auction."""
    with connection.cursor() as cursor:
        cursor.execute(LOOK.on(cursor), {"nodes": nodes, "auction": auction})
        rows = cursor.fetchall()
    (at, *first), rules = rows[0], 1 + len(AUCTION)
    seen = _read(Auction, tuple(first[: len(AUCTION)]))
    if seen is not None:
        seen.market = _read(Market, rows[0][rules : rules + len(MARKET)])
    return Look(at, seen, [_read(Node, row[rules + len(MARKET) :]) for row in rows])


def _read(model, values):
    return None if values[0] is None else model.from_db("default", COLUMNS[model], values)


@dataclass(frozen=True, slots=True)
class Entry:
    """What the database said: the number of the new order, or None and what stood against it."""

    takes_orders: bool
    free_urp: int | None
    full_period: int | None
    asked_wh: int | None
    taken_wh: int | None
    number: int | None
    paused_until: datetime | None
    has_account: bool

    def saved(self, order):
        """The order, as it stands in the database now."""
        order.pk, order.accepted_wh, order._state.adding = self.number, None, False
        return order


def enter(orders, points, *, waits=True):
    """Enter new orders for one auction, with their first versions and holds, as far as they fit.

    Of several some may be left out that would fit alone: each fits beside all the others, or is not entered.

    :param points: of all of them, in their order
    :param waits: for whoever holds the auction or an account, however long; else no transaction is around
    :raises Held: somebody holds one of them, and none is entered
    """
    values = _columns_of(orders) | _lanes_of(orders, points)
    with connection.cursor() as cursor:
        # The gate may not close and the accounts may not be used by others; then look, with fresh eyes, and
        # enter. All of it is one transaction, whether or not there is one around it.
        steps = [each.on(cursor) for each in (LOCK_AUCTION, LOCK_ACCOUNTS, ENTER)]
        try:
            cursor.execute("; ".join(steps if waits else [PATIENCE, *steps]), values)
        except OperationalError as error:
            if isinstance(error.__cause__, LockNotAvailable):
                raise Held from error
            raise
        return [Entry(*row) for row in cursor.fetchall()]


def _columns_of(orders):
    customers = [order.node.customer_id for order in orders]
    held = defaultdict(int)
    for customer, order in zip(customers, orders, strict=True):
        held[customer] += order.held_urp
    columns = {name: [getattr(order, field) for order in orders] for name, field in FIELDS.items()}
    arrays = {name: [_text(getattr(order, field)) for order in orders] for name, field in ARRAYS.items()}
    return (
        columns
        | arrays
        | {
            "auction": orders[0].auction_id,
            "received_at": orders[0].received_at,
            "customers": customers,
            "all_held_urp": [held[customer] for customer in customers],
        }
    )


def _lanes_of(orders, points):
    """What of the connections they ask for: each by itself, and all that use the same one the same way."""
    is_linear = np.array([order.curve == Order.Curve.LINEAR for order in orders])
    places, periods, most = (column.tolist() for column in most_wh(points, is_linear=is_linear))
    ways = [(order.node_id, order.side == Order.Side.BUY) for order in orders]
    capacities = [capacity_wh(order.node, order.auction) for order in orders]
    lanes, asked = (
        [(*ways[place], period) for place, period in zip(places, periods, strict=True)],
        defaultdict(int),
    )
    for lane, wh in zip(lanes, most, strict=True):
        asked[lane] += wh
    return {
        "nodes": list({node for node, _ in ways}),
        "own": True,
        "first": min(periods),
        "last": max(periods),
        "most_places": [place + 1 for place in places],
        "most_nodes": [node for node, _, _ in lanes],
        "most_is_buy": [is_buy for _, is_buy, _ in lanes],
        "most_periods": periods,
        "most_wh": most,
        "lane_wh": [asked[lane] for lane in lanes],
        "capacities_wh": [capacities[place] for place in places],
    }


def _text(values):
    return "{" + ",".join(map(str, values)) + "}"
