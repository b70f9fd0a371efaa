"""Buses that lines join which cost nothing and do not bind: one region, one price."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from clearing.compiled import compiled
from clearing.layout import Layout, Lines
from clearing.rules import Ints

Marks = NDArray[np.bool_]


class Regions(NamedTuple):
    """A tree of regions in place of a tree of buses.

    Attributes
    ----------
    place : ndarray of int64, shape (n_buses,)
        The region of each bus, by the number of the bus.
    up : ndarray of int64, shape (n_regions,)
        The region above each region, a smaller number; -1 at a root.
    lines : Lines
        Capacities and fees of each region's line.
    checked : ndarray of int64
        Positions of the lines within regions that have a capacity which might bind.
    """

    place: Ints
    up: Ints
    lines: Lines
    checked: Ints


def regions(layout: Layout, lines: Lines, free: Marks, checked: Ints) -> Regions:
    """Join what free lines join.

    Examples
    --------
    >>> from clearing import Grid
    >>> from clearing.layout import lay_out
    >>> layout, lines = lay_out(Grid.from_parents([-1, 0, 1, 1], fee_up=[0, 5, 0, 6]))
    >>> joined = regions(layout, lines, np.array([False, False, True, False]), np.array([2]))
    >>> joined.place, joined.up, joined.lines.fee_up
    (array([0, 1, 1, 2]), array([-1,  0,  1]), array([[0, 5, 6]]))
    """
    region, up, top = _number(layout.up, free)
    columns = (column if len(up) == len(region) else column[:, top] for column in lines)
    return Regions(region[layout.position], up, Lines(*columns), checked)


@compiled
def _number(up: Ints, free: Marks) -> tuple[Ints, Ints, Ints]:
    """The region of each position; the region above, and the topmost position, of each region."""
    n, count = len(up), 0
    region, above, top = np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n, np.int64)
    for at in range(n):
        if free[at]:
            region[at] = region[up[at]]
            continue
        region[at], top[count] = count, at
        above[count] = region[up[at]] if up[at] >= 0 else -1
        count += 1
    return region, above[:count].copy(), top[:count].copy()


def relaxed(layout: Layout, lines: Lines, most: int) -> tuple[Regions, Regions]:
    """Regions as if no line without a fee could bind, and regions of the lines that certainly cannot.

    Parameters
    ----------
    layout, lines : Layout, Lines
        The grid.
    most : int
        The most that all orders of a period may add up to. [Wh]
    """
    without_fee = (lines.fee_up == 0).all(axis=0) & (lines.fee_down == 0).all(axis=0) & (layout.up >= 0)
    wide = (2 * lines.capacity_up > most).all(axis=0) & (2 * lines.capacity_down > most).all(axis=0)
    some = regions(layout, lines, without_fee & wide, np.zeros(0, np.int64))
    if (wide | ~without_fee).all():
        return some, some
    return regions(layout, lines, without_fee, np.flatnonzero(without_fee & ~wide)), some
