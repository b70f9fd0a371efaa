"""How the time grows with the orders and with the buses: the series behind the plots in docs."""

import json
import subprocess
from functools import partial
from statistics import median

import numpy as np

from bench.environments import ROOT, STATE, Worker, python_of
from bench.harness import Measured, Skipped, row, timed
from bench.subjects.tree import limited, radial_grid

RUNS = 5
# A series ends where one more point would take longer than this, by its growth so far.
SECONDS_PER_RUN = 4


class Series:
    """Medians by size of one way to do the work, up to the size at which it takes too long."""

    def __init__(self, name, prepare):
        self.name, self.prepare, self.points, self.runs, self.ended = name, prepare, {}, {}, False

    def measure(self, size, book):
        """Time one size, unless the last steps foretell that it takes too long."""
        if self.ended or self._foretold(size) > SECONDS_PER_RUN:
            self.ended = True
            return
        work = self.prepare(book)
        if not self.points:
            work()  # whatever loads or compiles at the first call
        first = work()
        runs = 0 if first > SECONDS_PER_RUN else RUNS
        self.runs[size] = [work() for _ in range(runs)] or [first]
        self.points[size] = median(self.runs[size])

    def _foretold(self, size):
        if len(self.points) < 2:
            return 0
        (before, early), (last, late) = list(self.points.items())[-2:]
        slope = max(np.log(late / early) / np.log(last / before), 1)
        return late * (size / last) ** slope


def step_book(n, n_buses, rng):
    """A book of n step orders, one per offer, in canonical order already; nothing is sorted to build it."""
    from clearing import Orders

    number, nothing = np.arange(n), np.zeros(n, np.int64)
    bus = np.sort(rng.integers(0, n_buses, n)) if n_buses > 1 else nothing
    side, price = rng.integers(0, 2, n), rng.integers(1, 400_000, n)
    return Orders(number, bus, nothing, side, nothing, np.arange(n + 1), price, rng.integers(1, 1_000, n))


def seconds_of(work):
    """The work as a callable to its seconds."""
    return partial(timed, work)


def ours(book):
    """Clear it."""
    from clearing import clear

    return seconds_of(lambda: clear(*book))


def sort(book):
    """Merely sort its prices."""
    return seconds_of(lambda: np.sort(book[0].price))


def highs(book):
    """The linear program in HiGHS."""
    from bench.solver import Program

    return seconds_of(Program(*book, [0]).solve)


def peer(environment, script, *more):
    """A peer in its own environment."""

    def prepare(book):
        orders = book[0]
        columns = {"side": orders.side, "price": orders.price, "quantity": orders.quantity}
        worker = Worker(environment, script, *more, **columns)
        return lambda: worker.run()["seconds"]

    return prepare


def grow(name, axis, sizes, book_of, ways):
    """Measure all ways size by size, keep the series, draw them."""
    series = [Series(label, prepare) for label, prepare in ways.items()]
    for size in sizes:
        book = book_of(size)
        for each in series:
            each.measure(size, book)
    found = {each.name: each.points for each in series}
    STATE.mkdir(parents=True, exist_ok=True)
    (STATE / f"{name}.json").write_text(json.dumps({"axis": axis, "series": found}, indent=1))
    largest = max(set(series[0].points) & set(series[1].points))
    notes = {label: _range(points) for label, points in found.items()} | {"drawn": draw(name)}
    return Measured(
        series[0].runs[largest],
        series[1].runs[largest],
        versus=f"np.sort, at {largest:,} {axis}",
        notes=notes,
    )


def _range(points):
    return ", ".join(f"{size:.0e}: {seconds:.2g} s" for size, seconds in points.items())


def draw(name):
    """The plot of a series into docs; which file it is."""
    picture = ROOT / "docs" / f"{name}.svg"
    try:
        python = python_of("pymarket")
    except Skipped as why:
        return f"not, for {why}"
    script = ROOT / "bench" / "peers" / "draw.py"
    subprocess.run([python, script, STATE / f"{name}.json", picture], check=True)
    return str(picture.relative_to(ROOT))


@row("growth.orders", n=10_000_000, versus="np.sort of the same prices", seconds=400)
def by_orders():
    """One bus, one period: 10³ to 10⁷ step orders, beside the sort and the peers that end in time."""
    from clearing import Grid

    rng, one = np.random.default_rng(7), Grid.from_parents([-1])
    ways = {
        "CEEX": ours,
        "np.sort": sort,
        "HiGHS": highs,
        "PuLP + CBC": peer("pymarket", "pulp_cbc"),
        "assume-framework": peer("assume", "assume_market", "pay_as_clear"),
        "pymarket": peer("pymarket", "pymarket_auction", "muda"),
    }
    return grow(
        "growth-orders", "orders", [10**k for k in range(3, 8)], lambda n: (step_book(n, 1, rng), one), ways
    )


@row("growth.buses", n=1_000_000, versus="np.sort of the same prices", seconds=400)
def by_buses():
    """A random radial grid of 10² to 10⁶ buses, two orders a bus, 1 % of its lines limited, one period."""
    rng = np.random.default_rng(8)

    def book(n):
        orders, parent = step_book(2 * n, n, rng), radial_grid(n, rng)
        return orders, limited(parent, orders, 0.01, rng)

    ways = {"CEEX": ours, "np.sort": sort, "HiGHS": highs}
    return grow("growth-buses", "buses", [10**k for k in range(2, 7)], book, ways)
