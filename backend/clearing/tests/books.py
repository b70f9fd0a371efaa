"""Small random books and grids, full of ties, full lines and fees."""

import numpy as np

from clearing import BUY, LINEAR, SELL, UNLIMITED, Grid, Orders

BOUNDS = (-8, 20)


def random_grid(rng, n_buses, n_periods=1):
    """A random forest, its buses numbered at random."""
    names = rng.permutation(n_buses)
    parent = np.full(n_buses, -1)
    chain = rng.random() < 0.25
    for i in range(1, n_buses):
        if rng.random() < 0.92:
            parent[names[i]] = names[i - 1 if chain else rng.integers(0, i)]
    rows = n_periods if rng.random() < 0.5 else 1
    shape = (rows, n_buses)
    tight = rng.integers(0, rng.choice([12, 60]), size=(2, *shape))
    capacity = np.where(rng.random((2, *shape)) < rng.choice([0.2, 0.7]), UNLIMITED, tight)
    fee = np.where(
        rng.random((2, *shape)) < rng.choice([0.0, 0.5, 1.0]),
        rng.integers(0, rng.choice([5, 40]), (2, *shape)),
        0,
    )
    if rng.random() < 0.2:
        fee[0] = 0
    return Grid.from_parents(
        parent, capacity_up=capacity[0], capacity_down=capacity[1], fee_up=fee[0], fee_down=fee[1]
    )


def random_rows(rng, n_buses, n_periods=1, bounds=BOUNDS, most_orders=14):
    """Rows of a random book as columns, in random order."""
    spread = rng.choice([3, bounds[1] - bounds[0]])
    sloped = rng.choice([0, 0.3])
    rows = []
    for order in range(rng.integers(0, most_orders)):
        bus, side = rng.integers(0, n_buses), rng.choice([SELL, BUY])
        linear = rng.random() < sloped
        for period in range(n_periods):
            n_points = rng.integers(1, 4)
            low = rng.integers(bounds[0], bounds[1] - spread + 1)
            prices = np.sort(rng.choice(np.arange(low, low + spread + 1), size=n_points, replace=False))
            if rng.random() < 0.15:
                prices = prices[:1] * 0 + (bounds[1] if side == BUY else bounds[0])
            quantities = rng.integers(0 if linear else 1, rng.choice([4, 30]), size=len(prices))
            if linear:
                quantities = np.sort(quantities)[:: -1 if side == BUY else 1]
            for price, quantity in zip(prices, quantities, strict=True):
                rows.append((order, bus, period, side, price, quantity, LINEAR if linear else 0))
    rng.shuffle(rows)
    return [np.array(column, np.int64) for column in zip(*rows, strict=True)] or [np.zeros(0, np.int64)] * 7


def random_book(seed, n_periods=1, most_buses=8):
    """A random book on a random grid."""
    rng = np.random.default_rng(seed)
    n_buses = int(rng.integers(1, most_buses))
    grid = random_grid(rng, n_buses, n_periods)
    return Orders.from_rows(*random_rows(rng, n_buses, n_periods)), grid
