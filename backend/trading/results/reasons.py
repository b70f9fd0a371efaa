"""Why an order got what it got: the clearing's own words, worked out again when somebody asks.

Nothing of it is stored: prices, flows and accepted quantities say it all (docs/decisions/0007).
"""

from dataclasses import dataclass

import numpy as np

import clearing
from clearing import why
from trading.capacities import queries as capacities
from trading.grid import queries as grid
from trading.orders.models import Order
from trading.results import block_reasons
from trading.results.decision import grid_of
from trading.results.models import PeriodResult

# Limits are kept within a market's own bounds below; here nothing may be out of bounds.
ANY_PRICE = (-clearing.rules.MAX_PRICE, clearing.rules.MAX_PRICE)


@dataclass(frozen=True, slots=True)
class FullLine:
    """The line that stood in an order's way, in the direction of the energy."""

    from_bus: str
    to_bus: str
    price_beyond_rp_per_mwh: int  # what the order would have got or paid at its meter beyond the line


@dataclass(frozen=True, slots=True)
class Reason:
    """Why not more of an order was accepted in one period; prices at the meter."""

    code: str
    limit_rp_per_mwh: int
    out_by_rp_per_mwh: int
    at_margin_wh: int
    at_margin_accepted_wh: int
    enough_rp_per_mwh: int | None  # the limit that would have been accepted in full; None: it was, or none is
    line: FullLine | None


def reasons_of(*, result, orders, accepted_wh):
    """Why each of some orders got what it got, by (order key, period), and by key of each block order.

    :param orders: orders of some nodes; of block orders all that these have
    :param accepted_wh: what was accepted, by (order key, period)
    """
    curves = [each for each in orders if each.kind == Order.Kind.CURVE]
    blocks = [each for each in orders if each.kind == Order.Kind.BLOCK]
    found = block_reasons.reasons_of(
        result=result, orders=blocks, accepted_wh=accepted_wh, prices=_by_period(result, "prices_rp_per_mwh")
    )
    return _of_curves(result, curves, accepted_wh), found


def _of_curves(result, orders, accepted_wh):
    if not orders:
        return {}
    market = result.auction.market
    rated = grid.tree(dso=market.dso, period_minutes=market.period_minutes)
    tree = capacities.frozen(auction=result.auction, tree=rated)
    offers = _offers(orders)
    keys = list(zip(offers.order.tolist(), offers.period.tolist(), strict=True))
    taken = np.array([accepted_wh[key] for key in keys], np.int64)
    found = why.explain(offers, grid_of(tree), _decided(result, taken), bounds=ANY_PRICE)
    fees = {order.pk: order.fee_rp_per_mwh for order in orders}
    return {key: _reason(found, i, fees[key[0]], tree, market) for i, key in enumerate(keys)}


def _offers(orders):
    """The orders as the clearing saw them: limits at the bus."""
    counts = [len(order.periods) for order in orders]

    def spread(values):
        return np.repeat(np.array(values, np.int64), counts)

    return clearing.Orders.from_rows(
        order=spread([order.pk for order in orders]),
        bus=spread([order.node.bus.position for order in orders]),
        period=np.concatenate([order.periods for order in orders]),
        side=spread([clearing.BUY if order.side == Order.Side.BUY else clearing.SELL for order in orders]),
        price=np.concatenate([order.prices_rp_per_mwh for order in orders])
        - spread([order.fee_rp_per_mwh for order in orders]),
        quantity=np.concatenate([order.quantities_wh for order in orders]),
        curve=spread([order.curve == Order.Curve.LINEAR for order in orders]),
    )


def _decided(result, accepted_wh):
    """As much of a result as it takes to say why: prices, flows, and what the asked offers got."""
    price, flow = (_by_period(result, name) for name in ("prices_rp_per_mwh", "flows_wh"))
    nobody = np.zeros((0, 3), np.int64)
    return clearing.Result(price, price, price, accepted_wh, flow, result.welfare_urp, nobody, nobody)


def _by_period(result, name):
    rows = PeriodResult.objects.filter(result=result).order_by("period")
    return np.array(list(rows.values_list(name, flat=True)), np.int64)


def _reason(found, i, fee, tree, market):
    code, enough = why.CODES[found.code[i]], int(found.enough[i]) + fee
    reachable = market.price_floor_rp_per_mwh <= enough <= market.price_cap_rp_per_mwh
    return Reason(
        code=code,
        limit_rp_per_mwh=int(found.limit[i]) + fee,
        out_by_rp_per_mwh=int(found.out_by[i]),
        at_margin_wh=int(found.at_margin[i]),
        at_margin_accepted_wh=int(found.at_margin_accepted[i]),
        enough_rp_per_mwh=enough if reachable and found.code[i] != why.ACCEPTED else None,
        line=_full_line(found, i, fee, tree),
    )


def _full_line(found, i, fee, tree):
    below = int(found.line[i])
    if below < 0:
        return None
    ends = [tree.names[below], tree.names[tree.parent[below]]]
    return FullLine(*(ends if found.upwards[i] else ends[::-1]), int(found.beyond[i]) + fee)
