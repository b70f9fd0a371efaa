"""Supporting prices on a tree, by halving the interval of prices of all buses at once.

At a threshold price one walk up the tree tells what every part of the grid would export, one walk down on
which side of the threshold each bus's price lies. A line between a bus above and a bus below it is full, so
it is cut, and each side goes on with its half of the interval. An order on the far side of a threshold is
settled for good. See docs/clearing.md, "The tree".

Everything here is in doubled prices (see `curves`) and in depth-first positions (see `layout`).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from clearing.arrangement import Arrangement
from clearing.compiled import compiled, inlined
from clearing.curves import Pieces, rise
from clearing.layout import Lines
from clearing.rules import Ints


class Book(NamedTuple):
    """The pieces of one period that are not settled: those of bus `b` are `first[b]:stop[b]`."""

    first: Ints
    stop: Ints
    piece: Ints
    low: Ints  # the doubled price up to which it gives nothing
    high: Ints  # the doubled price from which on it gives all
    amount: Ints


class Tree(NamedTuple):
    """One period's lines, with fees as shifts: a line with a fee is used one way only, up or down.

    A bus's shifted price is its price plus `shift`; so a line that carries flow and is not full has one
    shifted price at both ends.
    """

    up: Ints
    way: Ints  # of a line with a fee: 1 up, -1 down; 0 where there is none, or as if there were none
    shift: Ints
    most: Ints  # bounds of the flow [Wh]
    least: Ints


class Halving(NamedTuple):
    """How far the search has come, by bus."""

    low: Ints  # lowest shifted price that is left
    width: Ints  # how many prices are left
    half: Ints  # how many of these lie at or below the threshold; 0 where one price is left
    base: Ints  # injection that is settled [Wh]
    export: Ints  # what the part of the grid below would export at the threshold [Wh]
    cut: Ints  # 1 where the flow over the line is settled
    below: Ints  # 1 where the price is at most the threshold


@compiled
def _sloped(book: Book, pieces: Pieces, bus: int, price: int) -> int:
    """What the unsettled pieces of a bus give of which a price lies on the slope. [Wh]"""
    total = 0
    for k in range(book.first[bus], book.stop[bus]):
        if book.low[k] < price < book.high[k]:
            i = book.piece[k]
            total += rise(pieces.low[i], pieces.high[i], pieces.amount[i], pieces.side[i], price)
    return total


@inlined
def _copy(source: Ints, target: Ints) -> None:
    for k in range(len(source)):
        target[k] = source[k]


# In loops over offers columns get names of their own, and little is called: to hand on a tuple of arrays
# costs a count of the users of each, there and back, which is more than most of such work.
@compiled
def _halve(book: Book, pieces: Pieces, tree: Tree, search: Halving, next_below: bool) -> None:
    """Find out on which side of its threshold each bus's price lies until one price is left everywhere.

    With `next_below`, the second question to buses on this side of the first threshold is whether their price
    is less than it.
    """
    first, stop, piece, lowest, highest, amount = book
    up, _, shift, most, least = tree
    low, width, half, base, export, cut, below = search
    n, more, waiting = len(up), True, 1
    while more:
        # What every part of the grid would export at the thresholds, from the leaves up.
        _copy(base, export)
        for bus in range(n - 1, -1, -1):
            threshold, total, slopes = low[bus] + half[bus] - 1 - shift[bus], 0, False
            for k in range(first[bus], stop[bus]):
                total += amount[k] if highest[k] <= threshold else 0
                slopes |= (lowest[k] < threshold) & (threshold < highest[k])
            if slopes:
                total += _sloped(book, pieces, bus, threshold)
            export[bus] += total
            if not cut[bus]:
                export[up[bus]] += max(least[bus], min(most[bus], export[bus]))
        # On which side that leaves each bus, from the roots down; lines between the sides are cut.
        more, waiting_before, waiting = False, waiting, 0
        for bus in range(n):
            enough, above = 0, up[bus]
            if not cut[bus]:
                enough = least[bus] if below[above] else most[bus]
            mine = 1 if export[bus] >= enough or half[bus] == 0 else 0
            if not cut[bus] and mine != below[above]:
                cut[bus] = 1
                base[bus] -= enough
                base[above] += enough
            below[bus] = mine
        # Who is on the far side is settled; where nobody waits, the next answers would all be like this one.
        for bus in range(n):
            if half[bus]:
                threshold, side = low[bus] + half[bus] - 1 - shift[bus], below[bus]
                kept, total = first[bus], 0
                # Written before it is known whether it counts: a branch that nobody can foretell costs more.
                for k in range(first[bus], stop[bus]):
                    keep = (lowest[k] < threshold) if side else (highest[k] > threshold)
                    total += 0 if keep or side else amount[k]
                    piece[kept], amount[kept] = piece[k], amount[k]
                    lowest[kept], highest[kept] = lowest[k], highest[k]
                    kept += keep
                stop[bus] = kept
                base[bus] += total
            waiting += stop[bus] - first[bus]
            step = width[bus] - 1 if waiting_before == 0 else half[bus]
            low[bus] += 0 if below[bus] else step
            left = max(step, 1) if below[bus] else width[bus] - step
            left = 1 if waiting_before == 0 else left
            width[bus], half[bus] = left, left - 1 if next_below and below[bus] else left // 2
            more |= left > 1
        next_below = False


@compiled
def _fill(book: Book, part: Arrangement, base: Ints) -> tuple[int, int]:
    """Take in the pieces of a period; the lowest and the highest price that matters."""
    _, place_first, offer_first, (low, high, amount, side) = part
    first, stop, piece, lows, highs, amounts = book
    lowest, highest = 2**62, -(2**62)
    for bus in range(len(base)):
        first[bus], stop[bus] = offer_first[place_first[bus]], offer_first[place_first[bus + 1]]
        bought = 0
        for i in range(first[bus], stop[bus]):
            upper = 2 * high[i] - side[i]
            lower = upper - 1 if low[i] == high[i] else 2 * low[i] - side[i]
            piece[i], lows[i], highs[i], amounts[i] = i, lower, upper, amount[i]
            bought += amount[i] if side[i] else 0
            lowest, highest = min(lowest, lower), max(highest, upper)
        base[bus] = -bought
    return (lowest, highest) if len(low) else (0, 0)


@compiled
def _shift(tree: Tree, lines: Lines) -> tuple[int, int]:
    """Turn ways into shifts and bounds of flows; the least and the greatest shift."""
    least, greatest = 0, 0
    for bus in range(len(tree.up)):
        tree.shift[bus], tree.most[bus], tree.least[bus] = 0, 0, 0
        if tree.up[bus] < 0:
            continue
        tree.shift[bus] = tree.shift[tree.up[bus]]
        if tree.way[bus] >= 0:
            tree.most[bus] = lines.capacity_up[0, bus]
            tree.shift[bus] += 2 * lines.fee_up[0, bus] * tree.way[bus]
        if tree.way[bus] <= 0:
            tree.least[bus] = -lines.capacity_down[0, bus]
            tree.shift[bus] += 2 * lines.fee_down[0, bus] * tree.way[bus]
        least, greatest = min(least, tree.shift[bus]), max(greatest, tree.shift[bus])
    return least, greatest


@compiled
def _guess_ways(tree: Tree, lines: Lines, export: Ints) -> None:
    """Use each line with a fee for the way it would be used if nothing had a fee."""
    for bus in range(len(tree.up)):
        tree.way[bus] = 0
        if tree.up[bus] >= 0 and lines.fee_up[0, bus] + lines.fee_down[0, bus] > 0:
            tree.way[bus] = 1 if export[bus] > 0 else -1


@compiled
def _keep_ways(tree: Tree, lines: Lines) -> bool:
    """Use each line with a fee as in the period before; False if there was none.

    Any way is a good beginning, as lines are turned until none gains by it; most stay as they were.
    """
    known = True
    for bus in range(len(tree.up)):
        charged = tree.up[bus] >= 0 and lines.fee_up[0, bus] + lines.fee_down[0, bus] > 0
        tree.way[bus] = tree.way[bus] if charged else 0
        known = known and (tree.way[bus] != 0 or not charged)
    return known


@compiled
def _turn_ways(tree: Tree, lines: Lines, price: Ints) -> bool:
    """Turn the lines with a fee that would gain by going the other way; False if there is none.

    Such a line carries nothing, so what was found stays possible and something better becomes so: the
    search ends.
    """
    turned = False
    for bus in range(len(tree.up)):
        if tree.way[bus] == 0:
            continue
        above = price[tree.up[bus]]
        if tree.way[bus] > 0:
            gains = price[bus] > above + 2 * lines.fee_down[0, bus] and lines.capacity_down[0, bus] > 0
        else:
            gains = price[bus] < above - 2 * lines.fee_up[0, bus] and lines.capacity_up[0, bus] > 0
        if gains:
            tree.way[bus] = -tree.way[bus]
            turned = True
    return turned


@compiled
def _begin(tree: Tree, search: Halving, low: int, width: int, warm: bool) -> None:
    """Leave all prices to all buses; the first threshold is what a search before has found at the root."""
    for bus in range(len(tree.up)):
        above = tree.up[bus]
        if above >= 0:
            search.half[bus] = search.half[above]
        else:
            search.half[bus] = min(max(search.low[bus] + 1 - low, 1), width - 1) if warm else width // 2
        search.cut[bus] = 1 if above < 0 else 0
        search.low[bus], search.width[bus] = low, width


@inlined
def _search(book: Book, part: Arrangement, tree: Tree, lines: Lines, search: Halving, warm: bool) -> None:
    """Find the shifted prices of a period, its lines with a fee used one way.

    A `warm` search begins with what the one before has found, as prices often stay: it is tried whether they
    are at most that, then whether they are less.
    """
    lowest, highest = _fill(book, part, search.base)
    least, greatest = _shift(tree, lines)
    # At the lowest price nobody sells yet, at the highest nobody buys any more.
    low, width = lowest + least - 1, 1
    while width < highest + greatest + 2 - low:
        width *= 2
    _begin(tree, search, low, width, warm)
    _halve(book, part.pieces, tree, search, warm)


class Search(NamedTuple):
    """Where periods are searched one after the other; each begins with what the one before has ended with."""

    book: Book
    tree: Tree
    halving: Halving


@inlined
def supporting_prices(part: Arrangement, lines: Lines, room: Search, warm: bool) -> Ints:
    """Doubled prices that support a solution of greatest welfare and, among these, of greatest volume.

    Parameters
    ----------
    part : Arrangement
        The period.
    lines : Lines
        Capacities and fees in this period. [Wh, Rp/MWh]
    room : Search
        Where to search.
    warm : bool
        Whether a period was searched there before.

    Returns
    -------
    ndarray of int64, shape (n_buses,)
        By position. [half Rp/MWh]
    """
    book, tree, search = room
    known, prices, more = _keep_ways(tree, lines), np.empty(len(tree.up), np.int64), True
    if not known:
        tree.way[:] = 0
    while more:
        _search(book, part, tree, lines, search, warm)
        warm = True
        if known:
            for bus in range(len(prices)):
                prices[bus] = search.low[bus] - tree.shift[bus]
            more = _turn_ways(tree, lines, prices)
        else:
            _guess_ways(tree, lines, search.export)
            known = True
    return prices
