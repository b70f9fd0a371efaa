"""Fair shares at the margin: the same ratio for all, as far as the lines allow.

At given supporting prices everything in the money is accepted and everything out of the money refused. What
remains is to choose the quantities exactly at the margin. Of all choices that the lines can carry, the one
taken makes the sum of accepted²/offered least, which means: one ratio for everybody, unless a full (or idle)
line lies between; see docs/clearing.md, "Margin".
"""

from __future__ import annotations

from typing import NamedTuple

from clearing.arrangement import Arrangement
from clearing.compiled import compiled, inlined
from clearing.curves import rise
from clearing.layout import Lines
from clearing.prices import NO_END, supported
from clearing.rules import Ints

SETTLED = 2


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
    for bus in range(len(margin.up)):
        margin.base[bus], margin.below[bus] = margin.net[bus], margin.offered[bus]
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
    """The offers at the margin, and what each offer gets before rounding; or room for them.

    Attributes
    ----------
    offer, place : ndarray of int64, shape (n_margin,)
        Which offers of the period these are, and their positions.
    certain, offered, share, remainder : ndarray of int64, shape (n_margin,)
        Accepted for certain; offered at the margin; its share of that, rounded down [Wh]; and what rounding
        took away, in a unit that the offers of one group have in common.
    net : ndarray of int64, shape (n_buses,)
        Certain injection, by position. [Wh]
    top : ndarray of int64, shape (n_buses,)
        The topmost position of the group that each position belongs to.
    needed : ndarray of int64, shape (n_buses,)
        At the top of each group that shares, what all its shares must add up to. [Wh]
    low, high : ndarray of int64, shape (n_buses,)
        The prices that content all offers there that are not at the margin. [Rp/MWh]
    """

    offer: Ints
    place: Ints
    certain: Ints
    offered: Ints
    share: Ints
    remainder: Ints
    net: Ints
    top: Ints
    needed: Ints
    low: Ints
    high: Ints


@compiled
def _value_offers(part: Arrangement, price: Ints, accepted: Ints, margin: Margin, room: Shares) -> int:
    """Accept what is certain at these prices, and list what is at the margin; how many offers are."""
    sequence, place_first, first, (low, high, amount, side) = part
    net, offered, least, most = margin.net, margin.offered, room.low, room.high
    at_margin, place, certain, could = room.offer, room.place, room.certain, room.offered
    count = 0
    for bus in range(len(price)):
        at, sold, more, bottom, ceiling = price[bus], 0, 0, -NO_END, NO_END
        for offer in range(place_first[bus], place_first[bus + 1]):
            i, got, wants = first[offer], 0, 0
            tick, buys = high[i], side[i]
            if first[offer + 1] - i == 1 and low[i] == tick:
                # A seller's step gives itself, a buyer's gives itself up.
                limit, turn, whole = tick - buys, 2 * tick - buys, amount[i]
                got = whole if (at < turn if buys else at > turn) else 0
                wants = whole if at == turn else 0
                bottom = max(bottom, limit if (at > turn) & (whole > 0) else -NO_END)
                ceiling = min(ceiling, limit if (at < turn) & (whole > 0) else NO_END)
            else:
                got, wants, lower, upper = _value_curve(part, offer, at)
                bottom, ceiling = max(bottom, lower), min(ceiling, upper)
            accepted[sequence[offer]] = got
            sold += -got if buys else got
            if wants:
                at_margin[count], place[count], certain[count], could[count] = offer, bus, got, wants
                count, more = count + 1, more + wants
        net[bus], offered[bus], least[bus], most[bus] = sold, more, bottom, ceiling
    return count


@compiled
def _value_curve(part: Arrangement, offer: int, at: int) -> tuple[int, int, int, int]:
    """What an offer gets for certain, what more it could get, and between which prices it is content."""
    pieces, first, stop = part.pieces, part.first[offer], part.first[offer + 1]
    certain, could, side = 0, 0, pieces.side[first]
    for i in range(first, stop):
        low, high, amount = pieces.low[i], pieces.high[i], pieces.amount[i]
        before, after = rise(low, high, amount, side, at - 1), rise(low, high, amount, side, at)
        certain += amount - after if side else before
        could += after - before
    least, most = (-NO_END, NO_END) if could else supported(part, offer, certain)
    return certain, could, least, most


@compiled
def _share_among_offers(shares: Shares, margin: Margin) -> None:
    """Give each offer at the margin its group's ratio, rounded down."""
    for bus in range(len(margin.up)):
        needed = -margin.sign[bus] * margin.base[bus]
        divides = margin.top[bus] == bus and 0 < needed < margin.below[bus]
        shares.needed[bus] = needed if divides else 0
        shares.top[bus], shares.net[bus] = margin.top[bus], margin.net[bus]
    shares.share[:], shares.remainder[:] = 0, 0
    for m in range(len(shares.offer)):
        top = margin.top[shares.place[m]]
        needed, offered = -margin.sign[top] * margin.base[top], margin.below[top]
        if needed >= offered:
            shares.share[m] = shares.offered[m]
        elif needed > 0:
            shares.share[m], shares.remainder[m] = portion(shares.offered[m], needed, offered)


@inlined
def fair_shares(
    part: Arrangement, up: Ints, lines: Lines, price: Ints, accepted: Ints, margin: Margin, room: Shares
) -> Shares:
    """Share out the margin of a period at doubled prices, rounded down.

    Parameters
    ----------
    part : Arrangement
        The period.
    up : ndarray of int64, shape (n_buses,)
        Position of each parent.
    lines : Lines
        Capacities and fees in the period.
    price : ndarray of int64, shape (n_buses,)
        Supporting prices by position. [half Rp/MWh]
    accepted : ndarray of int64, shape (n_offers of the book,)
        Where to write what each offer gets for certain. [Wh]
    margin, room : Margin, Shares
        Where to work.

    Returns
    -------
    Shares
        What each offer at the margin gets, before rounding.
    """
    n = _value_offers(part, price, accepted, margin, room)
    _open_margin(margin, price, lines)
    _sum_up(margin)
    _share_out(margin)
    while _cut_full_lines(margin):
        _sum_up(margin)
        _share_out(margin)
    shares = Shares(
        room.offer[:n], room.place[:n], room.certain[:n], room.offered[:n], room.share[:n],
        room.remainder[:n], room.net, room.top, room.needed, room.low, room.high,
    )  # fmt: skip
    _share_among_offers(shares, margin)
    return shares
