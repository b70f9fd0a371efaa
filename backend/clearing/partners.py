"""Who supplied whom: surplus meets deficit below the nearest common bus first."""

from __future__ import annotations

from dataclasses import dataclass

from clearing.book import Grid, Orders, Result
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
    """Attribute what was bought to those who sold it, nearest first."""
    raise NotImplementedError
