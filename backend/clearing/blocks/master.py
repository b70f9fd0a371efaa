"""The choice of blocks as a linear program: each period's worth under tangents, ratios from 0 to 1.

What a period is worth is concave in the energy of the blocks, so every clearing gives a tangent above it
(Kelley, The cutting-plane method for solving convex programs, 1960). HiGHS solves the program in floating
point; the bound that is taken from it is not the solver's: its multipliers, rounded, are weighed out exactly
in whole numbers, which bounds the welfare whatever they are (weak duality).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from clearing.blocks.book import NONE, WHOLE, Blocks
from clearing.blocks.periods import Periods
from clearing.highs import INFINITE, Floats, Unsolved, infeasible, maximise, solved, solver
from clearing.rules import Ints

ONE = 2**40
# Ratios this near to an end of their range are at it.
NEAR = 1e-6


class Tangent(NamedTuple):
    """worth of the period ≤ constant + price · injections. [µRp, Rp/MWh]"""

    period: int
    constant: int
    price: Ints


class Master:
    """The program, with tangents added as they are found."""

    def __init__(self, blocks: Blocks, periods: Periods) -> None:
        self.blocks, self.periods = blocks, periods
        self.touched = np.unique(blocks.period)
        self.tangents: list[Tangent] = []
        self.places: list[int] = []
        self._seen: set[tuple[int, int, bytes]] = set()
        row = blocks.row_block
        self.rows_in = [np.flatnonzero(blocks.period == period) for period in range(periods.n)]
        self.energy = (blocks.sign[row] * blocks.quantity).astype(object)
        self.cost = blocks.added(self.energy * blocks.price[row])
        self.scale = float(max([1, *(abs(int(c)) for c in self.cost)])) / 2**20
        self.base = [found.worth for found in periods.at(np.zeros((periods.n, len(periods.buses)), np.int64))]
        self.highs = solver()
        self._begin()

    def _begin(self) -> None:
        """Ratios, the worth of each period, and the rows of parents and groups."""
        blocks, n = self.blocks, len(self.blocks)
        maximise(self.highs)
        self.highs.addVars(n, np.zeros(n), np.ones(n))
        m = len(self.touched)
        self.highs.addVars(m, np.full(m, -INFINITE), np.full(m, INFINITE))
        gain = np.concatenate([-self.cost.astype(float) / self.scale, np.ones(m)])
        self.highs.changeColsCost(n + m, np.arange(n + m, dtype=np.int32), gain)
        self.children = np.flatnonzero(blocks.parent != NONE)
        for i in self.children.tolist():
            self.highs.addRow(
                -INFINITE, 0.0, 2, np.array([i, blocks.parent[i]], np.int32), np.array([1.0, -1.0])
            )
        self.groups = np.unique(blocks.group[blocks.group != NONE])
        for group in self.groups.tolist():
            mine = np.flatnonzero(blocks.group == group).astype(np.int32)
            self.highs.addRow(-INFINITE, 1.0, len(mine), mine, np.ones(len(mine)))

    def learn(self, injection: Ints, above: Floats | None = None) -> bool:
        """Add tangents at injections where the program's worth is `above` the true one; whether any."""
        learned = False
        found = self.periods.at(injection)
        for at, period in enumerate(self.touched.tolist()):
            one = found[period]
            if above is not None and above[at] * self.scale <= one.worth - self.base[period] + 0.5:
                continue
            key = (period, one.worth, injection[period].tobytes() + one.price.tobytes())
            if key in self._seen:
                continue
            self._seen.add(key)
            constant = one.worth - self.base[period] - _dot(one.price, injection[period])
            self._add(Tangent(period, constant, one.price), at)
            learned = True
        return learned

    def _add(self, tangent: Tangent, at: int) -> None:
        self.tangents.append(tangent)
        self.places.append(at)
        rows = self.rows_in[tangent.period]
        price = tangent.price[self.periods.place[rows]]
        value = -(self.energy[rows].astype(float) * price) / self.scale
        column = np.append(self.blocks.row_block[rows], len(self.blocks) + at).astype(np.int32)
        most = tangent.constant / self.scale
        self.highs.addRow(-INFINITE, most, len(column), column, np.append(value, 1.0))

    def solve(self, low: Floats, high: Floats) -> tuple[Floats, Floats] | None:
        """Best ratios within bounds, and the worth of each period touched; None if there are none."""
        n = len(self.blocks)
        self.highs.changeColsBounds(n, np.arange(n, dtype=np.int32), low, high)
        if not solved(self.highs):
            if infeasible(self.highs):
                return None
            raise Unsolved("the program of the blocks has no answer")
        found = np.array(self.highs.getSolution().col_value)
        return np.clip(found[:n], low, high), found[n:]

    def bound(self, low: Ints, high: Ints) -> tuple[int, list[int]]:
        """The most welfare of any ratios within bounds in millionths, exactly, by the last multipliers.

        Also what the decision about each block is worth there at least: refusing one that gains, or accepting
        one that loses, takes that much off the bound. [µRp, µRp]
        """
        dual = np.abs(np.array(self.highs.getSolution().row_dual))
        n_links, n_groups = len(self.children), len(self.groups)
        constant, price = self._weighed(dual[n_links + n_groups :])
        rows = self.blocks.row_block
        gain = price[self.blocks.period, self.periods.place] - self.blocks.price[rows].astype(object) * ONE
        surplus = self.blocks.added(self.energy * gain)
        scaled = [int(value) for value in np.rint(dual[: n_links + n_groups] * self.scale * 2.0**20)]
        weight = [value * 2**20 for value in scaled]
        for child, multiplier in zip(self.children.tolist(), weight, strict=False):
            surplus[child] -= multiplier
            surplus[self.blocks.parent[child]] += multiplier
        of_group = dict(zip(self.groups.tolist(), weight[n_links:], strict=True))
        for i in np.flatnonzero(self.blocks.group != NONE).tolist():
            surplus[i] -= of_group[int(self.blocks.group[i])]
        most = [
            s * (h if s > 0 else lo) for s, lo, h in zip(surplus, low.tolist(), high.tolist(), strict=True)
        ]
        whole = (constant + sum(weight[n_links:])) * WHOLE + sum(most)
        minimum = self.blocks.min_ratio.tolist()
        worth = [
            s // ONE if s > 0 else -s * m // (ONE * WHOLE) for s, m in zip(surplus, minimum, strict=True)
        ]
        return sum(self.base) + whole // (ONE * WHOLE), [
            w if s > 0 else -w for s, w in zip(surplus, worth, strict=True)
        ]

    def _weighed(self, dual: Floats) -> tuple[int, Ints]:
        """The mean tangent of each period, its weights adding up to `ONE`."""
        m = len(self.touched)
        used: list[list[int]] = [[] for _ in range(m)]
        for k in np.flatnonzero(dual > 0).tolist():
            used[self.places[k]].append(k)
        constant = 0
        price = np.zeros((self.periods.n, len(self.periods.buses)), object)
        for at, mine in enumerate(used):
            # The first tangents are those of all periods at nothing.
            mine = mine or [at]
            share = np.maximum(dual[mine], 1e-300) / max(float(dual[mine].sum()), 1e-300)
            weights = [int(value) for value in np.rint(share * ONE)]
            weights[int(np.argmax(share))] += ONE - sum(weights)
            for k, weight in zip(mine, weights, strict=True):
                constant += weight * self.tangents[k].constant
                price[self.touched[at]] += self.tangents[k].price.astype(object) * weight
        return constant, price

    def bound_at(self, price: Ints, injection: Ints, low: Ints, high: Ints) -> int:
        """The most welfare of any ratios within bounds, by prices that support these injections. [µRp]

        Children count with their parents, and of a group of single blocks the best alone.
        """
        found = self.periods.at(injection)
        total = sum(one.worth for one in found)
        for period in range(self.periods.n):
            total -= _dot(price[period, self.periods.buses], injection[period])
        row = self.blocks.row_block
        better = price[self.blocks.period, self.blocks.bus[row]].astype(object) - self.blocks.price[row]
        return total + _most(self.blocks, self.blocks.added(self.energy * better), low, high)


