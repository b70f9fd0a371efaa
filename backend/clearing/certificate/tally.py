"""One look at every offer: what it must and may get, what it adds to its bus, what it is content with."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from clearing.book import Orders, Result
from clearing.compiled import compiled
from clearing.rules import BUY, STEP, Ints
from clearing.threads import CORES, share_out

Marks = NDArray[np.bool_]
# Beyond any price and sum of fees.
FAR = 2**55
WORTH_SHARING = 2**16
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


class Tally(NamedTuple):
    """What the offers add up to.

    Attributes
    ----------
    net : ndarray of int64, shape (n_periods, n_buses)
        What is sold less what is bought. [Wh]
    low, high : ndarray of int64, shape (n_periods, n_buses)
        Ends of the interval of prices at which all offers want just what they got. [Rp/MWh]
    left : ndarray of bool, shape (2, n_periods, n_buses)
        Whether a seller, and a buyer, could have more at the price.
    beyond, unsupported : int
        How many offers got less than nothing or more than offered; how many what the price does not support.
    surplus : int
        What all step curves gain at most at the prices. [µRp]
    margin, certain, most : ndarray of int64, shape (n_margin,)
        The offers at the margin: what each must get and may get. [-, Wh, Wh]
    """

    net: Ints
    low: Ints
    high: Ints
    left: Marks
    beyond: int
    unsupported: int
    surplus: int
    margin: Ints
    certain: Ints
    most: Ints


class Part(NamedTuple):
    """What a run of offers adds up to, by market from `market` on."""

    market: int
    net: Ints
    low: Ints
    high: Ints
    left: Marks
    beyond: int
    unsupported: int
    surplus: tuple[int, int, int, int]
    margin: Ints
    certain: Ints
    most: Ints


def tally(orders: Orders, result: Result) -> Tally:
    """Look at all offers once, on as many cores as there are."""
    columns = Columns(
        orders.bus, orders.period, orders.side, orders.curve, orders.first, orders.price, orders.quantity,
        result.accepted,
    )  # fmt: skip
    n, n_parts = len(orders.order), CORES if len(orders.price) >= WORTH_SHARING else 1
    parts: dict[int, Part] = {}

    def look(part: int) -> None:
        parts[part] = _look(columns, n * part // n_parts, n * (part + 1) // n_parts, result.price)

    share_out(look, range(n_parts))
    return _joined([parts[part] for part in range(n_parts)], result.price.shape)


def _joined(parts: list[Part], shape: tuple[int, ...]) -> Tally:
    size = shape[0] * shape[1]
    net, left = np.zeros(size, np.int64), np.zeros((2, size), bool)
    low, high = np.full(size, -FAR), np.full(size, FAR)
    for part in parts:
        run = slice(part.market, part.market + len(part.net))
        net[run] += part.net
        left[:, run] |= part.left
        low[run], high[run] = np.maximum(low[run], part.low), np.minimum(high[run], part.high)
    sums = [sum(part.surplus[i] for part in parts) for i in range(4)]
    return Tally(
        net.reshape(shape),
        low.reshape(shape),
        high.reshape(shape),
        left.reshape(2, *shape),
        sum(part.beyond for part in parts),
        sum(part.unsupported for part in parts),
        (sums[0] << 32) + sums[1] + (((sums[2] << 32) + sums[3]) << 30),
        np.concatenate([part.margin for part in parts]),
        np.concatenate([part.certain for part in parts]),
        np.concatenate([part.most for part in parts]),
    )


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


@compiled
def _step(limit: int, quantity: int, at: int, got: int) -> tuple[int, int, int, int]:
    """What `_steps` finds where there is one point, without a branch: it is most of a large book.

    Returns what the offer must get and may get at the price, and the prices at which it wants what it got.
    """
    certain, most = quantity if at > limit else 0, quantity if at >= limit else 0
    least = limit if (got > 0) & (quantity > 0) else -FAR
    return certain, most, least, limit if got < quantity else FAR


@compiled
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


@compiled
def _wants(
    columns: Columns, offer: int, sign: int, at: int, got: int, surplus: tuple[int, int, int, int]
) -> tuple[tuple[int, int, int, int, int], tuple[int, int, int, int]]:
    """What `_steps` finds, for any curve; a buyer's prices are mirrored."""
    first, stop = columns.first[offer], columns.first[offer + 1]
    if columns.curve[offer] == STEP and stop - first == 1:
        limit, offered = sign * columns.price[first], columns.quantity[first]
        certain, most, least, best = _step(limit, offered, sign * at, got)
        return (certain, most, offered, least, best), _more(surplus, max(sign * at - limit, 0), offered)
    curve = Curve(columns.price, columns.quantity, first, stop, sign)
    if columns.curve[offer] == STEP:
        return _steps(curve, sign * at, got, surplus)
    certain, most, offered = _at(curve, sign * at - 1), _at(curve, sign * at), _at(curve, FAR)
    least = _first_with(curve, got) if 0 < got <= offered else -FAR
    best = _first_with(curve, got + 1) if got < offered else FAR
    return (certain, most, offered, least, best), surplus


@compiled
def _look(columns: Columns, start: int, stop: int, prices: Ints) -> Part:
    """Look at the offers start:stop."""
    n_buses, market, size = prices.shape[1], 0, 0
    if start < stop:
        market = columns.period[start] * n_buses + columns.bus[start]
        size = columns.period[stop - 1] * n_buses + columns.bus[stop - 1] - market + 1
    net, left = np.zeros(size, np.int64), np.zeros((2, size), np.bool_)
    low, high = np.full(size, -FAR), np.full(size, FAR)
    margin = np.empty((3, stop - start), np.int64)
    beyond, unsupported, count, surplus = 0, 0, 0, (0, 0, 0, 0)
    bus, period, sides, accepted = columns.bus, columns.period, columns.side, columns.accepted
    for i in range(start, stop):
        at, got, side = prices[period[i], bus[i]], accepted[i], sides[i]
        sign = -1 if side == BUY else 1
        here = period[i] * n_buses + bus[i] - market
        (certain, most, offered, least, best), surplus = _wants(columns, i, sign, at, got, surplus)
        least, best = (-best, -least) if sign < 0 else (least, best)
        net[here] += sign * got
        low[here], high[here] = max(low[here], least), min(high[here], best)
        if got < 0 or got > offered:
            beyond += 1
        elif got < certain or got > most:
            unsupported += 1
        if got < most:
            left[side, here] = True
        if certain < most:
            margin[0, count], margin[1, count], margin[2, count] = i, certain, most
            count += 1
    at_margin, certains, mosts = margin[0, :count].copy(), margin[1, :count].copy(), margin[2, :count].copy()
    return Part(market, net, low, high, left, beyond, unsupported, surplus, at_margin, certains, mosts)
