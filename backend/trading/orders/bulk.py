"""How many orders are entered at once: a handful of statements, however many orders."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from django.db import connection

from trading import binary_copy
from trading.grid.models import opaque_ids
from trading.markets.models import Auction
from trading.orders import capacity, queries
from trading.orders.models import Order, OrderVersion
from trading.orders.points import Points, most_wh, ordered_wh

UNIX, MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)


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


def take_back(batch, node_ids):
    """Cancel open orders of strategies for nodes of a batch; returns the accounts and what they held."""
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
                "nodes": node_ids.tolist(),
                "own": list(queries.OWN_SOURCES),
            },
        )
        return np.array(cursor.fetchall(), np.int64).reshape(-1, 2).T


def refused(batch, capacities_w):
    """Why orders cannot be entered, by their place in the batch."""
    own = queries.nodes_with_own_orders(auction=batch.auction)
    why = {i: "has-own-order" for i, node in enumerate(batch.node_ids.tolist()) if node in own}
    asked = most_wh(batch.points, is_linear=np.zeros(len(batch.node_ids), bool))
    # Two orders of one node on one side share its connection, with what is taken of it already.
    total = capacity.totals(auction=batch.auction, node_ids=batch.node_ids, is_buy=batch.is_buy, asked=asked)
    order = asked[0]
    capacity_wh = (capacities_w * batch.auction.market.period_minutes // 60)[order]
    return why | dict.fromkeys(order[total > capacity_wh].tolist(), capacity.EXCEEDED)


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
    names = np.full(len(order_ids), None, object)
    names[order_ids > 0] = opaque_ids(int(np.count_nonzero(order_ids)))
    amounts = {"fee_rp_per_mwh": fees.astype(np.int32), "held_urp": costs}
    amounts["ordered_wh"] = ordered_wh(batch.points, is_linear=linear)
    kinds = {}
    for row in np.flatnonzero(order_ids).tolist():
        kinds.setdefault((batch.is_buy[row], linear[row], batch.sources[row]), []).append(row)
    parts = [_part(batch, np.array(rows), order_ids, names, amounts, *kind) for kind, rows in kinds.items()]
    if parts:
        with connection.cursor() as cursor:
            binary_copy.write(cursor, "orders_order", *(order for order, _ in parts))
            binary_copy.write(cursor, "orders_orderversion", *(version for _, version in parts))
    return names.tolist()


def _part(batch, rows, order_ids, names, amounts, is_buy, is_linear, source):
    """The columns of some orders of one side, curve and source, and those of their first versions."""

    def all_alike(word):
        return np.full(len(rows), word.encode())

    at = np.full(len(rows), binary_copy.timestamps((batch.at - UNIX) // MICROSECOND))
    said = {"curve": all_alike("linear" if is_linear else "step"), "actor": all_alike(batch.actor)}
    said |= {"version": np.ones(len(rows), np.int32)} | _arrays(batch.points, rows)
    order = {
        "id": order_ids[rows],
        "public_id": names[rows].astype(bytes),
        "auction_id": np.full(len(rows), batch.auction.pk),
        "node_id": batch.node_ids[rows],
        "side": all_alike("buy" if is_buy else "sell"),
        "state": all_alike(Order.State.OPEN),
        "source": all_alike(source),
        "received_at": at,
        **{name: values[rows] for name, values in amounts.items()},
    }
    version = {"order_id": order_ids[rows], "deed": all_alike(OrderVersion.Deed.PLACED), "at": at}
    return order | said, version | said


def _arrays(points, rows):
    """The points of some orders, as columns of arrays."""
    counts = points.first[rows + 1] - points.first[rows]
    first = np.concatenate([[0], np.cumsum(counts)])
    places = np.repeat(points.first[rows] - first[:-1], counts) + np.arange(first[-1])
    columns = {"periods": np.int16, "prices_rp_per_mwh": np.int32, "quantities_wh": np.int32}
    flat = {name: getattr(points, name)[places].astype(dtype) for name, dtype in columns.items()}
    if (counts == counts[0]).all():
        return {name: values.reshape(len(rows), -1) for name, values in flat.items()}
    return {name: binary_copy.Ragged(values, first) for name, values in flat.items()}
