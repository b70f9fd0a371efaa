"""Whole Wh for the shares at the margin, by largest remainder."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from clearing.arrangement import Arrangement
from clearing.compiled import compiled, inlined
from clearing.layout import Lines
from clearing.margin import Shares, limits
from clearing.rules import Ints


@compiled
def largest_remainder(order: Ints, group: Ints, remainder: Ints, spare: Ints) -> Ints:
    """Who gets one Wh more: the largest remainders of each group, then the smallest order ids.

    Parameters
    ----------
    order, group, remainder : ndarray of int64, shape (n_offers,)
        Order id, group number, what rounding down took away; equal units within a group.
    spare : ndarray of int64, shape (n_groups,)
        What is left over in each group; is used up. [Wh]

    Returns
    -------
    ndarray of int64, shape (n_offers,)
        1 for those who get one more, else 0. [Wh]

    Examples
    --------
    >>> order, group = np.array([1, 2, 3, 4]), np.array([0, 0, 0, 1])
    >>> largest_remainder(order, group, np.array([5, 7, 7, 0]), np.array([1, 0]))
    array([0, 1, 0, 0])
    """
    extra = np.zeros(len(order), np.int64)
    for k in ranking_of(order, remainder):
        if remainder[k] > 0 and spare[group[k]] > 0:
            extra[k] = 1
            spare[group[k]] -= 1
    return extra


@compiled
def ranking_of(order: Ints, remainder: Ints) -> Ints:
    """Places from the largest remainder to the smallest, equal ones by order id."""
    by_order = np.argsort(order, kind="mergesort")
    behind = np.empty(len(order), np.int64)
    for k in range(len(order)):
        behind[k] = -remainder[by_order[k]]
    by_remainder = np.argsort(behind, kind="mergesort")
    for k in range(len(order)):
        behind[k] = by_order[by_remainder[k]]
    return behind


@inlined
def round_shares(order: Ints, part: Arrangement, shares: Shares, accepted: Ints) -> int:
    """Accept the shares of a period, by largest remainder; how many were not whole."""
    sequence, offer, certain, share, remainder = (
        part.sequence, shares.offer, shares.certain, shares.share, shares.remainder,
    )  # fmt: skip
    lost = 0
    for m in range(len(offer)):
        accepted[sequence[offer[m]]] = certain[m] + share[m]
        lost += remainder[m] != 0
    if lost:
        _give_rest(order, part, shares, accepted, lost)
    return lost


@compiled
def _give_rest(order: Ints, part: Arrangement, shares: Shares, accepted: Ints, lost: int) -> None:
    """Give the Wh that rounding `lost` shares down has left over."""
    spare, columns, count = np.empty(len(shares.needed), np.int64), np.empty((4, lost), np.int64), 0
    for bus in range(len(spare)):
        spare[bus] = shares.needed[bus]
    for m in range(len(shares.offer)):
        group = shares.top[shares.place[m]]
        spare[group] -= shares.share[m]
        if shares.remainder[m]:
            mine = part.sequence[shares.offer[m]]
            columns[0, count], columns[1, count] = mine, order[mine]
            columns[2, count], columns[3, count] = group, shares.remainder[m]
            count += 1
    extra = largest_remainder(columns[1], columns[2], columns[3], spare)
    for k in range(lost):
        accepted[columns[0, k]] += extra[k]


@compiled
def carry(
    part: Arrangement, shares: Shares, accepted: Ints, up: Ints, lines: Lines, prices: Ints
) -> tuple[Ints, Ints, int]:
    """Flows over the lines, and where a flow does not go with the prices.

    Returns
    -------
    flow : ndarray of int64, shape (n_buses,)
        By position, positive towards the root; 0 at a root. [Wh]
    wrong : ndarray of int64, shape (n_buses,)
        1 where the flow is less or more than the line may carry at these prices.
    count : int
        How many are wrong.
    """
    flow, wrong, count = np.empty(len(up), np.int64), np.zeros(len(up), np.int64), 0
    for bus in range(len(up)):
        flow[bus] = shares.net[bus]
    for m in range(len(shares.offer)):
        offer = shares.offer[m]
        more = accepted[part.sequence[offer]] - shares.certain[m]
        flow[shares.place[m]] += -more if part.pieces.side[part.first[offer]] else more
    for bus in range(len(up) - 1, -1, -1):
        above = up[bus]
        if above < 0:
            assert flow[bus] == 0, "bought and sold differ"
            continue
        flow[above] += flow[bus]
        capacities = (lines.capacity_up[0, bus], lines.capacity_down[0, bus])
        fees = (lines.fee_up[0, bus], lines.fee_down[0, bus])
        least, most = limits(prices[above], prices[bus], capacities, fees)
        wrong[bus] = 0 if least <= flow[bus] <= most else 1
        count += wrong[bus]
    return flow, wrong, count


@dataclass(slots=True)
class Part:
    """A claim on whole Wh: an offer, or all that hangs on one line below."""

    amount: int
    smallest_order: int
    floor: int = 0
    remainder: int = 0


def walk_down(up: Ints, members: Ints, place: Ints, order: Ints, offered: Ints, needed: int) -> list[int]:
    """Round the shares of one group from its top down, so that no line carries more than its exact share.

    Used where the largest remainders of the whole group, taken at once, would overload a line. At every
    bus what is to be had is split by largest remainder between the offers there and the lines below; a
    line ranks with the smallest order id below it. Each part so gets its exact share rounded down or up,
    and a limit that the exact flow keeps, being whole, is kept by the rounded flow.

    Parameters
    ----------
    up : ndarray of int64, shape (n_buses,)
        Position of each parent.
    members : ndarray of int64
        Positions of the group, ascending; the first is its top.
    place, order, offered : ndarray of int64, shape (n_group_offers,)
        Position, order id and offered quantity [Wh] of the offers at the margin.
    needed : int
        What the group needs. [Wh]

    Returns
    -------
    list of int
        What each offer gets. [Wh]

    Examples
    --------
    >>> up, members = np.array([-1, 0, 0]), np.array([0, 1, 2])
    >>> walk_down(up, members, np.array([1, 1, 2]), np.array([1, 2, 3]), np.array([10, 10, 10]), 11)
    [4, 3, 4]
    """
    whole = int(offered.sum())
    claims = [Part(int(amount), int(name)) for amount, name in zip(offered, order, strict=True)]
    at: dict[int, list[Part]] = {int(bus): [] for bus in members}
    for bus, claim in zip(place, claims, strict=True):
        at[int(bus)].append(claim)
    lines: dict[int, Part] = {}
    for bus in map(int, members[:0:-1]):
        if at[bus]:
            amount, smallest = sum(p.amount for p in at[bus]), min(p.smallest_order for p in at[bus])
            lines[bus] = Part(amount, smallest)
            at[int(up[bus])].append(lines[bus])
    for bus in map(int, members):
        if bus == int(members[0]) or bus in lines:
            _split(at[bus], needed if bus == int(members[0]) else lines[bus].floor, needed, whole)
    return [claim.floor for claim in claims]


def _split(parts: list[Part], total: int, needed: int, whole: int) -> None:
    """Give each part its exact share, amount * needed / whole, rounded so that they add up to the total."""
    for part in parts:
        part.floor, part.remainder = divmod(part.amount * needed, whole)
    spare = total - sum(part.floor for part in parts)
    for part in sorted(parts, key=lambda part: (-part.remainder, part.smallest_order))[:spare]:
        part.floor += 1


def walk_shares(
    order: Ints, part: Arrangement, shares: Shares, accepted: Ints, up: Ints, wrong: Ints
) -> None:
    """Round from the top down where rounding has overloaded lines, group by group."""
    group = shares.top[shares.place]
    for top in np.unique(shares.top[wrong != 0]):
        mine = np.flatnonzero(group == top)
        members, needed = np.flatnonzero(shares.top == top), int(shares.needed[top])
        offers = part.sequence[shares.offer[mine]]
        walked = walk_down(up, members, shares.place[mine], order[offers], shares.offered[mine], needed)
        accepted[offers] = shares.certain[mine] + walked
