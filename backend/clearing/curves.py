"""The curve of an offer as pieces on the price grid: exact non-decreasing step functions.

A piece (low, high, amount) gives nothing up to `low`, all of `amount` from `high` on, and between them the
straight line, rounded; a step is a piece with low = high. A seller's pieces tell what he gives at a price, a
buyer's what he gives *up*: a limit of 50 is given up from 51 on. So one rule serves both sides.

Prices are *doubled* while the book is solved: a seller at p stands at 2p, a buyer at 2p + 1. A buyer and a
seller at one price then trade, and a margin never holds both sides. See docs/clearing.md, "Volume".
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from clearing.book import Orders
from clearing.compiled import compiled
from clearing.rules import BUY, LINEAR, Ints


class Pieces(NamedTuple):
    """One piece per point of the book; the pieces of an offer ascend and do not overlap.

    Attributes
    ----------
    low, high : ndarray of int64, shape (n_points,)
        Where the piece begins and ends. [Rp/MWh]
    amount : ndarray of int64, shape (n_points,)
        What it adds. [Wh]
    side : ndarray of int64, shape (n_points,)
        `SELL` or `BUY`.
    """

    low: Ints
    high: Ints
    amount: Ints
    side: Ints


def pieces_of(orders: Orders) -> Pieces:
    """Cut all curves of a book into pieces.

    Examples
    --------
    >>> from clearing import BUY, LINEAR, SELL, STEP, Orders
    >>> side, curve = [BUY, SELL, SELL], [STEP, LINEAR, LINEAR]
    >>> book = Orders.from_rows([1, 2, 2], [0, 0, 0], [0, 0, 0], side, [50, 40, 60], [900, 0, 500], curve)
    >>> pieces = pieces_of(book)
    >>> pieces.low, pieces.high, pieces.amount
    (array([51, 40, 40]), array([51, 40, 60]), array([900,   0, 500]))
    """
    offer = orders.point_offer
    side, linear = orders.side[offer], orders.curve[offer] == LINEAR
    buys = side == BUY
    points = np.arange(len(offer))
    # A seller's curve starts with a step at its lowest vertex, a buyer's ends with one at its highest.
    inner = linear & np.where(buys, points != orders.first[1:][offer] - 1, points != orders.first[offer])
    neighbour = np.where(inner, points + np.where(buys, 1, -1), points)
    price, other = orders.price, orders.price[neighbour]
    low = np.where(inner, np.minimum(price, other), price + side)
    high = np.where(inner, np.maximum(price, other), price + side)
    amount = orders.quantity - np.where(inner, orders.quantity[neighbour], 0)
    return Pieces(low, high, amount, side)


@compiled
def rise(low: int, high: int, amount: int, side: int, doubled: int) -> int:
    """What a piece has given (a seller) or given up (a buyer) at a doubled price. [Wh]

    Between the ends a seller rounds down and a buyer, whose demand rounds down, rounds up.
    """
    tick = (doubled + side) >> 1
    if tick >= high:
        return amount
    if tick <= low:
        return 0
    return (amount * (tick - low) + side * (high - low - 1)) // (high - low)


@compiled
def first_tick(pieces: Pieces, piece: int, wanted: int) -> int:
    """The lowest tick at which the pieces from `piece` on have reached `wanted` > 0. [Rp/MWh]"""
    while pieces.amount[piece] < wanted:
        wanted -= pieces.amount[piece]
        piece += 1
    low, amount = pieces.low[piece], pieces.amount[piece]
    width = pieces.high[piece] - low
    if width == 0:
        tick = low
    elif pieces.side[piece]:
        tick = low + (wanted - 1) * width // amount + 1
    else:
        tick = low + (wanted * width + amount - 1) // amount
    return int(tick)
