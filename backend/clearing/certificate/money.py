"""Does the money add up, and could anybody have done better?"""

from __future__ import annotations

import numpy as np

from clearing.certificate.case import Case
from clearing.rules import LINEAR, Ints
from clearing.welfare import floor_sum

LIMB = 2**24


def dot(quantity: Ints, price: Ints) -> int:
    """Sum of products of any size, exactly: limb by limb of the quantities.

    Examples
    --------
    >>> dot(np.array([2**59, -3]), np.array([2**30, 5])) == 2**89 - 15
    True
    """
    total, scale, rest = 0, 1, np.abs(quantity)
    price = np.where(quantity < 0, -price, price)
    while rest.any():
        product = (rest % LIMB) * price
        total += scale * (int((product // LIMB).sum()) * LIMB + int((product % LIMB).sum()))
        rest, scale = rest // LIMB, scale * LIMB
    return total


def budget(case: Case) -> list[str]:
    """Paid = received + fees + congestion rent, and no line costs its owner money."""
    result, rise = case.result, case.rise
    balance = -dot(case.tally.net.ravel(), result.price.ravel())
    fee = np.where(result.flow > 0, case.grid.fee_up, case.grid.fee_down)
    fees = dot(np.abs(result.flow).ravel(), np.broadcast_to(fee, rise.shape).ravel())
    rent = np.where(result.flow > 0, rise, -rise) - fee
    rents = dot(np.abs(result.flow).ravel(), rent.ravel())
    if balance == fees + rents:
        return []
    return [f"paid less received is {balance} µRp, fees and congestion rent are {fees + rents} µRp"]


def gap(case: Case) -> int:
    """The dual objective at the result's prices, less the welfare.

    By weak duality no solution has more welfare than all surpluses and rents that the prices would allow
    (Boyd, Vandenberghe, Convex Optimization, section 5.5).
    """
    line = case.grid.parent >= 0
    gain_up = np.where(line, np.maximum(case.rise - case.grid.fee_up, 0), 0)
    gain_down = np.where(line, np.maximum(-case.rise - case.grid.fee_down, 0), 0)
    shape = gain_up.shape
    rents = dot(np.broadcast_to(case.grid.capacity_up, shape).ravel(), gain_up.ravel())
    rents += dot(np.broadcast_to(case.grid.capacity_down, shape).ravel(), gain_down.ravel())
    return surplus(case) + rents - case.result.welfare


def gap_closed(case: Case) -> list[str]:
    """The welfare is the greatest possible, and the published figure is the welfare."""
    more = gap(case)
    return [f"the welfare of {case.result.welfare} µRp leaves a gap of {more} µRp"] if more else []


def surplus(case: Case) -> int:
    """What all offers gain at most at the prices. [µRp]"""
    total = case.tally.surplus
    for i in np.flatnonzero(case.orders.curve == LINEAR):
        total += _area(case, int(i))
    return total


def _area(case: Case, offer: int) -> int:
    """The area under a linear curve, up to the price: a sum over ticks, vertex by vertex. [µRp]"""
    at = int(case.sign[offer] * case.price[offer])
    vertices = case.vertices(offer)
    total = 0
    for (low, quantity), (high, next_quantity) in zip(vertices, vertices[1:], strict=False):
        ticks = max(0, min(at, high) - low)
        total += quantity * ticks + floor_sum(ticks, high - low, next_quantity - quantity, 0)
    return total + vertices[-1][1] * max(0, at - vertices[-1][0])
