"""One door to all clearings: trees, meshes, with and without blocks."""

from __future__ import annotations

from clearing import mesh as meshes
from clearing import tree
from clearing.blocks.book import Blocks
from clearing.blocks.decide import clear as clear_blocks
from clearing.blocks.search import Effort
from clearing.book import Grid, Orders, Result
from clearing.mesh import Mesh
from clearing.rules import PRICE_BOUNDS


def clear(
    orders: Orders,
    grid: Grid | Mesh,
    *,
    periods: int | None = None,
    bounds: tuple[int, int] = PRICE_BOUNDS,
    blocks: Blocks | None = None,
    effort: Effort | None = None,
) -> Result:
    """Choose the accepted quantities of greatest welfare, and the prices that support them.

    Among solutions of equal welfare the one of greatest volume is chosen, and at the margin accepted
    quantities are in proportion to the offered ones, as far as the lines allow. The method and its
    sources are in docs/clearing.md.

    Parameters
    ----------
    orders : Orders
        The book. Limit prices are prices at the bus.
    grid : Grid or Mesh
        The lines between the buses; a grid without lines is several separate auctions.
    periods : int, optional
        How many delivery periods there are; by default the last one named, plus one.
    bounds : tuple of int
        Lowest and highest price. An order at a bound takes any price. [Rp/MWh]
    blocks : Blocks, optional
        Block orders. To clear without them, leave them out: nothing of the curve orders' clearing depends on
        them.
    effort : Effort, optional
        How much work the search for blocks may do. What is left open at its end is `Result.blocks.gap`.

    Returns
    -------
    Result
        Prices, accepted quantities, flows and welfare.

    Raises
    ------
    InvalidBook
        (a `ValueError`) if an order stands at an unknown bus or period, its price leaves the bounds, or
        the grid has rows for another number of periods.
    Unsolved
        If the solver fails on a mesh or on blocks; a grid that is a tree needs no solver.

    Examples
    --------
    Ada sells at bus 1, Bo buys at the root, and using the line between them costs 10:

    >>> from clearing import BUY, SELL, Grid, Orders, clear
    >>> orders = Orders.from_rows([1, 2], [1, 0], [0, 0], [SELL, BUY], [40, 60], [500, 800])
    >>> result = clear(orders, Grid.from_parents([-1, 0], fee_up=10))
    >>> result.accepted, result.price, result.welfare
    (array([500, 500]), array([[60, 50]]), 5000)
    """
    if blocks is None or not len(blocks):
        if isinstance(grid, Mesh):
            return meshes.clear(orders, grid, periods=periods, bounds=bounds)
        return tree.clear(orders, grid, periods=periods, bounds=bounds)
    mesh = grid if isinstance(grid, Mesh) else Mesh.of(grid)
    n_periods = max(
        meshes.periods_of(orders, mesh, periods), int(blocks.period.max()) + 1 if periods is None else 1
    )
    meshes.check_fit(orders, mesh, n_periods, bounds)
    blocks.check_fit(len(mesh.forest.parent), n_periods, bounds)
    return clear_blocks(orders, mesh, blocks, periods=n_periods, bounds=bounds, effort=effort or Effort())
