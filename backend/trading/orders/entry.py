"""How one order is entered: locks, checks and rows in one round trip to the database."""

from dataclasses import dataclass

import numpy as np
from django.db import connection

from trading.orders.models import Order
from trading.orders.points import most_wh

# The gate may not close and the account may not be used by others; then look, with fresh eyes, and enter.
# All of it is one transaction, whether or not there is one around it.
ENTER = """
SELECT FROM markets_auction WHERE id = %(auction)s FOR KEY SHARE;
SELECT FROM ledger_ledgeraccount WHERE customer_id = %(customer)s AND kind = 'trading' FOR NO KEY UPDATE;
WITH rivals AS (
    SELECT period, sum(wh) AS wh FROM (
        -- Of an exclusive group no more is accepted than its largest.
        SELECT point.period,
            CASE WHEN other.exclusive_group <> '' OR min(other.curve) = 'linear'
                THEN max(point.wh) ELSE sum(point.wh) END AS wh
        FROM orders_order other
        CROSS JOIN LATERAL unnest(other.periods, other.quantities_wh) AS point (period, wh)
        WHERE other.auction_id = %(auction)s AND other.node_id = %(node)s AND other.side = %(side)s
            AND other.state = 'open'
        GROUP BY other.exclusive_group, CASE other.exclusive_group WHEN '' THEN other.id END, point.period
    ) each GROUP BY period
), most AS (
    SELECT asked.period, asked.wh + coalesce(rivals.wh, 0) AS wh
    FROM unnest(%(most_periods)s::smallint[], %(most_wh)s::bigint[]) AS asked (period, wh)
    LEFT JOIN rivals USING (period)
), facts AS MATERIALIZED (
    SELECT auction.state = 'open' AND auction.gate_opens_at <= %(received_at)s
            AND %(received_at)s < auction.gate_closes_at AS takes_orders,
        account.id AS account_id, account.balance_urp - account.held_urp - account.limit_urp AS free_urp,
        (SELECT min(period) FROM most WHERE wh > %(capacity_wh)s) AS full_period
    FROM markets_auction auction, ledger_ledgeraccount account
    WHERE auction.id = %(auction)s AND account.customer_id = %(customer)s AND account.kind = 'trading'
), fitting AS (
    SELECT * FROM facts WHERE takes_orders AND full_period IS NULL
        AND (free_urp IS NULL OR %(held_urp)s <= greatest(free_urp, 0))
), entered AS (
    INSERT INTO orders_order (public_id, auction_id, node_id, side, curve, state, source, actor, version,
        fee_rp_per_mwh, held_urp, ordered_wh, received_at, periods, prices_rp_per_mwh, quantities_wh)
    SELECT %(public_id)s, %(auction)s, %(node)s, %(side)s, %(curve)s, 'open', %(source)s, %(actor)s, 1,
        %(fee)s, %(held_urp)s, %(ordered_wh)s, %(received_at)s,
        %(periods)s::smallint[], %(prices)s::integer[], %(quantities)s::integer[]
    FROM fitting RETURNING id
), said AS (
    INSERT INTO orders_orderversion (order_id, version, deed, curve, actor, at,
                                     periods, prices_rp_per_mwh, quantities_wh)
    SELECT id, 1, 'placed', %(curve)s, %(actor)s, %(received_at)s,
        %(periods)s::smallint[], %(prices)s::integer[], %(quantities)s::integer[] FROM entered
), held AS (
    INSERT INTO ledger_hold (auction_number, account_id, amount_urp, changed_at)
    SELECT %(auction)s, account_id, %(held_urp)s, %(received_at)s FROM fitting WHERE %(held_urp)s > 0
    ON CONFLICT (auction_number, account_id)
    DO UPDATE SET amount_urp = ledger_hold.amount_urp + excluded.amount_urp, changed_at = excluded.changed_at
    WHERE ledger_hold.released_at IS NULL
)
SELECT takes_orders, free_urp, full_period, (SELECT wh FROM most WHERE period = full_period),
    (SELECT id FROM entered)
FROM facts
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """What the database said: the number of the new order, or None and what stood against it."""

    takes_orders: bool
    free_urp: int | None
    full_period: int | None
    full_wh: int | None
    number: int | None


def enter(order, points, *, capacity_wh):
    """Enter an order that was not saved yet, with its first version and its hold, if it fits."""
    is_linear = np.array([order.curve == Order.Curve.LINEAR])
    _, most_periods, most = most_wh(points, is_linear=is_linear)
    values = {
        "auction": order.auction_id,
        "customer": order.node.customer_id,
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
        cursor.execute(ENTER, values)
        return Entry(*cursor.fetchone())
