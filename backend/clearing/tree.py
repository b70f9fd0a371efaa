"""The clearing of a grid that is a tree, in exact integers."""

from __future__ import annotations

from clearing.book import Grid, Orders, Result
from clearing.rules import PRICE_BOUNDS


def clear(
    orders: Orders, grid: Grid, *, periods: int | None = None, bounds: tuple[int, int] = PRICE_BOUNDS
) -> Result:
    """Choose the accepted quantities of greatest welfare, and the prices that support them.

    Among solutions of equal welfare the one of greatest volume is chosen, and at the margin accepted
    quantities are in proportion to the offered ones, as far as the lines allow.

    Parameters
    ----------
    orders : Orders
        The book. Limit prices are prices at the bus.
    grid : Grid
        The lines between the buses; a grid without lines is several separate auctions.
    periods : int, optional
        How many delivery periods there are; by default the last one named, plus one.
    bounds : tuple of int
        Lowest and highest price. An order at a bound takes any price. [Rp/MWh]

    Returns
    -------
    Result
        Prices, accepted quantities, flows and welfare.

    Raises
    ------
    InvalidBook
        (a `ValueError`) if an order stands at an unknown bus or period, or its price leaves the bounds.
    """
    raise NotImplementedError
