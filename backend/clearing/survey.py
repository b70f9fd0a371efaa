"""What a book looks like: its extent, and its step points side by side in half the room."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from clearing.compiled import compiled

Ints = NDArray[np.int64]
Halves = NDArray[np.int32]

# Twice a price, a quantity and its sign must each fit into 32 bits to be held in half the room.
SHORT = 2**30


class Book(NamedTuple):
    """Step points in half the room; offer `i` owns the points `first[i]:first[i + 1]`."""

    price: Halves
    quantity: Halves  # buyers' are negative [Wh]
    first: Ints
    order: Ints
    single: bool  # point i is offer i


class Survey(NamedTuple):
    """Figures that every clearing of a book asks for, found in one pass over its points.

    Attributes
    ----------
    lowest, highest : int
        Limit prices; 0 if there is none. [Rp/MWh]
    largest : int
        The largest quantity of a point. [Wh]
    last_bus, last_period : int
        The highest that is named, -1 if there is none.
    stepped : bool
        Whether all curves are step curves.
    single : bool
        Whether each offer has one point.
    price, quantity : ndarray of int32, shape (n_points,)
        The points again in half the room, buyers' quantities negative; empty where a curve is linear or a
        figure is too large. [Rp/MWh, Wh]
    """

    lowest: int
    highest: int
    largest: int
    last_bus: int
    last_period: int
    stepped: bool
    single: bool
    price: Halves
    quantity: Halves

    @property
    def compact(self) -> bool:
        """Whether `price` and `quantity` hold the book."""
        return self.stepped and self.lowest >= -SHORT and self.highest < SHORT and self.largest < SHORT


def survey(
    bus: Ints, period: Ints, side: Ints, curve: Ints, first: Ints, price: Ints, quantity: Ints
) -> Survey:
    """Look a book over once.

    Examples
    --------
    >>> one, zero = np.array([1]), np.array([0])
    >>> found = survey(zero, zero, one, zero, np.array([0, 1]), np.array([70]), np.array([500]))
    >>> found.highest, found.quantity
    (70, array([-500], dtype=int32))
    """
    if not len(bus):
        empty = np.empty(0, np.int32)
        return Survey(0, 0, 0, -1, -1, True, True, empty, empty)
    lowest, highest, largest = int(price.min()), int(price.max()), int(quantity.max())
    stepped, single = not curve.any(), len(price) == len(bus)
    found = Survey(
        lowest, highest, largest, int(bus.max()), int(period.max()), stepped, single,
        np.empty(0, np.int32), np.empty(0, np.int32),
    )  # fmt: skip
    if not found.compact:
        return found
    short_price, short_quantity = np.empty(len(price), np.int32), np.empty(len(price), np.int32)
    _shorten(side, first, price, quantity, short_price, short_quantity)
    return found._replace(price=short_price, quantity=short_quantity)


@compiled
def _shorten(
    side: Ints, first: Ints, price: Ints, quantity: Ints, short_price: Halves, short_quantity: Halves
) -> None:
    for offer in range(len(side)):
        for i in range(first[offer], first[offer + 1]):
            short_price[i] = price[i]
            short_quantity[i] = -quantity[i] if side[offer] else quantity[i]
