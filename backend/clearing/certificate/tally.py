"""One look at every offer: what it must and may get, what it adds to its bus, what it is content with."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from clearing.book import Orders, Result
from clearing.certificate.wants import FAR, HALF, LIMB, Columns, wants_of
from clearing.compiled import compiled, inlined
from clearing.rules import BUY, SELL, STEP, Ints
from clearing.threads import CORES, WORTH_SHARING, share_out

Marks = NDArray[np.bool_]


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


class Sums(NamedTuple):
    """What is added up by market, counted from `market` on; and a list of offers at the margin."""

    market: int
    net: Ints
    low: Ints
    high: Ints
    left: Marks
    margin: Ints


class Counts(NamedTuple):
    """What is added up over all."""

    beyond: int
    unsupported: int
    surplus: tuple[int, int, int, int]
    at_margin: int


@inlined
def _look_at_curves(columns: Columns, start: int, stop: int, prices: Ints, sums: Sums) -> Counts:
    """Look at the offers start:stop, one by one."""
    beyond, unsupported, count, surplus = 0, 0, 0, (0, 0, 0, 0)
    for i in range(start, stop):
        period, bus, got, side = columns.period[i], columns.bus[i], columns.accepted[i], columns.side[i]
        sign, at, here = -1 if side == BUY else 1, prices[period, bus], period * prices.shape[1] + bus
        here -= sums.market
        (certain, most, offered, least, best), surplus = wants_of(columns, i, sign, at, got, surplus)
        least, best = (-best, -least) if sign < 0 else (least, best)
        sums.net[here] += sign * got
        sums.low[here], sums.high[here] = max(sums.low[here], least), min(sums.high[here], best)
        if got < 0 or got > offered:
            beyond += 1
        elif got < certain or got > most:
            unsupported += 1
        if got < most:
            sums.left[side, here] = True
        if certain < most:
            sums.margin[0, count], sums.margin[1, count], sums.margin[2, count] = i, certain, most
            count += 1
    return Counts(beyond, unsupported, surplus, count)


@inlined
def _look_at_market(
    first: int, at: int, side: Ints, price: Ints, quantity: Ints, accepted: Ints, here: int, sums: Sums,
    counts: Counts,
) -> Counts:  # fmt: skip
    """Look at a market whose offers, from `first` on, have one step each, without a branch in the loop."""
    net, low, high, sells_more, buys_more, at_margin = 0, -FAR, FAR, 0, 0, 0
    beyond, unsupported, (upper, lower, more_upper, more_lower), count = counts
    for k in range(len(side)):
        limit, offered, got, buys = price[k], quantity[k], accepted[k], side[k] == BUY
        gain = limit - at if buys else at - limit
        certain, most = offered if gain > 0 else 0, offered if gain >= 0 else 0
        net += -got if buys else got
        has, wants = (got > 0) & (offered > 0), got < offered
        low = max(low, limit if (wants if buys else has) else -FAR)
        high = min(high, limit if (has if buys else wants) else FAR)
        outside = (got < 0) | (got > offered)
        beyond += outside
        unsupported += ((got < certain) | (got > most)) & (outside == 0)
        sells_more += (got < most) & (buys == 0)
        buys_more += (got < most) & buys
        at_margin += certain < most
        worth, much = max(gain, 0) * (offered & LIMB), max(gain, 0) * (offered >> 30)
        upper, lower = upper + (worth >> 32), lower + (worth & HALF)
        more_upper, more_lower = more_upper + (much >> 32), more_lower + (much & HALF)
    for k in range(len(side) if at_margin else 0):
        if price[k] == at and quantity[k] > 0:
            sums.margin[0, count], sums.margin[1, count], sums.margin[2, count] = first + k, 0, quantity[k]
            count += 1
    sums.net[here] += net
    sums.low[here], sums.high[here] = max(sums.low[here], low), min(sums.high[here], high)
    sums.left[SELL, here] |= sells_more > 0
    sums.left[BUY, here] |= buys_more > 0
    return Counts(beyond, unsupported, (upper, lower, more_upper, more_lower), count)


@inlined
def _look_at_steps(columns: Columns, start: int, stop: int, prices: Ints, sums: Sums) -> Counts:
    """Look at the offers start:stop, which have one step each, market by market."""
    counts, i = Counts(0, 0, (0, 0, 0, 0), 0), start
    while i < stop:
        period, bus, end = columns.period[i], columns.bus[i], i + 1
        while end < stop and columns.period[end] == period and columns.bus[end] == bus:
            end += 1
        points = slice(columns.first[i], columns.first[i] + end - i)
        counts = _look_at_market(
            i, prices[period, bus], columns.side[i:end], columns.price[points], columns.quantity[points],
            columns.accepted[i:end], period * prices.shape[1] + bus - sums.market, sums, counts,
        )  # fmt: skip
        i = end
    return counts


@inlined
def _one_step_each(columns: Columns, start: int, stop: int) -> bool:
    """Whether the offers start:stop have one step each."""
    plain = True
    for i in range(start, stop):
        plain &= (columns.curve[i] == STEP) & (columns.first[i + 1] - columns.first[i] == 1)
    return plain


@compiled
def _look(columns: Columns, start: int, stop: int, prices: Ints) -> Part:
    """Look at the offers start:stop."""
    n_buses, market, size = prices.shape[1], 0, 0
    if start < stop:
        market = columns.period[start] * n_buses + columns.bus[start]
        size = columns.period[stop - 1] * n_buses + columns.bus[stop - 1] - market + 1
    net, left = np.zeros(size, np.int64), np.zeros((2, size), np.bool_)
    low, high = np.full(size, -FAR), np.full(size, FAR)
    sums = Sums(market, net, low, high, left, np.empty((3, stop - start), np.int64))
    if _one_step_each(columns, start, stop):
        counts = _look_at_steps(columns, start, stop, prices, sums)
    else:
        counts = _look_at_curves(columns, start, stop, prices, sums)
    at, certain, most = (sums.margin[0], sums.margin[1], sums.margin[2])
    n = counts.at_margin
    return Part(
        market, net, low, high, left, counts.beyond, counts.unsupported, counts.surplus,
        at[:n].copy(), certain[:n].copy(), most[:n].copy(),
    )  # fmt: skip
