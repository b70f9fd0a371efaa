"""What the public door is told of an auction: one event, or several where many households took part."""

import numpy as np
from django.db import connection

from shared import fields
from trading.operations import outbox
from trading.orders.queries import BY_PEOPLE

NODES_PER_EVENT = 1_000
NAMES = ("nodeId", "boughtWh", "soldWh", "amountUrp", "manual")

# Names of nodes, and whether a household bid by hand there. The operator needs no notice.
TOLD = f"""
SELECT node.id, node.public_id, by_hand.node_id IS NOT NULL
FROM grid_node node
JOIN grid_customer customer ON customer.id = node.customer_id
 AND NOT (customer.is_utility OR customer.is_flexibility)
LEFT JOIN (
    SELECT DISTINCT node_id FROM orders_order
    WHERE auction_id = %(auction)s AND state = 'open' AND {BY_PEOPLE}
) by_hand ON by_hand.node_id = node.id
WHERE node.id = ANY(%(nodes)s) AND (by_hand.node_id IS NOT NULL OR %(everyone)s)
ORDER BY node.id
"""  # nosec B608: our own text alone

CANCELLED = f"""
SELECT node.public_id, 0, 0, 0, bool_or(orders.{BY_PEOPLE})
FROM orders_order orders
JOIN grid_node node ON node.id = orders.node_id
JOIN grid_customer customer ON customer.id = node.customer_id
 AND NOT (customer.is_utility OR customer.is_flexibility)
WHERE orders.auction_id = %s AND orders.state = 'open'
GROUP BY node.id, node.public_id ORDER BY node.id
"""  # nosec B608: our own text alone

# Per node what of its purchases and sales may not flow, and what its account gains (+) or loses (−) by that.
CURTAILED = f"""
SELECT node.public_id, sum(part.wh) FILTER (WHERE orders.side = 'buy'),
       sum(part.wh) FILTER (WHERE orders.side = 'sell'),
       sum(CASE orders.side WHEN 'buy' THEN 1 ELSE -1 END * (cut.energy_urp + cut.fee_urp)),
       bool_or(orders.{BY_PEOPLE})
FROM schedules_curtailedorder cut
JOIN orders_order orders ON orders.id = cut.order_id
JOIN grid_node node ON node.id = cut.node_id
JOIN grid_customer customer ON customer.id = node.customer_id
 AND NOT (customer.is_utility OR customer.is_flexibility)
CROSS JOIN LATERAL (SELECT sum(wh) AS wh FROM unnest(cut.cut_wh) AS each (wh)) part
WHERE cut.curtailment_id = %s
GROUP BY node.id, node.public_id ORDER BY node.id
"""  # nosec B608: our own text alone


def published(*, auction, outcome, at):
    """Tell what an auction decided: of a whole day to all who took part, else to those who bid by hand."""
    asked = {
        "auction": auction.pk,
        "nodes": outcome.nodes.tolist(),
        "everyone": auction.market.delivery_minutes is None,
    }
    with connection.cursor() as cursor:
        cursor.execute(TOLD, asked)
        rows = cursor.fetchall()
    places = np.searchsorted(outcome.nodes, np.array([key for key, _, _ in rows], np.int64)).tolist()
    figures = (outcome.bought_wh, outcome.sold_wh, outcome.energy_urp + outcome.fee_urp)
    nodes = [
        dict(zip(NAMES, (name, *(int(each[place]) for each in figures), by_hand), strict=True))
        for place, (_, name, by_hand) in zip(places, rows, strict=True)
    ]
    _write(auction, nodes, kind="auction-published", reason=None, at=at)


def cancelled(*, auction, reason, at):
    """Tell everyone who had an order in it that an auction does not take place."""
    _write(auction, _nodes(CANCELLED, auction.pk), kind="auction-cancelled", reason=reason, at=at)


def set_aside(*, auction, orders, reason, at):
    """Tell the owners of orders that these were set aside."""
    nodes = [
        dict(zip(NAMES, (name, 0, 0, 0, True), strict=True))
        for name in sorted({order.node.public_id for order in orders})
    ]
    _write(auction, nodes, kind="order-quarantined", reason=reason, at=at)


def schedule(*, auction, result, answer_by, at):
    """Tell the grid operator that a schedule waits for its answer; it is fetched with the auction's name."""
    dso = auction.market.dso
    more = {
        "dsoId": dso.public_id,
        "scheduleHash": result.result_hash,
        "answerBy": fields.utc_text(answer_by),
    }
    _write(auction, [], kind="schedule-published", reason=None, at=at, **more)


def curtailed(*, auction, curtailment, at):
    """Tell everyone whose energy may not flow how much that is, why, and what they get back or give."""
    nodes = _nodes(CURTAILED, curtailment.pk)
    _write(auction, nodes, kind="schedule-curtailed", reason=curtailment.reason, at=at)


def paused(*, pause, at):
    """Tell a node's household that no order is taken from it for a while, and why."""
    event = {
        "at": fields.utc_text(at),
        "nodeId": pause.node.public_id,
        "endsAt": fields.utc_text(pause.ends_at),
        "reason": pause.reason,
    }
    outbox.write(kind="intake-paused", payload=event, at=at)


def _nodes(sql, key):
    with connection.cursor() as cursor:
        cursor.execute(sql, [key])
        rows = [(node, *(int(each or 0) for each in figures), by_hand) for node, *figures, by_hand in cursor]
    return [dict(zip(NAMES, row, strict=True)) for row in rows]


def _write(auction, nodes, *, kind, reason, at, **more):
    event = {
        "at": fields.utc_text(at),
        "auctionId": auction.code,
        "marketId": auction.market.code,
        "number": auction.number,
        "deliveryDay": auction.delivery_day.isoformat(),
        "deliveryStartsAt": fields.utc_text(auction.delivery_starts_at),
        "deliveryEndsAt": fields.utc_text(auction.delivery_ends_at),
        "reason": reason,
        **more,
    }
    for start in range(0, max(len(nodes), 1), NODES_PER_EVENT):
        outbox.write(kind=kind, payload=event | {"nodes": nodes[start : start + NODES_PER_EVENT]}, at=at)
