"""The folder of a result: prices.csv, accepted.csv, flows.csv, why.csv and summary.json."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from clearing.blocks.outcome import Outcome
from clearing.book import Result
from clearing.files import names
from clearing.files.blocks import OUTCOME, outcome_rows, read_outcome
from clearing.files.book import Book
from clearing.files.reasons import WHY, why_rows
from clearing.files.summary import FILE, Summary, Unserved, unserved
from clearing.files.tables import Say, Table, read_table, write_table
from clearing.files.units import Unit, Units
from clearing.hashes import result_hash
from clearing.rules import MAX_TOTAL, Ints

PRICES = ("bus", "period", "price", "price_low", "price_high")
ACCEPTED = ("order", "period", "accepted")
FLOWS = ("from_bus", "to_bus", "period", "flow")
# Beyond any price, whatever fees it went through.
MOST_PRICE = 2**55
NO_END = 2**62
UNKNOWN = -1


class WrongResult(Exception):
    """A result that can be read, but cannot be that of the book; says why in one line."""


@dataclass(frozen=True, slots=True)
class Measures:
    """What is published beside a result: the gap that the certificate found, and the time it took."""

    gap: int
    seconds: float


def summary_of(book: Book, result: Result, units: Units, measures: Measures) -> Summary:
    """The figures of a result."""
    return Summary(
        welfare=result.welfare,
        gap=measures.gap,
        book_hash=book.hash,
        result_hash=result_hash(result),
        units=units,
        short=unserved(result.short.tolist(), book.periods, book.buses),
        spilled=unserved(result.spilled.tolist(), book.periods, book.buses),
        seconds=measures.seconds,
    )


def write_result(folder: Path, book: Book, result: Result, units: Units, measures: Measures) -> None:
    """Write a result into a folder: all of its files or, if that fails, none; blocks.csv if there are blocks.

    Rows are sorted by period and then by name, in the order of numbers: the same book gives the same bytes.
    """
    summary = summary_of(book, result, units, measures)
    with _all_or_nothing(folder) as draft:
        write_table(draft / "prices.csv", PRICES, _price_rows(book, result, units.tick))
        write_table(draft / "accepted.csv", ACCEPTED, _accepted_rows(book, result, units.lot))
        write_table(draft / "flows.csv", FLOWS, _flow_rows(book, result, units.lot))
        write_table(draft / "why.csv", WHY, why_rows(book, result, units))
        if book.blocks is not None and result.blocks is not None:
            rows = outcome_rows(book.blocks, result.blocks, book.block_names, units.tick)
            write_table(draft / "blocks.csv", OUTCOME, rows)
        (draft / FILE).write_text(summary.text(), encoding="ascii")


@contextmanager
def _all_or_nothing(folder: Path) -> Iterator[Path]:
    """A folder beside the wanted one that takes its place at the end.

    Of a folder that exists, the files of the same names are replaced; summary.json goes first and comes
    last, so that a folder which has one is complete.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        yield draft
        if folder.exists():
            (folder / FILE).unlink(missing_ok=True)
            for path in sorted(draft.iterdir(), key=lambda path: path.name == FILE):
                path.replace(folder / path.name)
        else:
            # What mkdtemp makes is for its owner alone.
            draft.chmod(0o777 & ~_umask())
            draft.rename(folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _price_rows(book: Book, result: Result, tick: Unit) -> Iterator[Sequence[str]]:
    columns = (result.price, result.price_low, result.price_high)
    for period, rows in zip(book.periods, zip(*columns, strict=True), strict=True):
        for bus, price, low, high in zip(book.buses, *(row.tolist() for row in rows), strict=True):
            ends = (tick.text(low), tick.text(high)) if low < high else ("", "")
            yield bus, period, tick.text(price), *ends


def _accepted_rows(book: Book, result: Result, lot: Unit) -> Iterator[Sequence[str]]:
    orders = book.orders
    for offer in np.lexsort((orders.order, orders.period)).tolist():
        name = book.order_names[int(orders.order[offer])]
        yield name, book.periods[orders.period[offer]], lot.text(int(result.accepted[offer]))


def _flow_rows(book: Book, result: Result, lot: Unit) -> Iterator[Sequence[str]]:
    ends = [
        (book.buses[one], book.buses[other]) for one, other in zip(book.from_bus, book.to_bus, strict=True)
    ]
    forward = result.flow[:, book.below] * book.upwards
    if result.loop_flow is not None:
        closing = book.below < 0
        forward[:, closing] = result.loop_flow[:, -1 - book.below[closing]]
    for period, flows in zip(book.periods, forward.tolist(), strict=True):
        for line, flow in zip(ends, flows, strict=True):
            yield *line, period, lot.text(flow)


def read_result(folder: Path, book: Book, summary: Summary, say: Say) -> Result:
    """Read a published result as the arrays that the certificate takes.

    Raises
    ------
    BadInput
        If a file cannot be read.
    WrongResult
        If a file speaks of what is not in the book, or leaves out what is.
    """
    lots = summary.units.lot.between(-MAX_TOTAL, MAX_TOTAL)
    price, low, high = _read_prices(folder, book, summary.units.tick, say)
    flow, loop_flow = _read_flows(folder, book, lots, say)
    return Result(
        price=price,
        price_low=low,
        price_high=high,
        accepted=_read_accepted(folder, book, lots, say),
        flow=flow,
        loop_flow=loop_flow,
        blocks=_read_blocks(folder, book, summary, price, say),
        welfare=summary.welfare,
        short=_unserved_rows("short", summary.short, book),
        spilled=_unserved_rows("spilled", summary.spilled, book),
    )


def _read_prices(folder: Path, book: Book, tick: Unit, say: Say) -> tuple[Ints, Ints, Ints]:
    table = read_table(folder / "prices.csv", PRICES, (), say)
    end = tick.or_empty(-MOST_PRICE, MOST_PRICE, NO_END)
    keys = {"period": book.periods, "bus": book.buses}
    price_reader = tick.between(-MOST_PRICE, MOST_PRICE)
    found: dict[str, Callable[[str], int]] = {"price": price_reader, "price_low": end, "price_high": end}
    shape = len(book.periods), len(book.buses)
    rows, columns = _matched(table, keys, found, np.arange(shape[0] * shape[1]))
    price, low, high = (columns[name][rows].reshape(shape) for name in found)
    half = np.flatnonzero((columns["price_low"] == NO_END) != (columns["price_high"] == NO_END))
    for row in half[:1].tolist():
        raise table.bad(row, "price_low", "an interval needs both ends, or none")
    return price, np.where(low == NO_END, price, low), np.where(high == NO_END, price, high)


def _read_accepted(folder: Path, book: Book, lots: Callable[[str], int], say: Say) -> Ints:
    table = read_table(folder / "accepted.csv", ACCEPTED, (), say)
    numbers, rank = np.unique(book.orders.order, return_inverse=True)
    keys = {"period": book.periods, "order": tuple(book.order_names[number] for number in numbers.tolist())}
    rows, columns = _matched(table, keys, {"accepted": lots}, book.orders.period * len(numbers) + rank)
    for row in np.flatnonzero(columns["accepted"] < 0)[:1].tolist():
        raise WrongResult(str(table.bad(row, "accepted", "nobody gets less than nothing")))
    return columns["accepted"][rows]


def _read_blocks(folder: Path, book: Book, summary: Summary, price: Ints, say: Say) -> Outcome | None:
    if book.blocks is None:
        return None
    path, tick = folder / "blocks.csv", summary.units.tick
    outcome, wrong = read_outcome(path, book.blocks, book.block_names, price, summary.gap, tick, say)
    if wrong is not None:
        raise WrongResult(wrong)
    return outcome


def _read_flows(folder: Path, book: Book, lots: Callable[[str], int], say: Say) -> tuple[Ints, Ints | None]:
    table = read_table(folder / "flows.csv", FLOWS, (), say)
    keys = {"period": book.periods, "from_bus": book.buses, "to_bus": book.buses}
    n, shape = len(book.buses), (len(book.periods), len(book.below))
    expected = np.arange(shape[0])[:, None] * n**2 + book.from_bus * n + book.to_bus
    rows, columns = _matched(table, keys, {"flow": lots}, expected.ravel())
    flow = np.zeros((shape[0], len(book.grid.parent)), np.int64)
    forward, forest = columns["flow"][rows].reshape(shape), book.below >= 0
    flow[:, book.below[forest]] = (forward * book.upwards)[:, forest]
    if book.mesh is None:
        return flow[:, :n], None
    loop_flow = np.zeros((shape[0], len(book.mesh.tail)), np.int64)
    loop_flow[:, -1 - book.below[~forest]] = forward[:, ~forest]
    return flow[:, :n], loop_flow


def _matched(
    table: Table,
    keys: Mapping[str, tuple[str, ...]],
    figures: Mapping[str, Callable[[str], int]],
    expected: Ints,
) -> tuple[Ints, dict[str, Ints]]:
    """For each expected key the row that has it, and the columns of figures.

    A key joins the places of the names of a row: the first name weighs most.
    """
    found = table.distinct({**dict.fromkeys(keys, names.READER), **figures})
    key = np.zeros(len(table), np.int64)
    for column, known in keys.items():
        place_of = names.numbered(known)
        place = table.numbers(column, {text: place_of.get(text, UNKNOWN) for text in found[column]})
        for row in np.flatnonzero(place == UNKNOWN)[:1].tolist():
            raise _foreign(table, row, column)
        key = key * len(known) + place
    rows = _rows_of(table, key, expected, tuple(keys))
    for row in np.flatnonzero(rows < 0)[:1].tolist():
        raise WrongResult(f"{table.file} has no row for {_told(keys, int(expected[row]))}")
    return rows, {column: table.numbers(column, found[column]) for column in figures}


def _rows_of(table: Table, key: Ints, expected: Ints, columns: Sequence[str]) -> Ints:
    """The row of each expected key, -1 if none has it."""
    by_key = np.argsort(expected, kind="stable")
    place = np.searchsorted(expected, key, sorter=by_key)
    inside = place < len(expected)
    place[inside] = by_key[place[inside]]
    known = inside.copy()
    known[inside] = expected[place[inside]] == key[inside]
    for row in np.flatnonzero(~known)[:1].tolist():
        raise _foreign(table, row, columns[-1])
    rows = np.full(len(expected), -1)
    # Backwards, so that of two rows of one key the first stays.
    rows[place[::-1]] = np.arange(len(key))[::-1]
    for row in np.flatnonzero(rows[place] != np.arange(len(key)))[:1].tolist():
        raise table.bad(row, columns[-1], f"the same row stands in line {rows[place[row]] + 2}")
    return rows


def _foreign(table: Table, row: int, column: str) -> WrongResult:
    return WrongResult(str(table.bad(row, column, "the book has no such row")))


def _told(keys: Mapping[str, tuple[str, ...]], key: int) -> str:
    parts = []
    for column, known in reversed(list(keys.items())):
        key, place = divmod(key, len(known))
        parts.append(f"{column} {known[place]}")
    return ", ".join(reversed(parts))


def _unserved_rows(key: str, rows: Unserved, book: Book) -> Ints:
    periods, buses = names.numbered(book.periods), names.numbered(book.buses)
    for period, bus, _ in rows:
        if period not in periods or bus not in buses:
            raise WrongResult(f"{FILE}: {key}: period {period}, bus {bus} is not in the book")
    numbers = [(periods[period], buses[bus], lots) for period, bus, lots in rows]
    return np.array(numbers, np.int64).reshape(-1, 3)
