"""What a node's connection may carry: all its open orders of one side, together."""

import numpy as np

from shared import problems
from trading.orders.models import Order
from trading.orders.points import Points, most_wh


class CapacityExceeded(Exception):
    """The node's connection cannot carry this together with its other open orders."""

    def __init__(self, *, period, capacity_wh, asked_wh):
        super().__init__(
            f"In period {period} the connection carries {capacity_wh} Wh; {asked_wh} Wh would be ordered."
        )
        self.params = {"period": period, "capacityWh": capacity_wh, "askedWh": asked_wh}


problems.register(CapacityExceeded, status=422, code="capacity-exceeded", title="Connection too small")


def capacity_wh(node, auction):
    """What a node's connection carries in one period, in each direction."""
    return node.connection_capacity_w * auction.market.period_minutes // 60


def check(*, node, auction, orders):
    """Let orders of one node pass that its connection can carry.

    Of an exclusive group no more is ever accepted than its largest block, so that is what counts.

    :raises CapacityExceeded: naming the first period in which it cannot
    """
    most = capacity_wh(node, auction)
    for side in Order.Side.values:
        total = _most_wh([each for each in orders if each.side == side], auction.period_count)
        too_much = np.flatnonzero(total > most)
        if len(too_much):
            period = int(too_much[0])
            raise CapacityExceeded(period=period, capacity_wh=most, asked_wh=int(total[period]))


def _most_wh(orders, period_count):
    alone, groups = np.zeros(period_count, np.int64), {}
    for order in orders:
        points = Points.of_one(order.periods, order.prices_rp_per_mwh, order.quantities_wh)
        is_linear = np.array([order.curve == Order.Curve.LINEAR])
        _, periods, quantities = most_wh(points, is_linear=is_linear)
        if order.exclusive_group:
            largest = groups.setdefault(order.exclusive_group, np.zeros_like(alone))
            largest[periods] = np.maximum(largest[periods], quantities)
        else:
            alone[periods] += quantities
    return alone + sum(groups.values())
