"""The table of reasons, why.csv: beside a result, for whoever asks why; it follows from the other files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from clearing.book import Result
from clearing.files.book import Book
from clearing.files.units import Units
from clearing.why import ACCEPTED, CODES, NO_PRICE, explain

WHY = ("order", "period", "reason", "limit", "out_by", "enough", "from_bus", "to_bus", "price_beyond")


def why_rows(book: Book, result: Result, units: Units) -> Iterator[Sequence[str]]:
    """A row per offer, in the order of accepted.csv.

    `limit` is the best that was refused, or the worst accepted if none was; `enough` the limit that would
    have been accepted in full; the buses are those of the full line, in the direction of the energy.
    """
    if book.is_empty:
        return
    orders, price = book.orders, units.tick.text
    reasons = explain(orders, book.grid, result, bounds=units.bounds)
    columns = (reasons.code, reasons.limit, reasons.out_by, reasons.enough, reasons.line, reasons.upwards)
    listed = [column.tolist() for column in (orders.order, orders.period, *columns, reasons.beyond)]
    for offer in np.lexsort((orders.order, orders.period)).tolist():
        order, period, code, limit, out_by, enough, line, upwards, beyond = (each[offer] for each in listed)
        sure = code != ACCEPTED and enough != NO_PRICE
        full = ("", "", "")
        if line >= 0:
            ends = (book.buses[line], book.buses[book.grid.parent[line]])
            full = (*(ends if upwards else ends[::-1]), price(beyond))
        told = (CODES[code], price(limit), price(out_by), price(enough) if sure else "")
        yield book.order_names[order], book.periods[period], *told, *full
