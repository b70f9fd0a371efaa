"""How a row of the benchmark is described and measured.

A module in `bench/subjects` declares rows. It is imported for its list alone, so whatever is heavy or needs
settings (clearing, Django, a database) is imported inside the row's function, which has a process of its own:

    @row("clear.one_bus.1e6", n=1_000_000, versus="np.sort of the same prices", at_most=0.08)
    def one_bus():
        \"\"\"10⁶ step orders, one period, with all accepted quantities.\"\"\"
        ...
        return Pair(lambda: clear(orders, grid), lambda: np.sort(prices))

What it returns:

* `Pair`: two callables that do the work once; they are timed in turn, ours, theirs, ours, theirs …
* `Measured`: figures of runs that the row timed itself (other processes, rates), ours and theirs in turn.
* `Value`: figures that stand beside nothing.

`checks` in any of them hold what must be true beside the limit, by a sentence for each. A row that cannot run
raises `Skipped` and says why; any other exception makes it a failed row, with its message.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median

RUNS = 7


class Skipped(Exception):
    """The row cannot be measured here, and why."""


@dataclass(frozen=True)
class Row:
    """One line of the table, before it is measured."""

    name: str
    n: int
    work: str
    versus: str | None
    at_most: float | None
    at_least: float | None
    seconds: float  # after so many it is stopped
    measure: Callable[[], Pair | Measured | Value]

    @property
    def limit(self):
        """What is demanded of the ratio or of the value, in words."""
        if self.at_most is not None:
            return f"≤ {self.at_most:g}"
        return "" if self.at_least is None else f"≥ {self.at_least:g}"

    def holds(self, figure):
        """Whether a figure keeps the limit; None if nothing is demanded."""
        if self.at_most is not None:
            return figure <= self.at_most
        return None if self.at_least is None else figure >= self.at_least


@dataclass(frozen=True)
class Pair:
    """Our work and the same work elsewhere, each a callable that does it once."""

    ours: Callable[[], object]
    theirs: Callable[[], object]
    runs: int = RUNS
    warm_up: int = 1
    checks: dict[str, bool] = field(default_factory=dict)
    notes: dict[str, object] = field(default_factory=dict)

    def measured(self):
        """Time both in turn, after runs that don't count."""
        for _ in range(self.warm_up):
            self.ours()
            self.theirs()
        pairs = [(timed(self.ours), timed(self.theirs)) for _ in range(self.runs)]
        ours, theirs = zip(*pairs, strict=True)
        return Measured(list(ours), list(theirs), checks=self.checks, notes=self.notes)


@dataclass(frozen=True)
class Measured:
    """Figures of runs, ours and theirs in turn; `unit` "s" unless they are rates or the like."""

    ours: list[float]
    theirs: list[float]
    unit: str = "s"
    versus: str | None = None  # if it only turned out with what to compare
    checks: dict[str, bool] = field(default_factory=dict)
    notes: dict[str, object] = field(default_factory=dict)

    def measured(self):
        """Already done."""
        return self

    def figures(self):
        """What the table and the file show."""
        one, other = median(self.ours), median(self.theirs)
        shown = {"seconds": one} if self.unit == "s" else {"value": one, "unit": self.unit}
        return shown | {"versus_" + ("seconds" if self.unit == "s" else "value"): other, "ratio": one / other}


@dataclass(frozen=True)
class Value:
    """Figures of runs that stand beside nothing."""

    ours: list[float]
    unit: str = "s"
    versus: str | None = None
    checks: dict[str, bool] = field(default_factory=dict)
    notes: dict[str, object] = field(default_factory=dict)

    def measured(self):
        """Already done."""
        return self

    def figures(self):
        """What the table and the file show."""
        value = median(self.ours)
        return {"value": value, "unit": self.unit} | ({"seconds": value} if self.unit == "s" else {})


ROWS: list[Row] = []


def row(name, *, n, versus=None, at_most=None, at_least=None, seconds=120):
    """Declare a row; the function's docstring names the work, its limit binds the ratio or else the value."""

    def declare(measure):
        work = " ".join((measure.__doc__ or "").split())
        ROWS.append(Row(name, n, work, versus, at_most, at_least, seconds, measure))
        return measure

    return declare


def timed(work):
    """Seconds that a piece of work takes once."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def result_of(row):
    """Measure one row: the entry of bench.json."""
    outcome = row.measure().measured()
    figures = outcome.figures()
    holds = row.holds(figures.get("ratio", figures.get("value")))
    if outcome.checks:
        holds = all(outcome.checks.values()) and holds is not False
    return {
        "name": row.name,
        "n": row.n,
        "work": row.work,
        **figures,
        "versus": outcome.versus or row.versus,
        "runs": len(outcome.ours),
        "limit": row.limit,
        "holds": holds,
        "checks": outcome.checks,
        "notes": outcome.notes,
    }
