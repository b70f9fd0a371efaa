"""One price for a whole market: a weighted quantile of all its orders, without a sort.

With F(p) the quantity of all orders, to buy and to sell, that stand at p or below, supply up to p covers the
demand beyond p exactly if F(p) is at least the whole demand. So the price is a quantile of all orders
together: it is bracketed and guessed (`bracket`), everybody is accepted or refused as guessed (`guess`), and
the few near the guess are looked at again (`exact`). See docs/clearing.md, "One bus".
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from clearing.book import Orders
from clearing.bracket import BUCKETS, Bracket, bracket_of, certain_bracket
from clearing.compiled import compiled
from clearing.exact import Cleared, lowest_beyond, settle
from clearing.guess import BLOCK, MAX_PRODUCT, Found, Near, decide, room_for
from clearing.prices import NO_END, midpoint
from clearing.rules import Ints
from clearing.survey import Book
from clearing.threads import CORES, WORTH_SHARING, runs, share_out

# Below this many points one core has done before a second one begins.
WORTH_DIVIDING = 2**21


class Answer(NamedTuple):
    """What is decided, by offer and by market."""

    accepted: Ints
    price: Ints
    low: Ints
    high: Ints


@compiled
def _publish(
    book: Book,
    market: int,
    points: tuple[int, int],
    cleared: Cleared,
    bounds: tuple[int, int],
    answer: Answer,
) -> None:
    """Choose the price of a market."""
    low, high = cleared.low, cleared.high
    if not cleared.held:  # nobody buys
        low, high = -NO_END, lowest_beyond(book, points, -NO_END)
    price, low, high = midpoint(low, high, 0, bounds)
    answer.price[market], answer.low[market], answer.high[market] = price, low, high


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
    near, bucket = room_for(most + BLOCK), np.empty(BUCKETS, np.int64)
    upper, lower = 0, 0
    for market in range(run[0], run[1]):
        offers = (market_first[market], market_first[market + 1])
        points = (book.first[offers[0]], book.first[offers[1]])
        bracket = bracket_of(book, points, span, bucket)
        found = decide(book, offers, bracket, answer.accepted, near)
        cleared = settle(book, points, near, found, bracket, answer.accepted)
        if not cleared.held:
            bracket = certain_bracket(book, points, span, bucket)
            found = decide(book, offers, bracket, answer.accepted, near)
            cleared = settle(book, points, near, found, bracket, answer.accepted)
        upper, lower = upper + cleared.upper, lower + cleared.lower
        _publish(book, market, points, cleared, bounds, answer)
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
    if len(seen.price) < WORTH_DIVIDING or CORES == 1:
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
    if points[1] - points[0] < WORTH_DIVIDING:
        return [_clear_markets(book, market_first, (market, market + 1), span, bounds, answer)]
    bucket = np.empty(BUCKETS, np.int64)
    bracket = bracket_of(book, points, span, bucket)
    near, found = _decide_shared(book, offers, bracket, answer.accepted, (points[1] - points[0]) // 16)
    cleared = settle(book, points, near, found, bracket, answer.accepted)
    if not cleared.held:
        bracket = certain_bracket(book, points, span, bucket)
        near, found = _decide_shared(book, offers, bracket, answer.accepted, points[1] - points[0] + BLOCK)
        cleared = settle(book, points, near, found, bracket, answer.accepted)
    _publish(book, market, points, cleared, bounds, answer)
    return [(cleared.upper, cleared.lower)]


def _decide_shared(
    book: Book, offers: tuple[int, int], bracket: Bracket, accepted: Ints, room: int
) -> tuple[Near, Found]:
    """`decide`, by several cores."""
    cuts = [offers[0] + (offers[1] - offers[0]) * part // CORES for part in range(CORES + 1)]
    made: list[tuple[Near, Found]] = []

    def take(part: tuple[int, int]) -> None:
        mine = room_for(room)
        made.append((mine, decide(book, part, bracket, accepted, mine)))

    share_out(take, list(pairwise(cuts)))
    if any(found.listed < 0 for _, found in made):
        return made[0][0], Found(-1, 0, 0, 0)
    near = Near(
        np.concatenate([mine.offer[: found.listed] for mine, found in made]),
        np.concatenate([mine.price[: found.listed] for mine, found in made]),
        np.concatenate([mine.quantity[: found.listed] for mine, found in made]),
    )
    return near, Found(*(sum(figures) for figures in zip(*(found for _, found in made), strict=True)))
