"""Auctions on distribution grids: a large random one, and a village over a year."""

import numpy as np

from bench.harness import Pair, Value, row, timed

BUSES, ORDERS, BINDING = 100_000, 1_000_000, 0.01
RETAIL, FEED_IN, FEE = 12_110, 6_000, 4_300  # Rp/MWh: the utility's tariffs, and the fee to enter the village
SPREAD = 3_000  # Rp/MWh: how far the households' limits lie from the tariffs
SAMPLE = 200


def radial_grid(n, rng):
    """A random radial grid of n buses: each hangs on one of the thirty before it."""
    reach = np.minimum(np.arange(n), 30)
    return np.append(-1, np.arange(1, n) - 1 - (rng.random(n - 1) * reach[1:]).astype(np.int64))


def orders_on(n_buses, n, rng):
    """Step orders at buses of the grid, half of them to buy, as the columns of `Orders.from_rows`."""
    price, quantity = rng.integers(1, 400_000, n), rng.integers(1, 1_000, n)
    bus, side = rng.integers(0, n_buses, n), rng.integers(0, 2, n)
    return (np.arange(n), bus, np.zeros(n, np.int64), side, price, quantity), price


def limited(parent, orders, share, rng):
    """The grid with that share of its lines limited to half of what they would carry without any limit."""
    from clearing import UNLIMITED, Grid, clear

    free = clear(orders, Grid.from_parents(parent)).flow[0]
    capacity = np.full(len(parent), UNLIMITED)
    carrying = np.flatnonzero(free)
    chosen = rng.choice(carrying, int(share * len(parent)), replace=False)
    capacity[chosen] = np.abs(free[chosen]) // 2
    return Grid.from_parents(parent, capacity_up=capacity, capacity_down=capacity)


def binding(grid, result):
    """How many lines part the prices."""
    below = np.flatnonzero(grid.parent >= 0)
    return int((result.price[:, below] != result.price[:, grid.parent[below]]).sum())


@row("clear.tree.1e5buses", n=ORDERS, versus="np.sort of the same prices", at_most=10, seconds=300)
def random_grid():
    """10⁶ step orders on a random radial grid of 10⁵ buses, 1 % of its lines limited, one period."""
    from clearing import Orders, clear

    rng = np.random.default_rng(5)
    parent = radial_grid(BUSES, rng)
    rows, price = orders_on(BUSES, ORDERS, rng)
    orders = Orders.from_rows(*rows)
    grid = limited(parent, orders, BINDING, rng)
    notes = {"lines that part the prices": binding(grid, clear(orders, grid))}
    return Pair(lambda: clear(orders, grid), lambda: np.sort(price), runs=5, notes=notes)


def village_orders(quarters):
    """Every household's net energy in some quarter hours of the village's year as orders, and its grid.

    Households have limits around the utility's tariffs; the utility sells and buys without limit at the
    substation. Beside the thermal limits of the lines, entering the village costs a fee.
    """
    from clearing import BUY, SELL, Grid, Orders
    from trading.grid import village

    there, energies = village.read(), village.energies()
    names = [there.substation, *(bus.name for bus in there.buses if bus.name != there.substation)]
    place = {name: i for i, name in enumerate(names)}
    net = np.zeros((len(names), len(quarters)), np.int64)
    for asset in there.assets:
        if asset.kind != "battery":
            net[place[asset.bus]] += energies.of(asset.name)[quarters] * (1 if asset.kind == "pv" else -1)
    bus, period = np.nonzero(net)
    wh, every = net[bus, period], np.arange(len(quarters))
    limit = np.where(wh > 0, FEED_IN, RETAIL + FEE)
    limit += np.random.default_rng(16).integers(-SPREAD, SPREAD, len(wh))
    utility = np.abs(net).sum(axis=0)
    columns = (
        np.concatenate((bus, np.full(len(every), len(names)), np.full(len(every), len(names) + 1))),
        np.concatenate((bus, np.zeros(2 * len(every), np.int64))),
        np.concatenate((period, every, every)),
        np.concatenate((np.where(wh > 0, SELL, BUY), np.full(len(every), SELL), np.full(len(every), BUY))),
        np.concatenate((limit, np.full(len(every), RETAIL), np.full(len(every), FEED_IN))),
        np.concatenate((np.abs(wh), utility, utility)),
    )
    parent, capacity = np.full(len(names), -1), np.zeros(len(names), np.int64)
    for line in there.lines:
        parent[place[line.bus]], capacity[place[line.bus]] = place[line.towards], line.capacity_w // 4
    fee = np.where(parent == 0, FEE, 0)
    grid = Grid.from_parents(parent, capacity_up=capacity, capacity_down=capacity, fee_down=fee)
    return Orders.from_rows(*columns), grid, columns[4]


@row("clear.tree.village_year", n=35_136, versus="np.sort of the same prices", at_most=5, seconds=300)
def village_beside_sort():
    """The village's 35,136 quarter hours with orders of all nodes, capacities and fees."""
    from clearing import clear

    orders, grid, price = village_orders(np.arange(35_136))
    notes = {"orders": len(price), "prices that a line parts": binding(grid, clear(orders, grid))}
    return Pair(lambda: clear(orders, grid), lambda: np.sort(price), runs=5, notes=notes)


@row("clear.tree.village_year.highs", n=SAMPLE, versus="HiGHS, period by period", at_most=0.01, seconds=200)
def village_beside_highs():
    """200 quarter hours spread over the same year, beside HiGHS (interior point, presolve off)."""
    from bench.solver import Program
    from clearing import clear

    orders, grid, _ = village_orders(np.linspace(0, 35_135, SAMPLE).astype(np.int64))
    programs = [Program(orders, grid, [period]) for period in range(SAMPLE)]
    worth = sum(program.solve() for program in programs)
    same = abs(clear(orders, grid).welfare - worth) < 1e-6 * worth
    return Pair(
        lambda: clear(orders, grid),
        lambda: [program.solve() for program in programs],
        runs=5,
        warm_up=0,
        checks={"the welfare is that of HiGHS": same},
    )


@row("clear.first_call", n=1, at_most=1)
def first_call():
    """A fresh process with a warm disk cache, from its start to the first cleared auction."""
    import subprocess
    import sys

    script = (
        "from clearing import BUY, SELL, Grid, Orders, clear\n"
        "orders = Orders.from_rows([1, 2], [1, 0], [0, 0], [SELL, BUY], [40, 60], [500, 800])\n"
        "assert clear(orders, Grid.from_parents([-1, 0], fee_up=10)).welfare == 5000\n"
    )

    def fresh():
        subprocess.run([sys.executable, "-c", script], check=True)

    fresh()
    return Value([timed(fresh) for _ in range(7)])
