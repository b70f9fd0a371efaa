"""Fingerprints of a book and of a result, the same on every machine."""

from __future__ import annotations

import hashlib

import numpy as np

from clearing.book import Grid, Orders, Result
from clearing.rules import Ints


def book_hash(orders: Orders, grid: Grid) -> str:
    """Fingerprint of everything that decides an auction.

    The sha256 of the line `ceex book 1` and then, for each array, its name, its shape and its values as
    little-endian 64-bit integers. Order ids enter by rank, so that only their sequence matters; a column
    of the grid that is the same in every period enters as one row.

    Parameters
    ----------
    orders : Orders
        The book.
    grid : Grid
        Its grid.

    Returns
    -------
    str
        64 hexadecimal digits.

    Examples
    --------
    >>> orders = Orders.from_rows([1, 2], [0, 0], [0, 0], [0, 1], [40, 50], [100, 100])
    >>> same = Orders.from_rows([8, 5], [0, 0], [0, 0], [1, 0], [50, 40], [100, 100])
    >>> grid = Grid.from_parents([-1])
    >>> book_hash(orders, grid) == book_hash(same, grid)
    True
    """
    arrays = {name: getattr(orders, name) for name in ("bus", "period", "side", "curve")}
    arrays |= {name: getattr(orders, name) for name in ("first", "price", "quantity")}
    arrays["order"] = np.unique(orders.order, return_inverse=True)[1]
    arrays["parent"] = grid.parent
    for name in ("capacity_up", "capacity_down", "fee_up", "fee_down"):
        column: Ints = getattr(grid, name)
        arrays[name] = column[:1] if (column == column[:1]).all() else column
    return _digest("ceex book 1", arrays)


def result_hash(result: Result) -> str:
    """Fingerprint of prices, accepted quantities and flows.

    Made like `book_hash`, from the line `ceex result 1`.

    Parameters
    ----------
    result : Result
        What was decided.

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    names = ("accepted", "price", "price_low", "price_high", "flow")
    return _digest("ceex result 1", {name: getattr(result, name) for name in names})


def _digest(title: str, arrays: dict[str, Ints]) -> str:
    digest = hashlib.sha256(f"{title}\n".encode())
    for name in sorted(arrays):
        values = np.ascontiguousarray(arrays[name], "<i8")
        digest.update(f"{name} {list(values.shape)}\n".encode())
        digest.update(values.tobytes())
    return digest.hexdigest()
