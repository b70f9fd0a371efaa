"""Who supplied whom: surplus meets deficit below the nearest common bus first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from clearing.book import Grid, Orders, Result
from clearing.compiled import compiled, inlined
from clearing.layout import lay_out
from clearing.rules import Ints


@dataclass(frozen=True, slots=True, eq=False)
class Partners:
    """Pairs of offers, as parallel arrays of shape (n_pairs,).

    Attributes
    ----------
    seller, buyer : ndarray of int64
        Offers, as indices into the book.
    period : ndarray of int64
        The delivery period.
    bus : ndarray of int64
        The nearest bus that both have on their way to the root.
    quantity : ndarray of int64
        What the seller supplied to the buyer. [Wh]
    """

    seller: Ints
    buyer: Ints
    period: Ints
    bus: Ints
    quantity: Ints


def attribute(orders: Orders, grid: Grid, result: Result) -> Partners:
    """Attribute what was bought to those who sold it, nearest first.

    Going from the leaves to the root, whatever surplus and deficit meet at a bus supply each other. The side
    with more to give there shares in proportion: each offer at the bus with what it has, each line from below
    with all that comes over it; integers by largest remainder, then own offers by order id before lines. What
    comes over a line is taken nearest first, what is left travels on towards the root. Within a bus, sellers
    and buyers are laid side by side, so that a bus makes fewer pairs than offers meet there, and the work is
    that of reading offers, lines and pairs once.

    Parameters
    ----------
    orders : Orders
        The book.
    grid : Grid
        Its grid.
    result : Result
        Its result; bought and sold quantities balance in every part of the grid that hangs together.

    Returns
    -------
    Partners
        Pairs by period; the quantities of an offer's pairs add up to what it was accepted.

    Raises
    ------
    ValueError
        If a part of the grid sold more than it bought, or less.

    Examples
    --------
    Two neighbours meet at bus 1 before the plant at the root supplies the rest:

    >>> from clearing import BUY, SELL, Grid, Orders, clear
    >>> sides, prices, quantities = [SELL, SELL, BUY], [50, 10, 60], [900, 300, 400]
    >>> orders = Orders.from_rows([1, 2, 3], [0, 1, 1], [0, 0, 0], sides, prices, quantities)
    >>> grid = Grid.from_parents([-1, 0])
    >>> pairs = attribute(orders, grid, clear(orders, grid))
    >>> orders.order[pairs.seller], pairs.bus, pairs.quantity
    (array([2, 1]), array([1, 0]), array([300, 100]))
    """
    layout, _ = lay_out(grid)
    place = layout.position[orders.bus]
    traded = np.flatnonzero(result.accepted > 0)
    # Sellers and buyers of a bus stand in the order of their ids.
    sequence = traded[np.lexsort((orders.order[traded], place[traded], orders.period[traded]))]
    first = np.searchsorted(orders.period[sequence], np.arange(len(result.price) + 1))
    rows, unmatched = _match(
        orders.side[sequence],
        place[sequence],
        result.accepted[sequence],
        first,
        layout.up,
    )
    if unmatched >= 0:
        raise ValueError(f"bought and sold differ below bus {layout.bus[unmatched]}")
    seller, buyer, period, bus, quantity = rows
    return Partners(sequence[seller], sequence[buyer], period, layout.bus[bus], quantity)


class Queues(NamedTuple):
    """What waits below each line: a chain of offers, all of one side."""

    head: Ints  # by bus: the first offer, -1 if there is none
    tail: Ints
    waiting: Ints  # by bus [Wh]
    side: Ints  # by bus
    behind: Ints  # by offer: the next one in its chain
    left: Ints  # by offer [Wh]


class Claims(NamedTuple):
    """Who meets at a bus: offer `who` if it is not negative, else the line of bus `-who - 1`."""

    who: Ints
    side: Ints
    amount: Ints
    taken: Ints


@compiled
def _match(side: Ints, place: Ints, accepted: Ints, first: Ints, up: Ints) -> tuple[Ints, int]:
    """Rows of seller, buyer, period, bus and quantity, and a root with something left over or -1."""
    n = len(up)
    rows, count, unmatched = np.empty((5, 64), np.int64), 0, -1
    by_bus, behind, left = (
        np.empty((6, n), np.int64),
        np.empty(len(side), np.int64),
        np.empty(len(side), np.int64),
    )
    for i in range(len(side)):
        behind[i], left[i] = -1, accepted[i]
    queues = Queues(by_bus[0], by_bus[1], by_bus[2], by_bus[3], behind, left)
    child, sibling = by_bus[4], by_bus[5]
    most = n
    for period in range(len(first) - 1):
        most = max(most, n + first[period + 1] - first[period])
    room, drawn = np.empty((4, most), np.int64), np.empty((2, 2, most), np.int64)
    claims = Claims(room[0], room[1], room[2], room[3])
    for period in range(len(first) - 1):
        child[:] = -1
        queues.waiting[:] = 0
        last = first[period + 1]
        for bus in range(n - 1, -1, -1):
            met, start = 0, last
            while start > first[period] and place[start - 1] == bus:
                start -= 1
            for i in range(start, last):
                claims.who[met], claims.side[met], claims.amount[met] = i, side[i], accepted[i]
                met += 1
            last, below = start, child[bus]
            while below >= 0:
                claims.who[met], claims.side[met] = -below - 1, queues.side[below]
                claims.amount[met] = queues.waiting[below]
                met, below = met + 1, sibling[below]
            if met == 0:
                continue
            _meet(claims, met)
            lengths = (_draw(claims, met, 0, queues, drawn[0]), _draw(claims, met, 1, queues, drawn[1]))
            while count + lengths[0] + lengths[1] > rows.shape[1]:
                rows = _larger(rows, count, 2 * rows.shape[1])
            count = _pair(drawn, lengths, rows, count, period, bus)
            _leave(claims, met, queues, bus)
            if queues.waiting[bus] > 0 and up[bus] >= 0:
                sibling[bus], child[up[bus]] = child[up[bus]], bus
            elif queues.waiting[bus] > 0:
                unmatched = bus
    return _larger(rows, count, count), unmatched


@compiled
def _larger(rows: Ints, count: int, size: int) -> Ints:
    """The first `count` of some rows, with room for `size`."""
    room = np.empty((len(rows), size), np.int64)
    for k in range(len(rows)):
        for row in range(count):
            room[k, row] = rows[k, row]
    return room


@inlined
def _meet(claims: Claims, met: int) -> None:
    """How much of each claim is matched: all of the smaller side, shares of the larger one."""
    total = np.zeros(2, np.int64)
    for k in range(met):
        total[claims.side[k]] += claims.amount[k]
        claims.taken[k] = claims.amount[k]
    more, matched = 0 if total[0] > total[1] else 1, min(total[0], total[1])
    if total[0] == total[1]:
        return
    spare, count = matched, 0
    remainder, ours = np.zeros(met, np.int64), np.empty(met, np.int64)
    for k in range(met):
        if claims.side[k] == more:
            if matched > 0:
                claims.taken[k], remainder[count] = _times_over(claims.amount[k], matched, total[more])
            else:
                claims.taken[k] = 0
            spare -= claims.taken[k]
            ours[count] = k
            count += 1
    if spare > 0:
        for k in range(count):
            remainder[k] = -remainder[k]
        ranked = np.argsort(remainder[:count], kind="mergesort")
        for k in range(spare):
            claims.taken[ours[ranked[k]]] += 1


@compiled
def _draw(claims: Claims, met: int, side: int, queues: Queues, drawn: Ints) -> int:
    """List the offers, and how much of each, that stand for what one side's claims are matched for."""
    length = 0
    for k in range(met):
        if claims.side[k] != side:
            continue
        rest, who = claims.taken[k], claims.who[k]
        while rest > 0:
            offer = who if who >= 0 else queues.head[-who - 1]
            quantity = min(rest, queues.left[offer])
            drawn[0, length], drawn[1, length] = offer, quantity
            queues.left[offer] -= quantity
            rest, length = rest - quantity, length + 1
            if who < 0 and queues.left[offer] == 0:
                queues.head[-who - 1] = queues.behind[offer]
    return length


