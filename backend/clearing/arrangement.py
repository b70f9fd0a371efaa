"""The offers of some periods by period and region, with their pieces."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from clearing.book import Orders
from clearing.compiled import compiled
from clearing.curves import Pieces
from clearing.margin import Offers
from clearing.rules import LINEAR, Ints


class Columns(NamedTuple):
    """The columns of `Orders` as kernels take them."""

    order: Ints
    bus: Ints
    side: Ints
    curve: Ints
    first: Ints
    price: Ints
    quantity: Ints

    @classmethod
    def of(cls, orders: Orders) -> Columns:
        """The columns of a book."""
        return cls(*(getattr(orders, name) for name in cls._fields))


class Arrangement(NamedTuple):
    """One period of a book, sorted by region.

    Attributes
    ----------
    sequence : ndarray of int64, shape (n_offers,)
        Which offer of the book stands at each place.
    side : ndarray of int64, shape (n_offers,)
        `SELL` or `BUY`.
    offers, pieces : Offers, Pieces
        The offers and their pieces.
    piece_place : ndarray of int64, shape (n_pieces,)
        The region of each piece.
    """

    sequence: Ints
    side: Ints
    offers: Offers
    pieces: Pieces
    piece_place: Ints


@compiled
def arrange(book: Columns, places: Ints, n_places: int, start: int, stop: int) -> Arrangement:
    """Sort the offers of a period by region.

    Parameters
    ----------
    book : Columns
        The book.
    places : ndarray of int64, shape (n_buses,)
        The region of each bus.
    n_places : int
        How many regions there are.
    start, stop : int
        Where the offers of the period begin and end in the book.
    """
    sequence, place, first = _sort(book.bus, book.first, places, n_places, start, stop)
    side, pieces, piece_place = _cut(book, sequence, place, first)
    return Arrangement(sequence, side, Offers(book.order[sequence], place, first), pieces, piece_place)


@compiled
def _sort(
    bus: Ints, first: Ints, places: Ints, n_places: int, start: int, stop: int
) -> tuple[Ints, Ints, Ints]:
    """Count, then place: offers in sequence, their regions, and where their points begin."""
    n = stop - start
    sequence, place, point_first = np.empty(n, np.int64), np.empty(n, np.int64), np.zeros(n + 1, np.int64)
    next_free = np.zeros(n_places + 1, np.int64)
    for offer in range(start, stop):
        next_free[places[bus[offer]] + 1] += 1
    for at in range(n_places):
        next_free[at + 1] += next_free[at]
    for offer in range(start, stop):
        mine = places[bus[offer]]
        at = next_free[mine]
        next_free[mine] += 1
        sequence[at], place[at] = offer, mine
    for at in range(n):
        point_first[at + 1] = point_first[at] + first[sequence[at] + 1] - first[sequence[at]]
    return sequence, place, point_first


@compiled
def _cut(book: Columns, sequence: Ints, place: Ints, new_first: Ints) -> tuple[Ints, Pieces, Ints]:
    """Side of each offer; its pieces, see `curves.pieces_of`; and their regions."""
    n_pieces = new_first[-1]
    sides, regions = np.empty(len(sequence), np.int64), np.empty(n_pieces, np.int64)
    low, high = np.empty(n_pieces, np.int64), np.empty(n_pieces, np.int64)
    amount, piece_side = np.empty(n_pieces, np.int64), np.empty(n_pieces, np.int64)
    for at in range(len(sequence)):
        offer = sequence[at]
        start, stop, mine = book.first[offer], book.first[offer + 1], book.side[offer]
        linear = book.curve[offer] == LINEAR
        sides[at] = mine
        step = 1 if mine else -1
        for i in range(start, stop):
            k = new_first[at] + i - start
            piece_side[k], regions[k] = mine, place[at]
            other, price, quantity = i + step, book.price[i], book.quantity[i]
            if linear and start <= other < stop:
                low[k], high[k] = min(price, book.price[other]), max(price, book.price[other])
                amount[k] = quantity - book.quantity[other]
            else:
                low[k], high[k], amount[k] = price + mine, price + mine, quantity
    return sides, Pieces(low, high, amount, piece_side), regions
