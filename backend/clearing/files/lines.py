"""lines.csv: which lines join the buses, what they carry and what they cost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from clearing.book import Grid
from clearing.files import names
from clearing.files.forest import hang, top_of
from clearing.files.tables import Say, Table, read_table
from clearing.files.units import Malformed, Units
from clearing.mesh import Mesh
from clearing.rules import MAX_TOTAL, UNLIMITED, Ints

ENDS = ("from_bus", "to_bus")
FIGURES = ("capacity_forward", "capacity_backward", "fee_forward", "fee_backward")
COLUMNS = (*ENDS, "period", *FIGURES)
EVERY_PERIOD = ""


@dataclass(frozen=True, slots=True, eq=False)
class Lines:
    """The distinct lines of a file, sorted by from_bus and to_bus; `row` is the first that names each."""

    from_bus: Ints
    to_bus: Ints
    row: Ints

    @property
    def ends(self) -> list[tuple[int, int]]:
        return list(zip(self.from_bus.tolist(), self.to_bus.tolist(), strict=True))


@dataclass(frozen=True, slots=True, eq=False)
class LineFile:
    """What lines.csv says, before the book's periods are known: a row per line and period."""

    table: Table
    buses: tuple[str, ...]
    periods: tuple[str, ...]
    lines: Lines
    parent: Ints
    line_above: Ints  # of each bus: the line to its parent, -1 at a root
    row: Ints  # of the table, for each line row, without those that name a root
    line: Ints
    figures: dict[str, Ints]


def read_lines(path: Path, units: Units, say: Say) -> LineFile:
    """Read lines.csv.

    A row with an empty to_bus names the root of a part, or a bus that no line reaches.
    """
    table = read_table(path, COLUMNS, (), say)
    capacity = units.lot.or_empty(0, MAX_TOTAL, UNLIMITED)
    readers: dict[str, Callable[[str], object]] = {
        "from_bus": names.name,
        "to_bus": names.name_or_empty,
        "period": names.name_or_empty,
        "capacity_forward": capacity,
        "capacity_backward": capacity,
        "fee_forward": units.fee(),
        "fee_backward": units.fee(),
    }
    found = table.distinct(readers)
    buses = names.in_order(name for column in ENDS for name in found[column] if name)
    number_of = names.numbered(buses) | {"": -1}
    from_bus, to_bus = (table.numbers(column, number_of) for column in ENDS)
    is_line = to_bus >= 0
    root_rows, rows = np.flatnonzero(~is_line), np.flatnonzero(is_line)
    _check_root_rows(table, root_rows)
    lines, line = _distinct_lines(table, from_bus[rows], to_bus[rows], rows, len(buses))
    _check_twice(table, rows, line)
    parent, line_above = _hang(table, lines, len(buses), from_bus, root_rows)
    return LineFile(
        table=table,
        buses=buses,
        periods=names.in_order(name for name in found["period"] if name),
        lines=lines,
        parent=parent,
        line_above=line_above,
        row=rows,
        line=line,
        figures={column: table.numbers(column, found[column])[rows] for column in FIGURES},
    )


def _check_root_rows(table: Table, rows: Ints) -> None:
    for row in rows.tolist():
        for column in ("period", *FIGURES):
            if table.columns[column][row]:
                raise table.bad(row, "to_bus", "the field is empty, but the row is not that of a root")


