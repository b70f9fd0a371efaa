"""What each period is worth beside the energy of the blocks, cleared once for each energy."""

from __future__ import annotations

import numpy as np

from clearing import mesh as meshes
from clearing import welfare
from clearing.blocks.book import Blocks
from clearing.book import Orders
from clearing.fixed import OFFERS, Book, Cleared, beyond
from clearing.mesh import Mesh
from clearing.room import Lines
from clearing.rules import Ints


class Periods:
    """All periods of a book, each a concave function of the injections at the blocks' buses."""

    def __init__(self, orders: Orders, mesh: Mesh, blocks: Blocks, n: int, bounds: tuple[int, int]) -> None:
        self.n, self.mesh, self.blocks = n, mesh, blocks
        self.buses = np.unique(blocks.bus)
        self.place = np.searchsorted(self.buses, blocks.bus)[blocks.row_block]
        self.book = Book.of(orders, self.buses, n, beyond(mesh.forest, bounds))
        self.lines: Lines = mesh.lines
        self.clearings = 0
        self._known: dict[tuple[int, bytes], Cleared] = {}

    def injection(self, accepted: Ints) -> Ints:
        """What the rows of the blocks add up to, shape (n_periods, n_buses of blocks). [Wh]"""
        total = np.zeros((self.n, len(self.buses)), np.int64)
        sign = self.blocks.sign[self.blocks.row_block]
        np.add.at(total, (self.blocks.period, self.place), sign * accepted)
        return total

    def at(self, injection: Ints) -> list[Cleared]:
        """Clear all periods beside these injections, those that are not known yet together."""
        keys = [(period, row.tobytes()) for period, row in enumerate(injection)]
        new = [period for period, key in enumerate(keys) if key not in self._known]
        if new:
            for period, found in zip(new, self._clear(new, injection[new]), strict=True):
                self._known[keys[period]] = found
        return [self._known[key] for key in keys]

    def _clear(self, periods: list[int], injection: Ints) -> list[Cleared]:
        self.clearings += len(periods)
        part, mesh = self.book.part(periods, injection), self.mesh.rows(periods)
        found = meshes.solve(part, mesh, mesh.lines, len(periods), self.book.bounds)
        starts = np.searchsorted(part.period, np.arange(len(periods) + 1))
        return [
            self._one(part, slice(starts[i], starts[i + 1]), mesh.rows([i]), found, i, injection[i])
            for i in range(len(periods))
        ]

    def _one(
        self, part: Orders, offers: slice, mesh: Mesh, found: meshes.Solved, i: int, injection: Ints
    ) -> Cleared:
        accepted, flow = found.accepted[offers], found.flow[i]
        first = part.first[offers.start : offers.stop + 1]
        points = slice(first[0], first[-1])
        alone = Orders(
            **{name: getattr(part, name)[offers] for name in OFFERS},
            first=first - first[0],
            price=part.price[points],
            quantity=part.quantity[points],
        )
        worth = welfare.limit_value(alone, accepted) - meshes.fees(mesh.lines, flow[None])
        # What the fixed offers are worth at their prices is not welfare.
        low, high = self.book.bounds
        sold, bought = int(np.maximum(injection, 0).sum()), int(np.maximum(-injection, 0).sum())
        fixed = alone.price[alone.first[:-1]]
        served = int(accepted[(fixed == low) | (fixed == high)].sum())
        return Cleared(
            worth=worth + low * sold - high * bought,
            price=found.price[i, self.buses],
            accepted=accepted,
            flow=flow,
            missing=sold + bought - served,
        )
