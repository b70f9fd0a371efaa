"""The clearing of a run of periods on a tree of regions, period by period."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from clearing.arrangement import Arrangement, Columns, arrange
from clearing.compiled import compiled
from clearing.layout import Layout, Lines
from clearing.margin import Shares, fair_shares
from clearing.prices import choose_prices
from clearing.regions import Regions
from clearing.rounding import carry, round_shares, walked_shares
from clearing.rules import Ints
from clearing.support import Room, room_for, supporting_prices

# What becomes of a period: decided, decided without a line that might bind, or not for what rounding does.
DECIDED, TIGHT, OVERLOADED = 0, 1, 2


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


class Decision(NamedTuple):
    """The quantities of one period."""

    part: Arrangement
    doubled: Ints  # the prices that they were found with [half Rp/MWh]
    shares: Shares
    accepted: Ints  # [Wh]
    rounded: int  # how many shares were not whole
    flow: Ints  # by region [Wh]
    wrong: Ints  # 1 where rounding has overloaded a line
    overloaded: int  # how many lines these are


def clear(desk: Desk, regions: Regions, periods: Ints) -> Ints:
    """Clear some periods and write down the answer; those of them in which a line in a region binds."""
    state = _clear_each(desk, regions, periods)
    for k in np.flatnonzero(state == OVERLOADED):
        state[k] = _clear_walking(desk, regions, int(periods[k]))
    binding: Ints = periods[state == TIGHT]
    return binding


@compiled
def _clear_each(desk: Desk, regions: Regions, periods: Ints) -> Ints:
    """Clear some periods, one after the other, and say what has become of each."""
    state, most = np.empty(len(periods), np.int64), 0
    for period in periods:
        start, stop = desk.period_first[period], desk.period_first[period + 1]
        most = max(most, desk.book.first[stop] - desk.book.first[start])
    room = room_for(regions.up, most)
    for k in range(len(periods)):
        found = _decide(desk, regions, periods[k], room, k > 0)
        state[k] = OVERLOADED
        if not found.overloaded:
            state[k] = _publish(desk, regions, periods[k], found)
    return state


def _clear_walking(desk: Desk, regions: Regions, period: int) -> int:
    """Clear a period in which rounding overloads lines unless it walks down the tree."""
    points = np.diff(desk.book.first[desk.period_first[period : period + 2]])
    found = _decide(desk, regions, period, room_for(regions.up, int(points[0])), False)
    offers, up = found.part.offers, regions.up
    accepted = walked_shares(offers, found.accepted, found.shares, up, found.wrong)
    lines = _row(regions.lines, period)
    flow, wrong, overloaded = carry(offers, found.part.side, accepted, up, lines, found.doubled)
    assert not overloaded, "rounded shares overload a line"
    found = found._replace(accepted=accepted, flow=flow, wrong=wrong, overloaded=overloaded)
    return _publish(desk, regions, period, found)


@compiled
def _row(lines: Lines, period: int) -> Lines:
    """The row of a period, where every period has its own."""
    row = period if len(lines.fee_up) > 1 else 0
    return Lines(
        lines.capacity_up[row : row + 1],
        lines.capacity_down[row : row + 1],
        lines.fee_up[row : row + 1],
        lines.fee_down[row : row + 1],
    )


@compiled
def _decide(desk: Desk, regions: Regions, period: int, room: Room, warm: bool) -> Decision:
    """Find the accepted quantities of a period."""
    start, stop, up = desk.period_first[period], desk.period_first[period + 1], regions.up
    part, lines = arrange(desk.book, regions.place, len(up), start, stop), _row(regions.lines, period)
    doubled = supporting_prices(part.pieces, part.piece_place, lines, room, warm)
    shares = fair_shares(part.offers, part.pieces, up, lines, doubled)
    accepted, rounded = round_shares(part.offers, shares)
    flow, wrong, overloaded = carry(part.offers, part.side, accepted, up, lines, doubled)
    return Decision(part, doubled, shares, accepted, rounded, flow, wrong, overloaded)


@compiled
def _publish(desk: Desk, regions: Regions, period: int, found: Decision) -> int:
    """Choose the prices of a period and write down the answer; whether it is tight."""
    part, lines, answer = found.part, _row(regions.lines, period), desk.answer
    price, low, high = choose_prices(
        part.offers, part.pieces, found.accepted, found.flow, regions.up, lines, desk.bounds
    )
    for at in range(len(part.sequence)):
        answer.accepted[part.sequence[at]] = found.accepted[at]
    for bus in range(len(regions.place)):
        place = regions.place[bus]
        answer.price[period, bus] = price[place]
        answer.low[period, bus], answer.high[period, bus] = low[place], high[place]
    _carry(desk, period)
    return TIGHT if _is_tight(desk, regions.checked, period, found.rounded) else DECIDED


@compiled
def _carry(desk: Desk, period: int) -> None:
    """What every line carries, from the leaves up."""
    layout, book, answer = desk.layout, desk.book, desk.answer
    carried = np.zeros(len(layout.up), np.int64)
    for i in range(desk.period_first[period], desk.period_first[period + 1]):
        carried[layout.position[book.bus[i]]] += -answer.accepted[i] if book.side[i] else answer.accepted[i]
    for at in range(len(carried) - 1, -1, -1):
        if layout.up[at] >= 0:
            carried[layout.up[at]] += carried[at]
        answer.flow[period, layout.bus[at]] = carried[at]


@compiled
def _is_tight(desk: Desk, checked: Ints, period: int, rounded: int) -> bool:
    """Whether a line within a region might be full, were it not for rounding."""
    lines, row = desk.lines, period if len(desk.lines.fee_up) > 1 else 0
    for at in checked:
        carried = desk.answer.flow[period, desk.layout.bus[at]]
        # Every share that was rounded may have been up to a Wh more or less.
        up = carried + rounded >= lines.capacity_up[row, at]
        down = carried - rounded <= -lines.capacity_down[row, at]
        if up or down:
            return True
    return False
