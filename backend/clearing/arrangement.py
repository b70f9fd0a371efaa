"""The offers of some periods by period and region, with their pieces."""

from __future__ import annotations

from typing import NamedTuple

from clearing.book import Orders
from clearing.compiled import compiled, inlined
from clearing.curves import Pieces
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
    """One period of a book, sorted by region; or room for periods.

    Attributes
    ----------
    sequence : ndarray of int64, shape (n_offers,)
        Which offer of the book stands at each place.
    place_first : ndarray of int64, shape (n_regions + 1,)
        Where the offers of each region begin.
    first : ndarray of int64, shape (n_offers + 1,)
        Where the pieces of each offer begin.
    pieces : Pieces
        The pieces of the offers.
    """

    sequence: Ints
    place_first: Ints
    first: Ints
    pieces: Pieces


@inlined
def arrange(book: Columns, places: Ints, run: tuple[int, int], room: Arrangement) -> Arrangement:
    """Sort the offers of a period by region.

    Parameters
    ----------
    book : Columns
        The book.
    places : ndarray of int64, shape (n_buses,)
        The region of each bus.
    run : tuple of int
        Where the offers of the period begin and end in the book.
    room : Arrangement
        Where to write.
    """
    n = run[1] - run[0]
    _sort(book.bus, places, run, room.sequence, room.place_first)
    n_pieces = _cut(book, room.sequence[:n], room.first, room.pieces)
    pieces = Pieces(
        room.pieces.low[:n_pieces],
        room.pieces.high[:n_pieces],
        room.pieces.amount[:n_pieces],
        room.pieces.side[:n_pieces],
    )
    return Arrangement(room.sequence[:n], room.place_first, room.first[: n + 1], pieces)


@compiled
def _sort(bus: Ints, places: Ints, run: tuple[int, int], sequence: Ints, place_first: Ints) -> None:
    """Count, then place: offers in sequence, and where those of each region begin."""
    place_first[:] = 0
    for offer in range(run[0], run[1]):
        place_first[places[bus[offer]]] += 1
    before = 0
    for place in range(len(place_first)):
        before, place_first[place] = before + place_first[place], before
    for offer in range(run[0], run[1]):
        mine = places[bus[offer]]
        sequence[place_first[mine]] = offer
        place_first[mine] += 1
    # Each now stands where the next one begins.
    for place in range(len(place_first) - 1, 0, -1):
        place_first[place] = place_first[place - 1]
    place_first[0] = 0


@compiled
def _cut(book: Columns, sequence: Ints, first: Ints, pieces: Pieces) -> int:
    """The pieces of offers in sequence, see `curves.pieces_of`; how many there are."""
    _, _, sides, curves, firsts, prices, quantities = book
    low, high, amount, side = pieces
    k = 0
    for at in range(len(sequence)):
        offer = sequence[at]
        start, stop, mine = firsts[offer], firsts[offer + 1], sides[offer]
        linear, step = curves[offer] == LINEAR, 1 if mine else -1
        first[at] = k
        for i in range(start, stop):
            other, price, quantity = i + step, prices[i], quantities[i]
            side[k], amount[k], low[k], high[k] = mine, quantity, price + mine, price + mine
            if linear and start <= other < stop:
                low[k], high[k] = min(price, prices[other]), max(price, prices[other])
                amount[k] = quantity - quantities[other]
            k += 1
    first[len(sequence)] = k
    return k
