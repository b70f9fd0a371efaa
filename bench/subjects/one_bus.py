"""One uniform-price auction: what a million orders cost beside sorting their prices."""

from itertools import pairwise

import numpy as np

from bench.harness import Pair, row


def book(n, periods=1, seed=1):
    """Step orders at one bus, half of them to buy, as the columns of `Orders.from_rows`; and their prices."""
    rng = np.random.default_rng(seed)
    price, quantity = rng.integers(1, 400_000, n * periods), rng.integers(1, 1_000, n * periods)
    side = rng.integers(0, 2, n * periods)
    period = np.repeat(np.arange(periods), n)
    rows = (np.arange(n * periods), np.zeros(n * periods, np.int64), period, side, price, quantity)
    return rows, price


def floor(n):
    """What no clearing can go below: all cores read and write 8 bytes per order, into fresh memory."""
    from clearing.threads import CORES, share_out

    source, prices = np.ones(n, np.int64), np.random.default_rng(2).integers(1, 400_000, n)
    cuts = [n * part // CORES for part in range(CORES + 1)]

    def move():
        target = np.empty(n, np.int64)
        share_out(lambda part: np.copyto(target[slice(*part)], source[slice(*part)]), list(pairwise(cuts)))

    return Pair(move, lambda: np.sort(prices))


@row("clear.floor.1e6", n=1_000_000, versus="np.sort of as many prices")
def one_floor():
    """The least that clear.one_bus.1e6 can take: to read 8 bytes for each of 10⁶ orders and write 8."""
    return floor(1_000_000)


@row("clear.floor.96x1e5", n=9_600_000, versus="np.sort of as many prices")
def day_floor():
    """The least that clear.96x1e5 can take: to read 8 bytes for each of 9.6·10⁶ orders and write 8."""
    return floor(9_600_000)


@row("clear.one_bus.1e6", n=1_000_000, versus="np.sort of the same prices", at_most=0.08)
def one_bus():
    """10⁶ step orders, one period, with all accepted quantities."""
    from clearing import Grid, Orders, clear

    rows, price = book(1_000_000)
    orders, grid = Orders.from_rows(*rows), Grid.from_parents([-1])
    return Pair(lambda: clear(orders, grid), lambda: np.sort(price))


@row("clear.96x1e5", n=9_600_000, versus="np.sort of the same prices", at_most=0.04, seconds=240)
def one_day():
    """96 periods × 10⁵ step orders, with all accepted quantities."""
    from clearing import Grid, Orders, clear

    (order, bus, period, side, price, quantity), _ = book(100_000, periods=96)
    # The rows stand in canonical order already.
    step, first = np.zeros_like(order), np.arange(len(order) + 1)
    orders = Orders(order, bus, period, side, step, first, price, quantity)
    grid = Grid.from_parents([-1])
    return Pair(lambda: clear(orders, grid), lambda: np.sort(price))


@row("book.1e6", n=1_000_000, versus="np.sort of the same prices")
def construction():
    """10⁶ rows in any order, checked and sorted into a book."""
    from clearing import Orders

    rows, price = book(1_000_000)
    return Pair(lambda: Orders.from_rows(*rows), lambda: np.sort(price))


@row("verify.1e6", n=1_000_000, versus="np.sort of the same prices", at_most=1)
def verification():
    """The certificate of the clearing of 10⁶ step orders."""
    from clearing import Grid, Orders, certificate, clear

    rows, price = book(1_000_000)
    orders, grid = Orders.from_rows(*rows), Grid.from_parents([-1])
    result = clear(orders, grid)
    proven = certificate.check(orders, grid, result) == []
    checks = {"the result proves itself": proven}
    return Pair(lambda: certificate.check(orders, grid, result), lambda: np.sort(price), checks=checks)
