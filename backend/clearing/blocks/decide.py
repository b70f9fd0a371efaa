"""Clear a book with block orders."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from clearing import mesh as meshes
from clearing.blocks.book import Blocks
from clearing.blocks.outcome import outcome_of
from clearing.blocks.periods import Periods
from clearing.blocks.search import Effort, Search
from clearing.blocks.trials import Trials
from clearing.book import Orders, Result
from clearing.mesh import Mesh


def clear(
    orders: Orders, mesh: Mesh, blocks: Blocks, *, periods: int, bounds: tuple[int, int], effort: Effort
) -> Result:
    """Choose the blocks of greatest welfare that prices support, and clear the curve orders beside them.

    See `clearing.clear`; the book must fit the mesh.
    """
    world = Periods(orders, mesh, blocks, periods, bounds)
    trials = Trials(orders, world, blocks, bounds)
    best, most = Search(trials, effort).run()
    assert best.support.prices is not None
    accepted = blocks.accepted(best.share)
    found = world.at(world.injection(accepted))
    got = np.concatenate([np.zeros(0, np.int64), *(one.accepted for one in found)])[world.book.own]
    flow = np.stack([one.flow for one in found])
    result = meshes.result_of(orders, mesh, world.lines, got, flow, best.support.prices, bounds)
    price = best.support.prices[0]
    outcome = outcome_of(blocks, best.share, price, max(0, most - best.welfare), world.clearings)
    return replace(result, welfare=best.welfare, blocks=outcome)
