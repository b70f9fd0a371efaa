"""The buses in depth-first order, so that every subtree is one run of positions."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from clearing.book import Grid
from clearing.compiled import compiled
from clearing.rules import Ints


class Layout(NamedTuple):
    """Where each bus lies in depth-first order.

    Attributes
    ----------
    bus : ndarray of int64, shape (n_buses,)
        The bus at each position; children follow in the order of their numbers.
    position : ndarray of int64, shape (n_buses,)
        The position of each bus.
    up : ndarray of int64, shape (n_buses,)
        The position of the parent of the bus at each position, -1 at a root. Always smaller than its own.
    end : ndarray of int64, shape (n_buses,)
        The subtree of position `p` is `p:end[p]`.
    """

    bus: Ints
    position: Ints
    up: Ints
    end: Ints


class Lines(NamedTuple):
    """Capacities and fees of a grid by position, shape (1 or n_periods, n_buses). [Wh, Wh, Rp/MWh, Rp/MWh]"""

    capacity_up: Ints
    capacity_down: Ints
    fee_up: Ints
    fee_down: Ints


def lay_out(grid: Grid) -> tuple[Layout, Lines]:
    """Bring buses and lines of a grid into depth-first order.

    Examples
    --------
    >>> from clearing import Grid
    >>> layout, lines = lay_out(Grid.from_parents([1, -1, 0, 1], fee_up=[5, 0, 6, 7]))
    >>> layout.bus, layout.up, layout.end
    (array([1, 0, 2, 3]), array([-1,  0,  1,  0]), array([4, 3, 3, 4]))
    >>> lines.fee_up
    array([[0, 5, 6, 7]])
    """
    layout = Layout(*_depth_first(grid.parent))
    columns = (grid.capacity_up, grid.capacity_down, grid.fee_up, grid.fee_down)
    shape = (max(len(column) for column in columns), len(grid.parent))
    whole = (np.broadcast_to(column, shape)[:, layout.bus] for column in columns)
    return layout, Lines(*(np.ascontiguousarray(column) for column in whole))


@compiled
def _depth_first(parent: Ints) -> tuple[Ints, Ints, Ints, Ints]:
    """Bus, position, up and end of a `Layout`, without recursion."""
    n = len(parent)
    youngest, older = np.full(n + 1, -1), np.full(n, -1)
    # Prepending in ascending order leaves the highest number first: the stack then pops the lowest first.
    for bus in range(n):
        older[bus], youngest[parent[bus]] = youngest[parent[bus]], bus
    bus_at, position, stack = np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n, np.int64)
    up, end = np.empty(n, np.int64), np.arange(1, n + 1)
    height, next_position = 0, 0
    child = youngest[n]
    while child >= 0:
        stack[height] = child
        height, child = height + 1, older[child]
    while height:
        height -= 1
        bus = stack[height]
        bus_at[next_position], position[bus] = bus, next_position
        up[next_position] = position[parent[bus]] if parent[bus] >= 0 else -1
        next_position += 1
        child = youngest[bus]
        while child >= 0:
            stack[height] = child
            height, child = height + 1, older[child]
    for at in range(n - 1, -1, -1):
        if up[at] >= 0:
            end[up[at]] = max(end[up[at]], end[at])
    return bus_at, position, up, end
