"""Which price is it exactly, whom did the guess get wrong, and who shares the margin?"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from clearing.bracket import Bracket, buckets_for, find, shift_for
from clearing.compiled import compiled
from clearing.guess import LOW_HALF, Found, Near, is_taken
from clearing.margin import portion
from clearing.prices import NO_END
from clearing.rounding import ranking_of
from clearing.rules import Ints
from clearing.survey import Book

Places = NDArray[np.int32]


class Cleared(NamedTuple):
    """A market's answer beside the accepted quantities."""

    held: bool  # whether the bracket holds the price; if not, nothing else counts
    low: int  # ends of the interval of prices that clear [Rp/MWh]
    high: int
    upper: int  # the welfare, upper * 2**32 + lower [µRp]
    lower: int


@compiled
def settle(
    book: Book, points: tuple[int, int], near: Near, found: Found, bracket: Bracket, accepted: Ints
) -> Cleared:
    """Find the price inside a bracket, mend what the guess got wrong, and share the margin."""
    needed, held = _needed(near, found, bracket.guess)
    if found.listed < 0 or not 0 < needed <= held:
        return Cleared(False, 0, 0, 0, 0)
    price, needed, margin = _narrow(near, found.listed, bracket, needed)
    upper, lower = _mend(near, found.listed, bracket.guess, price, accepted)
    sold, bought = 0, 0
    for k in margin:
        quantity = int(near.quantity[k])
        sold, bought = sold + max(quantity, 0), bought - min(quantity, 0)
    # Sellers at the price come first, then buyers at the price give up: doubled prices 2p and 2p + 1.
    sells, buys = min(needed, sold), bought - max(needed - sold, 0)
    _share(book.order, near, margin, 1, sells, accepted)
    _share(book.order, near, margin, -1, buys, accepted)
    # (buys - sells) * price, in halves that fit.
    worth_upper, worth_lower = ((buys - sells) >> 31) * price, ((buys - sells) & (2**31 - 1)) * price
    upper, lower = upper + found.upper + (worth_upper >> 1), lower + found.lower + ((worth_upper & 1) << 31)
    upper, lower = upper + (worth_lower >> 32), lower + (worth_lower & LOW_HALF)
    high = price
    if needed == sold or needed == sold + bought:
        high = _next_limit(book, points, near, found.listed, 2 * price + (1 if needed > sold else 0))
    return Cleared(True, price, high, upper, lower)


@compiled
def _needed(near: Near, found: Found, guess: int) -> tuple[int, int]:
    """What of the listed must sell or give up buying for supply to meet demand, and all of them. [Wh]"""
    needed, held = -found.net, 0
    for k in range(found.listed):
        amount = abs(int(near.quantity[k]))
        held += amount
        # The guess has accepted these sellers and refused these buyers already.
        needed += amount if near.price[k] < guess else 0
    return needed, held


@compiled
def _narrow(near: Near, count: int, bracket: Bracket, needed: int) -> tuple[int, int, Places]:
    """Look at the points inside the bracket, bucket by bucket, until one price is left.

    Returns
    -------
    price, needed : int
        The price, and what is needed of the points that stand at it. [Rp/MWh, Wh]
    margin : ndarray of int32
        Where in the list these points are.
    """
    _, price, quantity = near
    low, high = bracket.low, bracket.high
    margin, size = np.arange(count, dtype=np.int32), count
    while high - low > 1:
        buckets = buckets_for(size)
        shift = shift_for(low, high, buckets)
        bucket = np.zeros(buckets, np.int64)
        for m in range(size):
            bucket[(price[margin[m]] - low) >> shift] += abs(int(quantity[margin[m]]))
        at, before = find(bucket, needed)
        needed -= before
        low = low + (at << shift)
        high = min(low + (1 << shift), high)
        kept = 0
        for m in range(size):
            k = margin[m]
            margin[kept] = k
            kept += low <= price[k] < high
        size = kept
    return low, needed, margin[:size]


@compiled
def _mend(near: Near, count: int, guess: int, price: int, accepted: Ints) -> tuple[int, int]:
    """Turn what the guess got wrong, and take back what it gave at the price; by how much welfare rises."""
    # First who, then what: a branch that nobody can foretell costs more than the list.
    wrong, size = np.empty(count + 1, np.int64), 0
    for k in range(count):
        limit, quantity = int(near.price[k]), int(near.quantity[k])
        now = limit != price and is_taken(limit, quantity, price)
        wrong[size] = k
        size += now != is_taken(limit, quantity, guess)
    upper, lower = 0, 0
    for m in range(size):
        k = wrong[m]
        limit, quantity = int(near.price[k]), int(near.quantity[k])
        # Who was accepted is refused, and the other way round.
        sign = -1 if is_taken(limit, quantity, guess) else 1
        accepted[near.offer[k]] += sign * abs(quantity)
        worth = -sign * limit * quantity
        upper, lower = upper + (worth >> 32), lower + (worth & LOW_HALF)
    return upper, lower


@compiled
def _share(order: Ints, near: Near, margin: Places, sign: int, needed: int, accepted: Ints) -> None:
    """Divide `needed` among one side of the points at the price, in proportion, by largest remainder."""
    whole, size = 0, 0
    offer, amount = np.empty(len(margin), np.int64), np.empty(len(margin), np.int64)
    for k in margin:
        if int(near.quantity[k]) * sign > 0:
            offer[size], amount[size] = near.offer[k], abs(int(near.quantity[k]))
            whole, size = whole + amount[size], size + 1
    name, remainder, spare = np.empty(size, np.int64), np.zeros(size, np.int64), needed
    for m in range(size):
        share, name[m] = amount[m], order[offer[m]]
        if needed < whole:
            share, remainder[m] = portion(amount[m], needed, whole)
        accepted[offer[m]] += share
        spare -= share
    if spare > 0:
        ranking = ranking_of(name, remainder)
        for m in range(spare):
            accepted[offer[ranking[m]]] += 1


@compiled
def _next_limit(book: Book, points: tuple[int, int], near: Near, count: int, doubled: int) -> int:
    """The lowest limit among the points that stand above a doubled price; `NO_END` if there is none."""
    best = NO_END
    for k in range(count):
        best = _better(best, int(near.price[k]), int(near.quantity[k]), doubled)
    return best if best < NO_END else lowest_beyond(book, points, doubled)


@compiled
def lowest_beyond(book: Book, points: tuple[int, int], doubled: int) -> int:
    """The same by a look at all points of a market."""
    best = NO_END
    for i in range(points[0], points[1]):
        best = _better(best, int(book.price[i]), int(book.quantity[i]), doubled)
    return best


@compiled
def _better(best: int, price: int, quantity: int, doubled: int) -> int:
    return min(best, price) if quantity and 2 * price + (quantity < 0) > doubled else best
