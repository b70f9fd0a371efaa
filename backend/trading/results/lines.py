"""What a result lets flow over each line, against what the line might carry, and at which prices."""

from dataclasses import dataclass

import numpy as np

from trading.capacities import queries as capacities
from trading.grid import queries as grid
from trading.grid.tree import UNLIMITED_WH
from trading.results.models import PeriodResult


@dataclass(frozen=True, slots=True, eq=False)
class Flows:
    """Arrays period × bus, by `Bus.position`; a line belongs to the bus at its lower end, up is positive."""

    tree: object
    flows_wh: np.ndarray
    capacity_up_wh: np.ndarray
    capacity_down_wh: np.ndarray
    prices_rp_per_mwh: np.ndarray

    @property
    def binding(self):
        """Where a line carries all it may, and prices part there by more than its fee."""
        above = np.maximum(self.tree.parent, 0)
        crossed = self.prices_rp_per_mwh[:, above] - self.prices_rp_per_mwh
        up = (self.flows_wh == self.capacity_up_wh) & (crossed > self.tree.fee_up_rp_per_mwh)
        down = (-self.flows_wh == self.capacity_down_wh) & (-crossed > self.tree.fee_down_rp_per_mwh)
        return (up | down) & (self.tree.parent >= 0)

    def capacity(self, capacity_wh, bus):
        """What a line might carry in each period; None where nothing limits it."""
        column = capacity_wh[:, bus].tolist()
        return [None if each == UNLIMITED_WH else each for each in column]


def flows(*, result):
    """The flows and prices of a result."""
    auction = result.auction
    rated = grid.tree(dso=auction.market.dso_id, period_minutes=auction.market.period_minutes)
    tree = capacities.frozen(auction=auction, tree=rated)
    rows = PeriodResult.objects.filter(result=result).order_by("period")
    flows_wh, prices = (
        np.array(list(rows.values_list(name, flat=True)), np.int64)
        for name in ("flows_wh", "prices_rp_per_mwh")
    )
    shape = flows_wh.shape
    return Flows(
        tree=rated,
        flows_wh=flows_wh,
        capacity_up_wh=np.broadcast_to(tree.capacity_up_wh, shape),
        capacity_down_wh=np.broadcast_to(tree.capacity_down_wh, shape),
        prices_rp_per_mwh=prices,
    )
