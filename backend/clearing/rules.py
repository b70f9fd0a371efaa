"""What a book and a grid must satisfy before anything is computed, and the limits of the numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Ints = NDArray[np.int64]

SELL, BUY = 0, 1
STEP, LINEAR = 0, 1

# Limits that keep every step of the integer arithmetic inside 64 bits; see docs/clearing.md, "Numbers".
MAX_PRICE = 2**30
MAX_QUANTITY = 2**40
MAX_TOTAL = 2**60
UNLIMITED = MAX_TOTAL

PRICE_BOUNDS = (-50_000, 400_000)


class InvalidBook(ValueError):
    """The book or the grid breaks a rule; `row` and `column` say where, if one place is to blame."""

    def __init__(self, message: str, row: int | None = None, column: str | None = None) -> None:
        super().__init__(message)
        self.row = row
        self.column = column


def whole(name: str, values: ArrayLike) -> Ints:
    """Take a column of whole numbers that fit into 64 bits, and nothing else."""
    try:
        array: NDArray[Any] = np.asarray(values)
    except (OverflowError, ValueError) as error:
        raise InvalidBook(f"{name} must be a flat column of whole numbers", column=name) from error
    if array.size == 0:
        return np.zeros(array.shape, np.int64)
    if array.dtype.kind not in "iu" or (array.dtype.kind == "u" and array.max() > 2**62):
        raise InvalidBook(f"{name} must hold whole numbers of at most 62 bits", column=name)
    return np.asarray(array, np.int64, order="C")


def check_rows(rows: dict[str, Ints]) -> None:
    if len({values.shape for values in rows.values()}) != 1 or rows["price"].ndim != 1:
        raise InvalidBook("all columns of the orders must be flat and equally long")
    limits = {
        "order": (-(2**62), 2**62),
        "bus": (0, 2**31),
        "period": (0, 2**31),
        "side": (SELL, BUY),
        "curve": (STEP, LINEAR),
        "price": (-MAX_PRICE, MAX_PRICE),
        "quantity": (0, MAX_QUANTITY),
    }
    for name, (low, high) in limits.items():
        if rows[name].min(initial=low) < low or rows[name].max(initial=high) > high:
            row = int(np.flatnonzero((rows[name] < low) | (rows[name] > high))[0])
            raise InvalidBook(f"{name} {rows[name][row]} is not between {low} and {high}", row, name)


def changes(*columns: Ints) -> NDArray[np.bool_]:
    """True where a row differs from the row before it."""
    opens = np.ones(len(columns[0]), bool)
    if len(opens):
        opens[1:] = np.any([values[1:] != values[:-1] for values in columns], axis=0)
    return opens


def check_offers(rows: dict[str, Ints], opens: NDArray[np.bool_], sorting: Ints) -> None:
    """An order keeps to one bus, side and curve in a period; a linear curve never runs backwards."""
    by_order = np.lexsort((rows["order"], rows["period"]))
    same = ~changes(rows["period"][by_order], rows["order"][by_order])
    for name in ("bus", "side", "curve"):
        differs = np.append(False, np.diff(rows[name][by_order]) != 0)[: len(same)] & same
        if differs.any():
            row = int(sorting[by_order[np.flatnonzero(differs)[0]]])
            raise InvalidBook(f"an order has more than one {name} in a period", row, name)
    inner = ~opens & (rows["curve"] == LINEAR)
    step = np.diff(rows["price"], prepend=0)
    rise = np.diff(rows["quantity"], prepend=0) * np.where(rows["side"] == BUY, -1, 1)
    # A rise times a step must fit into 62 bits: interpolation multiplies them.
    steep = inner & (np.abs(rise).astype(float) * step >= 2.0**62)
    for wrong, name, text in (
        (inner & (step == 0), "price", "a linear curve has two points at one price"),
        (inner & (rise < 0), "quantity", "a linear curve runs backwards"),
        (steep, "quantity", "a linear curve spans too much to interpolate exactly"),
    ):
        if wrong.any():
            raise InvalidBook(text, int(sorting[np.flatnonzero(wrong)[0]]), name)


def merge_equal_prices(
    rows: dict[str, Ints], opens: NDArray[np.bool_]
) -> tuple[dict[str, Ints], NDArray[np.bool_]]:
    """Add up the points of an offer at one price."""
    starts = np.flatnonzero(opens | changes(rows["price"]))
    quantity = np.add.reduceat(rows["quantity"], starts)
    rows = {name: values[starts] for name, values in rows.items()} | {"quantity": quantity}
    return rows, opens[starts]


def check_total(period: Ints, offered: Ints) -> None:
    """All quantities of a period together must fit, with room for sums of them."""
    if len(offered) * int(offered.max(initial=0)) < MAX_TOTAL:
        return
    totals = np.bincount(period, weights=offered.astype(float))
    if totals.max(initial=0) >= MAX_TOTAL or offered.max(initial=0) >= MAX_TOTAL:
        raise InvalidBook(f"the quantities of a period add up to more than {MAX_TOTAL}", column="quantity")


def check_parents(parent: Ints) -> None:
    if parent.ndim != 1 or len(parent) == 0:
        raise InvalidBook("a grid needs at least one bus and one parent for each", column="parent")
    buses = np.arange(len(parent))
    unknown = np.flatnonzero((parent < -1) | (parent >= len(parent)) | (parent == buses))
    if len(unknown):
        row = int(unknown[0])
        raise InvalidBook(f"bus {row} has no such parent: {parent[row]}", row, "parent")
    # Doubling the stride: after log2(n) rounds every bus of a tree has jumped beyond its root.
    ahead = np.append(parent, -1)
    for _ in range(len(parent).bit_length() + 1):
        ahead = ahead[ahead]
    if (ahead >= 0).any():
        row = int(np.flatnonzero(ahead >= 0)[0])
        raise InvalidBook(f"the lines close a loop at or above bus {row}", row, "parent")


def line_column(name: str, values: ArrayLike, n_buses: int, highest: int) -> Ints:
    array = whole(name, values)
    if array.ndim < 2:
        array = np.broadcast_to(array, (1, n_buses)) if array.ndim == 0 or len(array) == n_buses else array
    if array.ndim != 2 or array.shape[1] != n_buses:
        raise InvalidBook(f"{name} must be a number, one per bus, or rows of one per bus", column=name)
    outside = np.argwhere((array < 0) | (array > highest))
    if len(outside):
        period, bus = map(int, outside[0])
        text = f"{name} {array[period, bus]} of bus {bus} is not between 0 and {highest}"
        raise InvalidBook(text, bus, name)
    return np.array(array, order="C")
