"""Fingerprints of a book and of a result, the same on every machine."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

from clearing.book import Grid, Orders, Result
from clearing.rules import Ints

if TYPE_CHECKING:
    from clearing.blocks.book import Blocks
    from clearing.mesh import Mesh

LINE_FIGURES = ("capacity_up", "capacity_down", "fee_up", "fee_down")


def book_hash(orders: Orders, grid: Grid | Mesh, blocks: Blocks | None = None) -> str:
    """Fingerprint of everything that decides an auction.

    The sha256 of the line `ceex book 1` and then, for each array, its name, its shape and its values as
    little-endian 64-bit integers. Order ids enter by rank, so that only their sequence matters; a column
    of the grid that is the same in every period enters as one row.

    Parameters
    ----------
    orders : Orders
        The book.
    grid : Grid or Mesh
        Its grid. Of a mesh, the lines beside the forest enter as arrays whose names begin with `loop_`.
    blocks : Blocks, optional
        Its block orders; they enter as arrays whose names begin with `block_`, ids by rank.

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
    if not isinstance(grid, Grid):
        for name in ("tail", "head", *LINE_FIGURES):
            arrays[f"loop_{name}"] = _once(getattr(grid, name))
        grid = grid.forest
    if blocks is not None and len(blocks):
        for name in ("bus", "side", "price", "min_ratio", "parent", "group", "first", "period", "quantity"):
            arrays[f"block_{name}"] = getattr(blocks, name)
    arrays["parent"] = grid.parent
    for name in LINE_FIGURES:
        arrays[name] = _once(getattr(grid, name))
    return _digest("ceex book 1", arrays)


def _once(column: Ints) -> Ints:
    """A column that is the same in every period, as one row."""
    return column[:1] if column.ndim == 2 and (column == column[:1]).all() else column


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
    arrays = {name: getattr(result, name) for name in names}
    if result.loop_flow is not None:
        arrays["loop_flow"] = result.loop_flow
    if result.blocks is not None:
        arrays |= {"block_share": result.blocks.share, "block_reason": result.blocks.reason}
    return _digest("ceex result 1", arrays)


def _digest(title: str, arrays: dict[str, Ints]) -> str:
    digest = hashlib.sha256(f"{title}\n".encode())
    for name in sorted(arrays):
        values = np.ascontiguousarray(arrays[name], "<i8")
        digest.update(f"{name} {list(values.shape)}\n".encode())
        digest.update(values.tobytes())
    return digest.hexdigest()
