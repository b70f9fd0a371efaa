"""One price for a whole market: a weighted quantile, by histograms, without a sort.

With F(p) the quantity of all orders, to buy and to sell, that stand at p or below, supply up to p covers the
demand beyond p exactly if F(p) is at least the whole demand. So the price is a quantile of all orders
together. A histogram over the price range finds the bucket it lies in; whatever lies outside is decided at
once; the rest, some thousandth, is looked at again. See docs/clearing.md, "One bus".
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from clearing.book import Orders
from clearing.compiled import compiled
from clearing.margin import portion
from clearing.prices import NO_END, midpoint
from clearing.rules import Ints
from clearing.survey import Halves
from clearing.threads import CORES, runs, share_out

BUCKETS = 2048
BLOCK = 1024
# A sample takes runs of this many points, a line of the processor's cache.
RUN = 16
# A block's worth of products of price and quantity stays inside 64 bits.
MAX_PRODUCT = 2**52
# Below this many points a second core costs more than it saves.
WORTH_SHARING = 2**16
# Below this many points a sample is no help.
WORTH_SAMPLING = 2**14
LOW_HALF = 2**32 - 1


class Book(NamedTuple):
    """Step points in half the room; offer `i` owns the points `first[i]:first[i + 1]`."""

    price: Halves
    quantity: Halves  # buyers' are negative [Wh]
    first: Ints
    order: Ints
    single: bool  # point i is offer i


class Answer(NamedTuple):
    """What is decided, by offer and by market."""

    accepted: Ints
    price: Ints
    low: Ints
    high: Ints


class Inside(NamedTuple):
    """Points of one market between two prices; a list of all of them, or of as many as it has room for."""

    offer: Ints
    price: Halves
    quantity: Halves


class Found(NamedTuple):
    """What deciding all points outside two prices leaves to be decided between them."""

    listed: int  # points between, -1 if the list has no room for them
    held: int  # their quantities together [Wh]
    needed: int  # what of these must sell or give up buying, for supply to meet demand [Wh]
    upper: int  # the welfare of what is accepted outside, upper * 2**32 + lower [µRp]
    lower: int


@compiled
def _buckets_for(count: int) -> int:
    """How many buckets are worth their while."""
    buckets = 16
    while buckets < BUCKETS and buckets < count:
        buckets *= 2
    return buckets


@compiled
def _shift_for(low: int, high: int, buckets: int) -> int:
    """The width of a bucket, as a power of two, if low:high is to be covered."""
    shift = 0
    while (high - 1 - low) >> shift >= buckets:
        shift += 1
    return shift


@compiled
def _tally(price: Halves, quantity: Halves, base: int, shift: int, bucket: Ints) -> int:
    """Add quantities to the buckets of their prices; the demand among them. [Wh]"""
    demand = 0
    for i in range(len(price)):
        bucket[np.uint32(price[i] - base) >> np.uint32(shift)] += abs(quantity[i])
    for i in range(len(price)):
        demand -= min(quantity[i], 0)
    return demand


@compiled
def _find(bucket: Ints, needed: int) -> tuple[int, int]:
    """The first bucket up to which all quantities reach what is needed, and what lies before it. [Wh]"""
    before = 0
    for at in range(len(bucket)):
        if before + bucket[at] >= needed:
            return at, before
        before += bucket[at]
    return len(bucket) - 1, before


@compiled
def _all_between(book: Book, start: int, stop: int, span: tuple[int, int], bucket: Ints) -> tuple[int, int]:
    """The bucket of prices that holds the price for certain, by a look at all points."""
    buckets = _buckets_for(stop - start)
    shift = _shift_for(span[0], span[1], buckets)
    bucket[:buckets] = 0
    demand = _tally(book.price[start:stop], book.quantity[start:stop], span[0], shift, bucket)
    at, _ = _find(bucket[:buckets], demand)
    return span[0] + (at << shift), span[0] + ((at + 1) << shift)


@compiled
def _likely_between(
    book: Book, start: int, stop: int, span: tuple[int, int], bucket: Ints
) -> tuple[int, int]:
    """Two prices that very likely enclose the price, by a look at a sample.

    The error of the sample's quantile is at most about the root of the sum of squares, mostly less; twice
    that is allowed for. Should it not do, the count over all points shows it.
    """
    size = min((stop - start) // 8, 2**16)
    stride = (stop - start) * RUN // size
    shift = _shift_for(span[0], span[1], BUCKETS)
    bucket[:] = 0
    demand, squares = 0, 0.0
    for run in range(start, stop - RUN, stride):
        quantity = book.quantity[run : run + RUN]
        demand += _tally(book.price[run : run + RUN], quantity, span[0], shift, bucket)
        for k in range(len(quantity)):
            squares += float(quantity[k]) * float(quantity[k])
    slack = int(2 * np.sqrt(squares))
    low, _ = _find(bucket, demand - slack)
    high, _ = _find(bucket, demand + slack)
    return span[0] + (low << shift), span[0] + ((high + 1) << shift)


@compiled
def _room(size: int) -> Inside:
    """An empty list."""
    return Inside(np.empty(size, np.int64), np.empty(size, np.int32), np.empty(size, np.int32))


@compiled
def _decide(
    book: Book, start: int, stop: int, between: tuple[int, int], accepted: Ints, inside: Inside
) -> Found:
    """Accept in full or refuse the offers start:stop, but for the points between two prices: list these."""
    if not book.single:
        return _decide_curves(book, start, stop, between, accepted, inside)
    count, held, net, upper, lower = 0, 0, 0, 0, 0
    low, width = np.int32(between[0]), np.uint32(between[1] - between[0])
    for block in range(start, stop, BLOCK):
        end = min(block + BLOCK, stop)
        prices, quantities, got = book.price[block:end], book.quantity[block:end], accepted[block:end]
        if count + end - block > len(inside.offer):
            return Found(-1, 0, 0, 0, 0)
        total, sold = 0, 0
        # Without a branch, so that several points are decided at a time; those between as if they were dear.
        for k in range(len(prices)):
            taken = quantities[k] if (prices[k] < low) == (quantities[k] > 0) else np.int32(0)
            got[k] = abs(taken)
            total -= int(prices[k]) * int(taken)
            sold += int(taken)
        for k in range(len(prices)):
            if np.uint32(prices[k] - low) < width:
                inside.offer[count], inside.price[count] = block + k, prices[k]
                inside.quantity[count] = quantities[k]
                count, held = count + 1, held + abs(int(quantities[k]))
                got[k] = 0
                total += int(prices[k]) * min(int(quantities[k]), 0)
        net -= sold
        upper, lower = upper + (total >> 32), lower + (total & LOW_HALF)
    return Found(count, held, net, upper, lower)


@compiled
def _decide_curves(
    book: Book, start: int, stop: int, between: tuple[int, int], accepted: Ints, inside: Inside
) -> Found:
    """The same for offers of several points."""
    count, held, needed, upper, lower = 0, 0, 0, 0, 0
    for offer in range(start, stop):
        got = 0
        if count + book.first[offer + 1] - book.first[offer] > len(inside.offer):
            return Found(-1, 0, 0, 0, 0)
        for i in range(book.first[offer], book.first[offer + 1]):
            price, quantity = int(book.price[i]), int(book.quantity[i])
            if (price < between[0]) == (quantity > 0):
                needed -= quantity
            if between[0] <= price < between[1]:
                inside.offer[count], inside.price[count], inside.quantity[count] = offer, price, quantity
                count, held = count + 1, held + abs(quantity)
            elif (price < between[0]) == (quantity > 0):
                got += abs(quantity)
                worth = -price * quantity
                upper, lower = upper + (worth >> 32), lower + (worth & LOW_HALF)
        accepted[offer] = got
    return Found(count, held, needed, upper, lower)


@compiled
def _narrow(
    inside: Inside, count: int, between: tuple[int, int], needed: int, accepted: Ints
) -> tuple[int, int, int, int, int]:
    """Look again at the points between two prices, bucket by bucket, until one price is left.

    Returns
    -------
    count, price, needed, upper, lower : int
        How many points stand at the price, the price, what is needed of these, and the welfare of what is
        accepted.
    """
    low, high = between
    upper, lower = 0, 0
    while high - low > 1:
        buckets = _buckets_for(count)
        shift = _shift_for(low, high, buckets)
        bucket = np.zeros(buckets, np.int64)
        for k in range(count):
            bucket[(inside.price[k] - low) >> shift] += abs(inside.quantity[k])
        at, before = _find(bucket, needed)
        needed -= before
        low = low + (at << shift)
        high = min(low + (1 << shift), high)
        kept = 0
        for k in range(count):
            offer, price, quantity = inside.offer[k], int(inside.price[k]), int(inside.quantity[k])
            if low <= price < high:
                inside.offer[kept], inside.price[kept], inside.quantity[kept] = offer, price, quantity
                kept += 1
            elif (price < low) == (quantity > 0):
                accepted[offer] += abs(quantity)
                worth = -price * quantity
                upper, lower = upper + (worth >> 32), lower + (worth & LOW_HALF)
        count = kept
    return count, low, needed, upper, lower


@compiled
def _share(order: Ints, inside: Inside, count: int, sign: int, needed: int, accepted: Ints) -> None:
    """Divide `needed` among one side of the points inside, in proportion, by largest remainder."""
    whole, members = 0, np.empty(count, np.int64)
    size = 0
    for k in range(count):
        quantity = int(inside.quantity[k])
        if quantity * sign > 0:
            whole += abs(quantity)
            members[size] = k
            size += 1
    members = members[:size]
    share, remainder, spare = np.empty(size, np.int64), np.empty(size, np.int64), needed
    for m in range(size):
        amount = abs(int(inside.quantity[members[m]]))
        if needed >= whole:
            share[m], remainder[m] = amount, 0
        else:
            share[m], remainder[m] = portion(amount, needed, whole)
        spare -= share[m]
    if spare > 0:
        by_order = np.argsort(order[inside.offer[members]], kind="mergesort")
        ranking = by_order[np.argsort(-remainder[by_order], kind="mergesort")]
        share[ranking[:spare]] += 1
    for m in range(size):
        accepted[inside.offer[members[m]]] += share[m]


@compiled
def _best_beyond(book: Book, start: int, stop: int, doubled: int) -> int:
    """The lowest limit among the points that stand above a doubled price; `NO_END` if there is none."""
    best = NO_END
    for i in range(start, stop):
        price, quantity = int(book.price[i]), int(book.quantity[i])
        if quantity and 2 * price + (quantity < 0) > doubled:
            best = min(best, price)
    return best


@compiled
def _settle(
    book: Book,
    points: tuple[int, int],
    inside: Inside,
    found: Found,
    between: tuple[int, int],
    accepted: Ints,
) -> tuple[int, int, int, int]:
    """Find the price between two prices and share the margin.

    Returns
    -------
    low, high, upper, lower : int
        The ends of the interval of prices that clear, and the welfare of all that is accepted.
    """
    if found.needed <= 0:  # nobody buys
        return -NO_END, _best_beyond(book, points[0], points[1], -NO_END), 0, 0
    count, price, needed, upper, lower = _narrow(inside, found.listed, between, found.needed, accepted)
    sold, bought = 0, 0
    for k in range(count):
        quantity = int(inside.quantity[k])
        sold, bought = sold + max(quantity, 0), bought - min(quantity, 0)
    # Sellers at the price come first, then buyers at the price give up: doubled prices 2p and 2p + 1.
    sells, buys = min(needed, sold), bought - max(needed - sold, 0)
    _share(book.order, inside, count, 1, sells, accepted)
    _share(book.order, inside, count, -1, buys, accepted)
    # (buys - sells) * price, in halves that fit.
    worth_upper, worth_lower = ((buys - sells) >> 31) * price, ((buys - sells) & (2**31 - 1)) * price
    upper, lower = upper + found.upper + (worth_upper >> 1), lower + found.lower + ((worth_upper & 1) << 31)
    upper, lower = upper + (worth_lower >> 32), lower + (worth_lower & LOW_HALF)
    high = price
    if needed == sold or needed == sold + bought:
        high = _best_beyond(book, points[0], points[1], 2 * price + (1 if needed > sold else 0))
    return price, high, upper, lower


@compiled
def _choose(answer: Answer, market: int, low: int, high: int, bounds: tuple[int, int]) -> None:
    price, low, high = midpoint(low, high, 0, bounds)
    answer.price[market], answer.low[market], answer.high[market] = price, low, high


@compiled
def _fits(found: Found) -> bool:
    """Whether the price lies where it was looked for."""
    return 0 < found.needed <= found.held


@compiled
def _clear_markets(
    book: Book, market_first: Ints, run: tuple[int, int], span: tuple[int, int], bounds: tuple[int, int],
    answer: Answer,
) -> tuple[int, int]:  # fmt: skip
    """Clear a run of markets one after the other; the welfare, as `upper * 2**32 + lower`."""
    most = 0
    for market in range(run[0], run[1]):
        points = book.first[market_first[market + 1]] - book.first[market_first[market]]
        most = max(most, points)
    inside = _room(most + BLOCK)
    bucket = np.empty(BUCKETS, np.int64)
    upper, lower = 0, 0
    for market in range(run[0], run[1]):
        start, stop = market_first[market], market_first[market + 1]
        points = (book.first[start], book.first[stop])
        if points[1] - points[0] >= WORTH_SAMPLING:
            between = _likely_between(book, points[0], points[1], span, bucket)
        else:
            between = _all_between(book, points[0], points[1], span, bucket)
        found = _decide(book, start, stop, between, answer.accepted, inside)
        if not _fits(found):
            between = _all_between(book, points[0], points[1], span, bucket)
            found = _decide(book, start, stop, between, answer.accepted, inside)
        low, high, more_upper, more_lower = _settle(book, points, inside, found, between, answer.accepted)
        upper, lower = upper + more_upper, lower + more_lower
        _choose(answer, market, low, high, bounds)
    return upper, lower


def is_uniform(orders: Orders) -> bool:
    """Whether `clear_markets` takes a book: step curves, and no figure out of the ordinary."""
    seen = orders.survey
    return seen.compact and max(abs(seen.lowest), abs(seen.highest)) * seen.largest <= MAX_PRODUCT


def clear_markets(orders: Orders, market_first: Ints, bounds: tuple[int, int]) -> tuple[Answer, int]:
    """Clear markets, each with one price, that are runs of the book's offers.

    Parameters
    ----------
    orders : Orders
        A book that `is_uniform`.
    market_first : ndarray of int64, shape (n_markets + 1,)
        Where the offers of each market begin.
    bounds : tuple of int
        Lowest and highest price. [Rp/MWh]

    Returns
    -------
    answer : Answer
        Accepted quantities by offer; price and interval by market. [Wh, Rp/MWh]
    welfare : int
        The worth of what is accepted at its limits. [µRp]
    """
    seen = orders.survey
    book = Book(seen.price, seen.quantity, orders.first, orders.order, seen.single)
    n_markets = len(market_first) - 1
    answer = Answer(np.empty(len(orders.order), np.int64), *(np.empty(n_markets, np.int64) for _ in range(3)))
    span = (seen.lowest, seen.highest + 1)
    worth: list[tuple[int, int]] = []
    point_first = orders.first[market_first]
    heavy = int(np.diff(point_first).max(initial=0))
    if len(seen.price) < WORTH_SHARING or CORES == 1:
        worth.append(_clear_markets(book, market_first, (0, n_markets), span, bounds, answer))
    elif heavy * 2 > len(seen.price):
        for market in range(n_markets):
            worth += _clear_large(book, market_first, market, span, bounds, answer)
    else:
        share_out(
            lambda run: worth.append(_clear_markets(book, market_first, run, span, bounds, answer)),
            runs(point_first.tolist(), max(len(seen.price) // (8 * CORES), WORTH_SHARING // 2)),
        )
    return answer, (sum(upper for upper, _ in worth) << 32) + sum(lower for _, lower in worth)


def _clear_large(
    book: Book,
    market_first: Ints,
    market: int,
    span: tuple[int, int],
    bounds: tuple[int, int],
    answer: Answer,
) -> list[tuple[int, int]]:
    """Clear one market, its offers divided between the cores; its welfare in parts."""
    offers = (int(market_first[market]), int(market_first[market + 1]))
    points = (int(book.first[offers[0]]), int(book.first[offers[1]]))
    if points[1] - points[0] < WORTH_SHARING:
        return [_clear_markets(book, market_first, (market, market + 1), span, bounds, answer)]
    cuts = [offers[0] + (offers[1] - offers[0]) * part // CORES for part in range(CORES + 1)]
    between = _likely_between(book, points[0], points[1], span, np.empty(BUCKETS, np.int64))
    inside, found = _decide_shared(book, cuts, between, answer.accepted, (points[1] - points[0]) // 16)
    if not _fits(found):
        between = _all_between(book, points[0], points[1], span, np.empty(BUCKETS, np.int64))
        inside, found = _decide_shared(book, cuts, between, answer.accepted, points[1] - points[0] + BLOCK)
    low, high, upper, lower = _settle(book, points, inside, found, between, answer.accepted)
    _choose(answer, market, low, high, bounds)
    return [(upper, lower)]


def _decide_shared(
    book: Book, cuts: list[int], between: tuple[int, int], accepted: Ints, room: int
) -> tuple[Inside, Found]:
    """`_decide`, by several cores; `cuts` says where one's offers end and the next one's begin."""
    made: list[tuple[Inside, Found]] = []

    def decide(part: tuple[int, int]) -> None:
        mine = _room(room)
        made.append((mine, _decide(book, part[0], part[1], between, accepted, mine)))

    share_out(decide, list(pairwise(cuts)))
    if any(found.listed < 0 for _, found in made):
        return made[0][0], Found(-1, 0, 0, 0, 0)
    inside = Inside(
        np.concatenate([mine.offer[: found.listed] for mine, found in made]),
        np.concatenate([mine.price[: found.listed] for mine, found in made]),
        np.concatenate([mine.quantity[: found.listed] for mine, found in made]),
    )
    return inside, Found(*(sum(figures) for figures in zip(*(found for _, found in made), strict=True)))
