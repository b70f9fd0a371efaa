"""One book with its result, seen by bus and by offer."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from clearing.book import Grid, Orders, Result
from clearing.certificate.tally import Marks, Tally, tally
from clearing.compiled import compiled
from clearing.rules import BUY, LINEAR, Ints

MOST_REPORTED = 5


@dataclass(frozen=True, eq=False)
class Case:
    """What all proofs look at.

    Attributes
    ----------
    orders, grid, result, bounds
        As given to `check`.
    downwards : ndarray of int64, shape (n_buses,)
        All buses, parents before children.
    sign : ndarray of int64, shape (n_offers,)
        +1 for a seller, -1 for a buyer.
    price : ndarray of int64, shape (n_offers,)
        Clearing price where and when the offer stands. [Rp/MWh]
    certain, most : ndarray of int64, shape (n_offers,)
        What the offer must get and may get at that price. [Wh]
    """

    orders: Orders
    grid: Grid
    result: Result
    bounds: tuple[int, int]

    @classmethod
    def of(cls, orders: Orders, grid: Grid, result: Result, bounds: tuple[int, int]) -> Case:
        """Bring book and result together."""
        return cls(orders, grid, result, bounds)

    @cached_property
    def downwards(self) -> Ints:
        return downwards(self.grid.parent)

    @cached_property
    def sign(self) -> Ints:
        return np.where(self.orders.side == BUY, -1, 1)

    @cached_property
    def price(self) -> Ints:
        price: Ints = self.result.price[self.orders.period, self.orders.bus]
        return price

    @cached_property
    def certain(self) -> Ints:
        return given(self.orders, self.price - self.sign)

    @cached_property
    def most(self) -> Ints:
        return given(self.orders, self.price)

    @cached_property
    def tally(self) -> Tally:
        """What one look at all offers finds."""
        return tally(self.orders, self.result)

    @cached_property
    def rise(self) -> Ints:
        """By how much the parent's price exceeds each bus's price, shape (n_periods, n_buses). [Rp/MWh]"""
        price, parent = self.result.price, self.grid.parent
        return np.where(parent >= 0, price[:, parent] - price, 0)

    def vertices(self, offer: int) -> list[tuple[int, int]]:
        """The points of a linear curve as a rising one: a buyer's prices are mirrored. [Rp/MWh, Wh]"""
        points = slice(self.orders.first[offer], self.orders.first[offer + 1])
        mirrored = (self.sign[offer] * self.orders.price[points]).tolist()
        return sorted(zip(mirrored, self.orders.quantity[points].tolist(), strict=True))

    def place(self, offer: int) -> str:
        """Name an offer for a sentence."""
        orders = self.orders
        side = "buy" if orders.side[offer] == BUY else "sell"
        where = f"period {orders.period[offer]}, bus {orders.bus[offer]}"
        return f"{where}, {side} order {orders.order[offer]}"


@compiled
def downwards(parent: Ints) -> Ints:
    """All buses, parents before children, generation by generation."""
    n = len(parent)
    child, sibling, order = np.full(n + 1, -1), np.full(n, -1), np.empty(n, np.int64)
    for bus in range(n - 1, -1, -1):
        # The roots hang below place n, which is also place -1.
        sibling[bus], child[parent[bus]] = child[parent[bus]], bus
    count, done = 0, -1
    while done < count:
        bus = child[n if done < 0 else order[done]]
        while bus >= 0:
            order[count] = bus
            count, bus = count + 1, sibling[bus]
        done += 1
    return order


def given(orders: Orders, at: Ints) -> Ints:
    """What each offer gives or takes if the price were `at`, shape (n_offers,). [Wh]

    A buyer is a seller in a mirror: both sides' prices are multiplied by +1 or -1.
    """
    offer, n = orders.point_offer, len(orders.order)
    sign = np.where(orders.side == BUY, -1, 1)
    passed = sign[offer] * orders.price <= (sign * at)[offer]
    steps = np.zeros(n, np.int64)
    np.add.at(steps, offer[passed], orders.quantity[passed])
    linear = np.flatnonzero(orders.curve == LINEAR)
    if len(linear):
        count = np.bincount(offer[passed], minlength=n)[linear]
        steps[linear] = _interpolated(orders, linear, count, at[linear], sign[linear])
    return steps


def _interpolated(orders: Orders, offers: Ints, count: Ints, at: Ints, sign: Ints) -> Ints:
    """A linear curve between its last vertex passed and the next, rounded down."""
    first, last = orders.first[offers], orders.first[offers + 1] - 1
    start = np.where(sign > 0, first, last)
    here = start + sign * np.maximum(count - 1, 0)
    there = start + sign * np.minimum(count, last - first)
    width = np.maximum(np.abs(orders.price[there] - orders.price[here]), 1)
    gone = np.where(count > last - first, 0, np.abs(at - orders.price[here]))
    between = orders.quantity[here] + (orders.quantity[there] - orders.quantity[here]) * gone // width
    return np.where(count > 0, between, 0)


def places(marks: Marks, text: str, *figures: Ints) -> list[str]:
    """A sentence for the first marked periods and buses; `text` takes the figures found there."""
    found = np.argwhere(marks)[:MOST_REPORTED]
    return [
        f"period {period}, bus {bus}: " + text.format(*(figure[period, bus] for figure in figures))
        for period, bus in found
    ]
