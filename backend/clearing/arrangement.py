"""The offers of some periods by period and region, with their pieces."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from clearing.book import Orders
from clearing.compiled import compiled
from clearing.curves import Pieces
from clearing.margin import Offers
from clearing.rules import LINEAR, Ints


class Arrangement(NamedTuple):
    """A part of a book, sorted by period and region.

    Attributes
    ----------
    sequence : ndarray of int64, shape (n_offers,)
        Which offer of the book stands at each place.
    side : ndarray of int64, shape (n_offers,)
        `SELL` or `BUY`.
    offers, pieces : Offers, Pieces
        The offers, their periods counted from the first; and their pieces.
    piece_place : ndarray of int64, shape (n_pieces,)
        The region of each piece.
    """

    sequence: Ints
    side: Ints
    offers: Offers
    pieces: Pieces
    piece_place: Ints


def arrange(orders: Orders, places: Ints, n_places: int, starts: Ints, stops: Ints) -> Arrangement:
    """Sort offers by region within each period.

    Parameters
    ----------
    orders : Orders
        The book.
    places : ndarray of int64, shape (n_buses,)
        The region of each bus.
    n_places : int
        How many regions there are.
    starts, stops : ndarray of int64, shape (n_periods,)
        Where the offers of each period begin and end in the book.
    """
    sequence, place, period, first = _sort(orders.bus, orders.first, places, n_places, starts, stops)
    columns = (orders.first, orders.side, orders.curve, orders.price, orders.quantity)
    side, pieces, piece_place = _cut(*columns, sequence, place, first)
    period_first = np.append(0, np.cumsum(stops - starts))
    offers = Offers(orders.order[sequence], place, period, first, period_first)
    return Arrangement(sequence, side, offers, Pieces(*pieces), piece_place)


@compiled
def _sort(
    bus: Ints, first: Ints, places: Ints, n_places: int, starts: Ints, stops: Ints
) -> tuple[Ints, Ints, Ints, Ints]:
    """Count, then place: offers in sequence, their regions and periods, and where their points begin."""
    n = (stops - starts).sum()
    sequence, place, period = np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n, np.int64)
    point_first = np.zeros(n + 1, np.int64)
    next_free = np.empty(n_places + 1, np.int64)
    before = 0
    for p in range(len(starts)):
        start, stop = starts[p], stops[p]
        next_free[:] = 0
        for offer in range(start, stop):
            next_free[places[bus[offer]] + 1] += 1
        next_free[0] = before
        before += stop - start
        for at in range(n_places):
            next_free[at + 1] += next_free[at]
        for offer in range(start, stop):
            mine = places[bus[offer]]
            at = next_free[mine]
            next_free[mine] += 1
            sequence[at], place[at], period[at] = offer, mine, p
    for at in range(n):
        point_first[at + 1] = point_first[at] + first[sequence[at] + 1] - first[sequence[at]]
    return sequence, place, period, point_first


@compiled
def _cut(
    first: Ints,
    side: Ints,
    curve: Ints,
    price: Ints,
    quantity: Ints,
    sequence: Ints,
    place: Ints,
    new_first: Ints,
) -> tuple[Ints, tuple[Ints, Ints, Ints, Ints], Ints]:
    """Side of each offer; low, high, amount and side of its pieces, see `curves.pieces_of`; their regions."""
    n_pieces = new_first[-1]
    sides, regions = np.empty(len(sequence), np.int64), np.empty(n_pieces, np.int64)
    low, high = np.empty(n_pieces, np.int64), np.empty(n_pieces, np.int64)
    amount, piece_side = np.empty(n_pieces, np.int64), np.empty(n_pieces, np.int64)
    for at in range(len(sequence)):
        offer = sequence[at]
        mine = side[offer]
        sides[at] = mine
        step = 1 if mine else -1
        for i in range(first[offer], first[offer + 1]):
            k = new_first[at] + i - first[offer]
            piece_side[k], regions[k] = mine, place[at]
            other = i + step
            if curve[offer] == LINEAR and first[offer] <= other < first[offer + 1]:
                low[k], high[k] = min(price[i], price[other]), max(price[i], price[other])
                amount[k] = quantity[i] - quantity[other]
            else:
                low[k], high[k], amount[k] = price[i] + mine, price[i] + mine, quantity[i]
    return sides, (low, high, amount, piece_side), regions
