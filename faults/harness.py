"""How a row of the fault runs is described: what is done to the exchange, and the bound on what is found.

A row has a process and a database of its own. Its function returns `Runs`: one value a run, of which the
worst counts, and the sentences that must be true beside it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median


class Skipped(Exception):
    """The row cannot be run here, and why."""


@dataclass(frozen=True)
class Runs:
    """One value for each run, all of one unit."""

    values: list[float]
    unit: str = "s"
    checks: dict[str, bool] = field(default_factory=dict)
    notes: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Row:
    """One line of the table, before it is run."""

    name: str
    work: str
    at_most: float
    seconds: float  # after so many it is stopped
    short: bool  # also run in the short set, with fewer runs
    counting: bool  # counts what is wrong and measures no time, so that it may wait for the others
    alone: bool  # loads the machine: nothing else runs beside it
    measure: Callable[[bool], "Runs | dict[str, Runs]"]


ROWS: list[Row] = []


def row(name, *, at_most, seconds, short=False, counting=False, alone=False):
    """Declare a row; its function is told whether few runs are enough, its docstring says what is done.

    A function that measures several figures at once returns them by their names.
    """

    def declare(measure):
        work = " ".join((measure.__doc__ or "").split())
        ROWS.append(Row(name, work, at_most, seconds, short, counting, alone, measure))
        return measure

    return declare


def entries(row, found):
    """The lines of faults.json that a row's figures make."""
    figures = found if isinstance(found, dict) else {row.name: found}
    return [_entry(row, name, runs) for name, runs in figures.items()]


def _entry(row, name, runs):
    worst = max(runs.values)
    return {
        "name": name,
        "work": row.work,
        "value": round(worst, 3),
        "unit": runs.unit,
        "median": round(median(runs.values), 3),
        "n": len(runs.values),
        "runs": len(runs.values),
        "limit": f"≤ {row.at_most:g}",
        "holds": worst <= row.at_most and all(runs.checks.values()),
        "checks": runs.checks,
        "notes": runs.notes,
    } | ({"seconds": round(median(runs.values), 3)} if runs.unit == "s" else {})
