"""The same book in packages that clear markets, and in solvers."""

from functools import partial
from statistics import median

from bench.environments import Worker
from bench.harness import Measured, row, timed
from bench.subjects.one_bus import book

RUNS = 5


def beside(n, others, repeats=100):
    """Clear a book of n orders in turn with others, each a callable from columns to one of seconds."""
    from clearing import Grid, Orders, clear

    rows, _ = book(n)
    orders, grid = Orders.from_rows(*rows), Grid.from_parents([-1])
    result = clear(orders, grid)
    ours, theirs = [], {name: [] for name in others}
    for _ in range(RUNS):
        # Ours is too short for one look at the clock.
        ours.append(timed(lambda: [clear(orders, grid) for _ in range(repeats)]) / repeats)
        for name, run in others.items():
            theirs[name].append(run())
    medians = {name: median(seconds) for name, seconds in theirs.items()}
    fastest = min(medians, key=medians.get)
    return Measured(
        ours,
        theirs[fastest],
        versus=f"{fastest}, the fastest of {len(others)}",
        notes={name: f"{seconds:.3g} s" for name, seconds in medians.items()},
        checks={"the volume is that of the fastest": _same_volume(orders, result, others[fastest])},
    )


def _same_volume(orders, result, fastest):
    volume = getattr(fastest, "volume", None)
    return volume is None or abs(volume - int(result.accepted[orders.side == 1].sum())) < 1


class Timed:
    """A worker as a callable to its seconds; it remembers the volume."""

    def __init__(self, worker):
        self.worker, self.volume = worker, None

    def __call__(self):
        said = self.worker.run()
        self.volume = said["volume"]
        return said["seconds"]


def columns(n):
    """The book's columns as the peers' scripts read them."""
    rows, _ = book(n)
    return dict(zip(("side", "price", "quantity"), rows[3:], strict=True))


@row("clear.peers.1e4", n=10_000, versus="the fastest package", at_most=0.001, seconds=600)
def packages():
    """10⁴ step orders, one period, against packages that clear markets: assume-framework and pymarket."""
    given = columns(10_000)
    others = {
        "assume-framework pay_as_clear": Timed(Worker("assume", "assume_market", "pay_as_clear", **given)),
        "pymarket muda": Timed(Worker("pymarket", "pymarket_auction", "muda", **given)),
    }
    return beside(10_000, others)


@row("clear.solvers.1e5", n=100_000, versus="the fastest solver", at_most=0.003, seconds=420)
def solvers():
    """10⁵ step orders, one period, against HiGHS (interior point, presolve off) and PuLP+CBC."""
    from bench.solver import Program
    from clearing import Grid, Orders

    rows, _ = book(100_000)
    program = Program(Orders.from_rows(*rows), Grid.from_parents([-1]), [0])
    others = {
        "HiGHS": partial(timed, program.solve),
        "PuLP+CBC": Timed(Worker("pymarket", "pulp_cbc", **columns(100_000))),
    }
    return beside(100_000, others, repeats=20)
