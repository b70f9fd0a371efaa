"""One price per bus out of all prices that support the result: the midpoint, from the root down."""

from __future__ import annotations

import numpy as np

from clearing.arrangement import Arrangement
from clearing.compiled import compiled
from clearing.curves import first_tick
from clearing.layout import Lines
from clearing.rules import Ints

# An end that is not there; beyond FAR an end counts as missing, as prices may have been added to it.
NO_END, FAR = 2**61, 2**60


@compiled
def midpoint(low: int, high: int, otherwise: int, bounds: tuple[int, int]) -> tuple[int, int, int]:
    """Choose one price from the interval of prices that clear.

    Where supply and demand meet on a vertical step, every price of the interval clears; the rule is the
    midpoint, so neither side gains (EUPHEMIA Public Description 2024, annex C.2).

    Parameters
    ----------
    low, high : int
        Ends of the interval; `-NO_END` or `NO_END` where there is none. [Rp/MWh]
    otherwise : int
        The price where the interval has no end at all. [Rp/MWh]
    bounds : tuple of int
        Lowest and highest price. [Rp/MWh]

    Returns
    -------
    price, low, high : int
        The midpoint, rounded half up to the tick, and the interval within the bounds. Where one end is
        missing the price is the other end, and no interval is left. [Rp/MWh]

    Examples
    --------
    >>> midpoint(40, 51, 0, (-100, 100))
    (46, 40, 51)
    >>> midpoint(-NO_END, 51, 0, (-100, 100))
    (51, 51, 51)
    """
    if low < -FAR and high > FAR:
        low, high = otherwise, otherwise
    elif low < -FAR:
        low = high
    elif high > FAR:
        high = low
    low, high = min(max(low, bounds[0]), bounds[1]), min(max(high, bounds[0]), bounds[1])
    return (low + high + 1) >> 1, low, high


@compiled
def supported(part: Arrangement, offer: int, accepted: int) -> tuple[int, int]:
    """Lowest and highest price at which an offer is content with what it got. [Rp/MWh]"""
    first, stop, pieces = part.first[offer], part.first[offer + 1], part.pieces
    total, side = 0, pieces.side[first]
    for piece in range(first, stop):
        total += pieces.amount[piece]
    # A buyer's pieces tell what he gives up, one tick above his limit.
    reached = total - accepted if side else accepted
    low = first_tick(pieces, first, reached) - side if reached > 0 else -NO_END
    high = first_tick(pieces, first, reached + 1) - side if reached < total else NO_END
    return low, high


@compiled
def _across(flow: int, capacities: tuple[int, int], fees: tuple[int, int]) -> tuple[int, int]:
    """Least and most by which the price above a line exceeds the price below it. [Rp/MWh]"""
    least, most = -NO_END, NO_END
    if flow > 0:
        least = fees[0]
    elif flow > -capacities[1]:
        least = -fees[1]
    if flow < 0:
        most = -fees[1]
    elif flow < capacities[0]:
        most = fees[0]
    return least, most


@compiled
def choose_prices(
    low: Ints, high: Ints, flow: Ints, up: Ints, lines: Lines, bounds: tuple[int, int], price: Ints
) -> None:
    """Prices of a period that support accepted quantities and flows, chosen from the root down.

    Upwards, each bus intersects what its own offers and the buses below it support. Downwards, each takes
    the midpoint of what its parent's price leaves of that; where the line carries flow and is not full,
    that is the parent's price, less the fee if the bus exports, plus the fee if it imports.

    Parameters
    ----------
    low, high : ndarray of int64, shape (n_buses,)
        By position, the prices that content the offers there; afterwards the intervals. [Rp/MWh]
    flow : ndarray of int64, shape (n_buses,)
        Flow over each line, by position. [Wh]
    up : ndarray of int64, shape (n_buses,)
        Position of each parent.
    lines : Lines
        Capacities and fees in the period.
    bounds : tuple of int
        Lowest and highest price. [Rp/MWh]
    price : ndarray of int64, shape (n_buses,)
        Where to write the prices, by position. [Rp/MWh]
    """
    n = len(up)
    least, most = np.empty(n, np.int64), np.empty(n, np.int64)
    for bus in range(n - 1, -1, -1):
        above = up[bus]
        if above < 0:
            continue
        capacities = (lines.capacity_up[0, bus], lines.capacity_down[0, bus])
        fees = (lines.fee_up[0, bus], lines.fee_down[0, bus])
        least[bus], most[bus] = _across(flow[bus], capacities, fees)
        if low[bus] > -NO_END and least[bus] > -NO_END:
            low[above] = max(low[above], low[bus] + least[bus])
        if high[bus] < NO_END and most[bus] < NO_END:
            high[above] = min(high[above], high[bus] + most[bus])
    for bus in range(n):
        above, otherwise = up[bus], 0
        if above >= 0:
            otherwise = price[above]
            if least[bus] == most[bus]:
                # The price follows the parent's, and so does the interval.
                price[bus] = price[above] - least[bus]
                low[bus], high[bus] = low[above] - least[bus], high[above] - least[bus]
                continue
            low[bus] = max(low[bus], price[above] - most[bus])
            high[bus] = min(high[bus], price[above] - least[bus])
        price[bus], low[bus], high[bus] = midpoint(low[bus], high[bus], otherwise, bounds)
