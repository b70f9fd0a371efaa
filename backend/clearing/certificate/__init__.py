"""Is a result right? Proven from book and result alone, by other code than the clearing's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clearing.book import Grid, Orders, Result
from clearing.certificate import beside, money, prices, quantities, shares
from clearing.certificate import blocks as block_proofs
from clearing.certificate.case import Case
from clearing.certificate.pairs import check_partners
from clearing.rules import PRICE_BOUNDS

if TYPE_CHECKING:
    from clearing.blocks.book import Blocks
    from clearing.mesh import Mesh
__all__ = ["check", "check_partners", "gap"]


def check(
    orders: Orders,
    grid: Grid | Mesh,
    result: Result,
    *,
    bounds: tuple[int, int] = PRICE_BOUNDS,
    blocks: Blocks | None = None,
) -> list[str]:
    """List what is wrong with a result; an empty list is the proof that it is right.

    Proves, in this order: limits, balance at every bus, capacities; that the prices support every
    accepted quantity and every flow; that the money adds up and the duality gap is 0; that volume is
    greatest, shares at the margin are fair and prices are the midpoints. Later proofs rest on earlier
    ones, so they are left out where those fail. The time is proportional to the size of book and grid,
    but for groups that a full line divides, which are looked at one by one.

    Parameters
    ----------
    orders : Orders
        The book.
    grid : Grid or Mesh
        Its grid.
    result : Result
        What was decided.
    bounds : tuple of int
        Lowest and highest price. [Rp/MWh]
    blocks : Blocks, optional
        Its block orders. Their energy is taken as fixed for the proofs above; beside these it is proven that
        ratios, parents and groups are kept to, that no block is accepted at a loss, and that the gap is no
        more than the prices leave.

    Returns
    -------
    list of str
        One sentence per violation that names the place; at most a handful of each kind.

    Examples
    --------
    >>> from clearing import BUY, SELL, Grid, Orders, clear
    >>> orders = Orders.from_rows([1, 2], [0, 0], [0, 0], [SELL, BUY], [40, 60], [500, 800])
    >>> grid = Grid.from_parents([-1])
    >>> result = clear(orders, grid)
    >>> check(orders, grid, result)
    []
    >>> result.accepted[1] += 1
    >>> check(orders, grid, result)
    ['period 0, bus 0: flows in and out differ by -1 Wh']
    """
    if not isinstance(grid, Grid):
        return beside.check(orders, grid.forest, grid, blocks, result, bounds)
    if blocks is not None:
        return beside.check(orders, grid, None, blocks, result, bounds)
    found = quantities.figures(orders, grid, result)
    if found:
        return found
    case = Case.of(orders, grid, result, bounds)
    for stage in (
        (quantities.limits, quantities.balance, quantities.capacities),
        (quantities.supported_orders, quantities.supported_flows, quantities.unserved),
        (money.budget, money.gap_closed, shares.greatest_volume, prices.midpoints),
        (shares.fair,),
    ):
        found = [violation for proof in stage for violation in proof(case)]
        if found:
            break
    return found


def gap(
    orders: Orders,
    grid: Grid | Mesh,
    result: Result,
    *,
    bounds: tuple[int, int] = PRICE_BOUNDS,
    blocks: Blocks | None = None,
) -> int:
    """How much more welfare the prices would allow at most; 0 proves the welfare greatest. [µRp]

    With blocks it is what blocks would still gain at the prices: more than the gap that the search proved.
    """
    if blocks is not None and result.blocks is not None:
        return block_proofs.gap(blocks, result.blocks, result.price)
    if not isinstance(grid, Grid):
        return beside.gap(orders, grid, result, bounds)
    return money.gap(Case.of(orders, grid, result, bounds))
