"""Is every price the midpoint of what clears?"""

from __future__ import annotations

import numpy as np

from clearing.certificate.case import Case, Marks, places
from clearing.rules import BUY, LINEAR, Ints

# Beyond any price and sum of fees.
FAR = 2**55


def midpoints(case: Case) -> list[str]:
    """Work the rule out again, bus by bus for all periods at once, and compare."""
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
    low, high = _offers_content(case)
    least, most = _steps(case)
    parent = case.grid.parent
    for bus in case.downwards[::-1]:
        if parent[bus] >= 0:
            low[:, parent[bus]] = np.maximum(low[:, parent[bus]], _add(low[:, bus], least[:, bus]))
            high[:, parent[bus]] = np.minimum(high[:, parent[bus]], _add(high[:, bus], most[:, bus]))
    price = np.empty_like(low)
    for bus in case.downwards:
        otherwise = np.zeros(len(low), np.int64)
        if parent[bus] >= 0:
            otherwise = above = price[:, parent[bus]]
            low[:, bus] = np.maximum(low[:, bus], _add(above, -most[:, bus]))
            high[:, bus] = np.minimum(high[:, bus], _add(above, -least[:, bus]))
        one, two = low[:, bus], high[:, bus]
        some_low = np.where(one > -FAR, one, np.where(two < FAR, two, otherwise))
        some_high = np.where(two < FAR, two, some_low)
        low[:, bus], high[:, bus] = np.clip(some_low, *case.bounds), np.clip(some_high, *case.bounds)
        price[:, bus] = -((-low[:, bus] - high[:, bus]) // 2)
        if parent[bus] >= 0:
            tied = least[:, bus] == most[:, bus]
            for column in (low, high, price):
                column[tied, bus] = (column[:, parent[bus]] - least[:, bus])[tied]
    return price, low, high


def _add(end: Ints, step: Ints) -> Ints:
    """Shift an end by a step; what is beyond FAR stays there."""
    shifted = np.where(np.abs(end) >= FAR, end, np.where(np.abs(step) >= FAR, step, end + step))
    return np.clip(shifted, -FAR, FAR)


def _steps(case: Case) -> tuple[Ints, Ints]:
    """By how much a parent's price may exceed each bus's price at these flows. [Rp/MWh]"""
    flow, grid = case.result.flow, case.grid
    full_up, full_down = flow >= grid.capacity_up, flow <= -grid.capacity_down
    most = np.where(flow < 0, -grid.fee_down, np.where(full_up, FAR, grid.fee_up))
    least = np.where(flow > 0, grid.fee_up, np.where(full_down, -FAR, -grid.fee_down))
    return least, most


def _offers_content(case: Case) -> tuple[Ints, Ints]:
    """Lowest and highest price of each bus at which its own offers want just what they got. [Rp/MWh]"""
    orders = case.orders
    low, high = np.full(case.result.price.shape, -FAR), np.full(case.result.price.shape, FAR)
    linear = orders.curve == LINEAR
    taken, left = _step_points(case)
    offer, sell = orders.point_offer, (orders.side != BUY)[orders.point_offer]
    for points, ends, extreme in (
        (np.where(sell, taken, left), low, np.maximum),
        (np.where(sell, left, taken), high, np.minimum),
    ):
        chosen = np.flatnonzero(points & ~linear[offer])
        where = (orders.period[offer[chosen]], orders.bus[offer[chosen]])
        extreme.at(ends, where, orders.price[chosen])
    for i in np.flatnonzero(linear):
        where = (orders.period[i], orders.bus[i])
        one, two = _linear_content(case, int(i))
        low[where], high[where] = max(low[where], one), min(high[where], two)
    return low, high


def _step_points(case: Case) -> tuple[Marks, Marks]:
    """Which step points got something, and which did not get all: cheapest first, dearest first to buy."""
    orders, offer = case.orders, case.orders.point_offer
    ranking = np.lexsort((case.sign[offer] * orders.price, offer))
    quantity = orders.quantity[ranking]
    before = np.cumsum(quantity) - quantity
    before -= before[orders.first[offer]] if len(before) else 0
    got = np.empty_like(quantity)
    got[ranking] = np.clip(case.result.accepted[offer] - before, 0, quantity)
    return got > 0, got < orders.quantity


def _linear_content(case: Case, offer: int) -> tuple[int, int]:
    """Where a linear curve, followed from its price both ways, stops wanting what it got."""
    sign, accepted = int(case.sign[offer]), int(case.result.accepted[offer])
    vertices = case.vertices(offer)

    def supply(at: int) -> int:
        if at < vertices[0][0]:
            return 0
        for (low, quantity), (high, more) in zip(vertices, vertices[1:], strict=False):
            if at < high:
                return int(quantity + (more - quantity) * (at - low) // (high - low))
        return int(vertices[-1][1])

    def first_with(wanted: int) -> int:
        low, high = vertices[0][0], vertices[-1][0]
        while low < high:
            middle = (low + high) // 2
            low, high = (low, middle) if supply(middle) >= wanted else (middle + 1, high)
        return low

    least = first_with(accepted) if accepted > 0 else -FAR
    most = first_with(accepted + 1) if accepted < vertices[-1][1] else FAR
    return (least, most) if sign > 0 else (-most, -least)
