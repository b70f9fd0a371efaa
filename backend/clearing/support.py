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

from clearing.compiled import compiled
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


class Search(NamedTuple):
    """How far the search has come, by bus."""

    low: Ints  # lowest shifted price that is left
    width: Ints  # how many prices are left
    half: Ints  # how many of these lie at or below the threshold; 0 where one price is left
    base: Ints  # injection that is settled [Wh]
    export: Ints  # what the part of the grid below would export at the threshold [Wh]
    cut: Ints  # 1 where the flow over the line is settled
    below: Ints  # 1 where the price is at most the threshold


@compiled
def _given(book: Book, pieces: Pieces, bus: int, price: int) -> int:
    """What the unsettled pieces of a bus give at a price. [Wh]"""
    total = 0
    for k in range(book.first[bus], book.stop[bus]):
        if book.high[k] <= price:
            total += book.amount[k]
        elif book.low[k] < price:
            i = book.piece[k]
            total += rise(pieces.low[i], pieces.high[i], pieces.amount[i], pieces.side[i], price)
    return total


@compiled
def _settle(book: Book, bus: int, price: int, below: int) -> int:
    """Keep the pieces on this side of a threshold; what those that are settled give. [Wh]"""
    kept, total = book.first[bus], 0
    for k in range(book.first[bus], book.stop[bus]):
        if (book.low[k] < price) if below else (book.high[k] > price):
            book.piece[kept], book.low[kept] = book.piece[k], book.low[k]
            book.high[kept], book.amount[kept] = book.high[k], book.amount[k]
            kept += 1
        elif not below:
            total += book.amount[k]
    book.stop[bus] = kept
    return total


@compiled
def _halve(book: Book, pieces: Pieces, tree: Tree, search: Search, next_below: bool) -> bool:
    """Find out on which side of its threshold each bus's price lies, and set the next thresholds.

    False if one price is left everywhere. With `next_below`, the next question to buses on this side of the
    threshold is whether their price is less than it.
    """
    n, more = len(tree.up), False
    search.export[:] = search.base
    for bus in range(n - 1, -1, -1):
        if book.first[bus] < book.stop[bus]:
            threshold = search.low[bus] + search.half[bus] - 1 - tree.shift[bus]
            search.export[bus] += _given(book, pieces, bus, threshold)
        if not search.cut[bus]:
            through = max(tree.least[bus], min(tree.most[bus], search.export[bus]))
            search.export[tree.up[bus]] += through
    for bus in range(n):
        enough, above = 0, tree.up[bus]
        if not search.cut[bus]:
            enough = tree.least[bus] if search.below[above] else tree.most[bus]
        half = search.half[bus]
        below = 1 if search.export[bus] >= enough or half == 0 else 0
        if not search.cut[bus] and below != search.below[above]:
            search.cut[bus] = 1
            search.base[bus] -= enough
            search.base[above] += enough
        search.below[bus] = below
        if half and book.first[bus] < book.stop[bus]:
            threshold = search.low[bus] + half - 1 - tree.shift[bus]
            search.base[bus] += _settle(book, bus, threshold, below)
        search.low[bus] += 0 if below else half
        width = max(half, 1) if below else search.width[bus] - half
        search.width[bus] = width
        search.half[bus] = width - 1 if next_below and below else width // 2
        more = more or width > 1
    return more


@compiled
def _fill(book: Book, pieces: Pieces, places: Ints, base: Ints) -> tuple[int, int]:
    """Take in the pieces of a period, sorted by place; the lowest and the highest price that matters."""
    book.first[:], book.stop[:], base[:] = 0, 0, 0
    lowest, highest = 2**62, -(2**62)
    if not len(places):
        return 0, 0
    for i in range(len(places)):
        bus, side = places[i], pieces.side[i]
        if book.first[bus] == book.stop[bus]:
            book.first[bus] = i
        book.stop[bus] = i + 1
        high = 2 * pieces.high[i] - side
        low = high - 1 if pieces.low[i] == pieces.high[i] else 2 * pieces.low[i] - side
        book.piece[i], book.low[i], book.high[i], book.amount[i] = i, low, high, pieces.amount[i]
        base[bus] -= side * pieces.amount[i]
        lowest, highest = min(lowest, low), max(highest, high)
    return lowest, highest


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
def _begin(tree: Tree, search: Search, low: int, width: int, warm: bool) -> None:
    """Leave all prices to all buses; the first threshold is what a search before has found at the root."""
    for bus in range(len(tree.up)):
        above = tree.up[bus]
        if above >= 0:
            search.half[bus] = search.half[above]
        else:
            search.half[bus] = min(max(search.low[bus] + 1 - low, 1), width - 1) if warm else width // 2
        search.cut[bus] = 1 if above < 0 else 0
        search.low[bus], search.width[bus] = low, width


@compiled
def _search(
    book: Book, pieces: Pieces, places: Ints, tree: Tree, lines: Lines, search: Search, warm: bool
) -> None:
    """Find the shifted prices of a period, its lines with a fee used one way.

    A `warm` search begins with what the one before has found, as prices often stay: it is tried whether they
    are at most that, then whether they are less.
    """
    lowest, highest = _fill(book, pieces, places, search.base)
    least, greatest = _shift(tree, lines)
    # At the lowest price nobody sells yet, at the highest nobody buys any more.
    low, width = lowest + least - 1, 1
    while width < highest + greatest + 2 - low:
        width *= 2
    _begin(tree, search, low, width, warm)
    more = _halve(book, pieces, tree, search, warm)
    while more:
        more = _halve(book, pieces, tree, search, False)


class Room(NamedTuple):
    """Where periods are searched one after the other; each begins with what the one before has ended with."""

    book: Book
    tree: Tree
    search: Search


@compiled
def room_for(up: Ints, most: int) -> Room:
    """Room for periods of at most so many pieces."""
    n = len(up)
    room, by_bus = np.empty((4, most), np.int64), np.zeros((13, n), np.int64)
    book = Book(by_bus[0], by_bus[1], room[0], room[1], room[2], room[3])
    tree = Tree(up, by_bus[2], by_bus[3], by_bus[4], by_bus[5])
    search = Search(by_bus[6], by_bus[7], by_bus[8], by_bus[9], by_bus[10], by_bus[11], by_bus[12])
    return Room(book, tree, search)


@compiled
def supporting_prices(pieces: Pieces, places: Ints, lines: Lines, room: Room, warm: bool) -> Ints:
    """Doubled prices that support a solution of greatest welfare and, among these, of greatest volume.

    Parameters
    ----------
    pieces : Pieces
        Of one period, sorted by position.
    places : ndarray of int64, shape (n_pieces,)
        Position of each piece.
    lines : Lines
        Capacities and fees in this period. [Wh, Rp/MWh]
    room : Room
        Where to search.
    warm : bool
        Whether a period was searched there before.

    Returns
    -------
    ndarray of int64, shape (n_buses,)
        By position. [half Rp/MWh]
    """
    book, tree, search = room
    if not _keep_ways(tree, lines):
        tree.way[:] = 0
        _search(book, pieces, places, tree, lines, search, warm)
        _guess_ways(tree, lines, search.export)
        warm = True
    _search(book, pieces, places, tree, lines, search, warm)
    prices = search.low - tree.shift
    while _turn_ways(tree, lines, prices):
        _search(book, pieces, places, tree, lines, search, True)
        prices = search.low - tree.shift
    return prices
