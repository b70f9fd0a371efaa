"""Welfare and other sums of money, exactly, however large."""

from __future__ import annotations

import numpy as np

from clearing.book import Grid, Orders
from clearing.compiled import compiled
from clearing.curves import Pieces, pieces_of
from clearing.rules import BUY, Ints
from clearing.threads import CORES, WORTH_SHARING, share_out

HALF, LIMB = 2**32 - 1, 2**30 - 1


def exact_dot(quantity: Ints, price: Ints) -> int:
    """Sum of products, where a single product or the sum may exceed 64 bits.

    Parameters
    ----------
    quantity : ndarray of int64, shape (n,)
        Below 2**60 in absolute value. [Wh]
    price : ndarray of int64, shape (n,)
        At most 2**30 in absolute value. [Rp/MWh]

    Returns
    -------
    int
        The sum. [µRp]

    Examples
    --------
    >>> exact_dot(np.full(3, 2**59), np.full(3, 2**30)) == 3 * 2**89
    True
    """
    total = 0
    for shift in (0, 30):
        product = ((quantity >> shift) & (2**30 - 1) if shift == 0 else quantity >> shift) * price
        total += (int((product >> 32).sum()) << 32 << shift) + (int((product & (2**32 - 1)).sum()) << shift)
    return total


def floor_sum(n: int, m: int, a: int, b: int) -> int:
    """Sum of floor((a * i + b) / m) over i = 0 … n - 1, in logarithmically many steps.

    Counts lattice points under a line by turns of the Euclidean algorithm (Graham, Knuth, Patashnik,
    Concrete Mathematics, 2nd ed., section 3.5).

    Examples
    --------
    >>> floor_sum(4, 10, 6, 3), sum((6 * i + 3) // 10 for i in range(4))
    (3, 3)
    """
    total = 0
    while n > 0:
        total += (a // m) * (n * (n - 1) // 2) + (b // m) * n
        a, b = a % m, b % m
        last = a * n + b
        n, b = divmod(last, m)
        m, a = a, m
        if m == 0:
            break
    return total


def of_result(orders: Orders, grid: Grid, accepted: Ints, flow: Ints) -> int:
    """What the buyers would have paid at most, less what the sellers asked at least, less the fees.

    Parameters
    ----------
    orders : Orders
        The book.
    grid : Grid
        Its grid.
    accepted : ndarray of int64, shape (n_offers,)
        Accepted quantities. [Wh]
    flow : ndarray of int64, shape (n_periods, n_buses)
        Flows, positive towards the root. [Wh]

    Returns
    -------
    int
        The welfare. [µRp]
    """
    return limit_value(orders, accepted) - fees(flow, grid)


def fees(flow: Ints, grid: Grid) -> int:
    """What the use of all lines costs. [µRp]"""
    charged = np.flatnonzero(grid.fee_up.any(axis=0) | grid.fee_down.any(axis=0))
    carried = flow[:, charged]
    fee = np.where(carried > 0, grid.fee_up[:, charged], grid.fee_down[:, charged])
    return exact_dot(np.abs(carried).ravel(), fee.ravel())


def limit_value(orders: Orders, accepted: Ints) -> int:
    """What the accepted quantities are worth at the limits: buyers' value less sellers' cost. [µRp]"""
    if orders.survey.stepped:
        return _shared_step_value(orders, accepted)
    pieces = pieces_of(orders)
    taken = _taken(orders, pieces, accepted)
    signed = np.where(pieces.side == BUY, 1, -1) * taken
    step = pieces.low == pieces.high
    # A buyer's step lies one tick above his limit, see `curves`.
    total = exact_dot(np.where(step, signed, 0), pieces.low - pieces.side)
    for i in np.flatnonzero(~step & (taken > 0)):
        low, high, amount, side = (int(column[i]) for column in pieces)
        total += _slope_value(low, high, amount, side, int(taken[i]))
    return total


def _shared_step_value(orders: Orders, accepted: Ints) -> int:
    """The worth of step curves, by several cores where that is worth its while."""
    parts: list[tuple[int, int, int, int]] = []
    columns = (orders.side, orders.first, orders.price, orders.quantity, accepted)
    n = len(accepted)
    runs = CORES if n >= WORTH_SHARING else 1
    cuts = [(n * run // runs, n * (run + 1) // runs) for run in range(runs)]
    share_out(lambda cut: parts.append(_step_value(*columns, *cut)), cuts)
    upper, lower, more_upper, more_lower = (sum(figures) for figures in zip(*parts, strict=True))
    worth: int = (upper << 32) + lower + (((more_upper << 32) + more_lower) << 30)
    return worth


@compiled
def _step_value(
    side: Ints, first: Ints, price: Ints, quantity: Ints, accepted: Ints, start: int, stop: int
) -> tuple[int, int, int, int]:
    """The worth of step curves, in parts that fit: upper and lower halves, and those of 2**30 times more."""
    upper, lower, more_upper, more_lower = 0, 0, 0, 0
    for offer in range(start, stop):
        rest = accepted[offer]
        sign = 1 if side[offer] else -1
        # A buyer's points from the dearest on, a seller's from the cheapest on.
        point = first[offer + 1] - 1 if side[offer] else first[offer]
        while rest > 0 and first[offer] <= point < first[offer + 1]:
            taken = min(rest, quantity[point])
            worth, much = sign * price[point] * (taken & LIMB), sign * price[point] * (taken >> 30)
            upper, lower = upper + (worth >> 32), lower + (worth & HALF)
            more_upper, more_lower = more_upper + (much >> 32), more_lower + (much & HALF)
            rest -= taken
            point -= sign
    return upper, lower, more_upper, more_lower


def _taken(orders: Orders, pieces: Pieces, accepted: Ints) -> Ints:
    """What of each piece is accepted, shape (n_points,): a seller's from below, a buyer's from above. [Wh]"""
    offer = orders.point_offer
    if not len(offer):
        return np.zeros(0, np.int64)
    before = np.cumsum(pieces.amount) - pieces.amount
    before -= before[orders.first[offer]]
    given_up = np.where(orders.side == BUY, orders.offered - accepted, accepted)
    reached: Ints = np.clip(given_up[offer] - before, 0, pieces.amount)
    return np.where(pieces.side == BUY, pieces.amount - reached, reached)


def _slope_value(low: int, high: int, amount: int, side: int, taken: int) -> int:
    """Signed value at the limits of what is taken of a slope. [µRp]"""
    if side == BUY:
        return _slope_cost(low, high, amount, amount, 1) - _slope_cost(low, high, amount, amount - taken, 1)
    return -_slope_cost(low, high, amount, taken, 0)


def _slope_cost(low: int, high: int, amount: int, wanted: int, side: int) -> int:
    """Sum of the limits of the first `wanted` Wh of a slope: tick by tick what it rises there. [µRp]"""
    if wanted == 0:
        return 0
    width = high - low
    if side == BUY:
        reach, rounding = (wanted - 1) * width // amount + 1, width - 1
    else:
        reach, rounding = -(-wanted * width // amount), 0
    return (low + reach - side) * wanted - floor_sum(reach, width, amount, rounding)
