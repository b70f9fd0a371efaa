"""Are there prices that support every accepted block, and which are chosen?"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from clearing.blocks.book import NONE, Blocks
from clearing.blocks.outcome import most_by_group, most_by_parent
from clearing.highs import program, solver
from clearing.room import Lines, Room, choose
from clearing.rules import Ints

MOST_NODES = 200
INFEASIBLE = "Infeasible"


class Conditions(NamedTuple):
    """What accepted blocks ask of the prices: sums over rows, each at least 0 and at most `most`.

    A sum is what a block and all accepted blocks below it gain together: a leaf may not lose, a parent may
    lose what its children make up for (EPD, pages 33-34). A block accepted in part, though neither its parent
    nor its group is in the way, is at the money: its sum is less than one tick for all of its energy.

    Attributes
    ----------
    block : ndarray of int64, shape (n,)
        Whose condition it is.
    condition, row : ndarray of int64
        Which rows each adds up.
    energy : ndarray of int64
        Signed energy of each of these. [Wh]
    most : list of int or None
        Upper bounds. [µRp]
    """

    block: Ints
    condition: Ints
    row: Ints
    energy: Ints
    most: list[int | None]

    @classmethod
    def of(cls, blocks: Blocks, share: Ints) -> Conditions:
        """The conditions of one choice."""
        taken = np.flatnonzero(share > 0)
        number = np.full(len(blocks), NONE)
        number[taken] = np.arange(len(taken))
        accepted, conditions, rows = blocks.accepted(share), [], []
        for i in taken.tolist():
            mine = np.arange(blocks.first[i], blocks.first[i + 1])
            above = i
            while above != NONE:
                conditions.append(np.full(len(mine), number[above]))
                rows.append(mine)
                above = int(blocks.parent[above])
        row = np.concatenate([np.zeros(0, np.int64), *rows])
        condition = np.concatenate([np.zeros(0, np.int64), *conditions])
        size = np.zeros(len(taken), np.int64)
        np.add.at(size, condition, accepted[row])
        most = [
            int(size[k]) - 1 if 0 < share[i] < min(blocks.biggest[i], most_by_parent(blocks, share, i),
                                                   most_by_group(blocks, share, i)) else None
            for k, i in enumerate(taken.tolist())
        ]  # fmt: skip
        energy = accepted[row] * blocks.sign[blocks.row_block[row]]
        return cls(taken, condition, row, energy, most)

    def sums(self, blocks: Blocks, price: Ints) -> list[int]:
        """What each adds up to at prices of shape (n_rows,). [µRp]"""
        total = np.zeros(len(self.block), object)
        gain = self.energy.astype(object) * (price - blocks.price[blocks.row_block])[self.row]
        np.add.at(total, self.condition, gain)
        return total.tolist()


class Support(NamedTuple):
    """Prices with their intervals, or who stands in the way.

    Attributes
    ----------
    prices : tuple of ndarray or None
        Price, low and high, shape (n_periods, n_buses). [Rp/MWh]
    against : dict of int to int
        The blocks whose conditions fail, with what they add up to.
    for_good : bool
        Whether it is proven that no real prices do, whatever else would be accepted beside these.
    """

    prices: tuple[Ints, Ints, Ints] | None
    against: dict[int, int]
    for_good: bool


def support(
    blocks: Blocks, conditions: Conditions, room: Room, lines: Lines, bounds: tuple[int, int]
) -> Support:
    """Choose prices: the midpoints if they support all blocks, else the nearest to them that do."""
    at = blocks.period, blocks.bus[blocks.row_block]
    chosen = choose(room, lines, bounds)
    against = _failing(conditions, conditions.sums(blocks, chosen[0][at]))
    if not against:
        return Support(chosen, {}, False)
    low, high = _within(room, chosen[0], bounds)
    sells = (blocks.side == 0)[blocks.row_block]
    best = conditions.sums(blocks, np.where(sells, high[at], low[at]))
    worst = conditions.sums(blocks, np.where(sells, low[at], high[at]))
    hopeless = {int(b): s for b, s in zip(conditions.block, best, strict=True) if s < 0}
    for b, s, most in zip(conditions.block, worst, conditions.most, strict=True):
        if most is not None and s > most:
            hopeless[int(b)] = s
    if hopeless:
        losing = any(s < 0 for s in hopeless.values())
        return Support(None, hopeless, losing)
    price, proven = _nearest(blocks, conditions, lines, (low, high, room.least, room.most), chosen[0])
    if price is None or _failing(conditions, conditions.sums(blocks, price[at])):
        return Support(None, against, proven)
    moved = np.any(price != chosen[0], axis=1)[:, None]
    return Support((price, np.where(moved, price, chosen[1]), np.where(moved, price, chosen[2])), {}, False)


def _failing(conditions: Conditions, sums: list[int]) -> dict[int, int]:
    told = zip(conditions.block.tolist(), sums, conditions.most, strict=True)
    return {b: s for b, s, most in told if s < 0 or (most is not None and s > most)}


def _within(room: Room, price: Ints, bounds: tuple[int, int]) -> tuple[Ints, Ints]:
    """The room within the price bounds; where it lies beyond them, the chosen price alone."""
    low, high = np.maximum(room.low, bounds[0]), np.minimum(room.high, bounds[1])
    outside = np.any(low > high, axis=1)[:, None]
    return np.where(outside, price, low), np.where(outside, price, high)


def _nearest(
    blocks: Blocks,
    conditions: Conditions,
    lines: Lines,
    room: tuple[Ints, Ints, Ints, Ints],
    wanted: Ints,
) -> tuple[Ints | None, bool]:
    """Prices in whole ticks at the least distance from the wanted ones; whether there are none."""
    low, high, least, most = room
    movable = np.zeros(len(low), bool)
    movable[blocks.period[conditions.row]] = True
    periods = np.flatnonzero(movable & (low < high).any(axis=1))
    n = low.shape[1]
    place = np.full(len(low), NONE)
    place[periods] = np.arange(len(periods))
    size = n * len(periods)
    rows: list[tuple[float, float, list[int], list[float]]] = []
    for k in range(size):
        p = float(wanted[periods[k // n], k % n])
        rows += [(p, np.inf, [k, size + k], [1.0, 1.0]), (-p, np.inf, [k, size + k], [-1.0, 1.0])]
    for at, period in enumerate(periods.tolist()):
        for line, (below, above) in enumerate(zip(lines.tail.tolist(), lines.head.tolist(), strict=True)):
            ends = float(least[period, line]), float(most[period, line])
            rows.append((*ends, [at * n + above, at * n + below], [1.0, -1.0]))
    rows += _sum_rows(blocks, conditions, place, n, wanted)
    cost = np.concatenate([np.zeros(size), -np.ones(size)])
    under = np.concatenate([low[periods].ravel(), np.zeros(size)]).astype(float)
    over = np.concatenate([high[periods].ravel(), np.full(size, 2.0**31)]).astype(float)
    highs = solver(mip_max_nodes=MOST_NODES, mip_rel_gap=0.0, primal_feasibility_tolerance=1e-9)
    highs.passModel(_by_rows(cost, under, over, rows))
    highs.run()
    if highs.modelStatusToString(highs.getModelStatus()) == INFEASIBLE:
        return None, True
    columns = np.arange(size, dtype=np.int32)
    highs.changeColsIntegrality(size, columns, np.ones(size, np.uint8))
    highs.run()
    found = np.array(highs.getSolution().col_value)
    if len(found) != 2 * size:
        return None, False
    price = wanted.copy()
    price[periods] = np.rint(found[:size]).astype(np.int64).reshape(len(periods), n)
    inside = (price >= low).all() and (price <= high).all()
    step = price[:, lines.head] - price[:, lines.tail]
    return (price if inside and ((step >= least) & (step <= most)).all() else None), False


def _sum_rows(
    blocks: Blocks, conditions: Conditions, place: Ints, n: int, wanted: Ints
) -> list[tuple[float, float, list[int], list[float]]]:
    """The conditions in average prices, what cannot move as a constant."""
    rows = []
    block_of = blocks.row_block
    for k in range(len(conditions.block)):
        mine = conditions.condition == k
        row, energy = conditions.row[mine], conditions.energy[mine].astype(float)
        period, bus = blocks.period[row], blocks.bus[block_of[row]]
        weight = energy / np.abs(energy).sum()
        still = place[period] == NONE
        need = float((weight * blocks.price[block_of[row]]).sum())
        need -= float((weight * wanted[period, bus])[still].sum())
        column = (place[period] * n + bus)[~still]
        joined, where = np.unique(column, return_inverse=True)
        values = np.zeros(len(joined))
        np.add.at(values, where, weight[~still])
        top = conditions.most[k]
        over = np.inf if top is None else need + top / float(np.abs(energy).sum())
        rows.append((need, over, joined.tolist(), values.tolist()))
    return rows


def _by_rows(
    cost: Any, under: Any, over: Any, rows: list[tuple[float, float, list[int], list[float]]]
) -> Any:
    """A program whose matrix is given row by row."""
    entries = [(j, i, v) for i, (_, _, js, vs) in enumerate(rows) for j, v in zip(js, vs, strict=True)]
    entries.sort()
    starts = np.searchsorted([j for j, _, _ in entries], np.arange(len(cost) + 1)).astype(np.int32)
    index = np.array([i for _, i, _ in entries], np.int32)
    value = np.array([v for _, _, v in entries], float)
    ends = np.array([r[0] for r in rows], float), np.array([r[1] for r in rows], float)
    ends[0][ends[0] < -(2.0**59)], ends[1][ends[1] > 2.0**59] = -np.inf, np.inf
    return program(cost, (under, over), ends, (starts, index, value))
