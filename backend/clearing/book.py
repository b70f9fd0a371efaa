"""What goes into a clearing and what comes out of it, as arrays."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from clearing.rules import (
    LINEAR,
    MAX_PRICE,
    MAX_TOTAL,
    UNLIMITED,
    Ints,
    check_offers,
    check_parents,
    check_rows,
    check_total,
    line_column,
    merge_equal_prices,
    whole,
)
from clearing.sorting import KEYS, is_plain, openings, sorting_of
from clearing.survey import Survey, survey

if TYPE_CHECKING:
    from clearing.blocks.outcome import Outcome


@dataclass(frozen=True, slots=True, eq=False)
class Orders:
    """A book of curve orders as a struct of arrays, in canonical order.

    An *offer* is what one order says in one delivery period; offers are sorted by period, bus and order.
    Offer `i` owns the points `first[i]:first[i + 1]`, sorted by price.

    Attributes
    ----------
    order, bus, period, side, curve : ndarray of int64, shape (n_offers,)
        Whose offer it is, where, when, `SELL` or `BUY`, `STEP` or `LINEAR`.
    first : ndarray of int64, shape (n_offers + 1,)
        Where the points of each offer begin.
    price : ndarray of int64, shape (n_points,)
        Limit prices. [Rp/MWh]
    quantity : ndarray of int64, shape (n_points,)
        `STEP`: what is offered at this very price, beside what the other points offer. `LINEAR`: the
        vertices of the curve, that is, all that is offered at this price. [Wh]
    survey : Survey
        Figures about the book that every clearing of it asks for.

    Examples
    --------
    >>> from clearing import BUY, SELL, Orders
    >>> orders = Orders.from_rows(
    ...     order=[7, 7, 3], bus=[0, 0, 1], period=[0, 0, 0],
    ...     side=[SELL, SELL, BUY], price=[60, 40, 90], quantity=[500, 1000, 1200],
    ... )
    >>> orders.order, orders.first, orders.price
    (array([7, 3]), array([0, 2, 3]), array([40, 60, 90]))
    """

    order: Ints
    bus: Ints
    period: Ints
    side: Ints
    curve: Ints
    first: Ints
    price: Ints
    quantity: Ints
    survey: Survey = field(init=False, repr=False)

    def __post_init__(self) -> None:
        columns = (self.bus, self.period, self.side, self.curve, self.first, self.price, self.quantity)
        object.__setattr__(self, "survey", survey(*columns))

    @classmethod
    def from_rows(
        cls,
        order: ArrayLike,
        bus: ArrayLike,
        period: ArrayLike,
        side: ArrayLike,
        price: ArrayLike,
        quantity: ArrayLike,
        curve: ArrayLike | None = None,
    ) -> Orders:
        """Sort rows, one per point, into a canonical book: the order of the rows never matters.

        Step points of one offer at the same price are added up.

        Parameters
        ----------
        order, bus, period, side, price, quantity : array_like of int, shape (n_points,)
            One row per point. [-, -, -, `SELL`/`BUY`, Rp/MWh, Wh]
        curve : array_like of int, shape (n_points,), optional
            `STEP` (default) or `LINEAR`.

        Raises
        ------
        InvalidBook
            (a `ValueError`) if a column is not whole numbers, differs in length or leaves its range, an
            order changes bus, side or curve within a period, or a linear curve runs backwards.
        """
        if curve is None:
            curve = np.zeros(np.shape(price), np.int64)
        names = ("order", "bus", "period", "side", "curve", "price", "quantity")
        given = (order, bus, period, side, curve, price, quantity)
        rows = {name: whole(name, values) for name, values in zip(names, given, strict=True)}
        check_rows(rows)
        sorting = sorting_of(rows)
        if sorting is not None:
            rows = {name: values[sorting] for name, values in rows.items()}
        opens, equal = openings(*(rows[name] for name in KEYS))
        if len(opens) and not is_plain(rows, opens):
            check_offers(rows, opens, np.arange(len(opens)) if sorting is None else sorting)
        if equal:
            rows, opens = merge_equal_prices(rows, opens)
        starts = np.flatnonzero(opens)
        first = np.append(starts, len(opens)).astype(np.int64)
        offers = {name: rows[name][starts] for name in ("order", "bus", "period", "side", "curve")}
        # A book is its own: nobody who keeps a column that was given can change it.
        points = (np.array(rows[name]) if sorting is None else rows[name] for name in ("price", "quantity"))
        book = cls(**offers, **dict(zip(("price", "quantity"), points, strict=True)), first=first)
        check_total(book.period, book.offered)
        return book

    @property
    def point_offer(self) -> Ints:
        """The offer that each point belongs to, shape (n_points,)."""
        offers: Ints = np.arange(len(self.order))
        return np.repeat(offers, np.diff(self.first))

    @property
    def offered(self) -> Ints:
        """The most that each offer may get, shape (n_offers,). [Wh]"""
        if not len(self.order):
            return np.zeros(0, np.int64)
        added = np.add.reduceat(self.quantity, self.first[:-1])
        most = np.maximum.reduceat(self.quantity, self.first[:-1])
        return np.where(self.curve == LINEAR, most, added)


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """A forest of buses, each with one line towards its root.

    The line of bus `b` joins it to `parent[b]`; *up* is towards the root. Capacities and fees hold one row
    for all periods, or one row per period.

    Attributes
    ----------
    parent : ndarray of int64, shape (n_buses,)
        The next bus towards the root, -1 at a root.
    capacity_up, capacity_down : ndarray of int64, shape (1 or n_periods, n_buses)
        The most that the line of a bus may carry; `UNLIMITED` if nothing limits it. [Wh]
    fee_up, fee_down : ndarray of int64, shape (1 or n_periods, n_buses)
        What the use of the line costs. [Rp/MWh]

    Examples
    --------
    >>> Grid.from_parents([-1, 0, 0], capacity_up=500, fee_down=[0, 10, 10]).fee_down
    array([[ 0, 10, 10]])
    """

    parent: Ints
    capacity_up: Ints
    capacity_down: Ints
    fee_up: Ints
    fee_down: Ints

    @classmethod
    def from_parents(
        cls,
        parent: ArrayLike,
        *,
        capacity_up: ArrayLike = UNLIMITED,
        capacity_down: ArrayLike = UNLIMITED,
        fee_up: ArrayLike = 0,
        fee_down: ArrayLike = 0,
    ) -> Grid:
        """Build a grid; a number stands for all buses, a vector for all periods.

        Raises
        ------
        InvalidBook
            (a `ValueError`) if a parent does not exist, the lines close a loop, or a capacity or fee is
            negative, too large or of another shape.
        """
        parents = np.array(whole("parent", parent))
        check_parents(parents)
        columns = {
            "capacity_up": line_column("capacity_up", capacity_up, len(parents), MAX_TOTAL),
            "capacity_down": line_column("capacity_down", capacity_down, len(parents), MAX_TOTAL),
            "fee_up": line_column("fee_up", fee_up, len(parents), MAX_PRICE),
            "fee_down": line_column("fee_down", fee_down, len(parents), MAX_PRICE),
        }
        return cls(parent=parents, **columns)


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """What was decided.

    Attributes
    ----------
    price : ndarray of int64, shape (n_periods, n_buses)
        Clearing price of each bus. [Rp/MWh]
    price_low, price_high : ndarray of int64, shape (n_periods, n_buses)
        The interval whose midpoint the price is; equal to the price where only one price clears. [Rp/MWh]
    accepted : ndarray of int64, shape (n_offers,)
        Accepted quantity of each offer, in the order of the book. [Wh]
    flow : ndarray of int64, shape (n_periods, n_buses)
        Flow over the line of each bus, positive towards the root, 0 at a root. [Wh]
    welfare : int
        What the buyers would have paid at most, less what the sellers asked at least, less the fees.
        [µRp]
    short, spilled : ndarray of int64, shape (n, 3)
        Rows of period, bus and quantity: demand at the upper price bound that nobody could serve, and
        supply at the lower price bound that nobody could take. [-, -, Wh]
    loop_flow : ndarray of int64, shape (n_periods, n_loops), optional
        Flow over the lines of a `Mesh` that are not of its forest, positive from tail to head. [Wh]
    blocks : Outcome, optional
        What became of the blocks, if there were any.
    """

    price: Ints
    price_low: Ints
    price_high: Ints
    accepted: Ints
    flow: Ints
    welfare: int
    short: Ints
    spilled: Ints
    loop_flow: Ints | None = None
    blocks: Outcome | None = None
