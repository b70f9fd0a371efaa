"""Supporting prices on a tree: up for what each subtree exports at a price, down for the prices.

Everything here is in doubled prices (see `curves`) and in depth-first positions (see `layout`).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from clearing.compiled import compiled
from clearing.curves import Pieces, rise
from clearing.layout import Layout, Lines
from clearing.rules import Ints

NEVER = -(2**62)


class Problem(NamedTuple):
    """One period: the pieces of bus `b` are `first[b]:first[b + 1]`, all it would buy is `demand[b]`."""

    pieces: Pieces
    first: Ints
    demand: Ints
    up: Ints
    end: Ints
    capacity_up: Ints
    capacity_down: Ints
    fee_up: Ints
    fee_down: Ints
    turn: Ints


@compiled
def _export_at(top: int, price: int, problem: Problem, at: Ints, export: Ints) -> None:
    """What each bus under `top` exports with its subtree if `top` has this price.

    Fills `at`, the price of each bus, and `export` for the run `top:end[top]`. A line lets through what
    its capacity allows: upwards if the parent's price less the fee pays for it, downwards likewise.
    """
    pieces, first, up = problem.pieces, problem.first, problem.up
    for bus in range(top, problem.end[top]):
        at[bus] = price
        if bus > top:
            above = at[up[bus]]
            out_price, in_price = above - 2 * problem.fee_up[bus], above + 2 * problem.fee_down[bus]
            at[bus] = max(out_price, min(problem.turn[bus], in_price))
        net = -problem.demand[bus]
        for i in range(first[bus], first[bus + 1]):
            net += rise(pieces.low[i], pieces.high[i], pieces.amount[i], pieces.side[i], at[bus])
        export[bus] = net
    for bus in range(problem.end[top] - 1, top, -1):
        above = at[up[bus]]
        most = problem.capacity_up[bus] if above - 2 * problem.fee_up[bus] >= at[bus] else 0
        least = -problem.capacity_down[bus] if above + 2 * problem.fee_down[bus] <= at[bus] else 0
        export[up[bus]] += max(least, min(most, export[bus]))


@compiled
def _lowest_price(
    top: int, target: int, low: int, high: int, problem: Problem, at: Ints, export: Ints
) -> int:
    """The lowest price in low..high at which the subtree of `top` exports at least `target`.

    It is taken for granted that it does at `high`.
    """
    while low < high:
        middle = (low + high) >> 1
        _export_at(top, middle, problem, at, export)
        if export[top] >= target:
            high = middle
        else:
            low = middle + 1
    return low


@compiled
def _price_period(
    problem: Problem, low: int, high: int, price: Ints, scratch: tuple[Ints, Ints, Ints]
) -> None:
    """Fill `price` with supporting prices of one period, all of them in low..high."""
    below, export, export_below = scratch
    up = problem.up
    # Where a fee is due, a subtree changes from importing to exporting at its own price, its turn.
    for bus in range(len(up) - 1, -1, -1):
        problem.turn[bus] = NEVER
        if up[bus] >= 0 and problem.fee_up[bus] + problem.fee_down[bus] > 0:
            problem.turn[bus] = _lowest_price(bus, 0, low, high, problem, below, export)
    for bus in range(len(up)):
        chosen = price[bus]
        if up[bus] < 0:
            chosen = _lowest_price(bus, 0, low, high, problem, below, export)
        else:
            out_price = price[up[bus]] - 2 * problem.fee_up[bus]
            most, least = problem.capacity_up[bus], -problem.capacity_down[bus]
            if out_price > problem.turn[bus] and export_below[bus] >= most:
                chosen = _lowest_price(bus, most, low, out_price - 1, problem, below, export)
            elif export[bus] < least:
                chosen = _lowest_price(bus, least, chosen + 1, high, problem, below, export)
            elif below[bus] == chosen - 1:
                continue
        # A price that is not its parent's, give or take the fee, opens a subtree of its own.
        _export_at(bus, chosen - 1, problem, below, export_below)
        _export_at(bus, chosen, problem, price, export)


@compiled
def supporting_prices(
    pieces: Pieces,
    place: Ints,
    period_first: Ints,
    layout: Layout,
    lines: Lines,
) -> Ints:
    """Doubled prices that support a solution of greatest welfare and, among these, of greatest volume.

    Parameters
    ----------
    pieces : Pieces
        Sorted by period and position.
    place : ndarray of int64, shape (n_points,)
        Position of each piece.
    period_first : ndarray of int64, shape (n_periods + 1,)
        Where the pieces of each period begin.
    layout : Layout
        The buses in depth-first order.
    lines : Lines
        Their capacities and fees. [Wh, Rp/MWh]

    Returns
    -------
    ndarray of int64, shape (n_periods, n_buses)
        By position. [half Rp/MWh]
    """
    n, n_periods = len(layout.up), len(period_first) - 1
    prices = np.empty((n_periods, n), np.int64)
    first, demand, turn = np.empty(n + 1, np.int64), np.empty(n, np.int64), np.empty(n, np.int64)
    scratch = (np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n, np.int64))
    reach = np.zeros(n, np.int64)
    for period in range(n_periods):
        row = period if len(lines.fee_up) > 1 else 0
        fee_up, fee_down = lines.fee_up[row], lines.fee_down[row]
        demand[:] = 0
        first[:] = period_first[period + 1]
        lowest, highest = 0, 0
        if period_first[period] < period_first[period + 1]:
            lowest = pieces.low[period_first[period] : period_first[period + 1]].min()
            highest = pieces.high[period_first[period] : period_first[period + 1]].max()
        for piece in range(period_first[period + 1] - 1, period_first[period] - 1, -1):
            first[place[piece]] = piece
            demand[place[piece]] += pieces.amount[piece] * pieces.side[piece]
        for bus in range(n - 1, -1, -1):
            first[bus] = min(first[bus], first[bus + 1])
        for bus in range(n):
            if layout.up[bus] >= 0:
                reach[bus] = reach[layout.up[bus]] + max(fee_up[bus], fee_down[bus])
        # At these prices nobody anywhere sells yet, and nobody buys any more.
        low, high = 2 * (lowest - reach.max() - 1), 2 * (highest + reach.max()) + 1
        capacity_up, capacity_down = lines.capacity_up[row], lines.capacity_down[row]
        problem = Problem(
            pieces, first, demand, layout.up, layout.end, capacity_up, capacity_down, fee_up, fee_down, turn
        )
        _price_period(problem, low, high, prices[period], scratch)
    return prices
