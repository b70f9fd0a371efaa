"""From limits to what is taken off every order, off the schedule and off the lines' income."""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from django.db import connection

from shared import problems
from trading.grid import queries as grid
from trading.grid.models import Node
from trading.results.models import PeriodResult
from trading.schedules.limits import Limit, Supplies, cut, shares

MOST_LIMITS = 500

SUPPLIES = """
SELECT seller.id, buyer.id, part.period, sum(part.wh)::bigint, sold_at.position, bought_at.position
FROM results_noderesult got
CROSS JOIN LATERAL unnest(got.partner_nodes, got.partner_supplies, got.partner_periods, got.partner_wh)
    AS part (node, supplies, period, wh)
JOIN grid_node seller ON seller.id = part.node
JOIN grid_bus sold_at ON sold_at.id = seller.bus_id
JOIN grid_node buyer ON buyer.id = got.node_id
JOIN grid_bus bought_at ON bought_at.id = buyer.bus_id
WHERE got.result_id = %s AND part.supplies
GROUP BY seller.id, buyer.id, part.period, sold_at.position, bought_at.position
ORDER BY seller.id, buyer.id, part.period
"""
ACCEPTED = """
SELECT part.number, got.node_id, CASE WHEN part.buys THEN -1 ELSE 1 END, part.period, part.wh,
       part.price, part.fee
FROM results_noderesult got
CROSS JOIN LATERAL unnest(got.orders, got.buys, got.periods, got.accepted_wh, got.prices_rp_per_mwh,
                          got.fees_rp_per_mwh) AS part (number, buys, period, wh, price, fee)
WHERE got.result_id = %s AND got.node_id = ANY(%s) AND part.wh > 0
ORDER BY part.number, part.period
"""


@dataclass(frozen=True, slots=True, eq=False)
class Cuts:
    """What is taken off: columns over orders and their periods, and what that does to the lines."""

    order: np.ndarray
    node: np.ndarray
    side: np.ndarray  # +1 sells, −1 buys
    period: np.ndarray
    wh: np.ndarray
    energy_urp: np.ndarray
    fee_urp: np.ndarray
    line_fees_urp: int
    congestion_rent_urp: int
    flows_wh: np.ndarray  # what flows over each line afterwards, up positive, period × bus

    @property
    def cut_wh(self):
        """The energy that may not flow."""
        return int(self.wh[self.side > 0].sum())


def limits_of(items, *, auction, tree):
    """Check limits as they are said and find what they speak of.

    :raises Problem: 400 naming each item and field that is wrong
    """
    nodes = {node.public_id: node.pk for node in Node.objects.filter(bus__dso=auction.market.dso_id)}
    found, errors = [], []
    for index, item in enumerate(items):
        limit, wrong = _limit(item, auction, tree, nodes)
        found.append(limit)
        errors += [
            {"field": f"items.{index}.{field}", "code": code, "detail": text} for field, code, text in wrong
        ]
    if errors:
        raise problems.invalid(errors[:50])
    return found


def _limit(item, auction, tree, nodes):
    wrong = []
    line, node = item.get("line"), item.get("node")
    if (line is None) == (node is None):
        wrong.append(("line", "one-of", "Name either a line or a node."))
    elif line is not None and (line not in tree.names or tree.parent[tree.names.index(line)] < 0):
        wrong.append(("line", "unknown-line", "Your grid has no line below this bus."))
    elif node is not None and node not in nodes:
        wrong.append(("node", "unknown-node", "Your grid has no such node."))
    step = timedelta(minutes=auction.market.period_minutes)
    first, ragged = divmod(
        item.get("startsAt", auction.delivery_starts_at) - auction.delivery_starts_at, step
    )
    until, jagged = divmod(item.get("endsAt", auction.delivery_ends_at) - auction.delivery_starts_at, step)
    if ragged or not 0 <= first < auction.period_count:
        wrong.append(("startsAt", "not-a-period", "No delivery period of this auction begins here."))
    if jagged or not first < until <= auction.period_count:
        wrong.append(
            ("endsAt", "not-a-period", "No delivery period of this auction after the start ends here.")
        )
    if wrong:
        return None, wrong
    below = None if line is None else tree.below(tree.names.index(line))
    return Limit(int(first), int(until), item["limitWh"], node and nodes[node], below), []


def cuts(*, result, limits, tree):
    """What limits take off a result; nothing is written."""
    supplies = Supplies(*_columns(SUPPLIES, [result.pk], 6))
    taken = cut(supplies, limits)
    kept = np.flatnonzero(taken)
    sides = [(supplies.seller, 1, supplies.seller_bus), (supplies.buyer, -1, supplies.buyer_bus)]
    injected_wh = np.zeros((result.auction.period_count, len(tree.parent)), np.int64)
    of_node = {}
    for nodes, sign, buses in sides:
        np.add.at(injected_wh, (supplies.period[kept], buses[kept]), -sign * taken[kept])
        keys = zip(nodes[kept].tolist(), supplies.period[kept].tolist(), taken[kept].tolist(), strict=True)
        for node, period, wh in keys:
            of_node[node, sign, period] = of_node.get((node, sign, period), 0) + wh
    order, node, side, period, wh, price, fee = _of_orders(result, of_node)
    flows_before = _flows(result)
    flows_wh = flows_before + tree.flows(injected_wh)
    energy_urp = wh * price
    line_fees_urp = _fees(tree, flows_before) - _fees(tree, flows_wh)
    return Cuts(
        order=order,
        node=node,
        side=side,
        period=period,
        wh=wh,
        energy_urp=energy_urp,
        fee_urp=wh * fee,
        line_fees_urp=line_fees_urp,
        # Buyers get back more than sellers give: the lines' income on what does not flow.
        congestion_rent_urp=-int((side * energy_urp).sum()) - line_fees_urp,
        flows_wh=flows_wh,
    )


def _of_orders(result, of_node):
    """Share what is taken off a node among its orders, in proportion to what was accepted of them."""
    accepted = _columns(ACCEPTED, [result.pk, sorted({node for node, _, _ in of_node})], 7)
    places = {}
    keys = zip(accepted[1].tolist(), accepted[2].tolist(), accepted[3].tolist(), strict=True)
    for place, key in enumerate(keys):
        places.setdefault(key, []).append(place)
    taken = np.zeros(accepted.shape[1], np.int64)
    for key, wh in of_node.items():
        taken[places[key]] = shares(wh, accepted[4][places[key]])
    kept = np.flatnonzero(taken)
    order, node, side, period, _, price, fee = accepted[:, kept]
    return order, node, side, period, taken[kept], price, fee


def _flows(result):
    rows = PeriodResult.objects.filter(result=result).order_by("period").values_list("flows_wh", flat=True)
    return np.array(list(rows), np.int64)


def _fees(tree, flows_wh):
    fees = np.where(flows_wh > 0, tree.fee_up_rp_per_mwh, -tree.fee_down_rp_per_mwh)
    return int((flows_wh * fees).sum())


def _columns(sql, values, count):
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return np.array(cursor.fetchall(), np.int64).reshape(-1, count).T


def tree_of(auction):
    """The grid of an auction's operator."""
    return grid.tree(dso=auction.market.dso_id, period_minutes=auction.market.period_minutes)
