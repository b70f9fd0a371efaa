"""How many orders are entered at once: a handful of statements, however many orders."""

import io
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from django.db import connection

from trading.grid.models import opaque_ids
from trading.markets.models import Auction
from trading.orders import capacity, pauses, queries
from trading.orders.points import Points, most_wh, ordered_wh

COLUMNS = (
    "id, public_id, auction_id, node_id, side, curve, state, source, actor, version, fee_rp_per_mwh, "
    "held_urp, ordered_wh, received_at, periods, prices_rp_per_mwh, quantities_wh"
)


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Step orders as parallel columns, one entry per order; `sources` names the strategy that bids."""

    auction: Auction
    node_ids: np.ndarray
    is_buy: np.ndarray
    sources: list
    points: Points
    actor: str
    at: datetime


def nodes(node_ids):
    """Fees, capacities and trading accounts, parallel to the nodes."""
    each, places = np.unique(np.asarray(node_ids, np.int64), return_inverse=True)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT n.withdrawal_fee_rp_per_mwh, n.connection_capacity_w, a.id
            FROM unnest(%s::bigint[]) WITH ORDINALITY AS asked (node, place)
            JOIN grid_node n ON n.id = node
            JOIN ledger_ledgeraccount a ON a.customer_id = n.customer_id AND a.kind = 'trading'
            ORDER BY place
            """,
            [each.tolist()],
        )
        rows = np.array(cursor.fetchall(), np.int64).reshape(-1, 3)
    if len(rows) != len(each):
        raise ValueError("a node of the batch does not exist or has no trading account")
    return rows[places].T


def take_back(batch):
    """Cancel open orders of strategies for the nodes of a batch; returns the accounts and what they held."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH standing AS (
                SELECT id, held_urp FROM orders_order
                WHERE auction_id = %(auction)s AND node_id = ANY(%(nodes)s) AND state = 'open'
                    AND NOT source = ANY(%(own)s)
                FOR UPDATE
            ), earlier AS (
                UPDATE orders_order placed
                SET state = 'cancelled', cancelled_at = %(at)s, actor = %(actor)s, held_urp = 0,
                    version = version + 1
                FROM standing WHERE placed.id = standing.id
                RETURNING placed.*, standing.held_urp AS freed_urp
            ), said AS (
                INSERT INTO orders_orderversion (order_id, version, deed, curve, actor, at,
                                                 periods, prices_rp_per_mwh, quantities_wh)
                SELECT id, version, 'cancelled', curve, actor, cancelled_at,
                       periods, prices_rp_per_mwh, quantities_wh FROM earlier
            )
            SELECT account.id, earlier.freed_urp FROM earlier
            JOIN grid_node node ON node.id = earlier.node_id
            JOIN ledger_ledgeraccount account
              ON account.customer_id = node.customer_id AND account.kind = 'trading'
            """,
            {
                "at": batch.at,
                "actor": batch.actor,
                "auction": batch.auction.pk,
                "nodes": np.asarray(batch.node_ids).tolist(),
                "own": list(queries.OWN_SOURCES),
            },
        )
        return np.array(cursor.fetchall(), np.int64).reshape(-1, 2).T


def refused(batch, capacities_w):
    """Why orders cannot be entered, by their place in the batch."""
    own = queries.nodes_with_own_orders(auction=batch.auction)
    why = {i: "has-own-order" for i, node in enumerate(batch.node_ids.tolist()) if node in own}
    paused = pauses.nodes(at=batch.at)
    why |= {i: "intake-paused" for i, node in enumerate(batch.node_ids.tolist()) if node in paused}
    asked = most_wh(batch.points, is_linear=np.zeros(len(batch.node_ids), bool))
    # Two orders of one node on one side share its connection, with what is taken of it already.
    total = capacity.totals(auction=batch.auction, node_ids=batch.node_ids, is_buy=batch.is_buy, asked=asked)
    order = asked[0]
    capacity_wh = (capacities_w * batch.auction.market.period_minutes // 60)[order]
    return why | dict.fromkeys(order[total > capacity_wh].tolist(), "capacity-exceeded")


def new_numbers(count):
    """Take keys for new orders."""
    with connection.cursor() as cursor:
        cursor.execute(
            # OFFSET: one look at how the sequence is named, not one for each number.
            "SELECT nextval(name) FROM generate_series(1, %s), "
            "(SELECT pg_get_serial_sequence('orders_order', 'id')::regclass AS name OFFSET 0) sequence",
            [count],
        )
        return np.array([row[0] for row in cursor.fetchall()], np.int64)


def write(batch, order_ids, fees, costs, is_linear=None):
    """Write the orders of a batch that have a key, and their first versions; returns their public names."""
    linear = np.zeros(len(order_ids), bool) if is_linear is None else is_linear
    ordered = ordered_wh(batch.points, is_linear=linear)
    fresh = iter(opaque_ids(len(order_ids)))
    names = [next(fresh) if number else None for number in order_ids.tolist()]
    lines = _lines(batch, names, linear, np.stack([order_ids, fees, costs, ordered]).T.tolist())
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
    return names


def _lines(batch, names, linear, amounts):
    """The rows of the orders that have a number, as COPY reads them."""
    points = batch.points
    first, nodes, buys = points.first.tolist(), batch.node_ids.tolist(), batch.is_buy.tolist()
    columns = [
        list(map(str, values.tolist()))
        for values in (points.periods, points.prices_rp_per_mwh, points.quantities_wh)
    ]
    said = {source: _escaped(source) for source in set(batch.sources)}
    auction, actor, at = batch.auction.pk, _escaped(batch.actor), batch.at.isoformat()
    for index, (number, fee, cost, ordered) in enumerate(amounts):
        if not number:
            continue
        side, curve = "buy" if buys[index] else "sell", "linear" if linear[index] else "step"
        head = f"{number}\t{names[index]}\t{auction}\t{nodes[index]}\t{side}\t{curve}\topen"
        tail = f"{said[batch.sources[index]]}\t{actor}\t1\t{fee}\t{cost}\t{ordered}\t{at}"
        mine = slice(first[index], first[index + 1])
        arrays = "\t".join("{" + ",".join(texts[mine]) + "}" for texts in columns)
        yield f"{head}\t{tail}\t{arrays}\n"


def _escaped(value):
    return str(value).replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")
