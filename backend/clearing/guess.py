"""Who is accepted if the price is as guessed, and who is so near the guess that this may be wrong?

One pass over the points, without a branch where offers have one point each: this is where the time of a large
auction goes.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from clearing.bracket import Bracket
from clearing.compiled import compiled
from clearing.rules import Ints
from clearing.survey import Book, Halves

Bytes = NDArray[np.uint8]
Words = NDArray[np.uint64]

BLOCK = 1024
# A block's worth of products of price and quantity stays inside 64 bits.
MAX_PRODUCT = 2**52
LOW_HALF = 2**32 - 1
# The lowest bit, and the lowest bit of each byte.
ONE, EACH = np.uint64(1), np.uint64(0x0101010101010101)


class Near(NamedTuple):
    """The points of one market inside its bracket; a list of all of them, or room for it."""

    offer: Ints
    price: Halves
    quantity: Halves


class Found(NamedTuple):
    """What deciding by the guess has led to."""

    listed: int  # points inside the bracket, -1 if the list has no room for them
    net: int  # what is sold more than bought [Wh]
    upper: int  # the welfare of what is accepted, upper * 2**32 + lower [µRp]
    lower: int


class Desk(NamedTuple):
    """Room to list a block's points."""

    marks: Bytes  # 1 where a point is inside the bracket
    eights: Words  # the same, eight marks in one number
    eight: Halves  # which of these are not 0


@compiled
def _new_desk() -> Desk:
    marks = np.zeros(BLOCK, np.uint8)
    # One more than there are: a candidate after the last.
    return Desk(marks, marks.view(np.uint64), np.empty(BLOCK // 8 + 1, np.int32))


@compiled
def room_for(size: int) -> Near:
    """An empty list."""
    return Near(np.empty(size, np.int64), np.empty(size, np.int32), np.empty(size, np.int32))


@compiled
def is_taken(price: int, quantity: int, threshold: int) -> bool:
    """Whether a point is accepted: sellers below the threshold, buyers from it on."""
    return (price < threshold) == (quantity > 0)


@compiled
def decide(book: Book, offers: tuple[int, int], bracket: Bracket, accepted: Ints, near: Near) -> Found:
    """Accept or refuse the offers start:stop by the guess, and list the points inside the bracket."""
    if not book.single:
        return _decide_curves(book, offers, bracket, accepted, near)
    count, net, upper, lower = 0, 0, 0, 0
    desk = _new_desk()
    for block in range(offers[0], offers[1], BLOCK):
        end = min(block + BLOCK, offers[1])
        prices, quantities = book.price[block:end], book.quantity[block:end]
        if count + end - block > len(near.offer):
            return Found(-1, 0, 0, 0)
        sold, worth = _decide_block(prices, quantities, bracket.guess, accepted[block:end])
        net, upper, lower = net + sold, upper + (worth >> 32), lower + (worth & LOW_HALF)
        count = _list_block(prices, quantities, bracket, block, desk, near, count)
    return Found(count, net, upper, lower)


@compiled
def _decide_block(price: Halves, quantity: Halves, guess: int, accepted: Ints) -> tuple[int, int]:
    """What a block sells more than it buys, and what that is worth. [Wh, µRp]"""
    sold, worth, threshold = 0, 0, np.int32(guess)
    for k in range(len(price)):
        taken = quantity[k] if (price[k] < threshold) == (quantity[k] > 0) else np.int32(0)
        accepted[k] = abs(taken)
        sold += int(taken)
        worth -= int(price[k]) * int(taken)
    return sold, worth


@compiled
def _list_block(
    price: Halves, quantity: Halves, bracket: Bracket, first: int, desk: Desk, near: Near, count: int
) -> int:
    """Add a block's points inside the bracket to the list; its length.

    Few are inside: eight at a time are passed over as one number. Which of these hold some is written down
    before it is known, since a branch that nobody can foretell costs more.
    """
    marks, eights, eight = desk
    low, width = np.int32(bracket.low), np.uint32(bracket.high - bracket.low)
    for k in range(len(price)):
        marks[k] = np.uint32(price[k] - low) < width
    marks[len(price) :] = 0
    some = 0
    for at in range(BLOCK // 8):
        eight[some] = at
        some += eights[at] != 0
    offers, prices, quantities = near
    for m in range(some):
        word = eights[eight[m]]
        while word:
            # As many marks as there are bytes below the lowest one that is set.
            below = ((word - ONE) & ~word & EACH) * EACH >> np.uint64(56)
            place = 8 * np.int64(eight[m]) + np.int64(below)
            offers[count], prices[count], quantities[count] = first + place, price[place], quantity[place]
            count, word = count + 1, word & (word - ONE)
    return count


@compiled
def _decide_curves(
    book: Book, offers: tuple[int, int], bracket: Bracket, accepted: Ints, near: Near
) -> Found:
    """The same for offers of several points."""
    count, net, upper, lower = 0, 0, 0, 0
    for offer in range(offers[0], offers[1]):
        got = 0
        if count + book.first[offer + 1] - book.first[offer] > len(near.offer):
            return Found(-1, 0, 0, 0)
        for i in range(book.first[offer], book.first[offer + 1]):
            price, quantity = int(book.price[i]), int(book.quantity[i])
            if is_taken(price, quantity, bracket.guess):
                got, net = got + abs(quantity), net + quantity
                worth = -price * quantity
                upper, lower = upper + (worth >> 32), lower + (worth & LOW_HALF)
            if bracket.low <= price < bracket.high:
                near.offer[count], near.price[count], near.quantity[count] = offer, price, quantity
                count += 1
        accepted[offer] = got
    return Found(count, net, upper, lower)
