"""The clearing of a run of periods on a tree of regions, period by period."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from clearing.arrangement import Arrangement, Columns, arrange
from clearing.compiled import compiled, inlined
from clearing.curves import Pieces
from clearing.layout import Layout, Lines
from clearing.margin import Margin, Shares, fair_shares
from clearing.prices import choose_prices, supported
from clearing.regions import Regions
from clearing.rounding import carry, round_shares, walk_shares
from clearing.rules import Ints
from clearing.support import Book, Halving, Search, Tree, supporting_prices

# What becomes of a period: decided, or decided without a line that might bind.
DECIDED, TIGHT = 0, 1


class Answer(NamedTuple):
    """What is decided, by offer and by period and bus."""

    accepted: Ints
    price: Ints
    low: Ints
    high: Ints
    flow: Ints


class Desk(NamedTuple):
    """What is to be cleared, and where the answer goes."""

    book: Columns
    layout: Layout
    lines: Lines
    period_first: Ints
    bounds: tuple[int, int]
    answer: Answer


Matrices = tuple[Ints, Ints, Ints, Ints]


class Room(NamedTuple):
    """Where periods are cleared one after the other."""

    part: Arrangement
    search: Search
    margin: Margin
    shares: Shares


class Decision(NamedTuple):
    """The quantities of one period."""

    part: Arrangement
    doubled: Ints  # the prices that they were found with [half Rp/MWh]
    shares: Shares
    rounded: int  # how many shares were not whole
    flow: Ints  # by region [Wh]
    wrong: Ints  # 1 where rounding has overloaded a line
    overloaded: int  # how many lines these are


def clear(desk: Desk, regions: Regions, periods: Ints) -> Ints:
    """Clear some periods and write down the answer; those of them in which a line in a region binds."""
    matrices, states = _matrices(desk, regions, periods), np.empty(len(periods), np.int64)
    at = 0
    while at < len(periods):
        at, found = _clear_each(desk, regions, periods, at, matrices, states)
        if at < len(periods):
            states[at] = _walk(desk, regions, int(periods[at]), found)
            at += 1
    binding: Ints = periods[states == TIGHT]
    return binding


def _matrices(desk: Desk, regions: Regions, periods: Ints) -> Matrices:
    """Room by offer, by piece and by region for the largest of some periods.

    It is asked for once: memory that is new costs more than most of what is done in it.
    """
    starts, stops = desk.period_first[periods], desk.period_first[periods + 1]
    offers = int((stops - starts).max())
    pieces = int((desk.book.first[stops] - desk.book.first[starts]).max())
    n = len(regions.up)
    matrices = (
        np.empty((8, offers + 1), np.int64),
        np.empty((8, pieces), np.int64),
        np.zeros((32, n), np.int64),
    )
    return *matrices, np.empty(n + 1, np.int64)


@inlined
def _room(up: Ints, matrices: Matrices) -> Room:
    """The rows of the matrices by their names."""
    o, p, r, place_first = matrices
    return Room(
        Arrangement(o[0], place_first, o[1], Pieces(p[0], p[1], p[2], p[3])),
        Search(
            Book(r[0], r[1], p[4], p[5], p[6], p[7]),
            Tree(up, r[2], r[3], r[4], r[5]),
            Halving(r[6], r[7], r[8], r[9], r[10], r[11], r[12]),
        ),
        Margin(
            up,
            r[13],
            r[14],
            r[15],
            r[16],
            r[17],
            r[18],
            r[19],
            r[20],
            r[21],
            r[22],
            r[23],
            r[24],
            r[25],
            r[26],
        ),
        Shares(o[2], o[3], o[4], o[5], o[6], o[7], r[27], r[28], r[29], r[30], r[31]),
    )


@compiled
def _clear_each(
    desk: Desk, regions: Regions, periods: Ints, start: int, matrices: Matrices, states: Ints
) -> tuple[int, Decision]:
    """Clear some periods, one after the other, and note what has become of each.

    Ends with the first in which rounding overloads a line: which one it is, and its quantities.
    """
    room, at = _room(regions.up, matrices), start
    while True:
        found = _decide(desk, regions, periods[at], room, at > 0)
        if found.overloaded:
            break
        states[at] = _publish(desk, regions, periods[at], found)
        at += 1
        if at == len(periods):
            break
    return at, found


def _walk(desk: Desk, regions: Regions, period: int, found: Decision) -> int:
    """Publish a period in which rounding overloads lines unless it walks down the tree."""
    accepted = desk.answer.accepted
    walk_shares(desk.book.order, found.part, found.shares, accepted, regions.up, found.wrong)
    state, overloaded = _publish_walked(desk, regions, period, found)
    assert not overloaded, "rounded shares overload a line"
    return state


@compiled
def _publish_walked(desk: Desk, regions: Regions, period: int, found: Decision) -> tuple[int, int]:
    """Publish a period with other quantities than it was decided with; and how many lines these overload."""
    part, shares, doubled, lines = found.part, found.shares, found.doubled, _row(regions.lines, period)
    flow, wrong, overloaded = carry(part, shares, desk.answer.accepted, regions.up, lines, doubled)
    walked = Decision(part, doubled, shares, found.rounded, flow, wrong, overloaded)
    return _publish(desk, regions, period, walked), overloaded


@inlined
def _row(lines: Lines, period: int) -> Lines:
    """The row of a period, where every period has its own."""
    row = period if len(lines.fee_up) > 1 else 0
    return Lines(
        lines.capacity_up[row : row + 1],
        lines.capacity_down[row : row + 1],
        lines.fee_up[row : row + 1],
        lines.fee_down[row : row + 1],
    )


@inlined
def _decide(desk: Desk, regions: Regions, period: int, room: Room, warm: bool) -> Decision:
    """Find the accepted quantities of a period, and write them down."""
    run, up, accepted = (
        (desk.period_first[period], desk.period_first[period + 1]),
        regions.up,
        desk.answer.accepted,
    )
    part, lines = arrange(desk.book, regions.place, run, room.part), _row(regions.lines, period)
    doubled = supporting_prices(part, lines, room.search, warm)
    shares = fair_shares(part, up, lines, doubled, accepted, room.margin, room.shares)
    rounded = round_shares(desk.book.order, part, shares, accepted)
    flow, wrong, overloaded = carry(part, shares, accepted, up, lines, doubled)
    return Decision(part, doubled, shares, rounded, flow, wrong, overloaded)


@inlined
def _publish(desk: Desk, regions: Regions, period: int, found: Decision) -> int:
    """Choose the prices of a period and write them and the flows down; whether it is tight."""
    part, shares, answer, price = found.part, found.shares, desk.answer, found.doubled
    for m in range(len(shares.offer)):
        place, got = shares.place[m], answer.accepted[part.sequence[shares.offer[m]]]
        least, most = supported(part, shares.offer[m], got)
        shares.low[place], shares.high[place] = max(shares.low[place], least), min(shares.high[place], most)
    lines = _row(regions.lines, period)
    choose_prices(shares.low, shares.high, found.flow, regions.up, lines, desk.bounds, price)
    _spread(regions.place, price, answer.price[period])
    _spread(regions.place, shares.low, answer.low[period])
    _spread(regions.place, shares.high, answer.high[period])
    _carry(desk, period)
    return TIGHT if _is_tight(desk, regions.checked, period, found.rounded) else DECIDED


@inlined
def _spread(place: Ints, by_region: Ints, by_bus: Ints) -> None:
    """Give every bus the figure of its region."""
    for bus in range(len(place)):
        by_bus[bus] = by_region[place[bus]]


@inlined
def _carry(desk: Desk, period: int) -> None:
    """What every line carries, from the leaves up."""
    bus_at, position, up, _ = desk.layout
    bus, side, accepted, flow = desk.book.bus, desk.book.side, desk.answer.accepted, desk.answer.flow
    carried = np.zeros(len(up), np.int64)
    for i in range(desk.period_first[period], desk.period_first[period + 1]):
        carried[position[bus[i]]] += -accepted[i] if side[i] else accepted[i]
    for at in range(len(up) - 1, -1, -1):
        if up[at] >= 0:
            carried[up[at]] += carried[at]
        flow[period, bus_at[at]] = carried[at]


@inlined
def _is_tight(desk: Desk, checked: Ints, period: int, rounded: int) -> bool:
    """Whether a line within a region might be full, were it not for rounding."""
    bus, flow, row = desk.layout.bus, desk.answer.flow, period if len(desk.lines.fee_up) > 1 else 0
    capacity_up, capacity_down = desk.lines.capacity_up, desk.lines.capacity_down
    for at in checked:
        carried = flow[period, bus[at]]
        # Every share that was rounded may have been up to a Wh more or less.
        if carried + rounded >= capacity_up[row, at] or carried - rounded <= -capacity_down[row, at]:
            return True
    return False
