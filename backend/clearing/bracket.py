"""Between which two prices does the price of a market lie?

A sample says so most likely, a histogram of all points for certain; either also guesses the price.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from clearing.compiled import compiled
from clearing.rules import Ints
from clearing.survey import Book, Halves

BUCKETS = 2048
# A sample takes so many points, in runs of so many: a line of the processor's cache.
SAMPLE, RUN = 2**15, 16
# Below this many points a sample is no help.
WORTH_SAMPLING = 2**14


class Bracket(NamedTuple):
    """The price lies at `low` or above it and below `high`, at about `guess`. [Rp/MWh]"""

    low: int
    high: int
    guess: int


@compiled
def buckets_for(count: int) -> int:
    """How many buckets are worth their while."""
    buckets = 16
    while buckets < BUCKETS and buckets < count:
        buckets *= 2
    return buckets


@compiled
def shift_for(low: int, high: int, buckets: int) -> int:
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
def find(bucket: Ints, needed: int) -> tuple[int, int]:
    """The first bucket up to which all quantities reach what is needed, and what lies before it. [Wh]"""
    before = 0
    for at in range(len(bucket)):
        if before + bucket[at] >= needed:
            return at, before
        before += bucket[at]
    return len(bucket) - 1, before


@compiled
def certain_bracket(book: Book, points: tuple[int, int], span: tuple[int, int], bucket: Ints) -> Bracket:
    """The bucket of prices that holds the price for certain, by a look at all points."""
    start, stop = points
    buckets = buckets_for(stop - start)
    shift = shift_for(span[0], span[1], buckets)
    bucket[:buckets] = 0
    demand = _tally(book.price[start:stop], book.quantity[start:stop], span[0], shift, bucket)
    at, _ = find(bucket[:buckets], demand)
    low = span[0] + (at << shift)
    return Bracket(low, low + (1 << shift), low)


@compiled
def _tally_runs(
    price: Halves, quantity: Halves, runs: tuple[int, int, int], base: int, shift: int, bucket: Ints
) -> tuple[int, float]:
    """`_tally` of runs of points, each a stride after the one before; and the sum of squares. [Wh, Wh²]"""
    demand, squares = 0, 0.0
    for run in range(runs[0], runs[1] - RUN, runs[2]):
        for k in range(RUN):
            # Unsigned, an index is never taken for one that counts from the end.
            i = np.uint64(run + k)
            bucket[np.uint32(price[i] - base) >> np.uint32(shift)] += abs(quantity[i])
        square = 0
        for k in range(RUN):
            i = np.uint64(run + k)
            demand -= min(quantity[i], 0)
            square += int(quantity[i]) * int(quantity[i])
        # Sixteen squares of 30 bits each fit into 64 without a sign.
        squares += float(np.uint64(square))
    return demand, squares


@compiled
def likely_bracket(book: Book, points: tuple[int, int], span: tuple[int, int], bucket: Ints) -> Bracket:
    """Two prices that very likely enclose the price, by a look at a sample.

    The error of the sample's quantile is at most about the root of the sum of squares, mostly less; twice
    that is allowed for. Should it not do, the count over all points shows it.
    """
    start, stop = points
    size = min((stop - start) // 8, SAMPLE)
    stride = (stop - start) * RUN // size
    shift = shift_for(span[0], span[1], BUCKETS)
    bucket[:] = 0
    demand, squares = _tally_runs(book.price, book.quantity, (start, stop, stride), span[0], shift, bucket)
    slack = int(2 * np.sqrt(squares))
    low, _ = find(bucket, demand - slack)
    middle, _ = find(bucket, demand)
    high, _ = find(bucket, demand + slack)
    guess = span[0] + (middle << shift) + (1 << shift >> 1)
    return Bracket(span[0] + (low << shift), span[0] + ((high + 1) << shift), guess)


@compiled
def bracket_of(book: Book, points: tuple[int, int], span: tuple[int, int], bucket: Ints) -> Bracket:
    """A bracket for the points start:stop; it need not hold the price if they are many."""
    if points[1] - points[0] >= WORTH_SAMPLING:
        return likely_bracket(book, points, span, bucket)
    return certain_bracket(book, points, span, bucket)
