"""Is every price the midpoint of what clears?"""

from __future__ import annotations

import numpy as np

from clearing.certificate.case import Case, places
from clearing.certificate.wants import FAR
from clearing.compiled import compiled
from clearing.rules import Ints


def midpoints(case: Case) -> list[str]:
    """Work the rule out again, from the published flows and quantities, and compare."""
    price, low, high = expected(case)
    found = places(
        price != case.result.price, "the price should be {} instead of {}", price, case.result.price
    )
    for name, end in (("price_low", low), ("price_high", high)):
        published = getattr(case.result, name)
        found += places(end != published, f"{name} should be {{}} instead of {{}}", end, published)
    return found


def expected(case: Case) -> tuple[Ints, Ints, Ints]:
    """The prices by the rule of docs/clearing.md, "Prices", and their intervals. [Rp/MWh]"""
    low, high = case.tally.low.copy(), case.tally.high.copy()
    least, most = _steps(case)
    _narrow(case.grid.parent, case.downwards, low, high, least, most)
    price = np.empty_like(low)
    for period in range(len(price)):
        choice = (price[period], low[period], high[period])
        _choose(case.grid.parent, case.downwards, choice, least[period], most[period], case.bounds)
    return price, low, high


@compiled
def _narrow(parent: Ints, downwards: Ints, low: Ints, high: Ints, least: Ints, most: Ints) -> None:
    """From the leaves up, narrow the interval of each bus to what the buses below it leave."""
    for bus in downwards[::-1]:
        above = parent[bus]
        if above < 0:
            continue
        for period in range(len(low)):
            if low[period, bus] > -FAR and least[period, bus] > -FAR:
                low[period, above] = max(low[period, above], low[period, bus] + least[period, bus])
            if high[period, bus] < FAR and most[period, bus] < FAR:
                high[period, above] = min(high[period, above], high[period, bus] + most[period, bus])


@compiled
def _choose(
    parent: Ints,
    downwards: Ints,
    choice: tuple[Ints, Ints, Ints],
    least: Ints,
    most: Ints,
    bounds: tuple[int, int],
) -> None:
    """From the roots down, choose the prices of one period and say from which intervals."""
    price, low, high = choice
    for bus in downwards:
        above, one, two = parent[bus], low[bus], high[bus]
        if above >= 0 and least[bus] == most[bus]:
            for column in choice:
                column[bus] = column[above] - least[bus]
            continue
        otherwise = price[above] if above >= 0 else 0
        if above >= 0 and most[bus] < FAR:
            one = max(one, otherwise - most[bus])
        if above >= 0 and least[bus] > -FAR:
            two = min(two, otherwise - least[bus])
        if one <= -FAR:
            one = two if two < FAR else otherwise
        if two >= FAR:
            two = one
        low[bus] = min(max(one, bounds[0]), bounds[1])
        high[bus] = min(max(two, bounds[0]), bounds[1])
        price[bus] = low[bus] + (high[bus] - low[bus] + 1) // 2


def _steps(case: Case) -> tuple[Ints, Ints]:
    """By how much a parent's price may exceed each bus's price at these flows. [Rp/MWh]"""
    flow, grid = case.result.flow, case.grid
    full_up, full_down = flow >= grid.capacity_up, flow <= -grid.capacity_down
    most = np.where(flow < 0, -grid.fee_down, np.where(full_up, FAR, grid.fee_up))
    least = np.where(flow > 0, grid.fee_up, np.where(full_down, -FAR, -grid.fee_down))
    return least, most