def _dot(price: Ints, injection: Ints) -> int:
    return int((price.astype(object) * injection).sum())


def _most(blocks: Blocks, surplus: Ints, low: Ints, high: Ints) -> int:
    """The most that all blocks gain together. [µRp]"""
    value = [0] * len(blocks)
    depth_first = np.argsort(-_depth(blocks), kind="stable").tolist()
    below = [0] * len(blocks)
    for i in depth_first:
        own = int(surplus[i])
        if high[i] == 0:
            continue
        if low[i] > 0:
            own = own if own > 0 else -(-own * int(low[i]) // -WHOLE) if own < 0 else 0
            value[i] = own + below[i]
        else:
            value[i] = max(0, own + below[i])
        if blocks.parent[i] != NONE:
            below[int(blocks.parent[i])] += value[i]
    total, best = 0, dict[int, int]()
    alone = _alone(blocks, low)
    for i in np.flatnonzero(blocks.parent == NONE).tolist():
        group = int(blocks.group[i])
        if group != NONE and group in alone:
            best[group] = max(best.get(group, 0), value[i])
        else:
            total += value[i]
    return total + sum(best.values())


def _alone(blocks: Blocks, low: Ints) -> set[int]:
    """The groups of which no block has a parent or must be accepted."""
    groups = set(blocks.group[blocks.group != NONE].tolist())
    bound = (blocks.parent != NONE) | (low > 0)
    return groups - set(blocks.group[bound].tolist())


def _depth(blocks: Blocks) -> Ints:
    depth, ahead = np.zeros(len(blocks), np.int64), blocks.parent.copy()
    while (ahead != NONE).any():
        depth += ahead != NONE
        ahead = np.where(ahead == NONE, NONE, blocks.parent[ahead])
    return depth
