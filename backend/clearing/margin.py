"""Fair shares at the margin: the same ratio for all, as far as the lines allow.

At given supporting prices everything in the money is accepted and everything out of the money refused. What
remains is to choose the quantities exactly at the margin. Of all choices that the lines can carry, the one
taken makes the sum of accepted²/offered least, which means: one ratio for everybody, unless a full (or idle)
line lies between; see docs/clearing.md, "Margin".
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from clearing.compiled import compiled
from clearing.curves import Pieces, rise
from clearing.layout import Lines
from clearing.rules import Ints

SETTLED = 2


class Offers(NamedTuple):
    """The offers of one period, sorted by depth-first position.

    Attributes
    ----------
    order, place : ndarray of int64, shape (n_offers,)
        Order id, position of the bus.
    first : ndarray of int64, shape (n_offers + 1,)
        Where the pieces of each offer begin.
    """

    order: Ints
    place: Ints
    first: Ints


class Margin(NamedTuple):
    """One period at the margin, by position; a *group* is what hangs together by lines that are not cut."""

    up: Ints
    sign: Ints  # +1 where sellers are at the margin, -1 where buyers are
    net: Ints  # certain injection [Wh]
    offered: Ints  # at the margin [Wh]
    least: Ints  # bounds of the flow over the line of the bus [Wh]
    most: Ints
    cut: Ints  # 1 if the flow over the line is settled
    flow: Ints  # the settled flow [Wh]
    top: Ints  # the topmost bus of the group
    base: Ints  # certain injection of the group below the bus; at a top, what the margin must make up for
    below: Ints  # offered at the margin by the group below the bus
    whole: Ints  # share of the group below the bus: whole + part / below[top]
    part: Ints
    state: Ints  # +1 if the share meets its upper limit, -1 its lower one, SETTLED if that is for good
    tilt: Ints  # at a top: sign of what the shares add up to, less what is needed


@compiled
def limits(above: int, price: int, capacities: tuple[int, int], fees: tuple[int, int]) -> tuple[int, int]:
    """Least and most that a line may carry upwards between two doubled prices. [Wh]"""
    gain_up, gain_down = above - price - 2 * fees[0], price - above - 2 * fees[1]
    most = capacities[0] if gain_up >= 0 else 0
    least = -capacities[1] if gain_down >= 0 else 0
    if gain_up > 0:
        least = most
    if gain_down > 0:
        most = least
    return least, most


@compiled
def portion(amount: int, share: int, whole: int) -> tuple[int, int]:
    """Quotient and remainder of amount * share / whole, for 0 <= share < whole < 2**62, exactly."""
    if amount < 2**31 and share < 2**31:
        return amount * share // whole, amount * share % whole
    quotient, remainder = 0, 0
    for bit in range(61, -1, -1):
        quotient, remainder = 2 * quotient, 2 * remainder
        if remainder >= whole:
            quotient, remainder = quotient + 1, remainder - whole
        if (amount >> bit) & 1:
            remainder += share
            if remainder >= whole:
                quotient, remainder = quotient + 1, remainder - whole
    return quotient, remainder


@compiled
def _sum_up(margin: Margin) -> None:
    """Add up what is certain and what is offered, group by group."""
    margin.base[:], margin.below[:] = margin.net, margin.offered
    for bus in range(len(margin.up) - 1, -1, -1):
        above = margin.up[bus]
        if margin.cut[bus]:
            margin.base[bus] -= margin.flow[bus]
            if above >= 0:
                margin.base[above] += margin.flow[bus]
        else:
            margin.base[above] += margin.base[bus]
            margin.below[above] += margin.below[bus]
    for bus in range(len(margin.up)):
        margin.top[bus] = bus if margin.cut[bus] else margin.top[margin.up[bus]]


@compiled
def _share_out(margin: Margin) -> None:
    """Give each group one ratio; clip what is below a line to what the line may carry."""
    margin.whole[:], margin.part[:], margin.state[:] = 0, 0, 0
    for bus in range(len(margin.up) - 1, -1, -1):
        top, sign = margin.top[bus], margin.sign[bus]
        needed, offered = -sign * margin.base[top], margin.below[top]
        if not 0 < needed < offered:
            continue
        whole, part = portion(margin.offered[bus], needed, offered)
        whole, part = whole + margin.whole[bus], part + margin.part[bus]
        if part >= offered:
            whole, part = whole + 1, part - offered
        if not margin.cut[bus]:
            low, high = sign * margin.least[bus], sign * margin.most[bus]
            low, high = min(low, high) - sign * margin.base[bus], max(low, high) - sign * margin.base[bus]
            if whole >= high:
                whole, part, margin.state[bus] = high, 0, 1
            elif whole < low or (whole == low and part == 0):
                whole, part, margin.state[bus] = low, 0, -1
            above = margin.up[bus]
            margin.whole[above] += whole
            margin.part[above] += part
            if margin.part[above] >= offered:
                margin.whole[above], margin.part[above] = (
                    margin.whole[above] + 1,
                    margin.part[above] - offered,
                )
        margin.whole[bus], margin.part[bus] = whole, part


@compiled
def _cut_full_lines(margin: Margin) -> bool:
    """Cut the lines that are certain to be at a limit; False if there is none.

    If the clipped shares of a group add up to less than it needs, its ratio can only rise, and the ratio
    below any line that is not at its upper limit rises too; so the first line on the way down that is at
    its upper limit stays there. Likewise the other way round. Such a line exists: with lower limits alone
    in the way the shares would add up to more than without them, that is, to more than is needed.
    """
    found = False
    for bus in range(len(margin.up)):
        top = margin.top[bus]
        if top == bus:
            needed = -margin.sign[bus] * margin.base[bus]
            margin.state[bus] = 0 if 0 < needed < margin.below[bus] else SETTLED
            surplus = margin.whole[bus] - needed
            margin.tilt[bus] = (
                1 if surplus > 0 or (surplus == 0 and margin.part[bus] > 0) else min(surplus, 0)
            )
        elif margin.state[margin.up[bus]] == SETTLED:
            margin.state[bus] = SETTLED
        elif margin.state[bus] != 0 and margin.state[bus] * margin.tilt[top] <= 0:
            upper = margin.state[bus] == margin.sign[bus]
            margin.flow[bus] = margin.most[bus] if upper else margin.least[bus]
            margin.cut[bus], margin.state[bus] = 1, SETTLED
            found = True
    return found


@compiled
def _open_margin(margin: Margin, price: Ints, lines: Lines) -> None:
    """Set the bounds of all flows and cut the lines that leave no choice."""
    for bus in range(len(price)):
        margin.sign[bus] = 1 - 2 * (price[bus] & 1)
        least, most = 0, 0
        if margin.up[bus] >= 0:
            capacities = (lines.capacity_up[0, bus], lines.capacity_down[0, bus])
            fees = (lines.fee_up[0, bus], lines.fee_down[0, bus])
            least, most = limits(price[margin.up[bus]], price[bus], capacities, fees)
        margin.least[bus], margin.most[bus] = least, most
        margin.flow[bus] = least
        margin.cut[bus] = 1 if least == most else 0


class Shares(NamedTuple):
    """What each offer gets, and how the rounding was done; offers by position.

    Attributes
    ----------
    certain, offered, share, remainder : ndarray of int64, shape (n_offers,)
        Accepted for certain; offered at the margin; its share of that, rounded down [Wh]; and what rounding
        took away, in a unit that the offers of one group have in common.
    top : ndarray of int64, shape (n_buses,)
        The topmost position of the group that each position belongs to.
    needed : ndarray of int64, shape (n_buses,)
        At the top of each group that shares, what all its shares must add up to. [Wh]
    """

    certain: Ints
    offered: Ints
    share: Ints
    remainder: Ints
    top: Ints
    needed: Ints


@compiled
def _value_offers(offers: Offers, pieces: Pieces, price: Ints, shares: Shares, margin: Margin) -> None:
    """What is certain and what is at the margin at these prices, by offer and by bus."""
    margin.net[:], margin.offered[:] = 0, 0
    for offer in range(len(offers.order)):
        place = offers.place[offer]
        for i in range(offers.first[offer], offers.first[offer + 1]):
            low, high, amount, side = pieces.low[i], pieces.high[i], pieces.amount[i], pieces.side[i]
            before = rise(low, high, amount, side, price[place] - 1)
            after = rise(low, high, amount, side, price[place])
            shares.offered[offer] += after - before
            shares.certain[offer] += amount - after if side else before
            margin.net[place] += after - amount if side else before
        margin.offered[place] += shares.offered[offer]


@compiled
def _share_among_offers(offers: Offers, shares: Shares, margin: Margin) -> None:
    """Give each offer at the margin its group's ratio, rounded down."""
    for bus in range(len(margin.up)):
        needed = -margin.sign[bus] * margin.base[bus]
        if margin.top[bus] == bus and 0 < needed < margin.below[bus]:
            shares.needed[bus] = needed
    shares.top[:] = margin.top
    for offer in range(len(offers.order)):
        top = margin.top[offers.place[offer]]
        needed, offered = -margin.sign[top] * margin.base[top], margin.below[top]
        if needed >= offered:
            shares.share[offer] = shares.offered[offer]
        elif needed > 0:
            shares.share[offer], shares.remainder[offer] = portion(shares.offered[offer], needed, offered)