def _distinct_lines(
    table: Table, from_bus: Ints, to_bus: Ints, rows: Ints, n_buses: int
) -> tuple[Lines, Ints]:
    """The distinct lines, and the line of each row."""
    for row in rows[from_bus == to_bus][:1].tolist():
        raise table.bad(row, "to_bus", "the line joins a bus to itself")
    keys, first, line = np.unique(from_bus * n_buses + to_bus, return_index=True, return_inverse=True)
    lines = Lines(keys // max(n_buses, 1), keys % max(n_buses, 1), rows[first])
    # Of the two directions of a line the one that came first stays.
    pairs = np.minimum(from_bus, to_bus) * n_buses + np.maximum(from_bus, to_bus)
    _, earliest, pair = np.unique(pairs, return_index=True, return_inverse=True)
    for place in np.flatnonzero(from_bus != from_bus[earliest[pair]])[:1].tolist():
        text = f"the line is given the other way round in line {rows[earliest[pair[place]]] + 2}"
        raise table.bad(int(rows[place]), "to_bus", text)
    return lines, line.astype(np.int64)


def _check_twice(table: Table, rows: Ints, line: Ints) -> None:
    """A line has one row for all periods at most, and one for each period."""
    seen: dict[tuple[int, str], int] = {}
    for row, one in zip(rows.tolist(), line.tolist(), strict=True):
        earlier = seen.setdefault((one, table.columns["period"][row]), row)
        if earlier != row:
            raise table.bad(row, "from_bus", f"the line is given twice; first in line {earlier + 2}")


def _hang(table: Table, lines: Lines, n_buses: int, from_bus: Ints, root_rows: Ints) -> tuple[Ints, Ints]:
    """Parents and the lines to them, -1 of a line that closes a loop; refuses two roots in one part."""
    roots = from_bus[root_rows].tolist()
    parent, line_above = hang(n_buses, lines.ends, roots)
    named: dict[int, int] = {}
    for row, root in zip(root_rows.tolist(), roots, strict=True):
        earlier = named.setdefault(top_of(parent, root), row)
        if earlier != row:
            raise table.bad(row, "from_bus", f"this part has a root already, in line {earlier + 2}")
    return np.array(parent, np.int64), np.array(line_above, np.int64)


def grid_of(file: LineFile, periods: tuple[str, ...]) -> Grid:
    """The grid for the periods of a book."""
    columns = _by_line(file, periods)
    below = np.flatnonzero(file.line_above >= 0)
    line = file.line_above[below]
    forward_up = file.lines.from_bus[line] == below
    n_rows = len(columns["fee_forward"])
    given = {}
    for kind, otherwise in (("capacity", UNLIMITED), ("fee", 0)):
        forward, backward = columns[f"{kind}_forward"][:, line], columns[f"{kind}_backward"][:, line]
        for way, figures in (
            ("up", np.where(forward_up, forward, backward)),
            ("down", np.where(forward_up, backward, forward)),
        ):
            whole = np.full((n_rows, len(file.parent)), otherwise, np.int64)
            whole[:, below] = figures
            given[f"{kind}_{way}"] = whole
    return Grid.from_parents(file.parent, **given)


def mesh_of(file: LineFile, periods: tuple[str, ...]) -> Mesh:
    """The mesh for the periods of a book, if lines close loops."""
    roots = np.flatnonzero(file.parent < 0).tolist()
    lines = file.lines
    return Mesh.from_lines(
        len(file.buses), lines.from_bus, lines.to_bus, roots=roots, **_by_line(file, periods)
    )


def _by_line(file: LineFile, periods: tuple[str, ...]) -> dict[str, Ints]:
    """Each figure by period and line; a row for a period takes the place of the row for all periods."""
    number_of = names.numbered(periods) | {EVERY_PERIOD: -1}
    period = file.table.numbers("period", number_of)[file.row]
    always, once = period < 0, period >= 0
    n_rows = len(periods) if once.any() else 1
    told = np.zeros((n_rows, len(file.lines.row)), bool)
    told[:, file.line[always]] = True
    told[period[once], file.line[once]] = True
    for row, line in np.argwhere(~told)[:1].tolist():
        text = f"the line has a row neither for all periods nor for {periods[row]}"
        raise file.table.bad(int(file.lines.row[line]), "period", text)
    columns = {}
    for column, figures in file.figures.items():
        whole = np.zeros(told.shape, np.int64)
        whole[:, file.line[always]] = figures[always]
        whole[period[once], file.line[once]] = figures[once]
        columns[column] = whole
    return columns


def known_bus(buses: tuple[str, ...], file: str) -> Callable[[str], str]:
    """A reader of names that refuses a bus which the lines do not know."""
    known = set(buses)

    def read(text: str) -> str:
        if names.name(text) not in known:
            raise Malformed(f"{file} has no bus {text}")
        return text

    return read
