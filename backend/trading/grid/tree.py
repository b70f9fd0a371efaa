"""The grid as arrays over `Bus.position`, and what follows from its being a tree."""

from dataclasses import dataclass

import numpy as np

# A capacity that nothing reaches; the same number as `clearing.UNLIMITED`.
UNLIMITED_WH = 2**60


@dataclass(frozen=True, slots=True, eq=False)
class Tree:
    """One entry per bus; a line belongs to the bus at its lower end.

    `parent` is the position of the next bus towards the root, -1 at the root. Capacities are per period.
    """

    names: tuple[str, ...]
    bus_ids: np.ndarray
    parent: np.ndarray
    capacity_up_wh: np.ndarray
    capacity_down_wh: np.ndarray
    fee_up_rp_per_mwh: np.ndarray
    fee_down_rp_per_mwh: np.ndarray
    length_m: np.ndarray

    @property
    def root(self):
        """The position of the border."""
        return int(np.flatnonzero(self.parent < 0)[0])

    def from_root(self):
        """Positions in an order in which every bus follows its parent."""
        children = [[] for _ in self.parent]
        for bus, above in enumerate(self.parent.tolist()):
            if above >= 0:
                children[above].append(bus)
        order = [self.root]
        for bus in order:
            order.extend(children[bus])
        return order

    def distances_m(self):
        """Lengths of the ways along the lines between all buses, shape (n, n). [m]"""
        reached = self.from_root()
        distances = np.zeros((len(reached), len(reached)), np.int64)
        for count, bus in enumerate(reached[1:], start=1):
            above, earlier = self.parent[bus], reached[:count]
            distances[bus, earlier] = distances[above, earlier] + self.length_m[bus]
            distances[earlier, bus] = distances[bus, earlier]
        return distances

    def below(self, top):
        """Which buses lie below the line of a bus, itself included, as booleans."""
        found = np.zeros(len(self.parent), bool)
        found[top] = True
        for bus in self.from_root():
            found[bus] |= self.parent[bus] >= 0 and found[self.parent[bus]]
        return found

    def flows(self, injected_wh):
        """What flows up over each bus's line when so much is injected at each bus, period × bus. [Wh]"""
        flow_wh = injected_wh.copy()
        order = self.from_root()
        for bus in reversed(order[1:]):
            flow_wh[:, self.parent[bus]] += flow_wh[:, bus]
        flow_wh[:, self.root] = 0
        return flow_wh

    def border_fees_down(self):
        """Line fees from the border down to each bus. [Rp/MWh]"""
        return self._summed_from_root(self.fee_down_rp_per_mwh)

    def border_fees_up(self):
        """Line fees from each bus up to the border. [Rp/MWh]"""
        return self._summed_from_root(self.fee_up_rp_per_mwh)

    def fees_of_ways(self, home):
        """Line fees on the way from each bus to one bus, and from that one to each. [Rp/MWh]"""
        there, back = np.zeros((2, len(self.parent)), np.int64)
        above, known = home, {home}
        while above != self.root:
            below, above = above, self.parent[above]
            there[above] = there[below] + self.fee_down_rp_per_mwh[below]
            back[above] = back[below] + self.fee_up_rp_per_mwh[below]
            known.add(above)
        for bus in self.from_root():
            if bus not in known:
                there[bus] = there[self.parent[bus]] + self.fee_up_rp_per_mwh[bus]
                back[bus] = back[self.parent[bus]] + self.fee_down_rp_per_mwh[bus]
        return there, back

    def _summed_from_root(self, values):
        total = np.zeros(len(self.parent), np.int64)
        for bus in self.from_root()[1:]:
            total[bus] = total[self.parent[bus]] + values[bus]
        return total
