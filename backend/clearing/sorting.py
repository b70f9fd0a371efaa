"""Rows in canonical order: by period, bus, order and price; a look decides whether they stand so already."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from clearing.compiled import compiled
from clearing.rules import Ints

KEYS = ("period", "bus", "order", "price")


def sorting_of(rows: dict[str, Ints]) -> Ints | None:
    """The permutation that sorts the rows, or nothing if they are sorted.

    Examples
    --------
    >>> columns = {name: np.zeros(3, np.int64) for name in ("period", "bus", "order")}
    >>> sorting_of(columns | {"price": np.array([4, 5, 5])}) is None
    True
    >>> sorting_of(columns | {"price": np.array([5, 4, 5])})
    array([1, 0, 2])
    """
    keys = [rows[name] for name in KEYS]
    if _ascending(keys[0], keys[1], keys[2], keys[3]):
        return None
    widths = [int(key.max()) - int(key.min()) + 1 for key in keys]
    if widths[0] * widths[1] * widths[2] * widths[3] < 2**62:
        packed = np.zeros(len(keys[0]), np.int64)
        for key, width in zip(keys, widths, strict=True):
            packed *= width
            packed += key - key.min()
        return np.argsort(packed, kind="stable")
    return np.lexsort(keys[::-1])


@compiled
def _ascending(period: Ints, bus: Ints, order: Ints, price: Ints) -> bool:
    for i in range(1, len(period)):
        if period[i] != period[i - 1]:
            descends = period[i] < period[i - 1]
        elif bus[i] != bus[i - 1]:
            descends = bus[i] < bus[i - 1]
        elif order[i] != order[i - 1]:
            descends = order[i] < order[i - 1]
        else:
            descends = price[i] < price[i - 1]
        if descends:
            return False
    return True


def is_plain(rows: dict[str, Ints], opens: NDArray[np.bool_]) -> bool:
    """Whether sorted rows are seen at a glance to be step curves of orders at one bus and side a period."""
    order, bus = rows["order"], rows["bus"]
    if rows["curve"].any():
        return False
    lowest, width = int(order.min()), int(order.max()) - int(order.min()) + 1
    one_bus = bool((bus == bus[0]).all())
    if not one_bus and width > 8 * len(order) + 1024:
        return False
    seen = np.full((1 if one_bus else width), -1)
    return bool(_keep_to_place(rows["period"], order, rows["side"], opens, lowest, seen, one_bus))


@compiled
def _keep_to_place(
    period: Ints, order: Ints, side: Ints, opens: NDArray[np.bool_], lowest: int, seen: Ints, one_bus: bool
) -> bool:
    """Whether no offer changes side, and no order stands at a second bus in a period."""
    for i in range(len(period)):
        if not opens[i]:
            if side[i] != side[i - 1]:
                return False
        elif not one_bus:
            if seen[order[i] - lowest] == period[i]:
                return False
            seen[order[i] - lowest] = period[i]
    return True


@compiled
def openings(period: Ints, bus: Ints, order: Ints, price: Ints) -> tuple[NDArray[np.bool_], bool]:
    """Where in sorted rows an offer begins; and whether two rows of an offer have one price."""
    opens, equal = np.ones(len(period), np.bool_), False
    for i in range(1, len(period)):
        if period[i] == period[i - 1] and bus[i] == bus[i - 1] and order[i] == order[i - 1]:
            opens[i] = False
            equal |= price[i] == price[i - 1]
    return opens, equal
