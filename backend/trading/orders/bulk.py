"""Many orders at once, as strategies enter them: a handful of statements, however many orders."""

import io
from dataclasses import dataclass

import numpy as np
from django.db import connection, transaction

from trading.grid.models import opaque_id
from trading.ledger import operations as ledger
from trading.markets import operations as markets
from trading.orders import queries
from trading.orders.operations import GateClosed
from trading.orders.points import Points, check, most_wh, worst_case_urp

COLUMNS = (
    "id, public_id, auction_id, node_id, side, curve, state, source, actor, version, fee_rp_per_mwh, "
    "held_urp, received_at, periods, prices_rp_per_mwh, quantities_wh"
)


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Step orders as parallel columns, one entry per order; `source` is the strategy that bids."""

    node_ids: np.ndarray
    is_buy: np.ndarray
    sources: list
    points: Points


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """What became of a batch: `order_ids[i]` is the new order's key, or 0 where `refused[i]` says why not."""

    order_ids: np.ndarray
    refused: dict


@transaction.atomic
def place(*, auction, batch, actor, at):
    """Enter the orders of strategies; earlier ones of strategies for the same nodes are taken back.

    Left out, with the reason: what the connection cannot carry, what its account cannot cover, and nodes
    whose household has an order of its own in this auction.

    :raises GateClosed: `at` is outside the auction's session
    :raises InvalidPoints: a point breaks a rule of the market
    """
    if not markets.lock_for_entry(auction_id=auction.pk).takes_orders(at):
        raise GateClosed
    if not len(batch.node_ids):
        return Placed(np.zeros(0, np.int64), {})
    is_linear = np.zeros(len(batch.node_ids), bool)
    rules = {"market": auction.market, "period_count": auction.period_count}
    check(batch.points, is_buy=batch.is_buy, is_linear=is_linear, **rules)
    fees, capacities_w, account_ids = _nodes(batch.node_ids)
    ledger.lock(account_ids=account_ids)
    _take_back(auction, batch.node_ids, actor, at)
    refused = _refused(auction, batch, capacities_w)
    kept = np.array([index for index in range(len(batch.node_ids)) if index not in refused], np.int64)
    costs = worst_case_urp(batch.points, is_buy=batch.is_buy, is_linear=is_linear)
    numbers = _new_numbers(len(kept))
    fits = ledger.hold_many(
        account_ids=account_ids[kept], order_numbers=numbers, amounts_urp=costs[kept], at=at
    )
    refused |= dict.fromkeys(kept[~fits].tolist(), "limit-exceeded")
    order_ids = np.zeros(len(batch.node_ids), np.int64)
    order_ids[kept[fits]] = numbers[fits]
    _write(auction, batch, order_ids, fees, costs, actor, at)
    return Placed(order_ids, refused)


def _nodes(node_ids):
    """Fees, capacities and trading accounts, parallel to the nodes."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT n.withdrawal_fee_rp_per_mwh, n.connection_capacity_w, a.id
            FROM unnest(%s::bigint[]) WITH ORDINALITY AS asked (node, place)
            JOIN grid_node n ON n.id = node
            JOIN ledger_ledgeraccount a ON a.customer_id = n.customer_id AND a.kind = 'trading'
            ORDER BY place
            """,
            [np.asarray(node_ids).tolist()],
        )
        rows = np.array(cursor.fetchall(), np.int64).reshape(-1, 3)
    if len(rows) != len(node_ids):
        raise ValueError("a node of the batch does not exist or has no trading account")
    return rows.T


def _take_back(auction, node_ids, actor, at):
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH earlier AS (
                UPDATE orders_order
                SET state = 'cancelled', cancelled_at = %(at)s, actor = %(actor)s, held_urp = 0,
                    version = version + 1
                WHERE auction_id = %(auction)s AND node_id = ANY(%(nodes)s) AND state = 'open'
                    AND NOT source = ANY(%(own)s)
                RETURNING *
            )
            INSERT INTO orders_orderversion (order_id, version, deed, curve, actor, at,
                                             periods, prices_rp_per_mwh, quantities_wh)
            SELECT id, version, 'cancelled', curve, actor, cancelled_at,
                   periods, prices_rp_per_mwh, quantities_wh FROM earlier
            RETURNING order_id
            """,
            {
                "at": at,
                "actor": actor,
                "auction": auction.pk,
                "nodes": np.asarray(node_ids).tolist(),
                "own": list(queries.OWN_SOURCES),
            },
        )
        taken_back = [row[0] for row in cursor.fetchall()]
    if taken_back:
        ledger.release_holds(order_numbers=taken_back, at=at)


def _refused(auction, batch, capacities_w):
    """Why orders cannot be entered, by their place in the batch."""
    own = queries.nodes_with_own_orders(auction=auction)
    refused = {i: "has-own-order" for i, node in enumerate(batch.node_ids.tolist()) if node in own}
    order, period, quantity = most_wh(batch.points, is_linear=np.zeros(len(batch.node_ids), bool))
    # Two orders of one node on one side share its connection.
    lanes = np.stack([batch.node_ids[order], batch.is_buy[order], period])
    _, lane = np.unique(lanes, axis=1, return_inverse=True)
    total = np.bincount(lane.ravel(), weights=quantity)[lane.ravel()]
    capacity_wh = (capacities_w * auction.market.period_minutes // 60)[order]
    return refused | dict.fromkeys(order[total > capacity_wh].tolist(), "capacity-exceeded")


def _new_numbers(count):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence('orders_order', 'id')) FROM generate_series(1, %s)",
            [count],
        )
        return np.array([row[0] for row in cursor.fetchall()], np.int64)


def _write(auction, batch, order_ids, fees, costs, actor, at):
    lines = [
        _line(auction, batch, index, int(order_ids[index]), int(fees[index]), int(costs[index]), actor, at)
        for index in np.flatnonzero(order_ids).tolist()
    ]
    with connection.cursor() as cursor:
        cursor.copy_expert(f"COPY orders_order ({COLUMNS}) FROM STDIN", io.StringIO("".join(lines)))
        cursor.execute(
            """
            INSERT INTO orders_orderversion (order_id, version, deed, curve, actor, at,
                                             periods, prices_rp_per_mwh, quantities_wh)
            SELECT id, version, 'placed', curve, actor, received_at,
                   periods, prices_rp_per_mwh, quantities_wh
            FROM orders_order WHERE id = ANY(%s)
            """,
            [order_ids[order_ids > 0].tolist()],
        )


def _line(auction, batch, index, number, fee, cost, actor, at):
    points = batch.points
    mine = slice(points.first[index], points.first[index + 1])
    arrays = (points.periods[mine], points.prices_rp_per_mwh[mine], points.quantities_wh[mine])
    side = "buy" if batch.is_buy[index] else "sell"
    head = (number, opaque_id(), auction.pk, batch.node_ids[index], side, "step", "open")
    tail = (batch.sources[index], actor, 1, fee, cost, at.isoformat())
    texts = ["{" + ",".join(map(str, values.tolist())) + "}" for values in arrays]
    return "\t".join([*map(str, head), *map(_escaped, tail), *texts]) + "\n"


def _escaped(value):
    return str(value).replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")