@inlined
def _leave(claims: Claims, met: int, queues: Queues, bus: int) -> None:
    """Let what is left wait at the bus's own line: its own offers first, then what came from below."""
    queues.head[bus], queues.tail[bus], queues.waiting[bus] = -1, -1, 0
    for k in range(met):
        rest = claims.amount[k] - claims.taken[k]
        if rest == 0:
            continue
        who = claims.who[k]
        head, tail = (who, who) if who >= 0 else (queues.head[-who - 1], queues.tail[-who - 1])
        if queues.head[bus] < 0:
            queues.head[bus] = head
        else:
            queues.behind[queues.tail[bus]] = head
        queues.tail[bus], queues.side[bus] = tail, claims.side[k]
        queues.waiting[bus] += rest


@compiled
def _times_over(amount: int, matched: int, total: int) -> tuple[int, int]:
    """Quotient and remainder of amount × matched ÷ total, without leaving 64 bits; matched < total < 2⁶²."""
    quotient, remainder = 0, 0
    for bit in range(62, -1, -1):
        quotient, remainder = 2 * quotient, 2 * remainder
        if (amount >> bit) & 1:
            remainder += matched
            if remainder >= total:
                quotient, remainder = quotient + 1, remainder - total
        if remainder >= total:
            quotient, remainder = quotient + 1, remainder - total
    return quotient, remainder


@inlined
def _pair(drawn: Ints, lengths: tuple[int, int], rows: Ints, count: int, period: int, bus: int) -> int:
    """Lay sellers and buyers side by side and write down where they overlap."""
    s = b = 0
    while s < lengths[0] and b < lengths[1]:
        quantity = min(drawn[0, 1, s], drawn[1, 1, b])
        rows[0, count], rows[1, count], rows[2, count] = drawn[0, 0, s], drawn[1, 0, b], period
        rows[3, count], rows[4, count] = bus, quantity
        drawn[0, 1, s] -= quantity
        drawn[1, 1, b] -= quantity
        s += drawn[0, 1, s] == 0
        b += drawn[1, 1, b] == 0
        count += 1
    return count
