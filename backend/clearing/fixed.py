"""The curve orders cleared beside energy that is fixed already: that of blocks, or of lines in a loop.

A fixed injection enters the book as an offer priced beyond everything: whatever can be arranged for it is.
What a period is worth is a concave function of its injections, and its prices are a supergradient.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from clearing.book import Grid, Orders, Result
from clearing.rules import BUY, SELL, STEP, Ints

OFFERS = ("order", "bus", "period", "side", "curve")
Convex = Callable[[Orders, int, tuple[int, int]], Result]


@dataclass(frozen=True, slots=True, eq=False)
class Book:
    """A book with room for injections at some buses.

    Attributes
    ----------
    orders : Orders
        The offers, and at each bus of `buses` in each period a fixed sale and a fixed purchase of nothing.
    own : ndarray of int64, shape (n_offers,)
        Where each offer of the original book stands.
    sale, purchase : ndarray of int64, shape (n_periods, n_buses)
        Where the fixed offers stand.
    buses : ndarray of int64, shape (n_buses,)
        Where there may be injections.
    bounds : tuple of int
        Prices of the fixed offers. [Rp/MWh]
    """

    orders: Orders
    own: Ints
    sale: Ints
    purchase: Ints
    buses: Ints
    bounds: tuple[int, int]

    @classmethod
    def of(cls, orders: Orders, buses: Ints, periods: int, bounds: tuple[int, int]) -> Book:
        """Make room for injections at some buses in all periods."""
        n_offers, m = len(orders.order), len(buses)
        offer, points = orders.point_offer, len(orders.price)
        period = np.repeat(np.arange(periods), 2 * m)
        bus = np.tile(np.repeat(buses, 2), periods)
        side = np.tile(np.array([SELL, BUY]), periods * m)
        names = np.unique(orders.order)
        # Only the sequence of ids matters: the fixed offers come last.
        fixed_order = len(names) + np.tile(np.arange(2 * m), periods)
        order = np.concatenate([np.searchsorted(names, orders.order)[offer], fixed_order])
        price = np.where(side == BUY, bounds[1], bounds[0])
        joined = Orders.from_rows(
            order,
            np.concatenate([orders.bus[offer], bus]),
            np.concatenate([orders.period[offer], period]),
            np.concatenate([orders.side[offer], side]),
            np.concatenate([orders.price, price]),
            np.concatenate([orders.quantity, np.zeros(len(price), np.int64)]),
            np.concatenate([orders.curve[offer], np.full(len(price), STEP)]),
        ) if points or len(price) else orders  # fmt: skip
        fixed = joined.order >= len(names)
        own, place = np.flatnonzero(~fixed), np.flatnonzero(fixed).reshape(periods, m, 2)
        assert len(own) == n_offers
        return cls(joined, own, place[:, :, 0], place[:, :, 1], buses, bounds)

    def part(self, periods: Sequence[int], injection: Ints) -> Orders:
        """The book of some periods, numbered anew, with injections of shape (len(periods), n_buses). [Wh]"""
        orders = self.orders
        starts = np.searchsorted(orders.period, periods)
        stops = np.searchsorted(orders.period, periods, side="right")
        offers = _runs(starts, stops)
        points = _runs(orders.first[starts], orders.first[stops])
        first = np.append(0, np.cumsum(np.diff(orders.first)[offers])).astype(np.int64)
        quantity = orders.quantity.copy()
        quantity[orders.first[self.sale[periods]]] = np.maximum(injection, 0)
        quantity[orders.first[self.purchase[periods]]] = np.maximum(-injection, 0)
        columns = {name: getattr(orders, name)[offers] for name in OFFERS}
        columns["period"] = np.repeat(np.arange(len(periods), dtype=np.int64), stops - starts)
        return Orders(**columns, first=first, price=orders.price[points], quantity=quantity[points])


def _runs(starts: Ints, stops: Ints) -> Ints:
    """All indices from each start to its stop."""
    counts = stops - starts
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    runs: Ints = np.arange(total, dtype=np.int64) + np.repeat(starts - ends + counts, counts)
    return runs


def beyond(grid: Grid, bounds: tuple[int, int]) -> tuple[int, int]:
    """Prices so far out that no detour over the lines costs more than leaving a fixed offer unserved."""
    reach = int(np.maximum(grid.fee_up, grid.fee_down).sum(axis=1).max(initial=0)) + 1
    reach = min(reach, 2**29 - max(abs(bounds[0]), abs(bounds[1])))
    return bounds[0] - 2 * reach, bounds[1] + 2 * reach


def rows_of(grid: Grid, periods: Sequence[int]) -> Grid:
    """The grid of some periods."""
    columns = {}
    for name in ("capacity_up", "capacity_down", "fee_up", "fee_down"):
        column: Ints = getattr(grid, name)
        columns[name] = column if len(column) == 1 else column[list(periods)]
    return Grid(parent=grid.parent, **columns)


class Cleared(NamedTuple):
    """One period beside its injections.

    Attributes
    ----------
    worth : int
        Its welfare as a concave function of the injections. [µRp]
    price : ndarray of int64, shape (n_buses,)
        A supergradient, at the buses of the book. [Rp/MWh]
    accepted : ndarray of int64
        Of all offers of the period, the fixed ones included. [Wh]
    flow : ndarray of int64
        Over all lines. [Wh]
    missing : int
        What of the injections could not be arranged. [Wh]
    """

    worth: int
    price: Ints
    accepted: Ints
    flow: Ints
    missing: int
