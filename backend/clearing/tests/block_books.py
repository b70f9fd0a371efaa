"""Small random block orders, and the slow, obvious answer: all choices, each with all prices."""

from itertools import product

import numpy as np

from clearing import BUY, NONE, WHOLE
from clearing.tests.books import BOUNDS
from clearing.tests.oracle import Period


def random_block_rows(rng, n_buses, n_periods, *, curtailable=False, most=4):
    """Rows of a few random blocks with parents and groups."""
    rows, buses = [], rng.integers(0, n_buses, most)
    for block in range(rng.integers(1, most + 1)):
        parent = int(rng.integers(0, block)) if block and rng.random() < 0.3 else NONE
        group = NONE
        if rng.random() < 0.3:
            group, buses[block] = 5, buses[0]
        ratio = WHOLE // int(rng.choice([1, 2, 4])) if curtailable else WHOLE
        side, price = int(rng.integers(0, 2)), int(rng.integers(BOUNDS[0] + 4, BOUNDS[1] - 4))
        periods = rng.choice(n_periods, size=rng.integers(1, n_periods + 1), replace=False)
        for period in periods:
            quantity = int(rng.integers(1, rng.choice([4, 16])))
            rows.append((block, buses[block], period, side, price, quantity, ratio, parent, group))
    rng.shuffle(rows)
    return [np.array(column, np.int64) for column in zip(*rows, strict=True)]


class Choices:
    """All choices of a few blocks that are all or nothing."""

    def __init__(self, orders, grid, blocks, n_periods):
        self.orders, self.grid, self.blocks = orders, grid, blocks
        self.programs = [Period(orders, grid, period) for period in range(n_periods)]
        each = np.arange(BOUNDS[0], BOUNDS[1] + 1)
        self.prices = np.array(list(product(each, repeat=len(grid.parent))))
        self.duals = [self._dual(program) for program in self.programs]
        self._prices_of = {}

    def _dual(self, program):
        """What all steps and lines gain at most, at all prices."""
        total = np.zeros(len(self.prices), np.int64)
        for step in program.steps:
            better = step.price - self.prices[:, step.bus]
            total += np.maximum(0, better if step.side == BUY else -better) * step.quantity
        for bus in program.lines:
            rise = self.prices[:, program.parent[bus]] - self.prices[:, bus]
            total += np.maximum(0, rise - program.fee[0][bus]) * program.capacity[0][bus]
            total += np.maximum(0, -rise - program.fee[1][bus]) * program.capacity[1][bus]
        return total

    def legal(self, choice):
        blocks = self.blocks
        for i, taken in enumerate(choice):
            if taken and blocks.parent[i] != NONE and not choice[blocks.parent[i]]:
                return False
        groups = [g for i, g in enumerate(blocks.group.tolist()) if choice[i] and g != NONE]
        return len(groups) == len(set(groups))

    def welfare(self, choice):
        """The best welfare of a choice that prices support, else None."""
        total, supports = 0, []
        for t in range(len(self.programs)):
            worth, prices = self._beside(t, self._injection(t, choice))
            if worth is None:
                return None
            total += worth
            supports.append(prices)
        blocks = self.blocks
        signed = blocks.sign[blocks.row_block] * blocks.quantity * blocks.price[blocks.row_block]
        total -= int(sum(signed[np.array(choice, bool)[blocks.row_block]]))
        return total if self._supported(choice, supports) else None

    def _injection(self, period, choice):
        blocks = self.blocks
        injection = np.zeros(len(self.grid.parent), np.int64)
        for r in np.flatnonzero(blocks.period == period):
            i = blocks.row_block[r]
            if choice[i]:
                injection[blocks.bus[i]] += blocks.sign[i] * blocks.quantity[r]
        return injection

    def _beside(self, period, injection):
        """Worth and supporting prices of a period: the prices at which dual and primal meet."""
        key = period, injection.tobytes()
        if key not in self._prices_of:
            worth = self.programs[period].welfare_beside(injection)
            meet = (
                np.zeros(len(self.prices), bool)
                if worth is None
                else (self.duals[period] + self.prices @ injection == worth)
            )
            prices = self.prices[meet].tolist()
            self._prices_of[key] = worth, prices
        return self._prices_of[key]

    def _supported(self, choice, supports):
        """Whether some prices leave no block below its limit, families together."""
        blocks = self.blocks
        taken = [i for i, t in enumerate(choice) if t]
        options = [{self._gains(t, p, taken) for p in prices} for t, prices in enumerate(supports)]
        families = [[k for k, j in enumerate(taken) if self._above(j, i)] for i in taken]
        for gains in product(*options):
            total = [sum(column) for column in zip(*gains, strict=True)]
            if all(sum(total[k] for k in family) >= 0 for family in families):
                return True
        return not blocks.block.size

    def _gains(self, period, price, taken):
        blocks, gains = self.blocks, []
        for i in taken:
            rows = np.flatnonzero((blocks.row_block == i) & (blocks.period == period))
            better = int(blocks.sign[i]) * (price[blocks.bus[i]] - int(blocks.price[i]))
            gains.append(better * int(blocks.quantity[rows].sum()))
        return tuple(gains)

    def _above(self, i, ancestor):
        while i != NONE:
            if i == ancestor:
                return True
            i = self.blocks.parent[i]
        return False

    def best(self):
        """The greatest welfare of all choices."""
        choices = (c for c in product((False, True), repeat=len(self.blocks)) if self.legal(c))
        return max(w for w in map(self.welfare, choices) if w is not None)
