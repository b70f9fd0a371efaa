"""Is the volume the greatest, and is the margin shared fairly?

Both proofs follow *tight* lines: those whose price difference is exactly the fee, so that moving energy
over them costs no welfare.
"""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

import numpy as np

from clearing.certificate.case import MOST_REPORTED, Case, places
from clearing.certificate.fairness import Group, split
from clearing.certificate.tally import Marks
from clearing.compiled import compiled
from clearing.rules import BUY, SELL, Ints


def _room(case: Case) -> tuple[Marks, Marks]:
    """Where another Wh could go up, and down, at no cost in welfare."""
    flow, grid, rise = case.result.flow, case.grid, case.rise
    tight_up, tight_down = rise == grid.fee_up, -rise == grid.fee_down
    up = ((flow >= 0) & (flow < grid.capacity_up) & tight_up) | ((flow < 0) & tight_down)
    down = ((flow <= 0) & (flow > -grid.capacity_down) & tight_down) | ((flow > 0) & tight_up)
    line = grid.parent >= 0
    return line & up, line & down


@compiled
def _spread(parent: Ints, downwards: Ints, reached: Marks, up: Marks, down: Marks) -> None:
    """Mark what can be reached from the marked buses: first upwards, then downwards."""
    for bus in downwards[::-1]:
        if parent[bus] >= 0:
            for period in range(len(reached)):
                reached[period, parent[bus]] |= reached[period, bus] & up[period, bus]
    for bus in downwards:
        if parent[bus] >= 0:
            for period in range(len(reached)):
                reached[period, bus] |= reached[period, parent[bus]] & down[period, bus]


def supplied(case: Case) -> Marks:
    """Where another Wh of supply at the margin could arrive, shape (n_periods, n_buses)."""
    reached: Marks = case.tally.left[SELL].copy()
    _spread(case.grid.parent, case.downwards, reached, *_room(case))
    return reached


def greatest_volume(case: Case) -> list[str]:
    """No buyer at the margin could be served by a seller at the margin: then the volume is the greatest.

    A path that raises the volume at no cost in welfare exists if, and only if, the volume is not the
    greatest (Ford, Fulkerson, Flows in Networks, section I.5).
    """
    return places(
        supplied(case) & case.tally.left[BUY], "a buyer here and a seller within reach could still trade"
    )


class Margin(NamedTuple):
    """The margin, with one side of it at each bus; only the offers that share it."""

    offers: Ints  # indices into the book
    offered: Ints  # per offer [Wh]
    got: Ints  # per offer [Wh]
    least: Ints  # bounds of the flow of each line if only the margin may change, (n_periods, n_buses) [Wh]
    most: Ints
    top: Ints  # topmost bus of each bus's group, (n_periods, n_buses)


def _margin(case: Case) -> Margin:
    """Who is at the margin.

    Where another Wh of supply could arrive all buyers are served, so sellers share there; elsewhere all
    sellers have sold, so buyers share. A line between the two has no room from the former to the latter
    and nothing to take back, so its flow is settled.
    """
    orders, flow, grid = case.orders, case.result.flow, case.grid
    sellers, at = supplied(case), case.tally.margin
    sharing = sellers[orders.period[at], orders.bus[at]] == (orders.side[at] == SELL)
    offers, certain, able = at[sharing], case.tally.certain[sharing], case.tally.most[sharing]
    parent, rise = grid.parent, case.rise
    same = (sellers == sellers[:, parent]) & (parent >= 0)
    most = np.where(same & (rise == grid.fee_up), grid.capacity_up, 0)
    least = np.where(same & (-rise == grid.fee_down), -grid.capacity_down, 0)
    free = most > least
    most, least = np.where(free, most, flow), np.where(free, least, flow)
    top = _tops(parent, case.downwards, free)
    return Margin(offers, able - certain, case.result.accepted[offers] - certain, least, most, top)


@compiled
def _tops(parent: Ints, downwards: Ints, free: Marks) -> Ints:
    """The topmost bus that each bus hangs on by free lines, shape (n_periods, n_buses)."""
    top = np.empty(free.shape, np.int64)
    for bus in downwards:
        for period in range(len(top)):
            top[period, bus] = top[period, parent[bus]] if free[period, bus] else bus
    return top