@compiled
def fair_shares(offers: Offers, pieces: Pieces, up: Ints, lines: Lines, price: Ints) -> Shares:
    """Share out the margin of a period at doubled prices, rounded down.

    Parameters
    ----------
    offers, pieces : Offers, Pieces
        The period, sorted by position.
    up : ndarray of int64, shape (n_buses,)
        Position of each parent.
    lines : Lines
        Capacities and fees in the period.
    price : ndarray of int64, shape (n_buses,)
        Supporting prices by position. [half Rp/MWh]

    Returns
    -------
    Shares
        What each offer gets, before rounding.
    """
    n = len(up)
    by_offer, work = np.zeros((4, len(offers.order)), np.int64), np.zeros((16, n), np.int64)
    shares = Shares(by_offer[0], by_offer[1], by_offer[2], by_offer[3], work[14], work[15])
    margin = Margin(
        up, work[0], work[1], work[2], work[3], work[4], work[5], work[6], work[7], work[8],
        work[9], work[10], work[11], work[12], work[13],
    )  # fmt: skip
    _value_offers(offers, pieces, price, shares, margin)
    _open_margin(margin, price, lines)
    _sum_up(margin)
    _share_out(margin)
    while _cut_full_lines(margin):
        _sum_up(margin)
        _share_out(margin)
    _share_among_offers(offers, shares, margin)
    return shares
