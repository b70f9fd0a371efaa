"""What does an offer want at a price, and at which prices does it want just what it got?"""

from __future__ import annotations

from typing import NamedTuple

from clearing.compiled import compiled, inlined
from clearing.rules import STEP, Ints

# Beyond any price and sum of fees.
FAR = 2**55
HALF, LIMB = 2**32 - 1, 2**30 - 1


class Columns(NamedTuple):
    """The book and what it got, as the look takes them."""

    bus: Ints
    period: Ints
    side: Ints
    curve: Ints
    first: Ints
    price: Ints
    quantity: Ints
    accepted: Ints


class Curve(NamedTuple):
    """The points of an offer; a buyer's are read backwards, his prices mirrored."""

    price: Ints
    quantity: Ints
    first: int
    stop: int
    sign: int


@compiled
def _more(surplus: tuple[int, int, int, int], gain: int, quantity: int) -> tuple[int, int, int, int]:
    """A sum, more by a gain on a quantity: these have up to 32 and 60 bits, so it is kept in parts. [µRp]"""
    worth, much = gain * (quantity & LIMB), gain * (quantity >> 30)
    upper, lower, more_upper, more_lower = surplus
    return (
        upper + (worth >> 32),
        lower + (worth & HALF),
        more_upper + (much >> 32),
        more_lower + (much & HALF),
    )


@inlined
def _steps(
    curve: Curve, at: int, got: int, surplus: tuple[int, int, int, int]
) -> tuple[tuple[int, int, int, int, int], tuple[int, int, int, int]]:
    """Walk over step points, the best first.

    Returns
    -------
    figures : tuple of int
        What the offer must get and may get at the price, all it offers, and the prices at which it wants
        just what it got.
    surplus : tuple of int
        The sum so far, more by what the offer gains at the price.
    """
    certain, most, offered, least, best = 0, 0, 0, -FAR, FAR
    point = curve.first if curve.sign > 0 else curve.stop - 1
    for _ in range(curve.stop - curve.first):
        quantity, limit = curve.quantity[point], curve.sign * curve.price[point]
        point += curve.sign
        offered += quantity
        if at > limit:
            certain += quantity
            surplus = _more(surplus, at - limit, quantity)
        if at >= limit:
            most += quantity
        if got > 0 and quantity > 0:
            least = limit
        if got < quantity:
            best = min(best, limit)
        got = max(got - quantity, 0)
    return (certain, most, offered, least, best), surplus


@compiled
def _at(curve: Curve, at: int) -> int:
    """What a linear curve gives at a price: a straight line between its vertices, rounded down. [Wh]"""
    reached = -1
    point = curve.first if curve.sign > 0 else curve.stop - 1
    for _ in range(curve.stop - curve.first):
        if curve.sign * curve.price[point] > at:
            break
        reached = point
        point += curve.sign
    if reached < 0:
        return 0
    here = int(curve.quantity[reached])
    if point < curve.first or point >= curve.stop:
        return here
    gone, width = at - curve.sign * curve.price[reached], abs(curve.price[point] - curve.price[reached])
    return int(here + (curve.quantity[point] - here) * gone // width)


@compiled
def _first_with(curve: Curve, wanted: int) -> int:
    """The lowest price at which a linear curve gives at least so much, which it does in the end."""
    ends = (curve.sign * curve.price[curve.first], curve.sign * curve.price[curve.stop - 1])
    low, high = int(min(ends)), int(max(ends))
    while low < high:
        middle = (low + high) >> 1
        if _at(curve, middle) >= wanted:
            high = middle
        else:
            low = middle + 1
    return low


@inlined
def wants_of(
    columns: Columns, offer: int, sign: int, at: int, got: int, surplus: tuple[int, int, int, int]
) -> tuple[tuple[int, int, int, int, int], tuple[int, int, int, int]]:
    """What `_steps` finds, for any curve; a buyer's prices are mirrored."""
    curve = Curve(columns.price, columns.quantity, columns.first[offer], columns.first[offer + 1], sign)
    if columns.curve[offer] == STEP:
        return _steps(curve, sign * at, got, surplus)
    certain, most, offered = _at(curve, sign * at - 1), _at(curve, sign * at), _at(curve, FAR)
    least = _first_with(curve, got) if 0 < got <= offered else -FAR
    best = _first_with(curve, got + 1) if got < offered else FAR
    return (certain, most, offered, least, best), surplus
