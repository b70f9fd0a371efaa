"""The clearing of a run of periods on a tree of regions, step by step."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from clearing.arrangement import arrange
from clearing.book import Orders
from clearing.compiled import compiled
from clearing.layout import Layout, Lines
from clearing.margin import fair_shares
from clearing.prices import choose_prices
from clearing.regions import Marks, Regions
from clearing.rounding import whole_shares
from clearing.rules import Ints
from clearing.support import supporting_prices


class Answer(NamedTuple):
    """What is decided, by offer and by period and bus."""

    accepted: Ints
    price: Ints
    low: Ints
    high: Ints
    flow: Ints


class Desk(NamedTuple):
    """What is to be cleared, and where the answer goes."""

    orders: Orders
    layout: Layout
    lines: Lines
    period_first: Ints
    bounds: tuple[int, int]
    answer: Answer

    def clear(self, regions: Regions, periods: Ints) -> Ints:
        """Clear some periods and write down the answer; those of them in which a line in a region binds."""
        starts, lines = self.period_first[periods], _rows(regions.lines, periods)
        stops = self.period_first[periods + 1]
        book = arrange(self.orders, regions.place, len(regions.up), starts, stops)
        piece_first = book.offers.first[book.offers.period_first]
        doubled = supporting_prices(book.pieces, book.piece_place, piece_first, regions.up, lines)
        shares = fair_shares(book.offers, book.pieces, regions.up, lines, doubled)
        accepted, over, rounded = whole_shares(book.offers, book.side, shares, regions.up, lines, doubled)
        chosen = choose_prices(book.offers, book.pieces, accepted, over, regions.up, lines, self.bounds)
        _write(periods, regions.place, book.sequence, accepted, chosen, self.answer)
        _carry(self.layout, self.orders.bus, self.orders.side, periods, self.period_first, self.answer)
        tight = _tight(self.layout, self.lines, regions.checked, rounded, periods, self.answer.flow)
        binding: Ints = periods[tight]
        return binding


def _rows(lines: Lines, periods: Ints) -> Lines:
    """The rows of some periods, where every period has its own."""
    return lines if len(lines.fee_up) == 1 else Lines(*(column[periods] for column in lines))


@compiled
def _write(
    periods: Ints,
    place: Ints,
    sequence: Ints,
    accepted: Ints,
    chosen: tuple[Ints, Ints, Ints],
    answer: Answer,
) -> None:
    """Give every offer its quantity and every bus the prices of its region."""
    for at in range(len(sequence)):
        answer.accepted[sequence[at]] = accepted[at]
    price, low, high = chosen
    for k in range(len(periods)):
        period = periods[k]
        for bus in range(len(place)):
            answer.price[period, bus] = price[k, place[bus]]
            answer.low[period, bus] = low[k, place[bus]]
            answer.high[period, bus] = high[k, place[bus]]


@compiled
def _carry(layout: Layout, bus: Ints, side: Ints, periods: Ints, period_first: Ints, answer: Answer) -> None:
    """What every line carries, from the leaves up."""
    n = len(layout.up)
    carried = np.empty(n, np.int64)
    for period in periods:
        carried[:] = 0
        for i in range(period_first[period], period_first[period + 1]):
            carried[layout.position[bus[i]]] += -answer.accepted[i] if side[i] else answer.accepted[i]
        for at in range(n - 1, -1, -1):
            if layout.up[at] >= 0:
                carried[layout.up[at]] += carried[at]
            answer.flow[period, layout.bus[at]] = carried[at]


@compiled
def _tight(layout: Layout, lines: Lines, checked: Ints, rounded: Ints, periods: Ints, flow: Ints) -> Marks:
    """Mark the periods in which a line within a region might be full, were it not for rounding."""
    tight = np.zeros(len(periods), np.bool_)
    for k in range(len(periods)):
        period = periods[k]
        row = period if len(lines.fee_up) > 1 else 0
        for at in checked:
            carried = flow[period, layout.bus[at]]
            # Every share that was rounded may have been up to a Wh more or less.
            if (
                carried + rounded[k] >= lines.capacity_up[row, at]
                or carried - rounded[k] <= -lines.capacity_down[row, at]
            ):
                tight[k] = True
                break
    return tight
