"""Areas joined in loops: a linear program says what goes round, the tree clears the rest exactly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from clearing import tree, welfare
from clearing.book import Grid, Orders, Result
from clearing.fixed import Book, beyond, rows_of
from clearing.highs import Unsolved
from clearing.loops import flows_in_loops
from clearing.room import Lines, choose, room_of
from clearing.rules import (
    MAX_PRICE,
    MAX_TOTAL,
    PRICE_BOUNDS,
    UNLIMITED,
    Ints,
    InvalidBook,
    line_column,
    whole,
)

FIGURES = ("capacity_up", "capacity_down", "fee_up", "fee_down")


@dataclass(frozen=True, slots=True, eq=False)
class Mesh:
    """Buses joined by lines that may close loops: a forest of lines, and the lines beside it.

    Which lines belong to the forest decides which bus chooses its price from which other, and nothing else.

    Attributes
    ----------
    forest : Grid
        The buses and the lines of the forest.
    tail, head : ndarray of int64, shape (n_loops,)
        The buses of the other lines; up is from tail to head.
    capacity_up, capacity_down, fee_up, fee_down : ndarray of int64, shape (1 or n_periods, n_loops)
        As of a `Grid`. [Wh, Wh, Rp/MWh, Rp/MWh]
    line : ndarray of int64, shape (n_lines,)
        Of each line given: the bus below it if it belongs to the forest, else `-1 - ` its place among the
        others.
    """

    forest: Grid
    tail: Ints
    head: Ints
    capacity_up: Ints
    capacity_down: Ints
    fee_up: Ints
    fee_down: Ints
    line: Ints

    @classmethod
    def from_lines(
        cls,
        n_buses: int,
        from_bus: ArrayLike,
        to_bus: ArrayLike,
        *,
        capacity_forward: ArrayLike = UNLIMITED,
        capacity_backward: ArrayLike = UNLIMITED,
        fee_forward: ArrayLike = 0,
        fee_backward: ArrayLike = 0,
        roots: Sequence[int] = (),
    ) -> Mesh:
        """Build a mesh; a number stands for all lines, a vector for all periods.

        Buses are reached from the roots, then from the first bus of each other part, nearest first, by the
        first line that reaches them.

        Raises
        ------
        InvalidBook
            (a `ValueError`) if a line ends at an unknown bus or where it began, two lines join the same
            buses, or a figure is negative, too large or of another shape.

        Examples
        --------
        >>> mesh = Mesh.from_lines(3, [0, 1, 2], [1, 2, 0], capacity_forward=500)
        >>> mesh.forest.parent, mesh.tail, mesh.head, mesh.line
        (array([-1,  0,  0]), array([1]), array([2]), array([ 1, -1,  2]))
        """
        ends = whole("from_bus", from_bus), whole("to_bus", to_bus)
        _check_ends(n_buses, *ends)
        n = len(ends[0])
        columns = {
            "capacity_up": line_column("capacity_forward", capacity_forward, n, MAX_TOTAL),
            "capacity_down": line_column("capacity_backward", capacity_backward, n, MAX_TOTAL),
            "fee_up": line_column("fee_forward", fee_forward, n, MAX_PRICE),
            "fee_down": line_column("fee_backward", fee_backward, n, MAX_PRICE),
        }
        parent, above = _hang(n_buses, list(zip(*(end.tolist() for end in ends), strict=True)), roots)
        below = np.flatnonzero(above >= 0)
        line = np.full(n, -1)
        line[above[below]] = below
        loops = np.flatnonzero(line < 0)
        line[loops] = -1 - np.arange(len(loops))
        forest = _forest(parent, above, ends[0], columns)
        figures = {name: np.ascontiguousarray(columns[name][:, loops]) for name in FIGURES}
        return cls(forest=forest, tail=ends[0][loops], head=ends[1][loops], **figures, line=line)

    @classmethod
    def of(cls, grid: Grid) -> Mesh:
        """A forest as a mesh without loops."""
        none, empty = np.zeros(0, np.int64), np.zeros((1, 0), np.int64)
        return cls(grid, none, none, empty, empty, empty, empty, np.flatnonzero(grid.parent >= 0))

    @property
    def lines(self) -> Lines:
        """All lines: those of the forest first."""
        forest = Lines.of(self.forest)
        figures = {}
        for name in FIGURES:
            one, other = getattr(forest, name), getattr(self, name)
            rows = max(len(one), len(other))
            figures[name] = np.hstack([np.broadcast_to(f, (rows, f.shape[1])) for f in (one, other)])
        tail, head = np.append(forest.tail, self.tail), np.append(forest.head, self.head)
        return forest._replace(tail=tail, head=head, **figures, loops=len(self.tail))

    def rows(self, periods: Sequence[int]) -> Mesh:
        """The mesh of some periods."""
        columns = {}
        for name in FIGURES:
            column: Ints = getattr(self, name)
            columns[name] = column if len(column) == 1 else column[list(periods)]
        return Mesh(rows_of(self.forest, periods), self.tail, self.head, **columns, line=self.line)

    def check_fit(self, n_periods: int) -> None:
        """The lines in loops must have one row, or one for each period."""
        for name in FIGURES:
            if len(getattr(self, name)) not in (1, n_periods):
                raise InvalidBook(f"{name} must have one row, or one for each of {n_periods} periods")


def _check_ends(n_buses: int, from_bus: Ints, to_bus: Ints) -> None:
    if from_bus.ndim != 1 or from_bus.shape != to_bus.shape or n_buses < 1:
        raise InvalidBook("a mesh needs at least one bus, and two ends for each line")
    for name, ends in (("from_bus", from_bus), ("to_bus", to_bus)):
        for row in np.flatnonzero((ends < 0) | (ends >= n_buses))[:1].tolist():
            raise InvalidBook(f"there is no bus {ends[row]}", row, name)
    for row in np.flatnonzero(from_bus == to_bus)[:1].tolist():
        raise InvalidBook("the line joins a bus to itself", row, "to_bus")
    pairs = np.minimum(from_bus, to_bus) * n_buses + np.maximum(from_bus, to_bus)
    _, first = np.unique(pairs, return_index=True)
    for row in np.setdiff1d(np.arange(len(pairs)), first)[:1].tolist():
        raise InvalidBook("two lines join the same buses", row, "to_bus")


def _hang(n_buses: int, ends: Sequence[tuple[int, int]], roots: Sequence[int]) -> tuple[Ints, Ints]:
    """Parent of each bus and the line to it, breadth first."""
    joined: list[list[tuple[int, int]]] = [[] for _ in range(n_buses)]
    for line, (one, other) in enumerate(ends):
        joined[one].append((other, line))
        joined[other].append((one, line))
    parent, above, seen = np.full(n_buses, -1), np.full(n_buses, -1), np.zeros(n_buses, bool)
    for root in (*roots, *range(n_buses)):
        reached = [] if seen[root] else [root]
        seen[root] = True
        for bus in reached:
            for other, line in joined[bus]:
                if not seen[other]:
                    seen[other], parent[other], above[other] = True, bus, line
                    reached.append(other)
    return parent, above


def _forest(parent: Ints, above: Ints, from_bus: Ints, columns: dict[str, Ints]) -> Grid:
    """The lines of the forest, each seen from the bus below it."""
    below = np.flatnonzero(above >= 0)
    line = above[below]
    upwards = from_bus[line] == below
    given = {}
    for kind, otherwise in (("capacity", UNLIMITED), ("fee", 0)):
        up, down = columns[f"{kind}_up"], columns[f"{kind}_down"]
        rows = max(len(up), len(down))
        up, down = (np.broadcast_to(way, (rows, way.shape[1]))[:, line] for way in (up, down))
        for way, figures in (("up", np.where(upwards, up, down)), ("down", np.where(upwards, down, up))):
            given[f"{kind}_{way}"] = np.full((rows, len(parent)), otherwise, np.int64)
            given[f"{kind}_{way}"][:, below] = figures
    return Grid.from_parents(parent, **given)


class Solved(NamedTuple):
    """Quantities and flows; the prices support them, but are chosen by no rule.

    Attributes
    ----------
    accepted : ndarray of int64, shape (n_offers,)
        Accepted quantities. [Wh]
    flow : ndarray of int64, shape (n_periods, n_lines)
        Over all lines, those of the forest first. [Wh]
    price : ndarray of int64, shape (n_periods, n_buses)
        Supporting prices. [Rp/MWh]
    """

    accepted: Ints
    flow: Ints
    price: Ints


def solve(orders: Orders, mesh: Mesh, lines: Lines, periods: int, bounds: tuple[int, int]) -> Solved:
    """Find quantities and flows of greatest welfare.

    Raises
    ------
    Unsolved
        If what the linear program lets go round is not optimal in whole numbers.
    """
    if not lines.loops:
        found = tree.clear(orders, mesh.forest, periods=periods, bounds=bounds)
        return Solved(found.accepted, found.flow[:, lines.tail], found.price)
    round_flow = flows_in_loops(orders, lines, periods)
    buses = np.unique(np.append(mesh.tail, mesh.head))
    book = Book.of(orders, buses, periods, beyond(mesh.forest, bounds))
    injection = np.zeros((periods, len(buses)), np.int64)
    for loop, flow in enumerate(round_flow.T):
        injection[:, np.searchsorted(buses, mesh.tail[loop])] -= flow
        injection[:, np.searchsorted(buses, mesh.head[loop])] += flow
    part = book.part(range(periods), injection)
    found = tree.clear(part, mesh.forest, periods=periods, bounds=book.bounds)
    if (found.accepted[book.sale] - found.accepted[book.purchase] != injection).any():
        raise Unsolved("the forest cannot carry what goes round the loops")
    accepted = found.accepted[book.own]
    flow = np.hstack([found.flow[:, lines.tail[: len(lines.tail) - lines.loops]], round_flow])
    room = room_of(orders, accepted, lines, flow)
    if room.empty.any():
        raise Unsolved("what goes round the loops is not optimal in whole numbers")
    return Solved(accepted, flow, choose(room, lines, bounds)[0])


def clear(
    orders: Orders, mesh: Mesh, *, periods: int | None = None, bounds: tuple[int, int] = PRICE_BOUNDS
) -> Result:
    """Clear a mesh by the rules of `clearing.clear`.

    `Result.flow` has the flows of the forest, `Result.loop_flow` those of the other lines.

    Raises
    ------
    InvalidBook
        (a `ValueError`) as `clearing.clear` does.
    Unsolved
        If the solver fails.
    """
    n_periods = periods_of(orders, mesh, periods)
    check_fit(orders, mesh, n_periods, bounds)
    lines = mesh.lines
    found = solve(orders, mesh, lines, n_periods, bounds)
    room = room_of(orders, found.accepted, lines, found.flow)
    price, low, high = choose(room, lines, bounds)
    return result_of(orders, mesh, lines, found.accepted, found.flow, (price, low, high), bounds)


def periods_of(orders: Orders, mesh: Mesh, periods: int | None) -> int:
    """How many periods a book and its mesh speak of, at least 1."""
    if periods is not None:
        return periods
    return max(tree.periods_of(orders, mesh.forest), *(len(getattr(mesh, name)) for name in FIGURES))


def check_fit(orders: Orders, mesh: Mesh, n_periods: int, bounds: tuple[int, int]) -> None:
    """The book must stand on the mesh, in its periods and within the bounds."""
    mesh.check_fit(n_periods)
    tree.check_fit(orders, mesh.forest, n_periods, bounds)


def result_of(
    orders: Orders,
    mesh: Mesh,
    lines: Lines,
    accepted: Ints,
    flow: Ints,
    prices: tuple[Ints, Ints, Ints],
    bounds: tuple[int, int],
) -> Result:
    """Put quantities, flows over all lines and prices into a result."""
    up = np.zeros((len(flow), len(lines.above)), np.int64)
    inside = len(lines.tail) - lines.loops
    up[:, lines.tail[:inside]] = flow[:, :inside]
    short, spilled = tree.unserved(orders, prices[0], accepted, bounds)
    total = welfare.limit_value(orders, accepted) - fees(lines, flow)
    loop_flow = flow[:, inside:] if lines.loops else None
    return Result(*prices, accepted, up, total, short, spilled, loop_flow=loop_flow)


def fees(lines: Lines, flow: Ints) -> int:
    """What the use of all lines costs. [µRp]"""
    fee = np.where(flow > 0, lines.fee_up, lines.fee_down)
    return welfare.exact_dot(np.abs(flow).ravel(), fee.ravel())
