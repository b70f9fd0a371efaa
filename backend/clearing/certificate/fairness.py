"""Exact fair shares of one group whose lines may be in the way, in fractions."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple


class Group(NamedTuple):
    """Buses that share a margin, parents before children; amounts are what the margin adds.

    Attributes
    ----------
    buses : list of int
        The members; the first is the top.
    parent : dict
        Parent of each member but the top.
    offered : dict
        What each member's offers have at the margin. [Wh]
    least, most : dict
        Bounds of what the margin below each member but the top may add up to. [Wh]
    """

    buses: list[int]
    parent: dict[int, int]
    offered: dict[int, int]
    least: dict[int, int]
    most: dict[int, int]


class Sums(NamedTuple):
    """What each subtree adds at one ratio, and how fast the top's sum grows with the ratio."""

    below: dict[int, Fraction]
    full: set[int]
    slope: int


def split(group: Group, needed: int) -> tuple[dict[int, int], dict[int, int]]:
    """Divide a group where lines are at a limit, so that each division has one ratio.

    Returns
    -------
    top : dict
        The top of the division of each member.
    needed : dict
        What each division, named by its top, needs. [Wh]
    """
    top_of: dict[int, int] = {}
    needs = {group.buses[0]: needed}
    while needs.keys() - top_of.keys():
        top = next(bus for bus in group.buses if bus in needs and bus not in top_of)
        members = _under(group, top)
        sums = _solve(group, members, needs[top])
        for bus in members:
            if bus == top:
                top_of[bus] = top
            elif group.parent[bus] in top_of and top_of[group.parent[bus]] == top:
                if bus in sums.full:
                    needs[bus] = int(sums.below[bus])
                    needs[top] -= needs[bus]
                else:
                    top_of[bus] = top
    return top_of, needs


def _under(group: Group, top: int) -> list[int]:
    inside = {top}
    for bus in group.buses:
        if bus != top and group.parent.get(bus) in inside:
            inside.add(bus)
    return [bus for bus in group.buses if bus in inside]


def _sums(group: Group, members: list[int], ratio: Fraction) -> Sums:
    """Add up from below, letting no line pass more or less than it may."""
    below = {bus: ratio * group.offered[bus] for bus in members}
    slope = {bus: group.offered[bus] for bus in members}
    full = set()
    for bus in members[:0:-1]:
        if not group.least[bus] < below[bus] < group.most[bus]:
            below[bus] = Fraction(group.most[bus] if below[bus] >= group.most[bus] else group.least[bus])
            slope[bus] = 0
            full.add(bus)
        below[group.parent[bus]] += below[bus]
        slope[group.parent[bus]] += slope[bus]
    return Sums(below, full, slope[members[0]])


def _solve(group: Group, members: list[int], needed: int) -> Sums:
    """Find the ratio at which the sums meet the need: a root of a rising broken line.

    Halves the interval and tries the root of the straight piece at hand, until that one fits.
    """
    low, high, top = Fraction(0), Fraction(1), members[0]
    while True:
        ratio = (low + high) / 2
        sums = _sums(group, members, ratio)
        if sums.slope:
            guess = ratio + (needed - sums.below[top]) / sums.slope
            found = _sums(group, members, guess)
            if found.below[top] == needed:
                return found
        if sums.below[top] == needed:
            return sums
        low, high = (ratio, high) if sums.below[top] < needed else (low, ratio)
