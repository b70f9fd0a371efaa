"""How one order is entered: one look, then locks, checks and rows in one more round trip to the database."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from django.db import connection

from trading.grid.models import Node
from trading.markets.models import Auction, Market
from trading.markets.queries import SHOWN
from trading.orders.capacity import TAKEN
from trading.orders.models import Order
from trading.orders.points import most_wh
from trading.prepared import Prepared

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


def _columns(table, names):
    return ", ".join(f"{table}.{name}" for name in names)


LOOK = Prepared(
    f"""
SELECT {SHOWN}, {_columns("node", NODE)}, {_columns("auction", AUCTION)}, {_columns("market", MARKET)}
FROM (SELECT 1) one
LEFT JOIN grid_node node ON node.public_id = %(node)s
LEFT JOIN markets_auction auction ON auction.code = %(auction)s
LEFT JOIN markets_market market ON market.id = auction.market_id
""",  # nosec B608: columns of our own
    node="text",
    auction="text",
)
LOCK_AUCTION = Prepared(
    "SELECT FROM markets_auction WHERE id = %(auction)s FOR KEY SHARE",
    auction="bigint",
)
LOCK_ACCOUNT = Prepared(
    """
SELECT FROM ledger_ledgeraccount WHERE customer_id = %(customer)s AND kind = 'trading' FOR NO KEY UPDATE
""",
    customer="bigint",
)
ENTER = Prepared(
    f"""
WITH {TAKEN}, most AS (
    SELECT asked.period, asked.wh, coalesce(taken.wh, 0) AS taken_wh
    FROM unnest(%(most_periods)s, %(most_wh)s) AS asked (period, wh)
    LEFT JOIN taken ON taken.period = asked.period AND taken.is_buy = (%(side)s = 'buy')
), facts AS MATERIALIZED (
    SELECT auction.state = 'open' AND auction.gate_opens_at <= %(received_at)s
            AND %(received_at)s < auction.gate_closes_at AS takes_orders,
        account.id AS account_id, account.balance_urp - account.held_urp - account.limit_urp AS free_urp,
        (SELECT min(period) FROM most WHERE wh + taken_wh > %(capacity_wh)s) AS full_period,
        (SELECT max(ends_at) FROM orders_intakepause
         WHERE node_id = %(node)s AND ends_at > %(received_at)s) AS paused_until
    FROM markets_auction auction, ledger_ledgeraccount account
    WHERE auction.id = %(auction)s AND account.customer_id = %(customer)s AND account.kind = 'trading'
), fitting AS (
    SELECT * FROM facts WHERE takes_orders AND paused_until IS NULL AND full_period IS NULL
        AND (free_urp IS NULL OR %(held_urp)s <= greatest(free_urp, 0))
), entered AS (
    INSERT INTO orders_order (public_id, auction_id, node_id, side, curve, state, source, actor, version,
        fee_rp_per_mwh, held_urp, ordered_wh, received_at, periods, prices_rp_per_mwh, quantities_wh)
    SELECT %(public_id)s, %(auction)s, %(node)s, %(side)s, %(curve)s, 'open', %(source)s, %(actor)s, 1,
        %(fee)s, %(held_urp)s, %(ordered_wh)s, %(received_at)s,
        %(periods)s, %(prices)s, %(quantities)s
    FROM fitting RETURNING id
), said AS (
    INSERT INTO orders_orderversion (order_id, version, deed, curve, actor, at,
                                     periods, prices_rp_per_mwh, quantities_wh)
    SELECT id, 1, 'placed', %(curve)s, %(actor)s, %(received_at)s,
        %(periods)s, %(prices)s, %(quantities)s FROM entered
), held AS (
    INSERT INTO ledger_hold (auction_number, account_id, amount_urp, changed_at)
    SELECT %(auction)s, account_id, %(held_urp)s, %(received_at)s FROM fitting WHERE %(held_urp)s > 0
    ON CONFLICT (auction_number, account_id)
    DO UPDATE SET amount_urp = ledger_hold.amount_urp + excluded.amount_urp, changed_at = excluded.changed_at
    WHERE ledger_hold.released_at IS NULL
)
SELECT takes_orders, free_urp, full_period, most.wh, most.taken_wh, (SELECT id FROM entered), paused_until
FROM facts LEFT JOIN most ON most.period = full_period
""",  # nosec B608: another statement of ours within
    auction="bigint",
    customer="bigint",
    first="integer",
    last="integer",
    nodes="bigint[]",
    own="boolean",
    node="bigint",
    public_id="text",
    side="text",
    curve="text",
    source="text",
    actor="text",
    fee="integer",
    held_urp="bigint",
    ordered_wh="bigint",
    received_at="timestamptz",
    periods="smallint[]",
    prices="integer[]",
    quantities="integer[]",
    most_periods="smallint[]",
    most_wh="bigint[]",
    capacity_wh="bigint",
)


@dataclass(frozen=True, slots=True)
class Look:
    """The exchange's time, and a node and an auction with its market; None for what does not exist."""

    at: datetime
    node: Node | None
    auction: Auction | None


def look(*, node, auction):
    """See what an order needs to be judged, by the public names of its node and its auction."""
    with connection.cursor() as cursor:
        cursor.execute(LOOK.on(cursor), {"node": node, "auction": auction})
        at, *found = cursor.fetchone()
    row = iter(found)
    seen = Look(at, *(_read(model, names, row) for model, names in ((Node, NODE), (Auction, AUCTION))))
    if seen.auction is not None:
        seen.auction.market = _read(Market, MARKET, row)
    return seen


def _read(model, names, row):
    values = [next(row) for _ in names]
    return None if values[0] is None else model.from_db("default", names, values)


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


def enter(order, points, *, capacity_wh):
    """Enter an order that was not saved yet, with its first version and its hold, if it fits."""
    is_linear = np.array([order.curve == Order.Curve.LINEAR])
    _, most_periods, most = most_wh(points, is_linear=is_linear)
    values = {
        "auction": order.auction_id,
        "customer": order.node.customer_id,
        "first": int(most_periods[0]),
        "last": int(most_periods[-1]),
        "nodes": [order.node_id],
        "own": True,
        "node": order.node_id,
        "public_id": order.public_id,
        "side": str(order.side),
        "curve": str(order.curve),
        "source": order.source,
        "actor": order.actor,
        "fee": order.fee_rp_per_mwh,
        "held_urp": order.held_urp,
        "ordered_wh": order.ordered_wh,
        "received_at": order.received_at,
        "periods": order.periods,
        "prices": order.prices_rp_per_mwh,
        "quantities": order.quantities_wh,
        "most_periods": most_periods.tolist(),
        "most_wh": most.tolist(),
        "capacity_wh": capacity_wh,
    }
    with connection.cursor() as cursor:
        # The gate may not close and the account may not be used by others; then look, with fresh eyes, and
        # enter. All of it is one transaction, whether or not there is one around it.
        cursor.execute("; ".join(each.on(cursor) for each in (LOCK_AUCTION, LOCK_ACCOUNT, ENTER)), values)
        return Entry(*cursor.fetchone())
