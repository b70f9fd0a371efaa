"""Who supplied whom: surplus meets deficit below the nearest common bus first."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from clearing.book import Grid, Orders, Result
from clearing.compiled import compiled
from clearing.layout import lay_out
from clearing.rules import BUY, Ints


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
    with more to give there shares in proportion to what each still has, integers by largest remainder and
    then by order id; what is left travels on towards the root. Within a bus, sellers and buyers are laid
    side by side in the order of their ids, so that a bus makes fewer pairs than it has offers to match.

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
        orders.order[sequence],
        place[sequence],
        result.accepted[sequence],
        first,
        layout.up,
    )
    if unmatched >= 0:
        raise ValueError(f"bought and sold differ below bus {layout.bus[unmatched]}")
    seller, buyer, period, bus, quantity = rows
    return Partners(sequence[seller], sequence[buyer], period, layout.bus[bus], quantity)


@compiled
def _match(side: Ints, order: Ints, place: Ints, accepted: Ints, first: Ints, up: Ints) -> tuple[Ints, int]:
    """Rows of seller, buyer, period, bus and quantity, and a root with something left over or -1.

    What a bus could not match waits in a chain: `head[bus]`, then `behind[offer]`. It is all of one side.
    """
    n = len(up)
    rows, count, unmatched = np.empty((5, 64), np.int64), 0, -1
    left, behind = accepted.copy(), np.full(len(side), -1)
    head = np.full(n, -1)
    mine = np.empty(len(side), np.int64)
    for period in range(len(first) - 1):
        head[:] = -1
        for i in range(first[period + 1] - 1, first[period] - 1, -1):
            behind[i], head[place[i]] = head[place[i]], i
        for bus in range(n - 1, -1, -1):
            met, i = 0, head[bus]
            while i >= 0:
                mine[met], met, i = i, met + 1, behind[i]
            here = mine[:met]
            taken = _meet(here, side, order, left)
            while count + met > rows.shape[1]:
                rows = np.hstack((rows, np.empty_like(rows)))
            count = _pair(here, side, taken, left, rows, count, period, bus)
            for k in range(met - 1, -1, -1):
                if left[here[k]] > 0 and up[bus] >= 0:
                    behind[here[k]], head[up[bus]] = head[up[bus]], here[k]
                elif left[here[k]] > 0:
                    unmatched = bus
    return rows[:, :count].copy(), unmatched


@compiled
def _meet(here: Ints, side: Ints, order: Ints, left: Ints) -> Ints:
    """How much of each offer present at a bus is matched there."""
    total = np.zeros(2, np.int64)
    for i in here:
        total[side[i]] += left[i]
    matched = min(total[0], total[1])
    taken = left[here]
    more = 0 if total[0] > total[1] else 1
    if matched == 0 or total[0] == total[1]:
        return taken if matched else np.zeros_like(taken)
    ours = np.flatnonzero(side[here] == more)
    remainder, spare = np.empty(len(ours), np.int64), matched
    for k in range(len(ours)):
        taken[ours[k]], remainder[k] = _times_over(left[here[ours[k]]], matched, total[more])
        spare -= taken[ours[k]]
    if spare:
        by_id = np.argsort(order[here[ours]])
        ranked = by_id[np.argsort(-remainder[by_id], kind="mergesort")]
        taken[ours[ranked[:spare]]] += 1
    return taken


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


@compiled
def _pair(
    here: Ints, side: Ints, taken: Ints, left: Ints, rows: Ints, count: int, period: int, bus: int
) -> int:
    """Lay sellers and buyers side by side and write down where they overlap."""
    for k in range(len(here)):
        left[here[k]] -= taken[k]
    s = b = 0
    while True:
        while s < len(here) and (side[here[s]] == BUY or taken[s] == 0):
            s += 1
        while b < len(here) and (side[here[b]] != BUY or taken[b] == 0):
            b += 1
        if s == len(here) or b == len(here):
            return count
        quantity = min(taken[s], taken[b])
        taken[s] -= quantity
        taken[b] -= quantity
        rows[0, count], rows[1, count], rows[2, count] = here[s], here[b], period
        rows[3, count], rows[4, count] = bus, quantity
        count += 1
