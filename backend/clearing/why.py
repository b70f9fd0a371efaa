"""Why each offer got what it got, in codes and figures, from the published result alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clearing.book import Grid, Orders, Result
from clearing.compiled import compiled
from clearing.curves import Pieces, first_tick, pieces_of, rise
from clearing.layout import Layout, Lines, lay_out
from clearing.rules import BUY, PRICE_BOUNDS, SELL, Ints

ACCEPTED, AT_THE_MARGIN, NOT_NEEDED, OUT_OF_THE_MONEY, LINE_FULL = range(5)
CODES = ("accepted", "at-the-margin", "not-needed", "out-of-the-money", "line-full")
NO_PRICE = -(2**62)
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Reasons:
    """Why each offer got what it got: parallel arrays of shape (n_offers,), in the order of the book.

    The *next* Wh of an offer is the first that was refused: the one with the best limit among these.

    Attributes
    ----------
    code : ndarray of int64
        Why the next Wh was refused; an index into `CODES`.

        `ACCEPTED`: nothing was refused. `OUT_OF_THE_MONEY`: its limit is worse than the price.
        `AT_THE_MARGIN`: its limit is the price, and what stood at this limit was accepted in part.
        `NOT_NEEDED`: its limit is the price, and nothing at this limit was accepted. `LINE_FULL`: its limit
        is not better than the price here, but better than the price beyond a full line, less its fee.
    limit : ndarray of int64
        Limit of the next Wh; of the last accepted one where nothing was refused. [Rp/MWh]
    out_by : ndarray of int64
        By how much the limit of the next Wh is worse than the price; 0 where nothing was refused. [Rp/MWh]
    at_margin, at_margin_accepted : ndarray of int64
        What the offer holds at a limit equal to the price, and what of that was accepted. [Wh]
    enough : ndarray of int64
        The least sacrifice with which all of the offer would have been in the money, and so accepted, at the
        published price: one tick below it for a seller, above it for a buyer; `NO_PRICE` where that leaves
        the price bounds. [Rp/MWh]
    line : ndarray of int64
        The bus whose line is the full one, -1 if there is none.
    upwards : ndarray of bool
        Whether that line is full towards the root.
    beyond : ndarray of int64
        What the energy would be worth here if that line took one Wh more: the price beyond it, less the fees
        on the way for a seller, plus the fees for a buyer; the price where there is no such line. [Rp/MWh]
    """

    code: Ints
    limit: Ints
    out_by: Ints
    at_margin: Ints
    at_margin_accepted: Ints
    enough: Ints
    line: Ints
    upwards: Flags
    beyond: Ints


def explain(orders: Orders, grid: Grid, result: Result, *, bounds: tuple[int, int] = PRICE_BOUNDS) -> Reasons:
    """Say why each offer got what it got, in time linear in book and grid.

    Nothing is cleared again: prices, accepted quantities and flows are those of the result, so the offers
    of one household can be explained without the rest of the book. A line stands in the way of an offer if
    a price beyond it, reached over lines that still have room, is better by more than the fees (supporting
    prices: docs/clearing.md, "The problem"); among several the one with the best price is named.

    Parameters
    ----------
    orders : Orders
        The offers to explain; some of the book or all of it.
    grid : Grid
        The grid that was cleared.
    result : Result
        Its result; `accepted` belongs to `orders`.
    bounds : tuple of int
        Lowest and highest price. [Rp/MWh]

    Returns
    -------
    Reasons
        In the order of `orders`.

    Examples
    --------
    Ada sells 500 at 40 below a line that takes 300; Bo, above it, would pay 60 for 400:

    >>> from clearing import BUY, SELL, Grid, Orders, clear
    >>> orders = Orders.from_rows([1, 2], [1, 0], [0, 0], [SELL, BUY], [40, 60], [500, 400])
    >>> grid = Grid.from_parents([-1, 0], capacity_up=300)
    >>> reasons = explain(orders, grid, clear(orders, grid))
    >>> [CODES[code] for code in reasons.code], reasons.line, reasons.beyond
    (['line-full', 'line-full'], array([1, 1]), array([40, 60]))
    """
    layout, lines = lay_out(grid)
    place = layout.position[orders.bus]
    price = np.ascontiguousarray(result.price[:, layout.bus])
    flow = np.ascontiguousarray(result.flow[:, layout.bus])
    here = price[orders.period, place]
    limit, refused, at_margin, taken = _next_limits(orders.first, pieces_of(orders), result.accepted, here)
    line, beyond = _lines_in_the_way(orders.period, place, orders.side, price, flow, layout, lines)
    buys = orders.side == BUY
    sign = np.where(buys, -1, 1)
    out_by = np.where(refused, sign * (limit - here), 0)
    stuck = refused & (line >= 0) & (sign * (beyond - limit) > 0)
    code = np.where(taken > 0, AT_THE_MARGIN, NOT_NEEDED)
    code = np.where(out_by > 0, OUT_OF_THE_MONEY, code)
    code = np.where(stuck, LINE_FULL, np.where(refused, code, ACCEPTED))
    upwards = stuck & (price[orders.period, layout.up[line]] > price[orders.period, line])
    enough = here - sign
    enough = np.where((enough < bounds[0]) | (enough > bounds[1]), NO_PRICE, enough)
    bus = np.where(stuck, layout.bus[line], -1)
    beyond = np.where(stuck, beyond, here)
    return Reasons(code, limit, out_by, at_margin, taken, enough, bus, upwards, beyond)


@compiled
def _next_limits(first: Ints, pieces: Pieces, accepted: Ints, price: Ints) -> tuple[Ints, Flags, Ints, Ints]:
    """Limit of the next Wh of each offer, whether there is one, and what stands at the price and got in."""
    n = len(accepted)
    limit = np.zeros(n, np.int64)
    refused: Flags = np.zeros(n, np.bool_)
    at_margin, taken = np.zeros(n, np.int64), np.zeros(n, np.int64)
    for offer in range(n):
        start, stop = first[offer], first[offer + 1]
        side, got = pieces.side[start], accepted[offer]
        total = below = upto = 0
        for i in range(start, stop):
            low, high, amount = pieces.low[i], pieces.high[i], pieces.amount[i]
            total += amount
            # What sellers give and buyers give up, just below and just above the price.
            below += rise(low, high, amount, side, 2 * price[offer] - 1 + side)
            upto += rise(low, high, amount, side, 2 * price[offer] + side)
        refused[offer] = got < total
        # Buyers' pieces tell what is given up, a tick above the limit; a buyer accepts from the other end.
        wanted = total - got if side == BUY else got + 1
        if not refused[offer]:
            wanted = 1 if side == BUY else total
        limit[offer] = pieces.low[start]
        if total > 0:
            limit[offer] = first_tick(pieces, start, wanted) - side
        at_margin[offer] = upto - below
        surely = total - upto if side == BUY else below
        taken[offer] = max(min(got - surely, upto - below), 0)
    return limit, refused, at_margin, taken


@compiled
def _arc(gap: int, fee: int, fee_back: int, flow: int, capacity: int) -> tuple[int, int]:
    """What one Wh more over a line in one direction would gain if the line is full, and else its cost.

    `gap` is how much the price at the end exceeds that at the start. The cost is what the fee takes beyond
    the gap; energy that flows backwards is rather left away, which saves its fee. A line that is full
    without parting the prices has neither: (0, -1).
    """
    if gap > fee:
        return gap - fee, -1
    if flow < 0:
        return 0, -fee_back - gap
    return 0, fee - gap if flow < capacity else -1


@compiled
def _better(gain: Ints, line: Ints, bus: int, offered: int, over: int) -> None:
    """Keep the greater gain, and the line that it is made over."""
    if offered > gain[bus]:
        gain[bus], line[bus] = offered, over


@compiled
def _arcs(price: Ints, flow: Ints, row: int, layout: Layout, lines: Lines, arcs: Ints) -> bool:
    """Gain and cost of every line, upwards and downwards; whether any gain is there."""
    parted = False
    for bus in range(len(layout.up)):
        above = layout.up[bus]
        if above < 0:
            continue
        gap, fees = price[above] - price[bus], (lines.fee_up[row, bus], lines.fee_down[row, bus])
        gain_up, cost_up = _arc(gap, fees[0], fees[1], flow[bus], lines.capacity_up[row, bus])
        gain_down, cost_down = _arc(-gap, fees[1], fees[0], -flow[bus], lines.capacity_down[row, bus])
        arcs[0, bus], arcs[1, bus], arcs[2, bus], arcs[3, bus] = gain_up, cost_up, gain_down, cost_down
        parted = parted or gain_up > 0 or gain_down > 0
    return parted


@compiled
def _spread(arcs: Ints, up: Ints, gain: Ints, line: Ints) -> None:
    """The greatest gain that sellers and buyers of each bus would make beyond a full line, and that line.

    A seller's Wh travels from its bus to the line, a buyer's the other way; what it costs on lines with
    room is taken off. From the leaves up, then from the root down, every bus has heard of every line.
    """
    gain_up, cost_up, gain_down, cost_down = arcs
    gain[:], line[:] = 0, -1
    for bus in range(len(up) - 1, -1, -1):
        above = up[bus]
        if above < 0:
            continue
        _better(gain[SELL], line[SELL], bus, gain_up[bus], bus)
        _better(gain[BUY], line[BUY], bus, gain_down[bus], bus)
        _better(gain[SELL], line[SELL], above, gain_down[bus], bus)
        _better(gain[BUY], line[BUY], above, gain_up[bus], bus)
        if cost_down[bus] >= 0:
            _better(gain[SELL], line[SELL], above, gain[SELL, bus] - cost_down[bus], line[SELL, bus])
        if cost_up[bus] >= 0:
            _better(gain[BUY], line[BUY], above, gain[BUY, bus] - cost_up[bus], line[BUY, bus])
    for bus in range(len(up)):
        above = up[bus]
        if above >= 0 and cost_up[bus] >= 0:
            _better(gain[SELL], line[SELL], bus, gain[SELL, above] - cost_up[bus], line[SELL, above])
        if above >= 0 and cost_down[bus] >= 0:
            _better(gain[BUY], line[BUY], bus, gain[BUY, above] - cost_down[bus], line[BUY, above])


@compiled
def _lines_in_the_way(
    period: Ints, place: Ints, side: Ints, price: Ints, flow: Ints, layout: Layout, lines: Lines
) -> tuple[Ints, Ints]:
    """For each offer the position of the full line beyond which its price is best, or -1, and that price."""
    n = len(layout.up)
    line, beyond = np.full(len(period), -1), np.zeros(len(period), np.int64)
    arcs, gain, over = np.empty((4, n), np.int64), np.empty((2, n), np.int64), np.empty((2, n), np.int64)
    known, parted = -1, False
    for offer in range(len(period)):
        now, at = period[offer], place[offer]
        if now != known:
            known, row = now, now if len(lines.fee_up) > 1 else 0
            parted = _arcs(price[now], flow[now], row, layout, lines, arcs)
            if parted:
                _spread(arcs, layout.up, gain, over)
        if parted:
            line[offer] = over[side[offer], at]
            sign = -1 if side[offer] == BUY else 1
            beyond[offer] = price[now, at] + sign * gain[side[offer], at]
    return line, beyond