def largest_remainders(offered: Ints, group: Ints, order: Ints, needed: Ints, whole: Ints) -> Ints:
    """Each offer's share in whole Wh; `needed` and `whole` are its group's."""
    exact = offered.astype(object) * needed if _large(offered, needed) else offered * needed
    floor = np.array(exact // np.maximum(whole, 1), np.int64)
    lost = np.array(exact - floor * np.maximum(whole, 1).astype(exact.dtype), np.int64)
    ranking = np.lexsort((order, -lost, group))
    first = np.searchsorted(group[ranking], group[ranking])
    rank = np.arange(len(ranking)) - first
    floors = np.zeros(int(group.max(initial=-1)) + 1, np.int64)
    np.add.at(floors, group, floor)
    share = floor
    share[ranking] += rank < (needed - floors[group])[ranking]
    return share


def _large(one: Ints, two: Ints) -> bool:
    return int(one.max(initial=0)) * int(two.max(initial=0)) >= 2**62


def fair(case: Case) -> list[str]:
    """Everybody at the margin of a group gets the same ratio, to the Wh by largest remainder.

    If one ratio for all that free lines join gives what everybody got, it is fair: no choice has a lesser
    sum of squares. Only where it does not, a line may be in the way, and the group is looked at alone.
    """
    margin, orders = _margin(case), case.orders
    at, n_buses = margin.offers, len(case.grid.parent)
    keys = orders.period[at] * n_buses + margin.top[orders.period[at], orders.bus[at]]
    names, group = np.unique(keys, return_inverse=True)
    sums = np.zeros((2, len(names)), np.int64)
    np.add.at(sums[0], group, margin.got)
    np.add.at(sums[1], group, margin.offered)
    share = largest_remainders(margin.offered, group, orders.order[at], sums[0][group], sums[1][group])
    unexplained = np.unique(group[share != margin.got])
    by_group = np.argsort(group, kind="stable")
    first = np.searchsorted(group[by_group], np.append(unexplained, len(names)))
    after = np.searchsorted(group[by_group], unexplained, side="right")
    found: list[str] = []
    buses = _members(case, margin, names[unexplained])
    for name, start, stop in zip(unexplained, first[:-1], after, strict=True):
        members = by_group[start:stop]
        found += _alone(case, margin, members, int(names[name]) // n_buses, buses[int(names[name])])
    return found[:MOST_REPORTED]


def _members(case: Case, margin: Margin, names: Ints) -> dict[int, list[int]]:
    """The buses of each of these groups, parents before children; a name is period * n_buses + top."""
    n_buses = len(case.grid.parent)
    members: dict[int, list[int]] = {int(name): [] for name in names}
    for period in np.unique(names // n_buses):
        top = margin.top[period][case.downwards]
        for bus, name in zip(case.downwards.tolist(), (period * n_buses + top).tolist(), strict=True):
            if name in members:
                members[name].append(bus)
    return members


def _alone(case: Case, margin: Margin, members: Ints, period: int, buses: list[int]) -> list[str]:
    """Check one group that one ratio does not explain: divide it at its full lines, and round each part."""
    offers, offered, got = margin.offers[members], margin.offered[members], margin.got[members]
    group, place = _group(case, margin, members, period, buses), case.orders.bus[offers]
    order = case.orders.order[offers]
    top_of, needs = split(group, int(got.sum()))
    part = np.array([top_of[int(bus)] for bus in place])
    needed = np.array([needs[int(bus)] for bus in part])
    parts, numbered = np.unique(part, return_inverse=True)
    sums = np.zeros(len(parts), np.int64)
    np.add.at(sums, numbered, offered)
    whole = sums[numbered]
    share = largest_remainders(offered, numbered, order, needed, whole)
    if _fits(group, place, share):
        wrong = share != got
    else:
        # Rounding had to walk down the tree: then the exact share is rounded either way.
        exact = [Fraction(int(q) * int(n), int(w)) for q, n, w in zip(offered, needed, whole, strict=True)]
        wrong = np.array([not e - 1 < int(g) < e + 1 for e, g in zip(exact, got, strict=True)])
    return [
        f"{case.place(int(offers[i]))}: got {got[i]} Wh at the margin, its fair share is {share[i]} Wh"
        for i in np.flatnonzero(wrong)
    ]


def _group(case: Case, margin: Margin, members: Ints, period: int, buses: list[int]) -> Group:
    """Bring one group into the form that `split` takes."""
    parent = {bus: int(case.grid.parent[bus]) for bus in buses[1:]}
    got, offered = dict.fromkeys(buses, 0), dict.fromkeys(buses, 0)
    for member in members:
        bus = int(case.orders.bus[margin.offers[member]])
        got[bus] += int(margin.got[member])
        offered[bus] += int(margin.offered[member])
    for bus in buses[:0:-1]:
        got[parent[bus]] += got[bus]
    # More sold below means more flow up, more bought less.
    sign, flow = int(case.sign[margin.offers[members[0]]]), case.result.flow[period]
    room = {
        bus: (
            sign * int(margin.least[period, bus] - flow[bus]),
            sign * int(margin.most[period, bus] - flow[bus]),
        )
        for bus in parent
    }
    least = {bus: got[bus] + min(room[bus]) for bus in parent}
    most = {bus: got[bus] + max(room[bus]) for bus in parent}
    return Group(buses, parent, offered, least, most)


def _fits(group: Group, place: Ints, share: Ints) -> bool:
    """Can the lines of a group carry these shares?"""
    below = dict.fromkeys(group.buses, 0)
    for bus, quantity in zip(place, share, strict=True):
        below[int(bus)] += int(quantity)
    for bus in group.buses[:0:-1]:
        if not group.least[bus] <= below[bus] <= group.most[bus]:
            return False
        below[group.parent[bus]] += below[bus]
    return True
