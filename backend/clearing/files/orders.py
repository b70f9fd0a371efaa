"""orders.csv: who offers what, where and when."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from clearing.book import Orders
from clearing.files import names
from clearing.files.tables import BadInput, Say, Table, read_table
from clearing.files.units import Malformed, Units, quoted
from clearing.rules import BUY, LINEAR, MAX_TOTAL, SELL, STEP, Ints, InvalidBook

COLUMNS = ("order", "bus", "period", "side", "price", "quantity")
OPTIONAL = ("curve",)
MOST_ROWS = 200
SIDES = {"sell": SELL, "buy": BUY}
CURVES = {"step": STEP, "linear": LINEAR}


@dataclass(frozen=True, slots=True, eq=False)
class OrderFile:
    """What orders.csv says, before the book's buses and periods are numbered."""

    table: Table
    found: dict[str, dict[str, int]]
    orders: dict[str, int]
    buses: tuple[str, ...]
    periods: tuple[str, ...]


def one_of(numbers: dict[str, int]) -> Callable[[str], int]:
    """A reader of fixed words."""

    def read(text: str) -> int:
        if text not in numbers:
            raise Malformed(f"{quoted(text)} is not {' or '.join(sorted(numbers))}")
        return numbers[text]

    return read


def read_orders(path: Path, units: Units, bus: Callable[[str], str], say: Say) -> OrderFile:
    """Read orders.csv; `bus` reads the name of a bus, perhaps of known ones only."""
    table = read_table(path, COLUMNS, OPTIONAL, say)
    readers: dict[str, Callable[[str], object]] = {
        "order": names.READER,
        "bus": bus,
        "period": names.READER,
        "side": one_of(SIDES),
        "price": units.price(),
        "quantity": units.quantity(),
    }
    if "curve" in table.columns:
        readers["curve"] = one_of(CURVES)
    found = table.distinct(readers)
    buses, periods = names.in_order(found["bus"]), names.in_order(found["period"])
    return OrderFile(table, found, names.order_numbers(found["order"]), buses, periods)


def book_of(file: OrderFile, buses: tuple[str, ...], periods: tuple[str, ...]) -> Orders:
    """The orders with numbers for names."""
    numbers = {
        **file.found,
        "order": file.orders,
        "bus": names.numbered(buses),
        "period": names.numbered(periods),
    }
    columns = {column: file.table.numbers(column, numbers[column]) for column in file.table.columns}
    _check_rows_per_order(file.table, columns)
    try:
        return Orders.from_rows(**columns)
    except InvalidBook as error:
        raise _located(error, file.table, columns) from error


def _check_rows_per_order(table: Table, columns: dict[str, Ints]) -> None:
    """An order has at most so many points in a period."""
    by_offer = np.lexsort((columns["order"], columns["period"]))
    order, period = columns["order"][by_offer], columns["period"][by_offer]
    beyond = (order[MOST_ROWS:] == order[:-MOST_ROWS]) & (period[MOST_ROWS:] == period[:-MOST_ROWS])
    if beyond.any():
        row = int(by_offer[MOST_ROWS:][beyond].min())
        raise table.bad(row, "order", f"the order has more than {MOST_ROWS} rows in a period")


def _located(error: InvalidBook, table: Table, columns: dict[str, Ints]) -> BadInput:
    """The clearing's complaint with its place in the file."""
    row, column = error.row, error.column or "quantity"
    if row is None:
        row = _row_beyond_total(columns)
    elif column in ("bus", "side", "curve"):
        row = _first_to_differ(columns, row, column)
    return table.bad(row, column, str(error))


def _first_to_differ(columns: dict[str, Ints], row: int, column: str) -> int:
    """The first row of an order that says otherwise than the order's first row in that period."""
    same = (columns["order"] == columns["order"][row]) & (columns["period"] == columns["period"][row])
    rows = np.flatnonzero(same)
    values = columns[column][rows]
    return int(rows[np.argmax(values != values[0])])


def _row_beyond_total(columns: dict[str, Ints]) -> int:
    """The first row with which a period's quantities add up to more than the arithmetic holds."""
    totals: dict[int, int] = {}
    for row, (period, quantity) in enumerate(zip(columns["period"], columns["quantity"], strict=True)):
        totals[int(period)] = totals.get(int(period), 0) + int(quantity)
        if totals[int(period)] >= MAX_TOTAL:
            return row
    return len(columns["period"]) - 1
