"""Which prices support given quantities and flows, and which of them is chosen.

Per period the room is a set of intervals, one for each bus, and of limits for the price difference over each
line. Lines may close loops here. Any number of ticks that such limits leave to the reals they leave to whole
ticks, too.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from clearing.book import Grid, Orders
from clearing.compiled import compiled
from clearing.curves import Pieces, first_tick, pieces_of
from clearing.layout import lay_out
from clearing.prices import FAR, NO_END, midpoint
from clearing.rules import Ints

Marks = NDArray[np.bool_]


class Lines(NamedTuple):
    """Lines as arcs: first those of the forest, parents before children, then those that close loops.

    Attributes
    ----------
    tail, head : ndarray of int64, shape (n_lines,)
        Their buses; of a line of the forest the head is the parent.
    capacity_up, capacity_down, fee_up, fee_down : ndarray of int64, shape (1 or n_periods, n_lines)
        Up is from tail to head. [Wh, Wh, Rp/MWh, Rp/MWh]
    sequence : ndarray of int64, shape (n_buses,)
        All buses, parents before children.
    above : ndarray of int64, shape (n_buses,)
        The line of each bus towards its parent, -1 at a root.
    loops : int
        How many lines close loops.
    """

    tail: Ints
    head: Ints
    capacity_up: Ints
    capacity_down: Ints
    fee_up: Ints
    fee_down: Ints
    sequence: Ints
    above: Ints
    loops: int

    @classmethod
    def of(cls, grid: Grid) -> Lines:
        """The lines of a forest."""
        layout, _ = lay_out(grid)
        tail = layout.bus[layout.up >= 0]
        above = np.full(len(grid.parent), -1)
        above[tail] = np.arange(len(tail))
        names = ("capacity_up", "capacity_down", "fee_up", "fee_down")
        figures: dict[str, Ints] = {
            name: np.ascontiguousarray(getattr(grid, name)[:, tail]) for name in names
        }
        order = {"sequence": layout.bus, "above": above}
        return cls(tail=tail, head=grid.parent[tail], **figures, **order, loops=0)


class Room(NamedTuple):
    """Supporting prices of all periods.

    Attributes
    ----------
    low, high : ndarray of int64, shape (n_periods, n_buses)
        The lowest and highest price of each bus; all lowest together support, and so do all highest. [Rp/MWh]
    least, most : ndarray of int64, shape (n_periods, n_lines)
        Bounds of the price at the head less the price at the tail. [Rp/MWh]
    empty : ndarray of bool, shape (n_periods,)
        Where no prices support.
    """

    low: Ints
    high: Ints
    least: Ints
    most: Ints
    empty: Marks


def room_of(orders: Orders, accepted: Ints, lines: Lines, flow: Ints) -> Room:
    """Find the room that accepted quantities and flows leave to the prices.

    Parameters
    ----------
    orders : Orders
        The offers that prices have to content.
    accepted : ndarray of int64, shape (n_offers,)
        What they got. [Wh]
    lines : Lines
        The lines.
    flow : ndarray of int64, shape (n_periods, n_lines)
        Their flows, positive from tail to head. [Wh]
    """
    shape = len(flow), len(lines.above)
    low, high = np.full(shape, -NO_END), np.full(shape, NO_END)
    _content(pieces_of(orders), orders.first, orders.bus, orders.period, accepted, low, high)
    full_up, full_down = flow >= lines.capacity_up, flow <= -lines.capacity_down
    least = np.where(flow > 0, lines.fee_up, np.where(full_down, -NO_END, -lines.fee_down))
    most = np.where(flow < 0, -lines.fee_down, np.where(full_up, NO_END, lines.fee_up))
    empty = _narrow(lines.tail, lines.head, low, high, least, most)
    return Room(low, high, least, most, empty)


@compiled
def _content(
    pieces: Pieces, first: Ints, bus: Ints, period: Ints, accepted: Ints, low: Ints, high: Ints
) -> None:
    """Intersect at each bus the prices at which its offers want just what they got."""
    for offer in range(len(bus)):
        total, side = 0, pieces.side[first[offer]]
        for piece in range(first[offer], first[offer + 1]):
            total += pieces.amount[piece]
        # A buyer's pieces tell what he gives up, one tick above his limit.
        reached = total - accepted[offer] if side else accepted[offer]
        where = period[offer], bus[offer]
        if reached > 0:
            low[where] = max(low[where], first_tick(pieces, first[offer], reached) - side)
        if reached < total:
            high[where] = min(high[where], first_tick(pieces, first[offer], reached + 1) - side)


@compiled
def _relax(
    tail: Ints, head: Ints, low: Ints, high: Ints, least: Ints, most: Ints, lines: tuple[int, int, int]
) -> bool:
    """Carry the ends of the intervals over some lines once; whether anything moved."""
    moved = False
    for line in range(lines[0], lines[1], lines[2]):
        below, above = tail[line], head[line]
        if least[line] > -FAR:
            if low[below] > -FAR and low[below] + least[line] > low[above]:
                low[above], moved = low[below] + least[line], True
            if high[above] < FAR and high[above] - least[line] < high[below]:
                high[below], moved = high[above] - least[line], True
        if most[line] < FAR:
            if high[below] < FAR and high[below] + most[line] < high[above]:
                high[above], moved = high[below] + most[line], True
            if low[above] > -FAR and low[above] - most[line] > low[below]:
                low[below], moved = low[above] - most[line], True
    return moved


@compiled
def _settle(tail: Ints, head: Ints, low: Ints, high: Ints, least: Ints, most: Ints) -> bool:
    """Carry ends over all lines until nothing moves; False if there is no end to it."""
    for _ in range(len(low) + 2):
        moved = _relax(tail, head, low, high, least, most, (len(tail) - 1, -1, -1))
        moved |= _relax(tail, head, low, high, least, most, (0, len(tail), 1))
        if not moved:
            return True
    return False


@compiled
def _narrow(tail: Ints, head: Ints, low: Ints, high: Ints, least: Ints, most: Ints) -> Marks:
    """Narrow all intervals to what the others leave of them; where that is nothing."""
    empty = np.zeros(len(low), np.bool_)
    for period in range(len(low)):
        ends = low[period], high[period]
        settled = _settle(tail, head, ends[0], ends[1], least[period], most[period])
        empty[period] = not settled or (ends[0] > ends[1]).any()
    return empty


def choose(room: Room, lines: Lines, bounds: tuple[int, int]) -> tuple[Ints, Ints, Ints]:
    """Choose prices from a room: bus by bus from the root, the midpoint of what is left.

    On a forest that is the rule of `clearing.prices`; in a loop, what is left of a bus's interval also
    depends on buses that chose before it along other lines.

    Returns
    -------
    price, low, high : ndarray of int64, shape (n_periods, n_buses)
        The prices, and the intervals whose midpoints they are. [Rp/MWh]
    """
    price, low, high = np.empty_like(room.low), room.low.copy(), room.high.copy()
    _choose(lines, price, low, high, room.least, room.most, bounds)
    return price, low, high


@compiled
def _choose(
    lines: Lines, price: Ints, low: Ints, high: Ints, least: Ints, most: Ints, bounds: tuple[int, int]
) -> None:
    for period in range(len(price)):
        chosen, one, two = price[period], low[period].copy(), high[period].copy()
        for bus in lines.sequence:
            line, otherwise = lines.above[bus], 0
            if line >= 0:
                above = lines.head[line]
                otherwise = chosen[above]
                if least[period, line] == most[period, line]:
                    # The price follows the parent's, and so does the interval.
                    step = least[period, line]
                    chosen[bus] = chosen[above] - step
                    low[period, bus], high[period, bus] = (
                        low[period, above] - step,
                        high[period, above] - step,
                    )
                    one[bus] = two[bus] = chosen[bus]
                    continue
                if most[period, line] < FAR:
                    one[bus] = max(one[bus], otherwise - most[period, line])
                if least[period, line] > -FAR:
                    two[bus] = min(two[bus], otherwise - least[period, line])
            ends = midpoint(one[bus], two[bus], otherwise, bounds)
            chosen[bus], low[period, bus], high[period, bus] = ends
            one[bus] = two[bus] = chosen[bus]
            if lines.loops:
                _settle(lines.tail, lines.head, one, two, least[period], most[period])
