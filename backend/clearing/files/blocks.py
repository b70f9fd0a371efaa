"""blocks.csv: as input, orders that stand or fall together; as output, what became of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from clearing.blocks.book import NONE, WHOLE, Blocks
from clearing.blocks.outcome import REASONS, Outcome, outcome_of, ratio_text, share_of
from clearing.files import names
from clearing.files.orders import SIDES, one_of
from clearing.files.tables import BadInput, Say, Table, read_table
from clearing.files.units import Malformed, Unit, Units, decimal, quoted
from clearing.rules import BUY, MAX_QUANTITY, Ints, InvalidBook

COLUMNS = ("block", "bus", "period", "side", "price", "quantity", "min_ratio", "parent", "group")
OUTCOME = ("block", "ratio", "reason", "average_price")
PLACES = 6


@dataclass(frozen=True, slots=True, eq=False)
class BlockFile:
    """What blocks.csv says, before the book's buses and periods are numbered."""

    table: Table
    found: dict[str, dict[str, int]]
    blocks: dict[str, int]
    buses: tuple[str, ...]
    periods: tuple[str, ...]


def min_ratio(text: str) -> int:
    """Read a ratio from above 0 to 1, of at most six places; nothing means 1. [millionths]"""
    if not text:
        return WHOLE
    digits, places = decimal(text)
    if places > PLACES:
        raise Malformed(f"{quoted(text)} has more than {PLACES} places")
    ratio: int = digits * 10 ** (PLACES - places)
    if not 0 < ratio <= WHOLE:
        raise Malformed(f"{quoted(text)} is not above 0 and at most 1")
    return ratio


def read_blocks(path: Path, units: Units, bus: Callable[[str], str], say: Say) -> BlockFile:
    """Read blocks.csv; `bus` reads the name of a bus, perhaps of known ones only."""
    table = read_table(path, COLUMNS, (), say)
    found = table.distinct(
        {
            "block": names.READER,
            "bus": bus,
            "period": names.READER,
            "side": one_of(SIDES),
            "price": units.price(),
            "quantity": units.lot.between(1, MAX_QUANTITY),
            "min_ratio": min_ratio,
            "parent": names.name_or_empty,
            "group": names.name_or_empty,
        }
    )
    numbers = names.order_numbers(found["block"])
    for row, parent in enumerate(table.columns["parent"]):
        if parent and parent not in numbers:
            raise table.bad(row, "parent", f"there is no block {parent}")
    buses, periods = names.in_order(found["bus"]), names.in_order(found["period"])
    return BlockFile(table, found, numbers, buses, periods)


def blocks_of(file: BlockFile, buses: tuple[str, ...], periods: tuple[str, ...]) -> Blocks:
    """The blocks with numbers for names."""
    groups = names.in_order(name for name in file.found["group"] if name)
    numbers = {
        **file.found,
        "block": file.blocks,
        "bus": names.numbered(buses),
        "period": names.numbered(periods),
        "parent": file.blocks | {"": NONE},
        "group": names.numbered(groups) | {"": NONE},
    }
    columns = {column: file.table.numbers(column, numbers[column]) for column in COLUMNS}
    try:
        return Blocks.from_rows(**columns)
    except InvalidBook as error:
        row = len(file.table) - 1 if error.row is None else error.row
        raise file.table.bad(row, error.column or "quantity", _told(error, file, groups)) from error


def _told(error: InvalidBook, file: BlockFile, groups: tuple[str, ...]) -> str:
    """The clearing's complaint with names for numbers."""
    told = str(error)
    for name, number in file.blocks.items():
        if told.startswith(f"block {number} "):
            return told.replace(f"block {number} ", f"block {name} ", 1)
    for number, name in enumerate(groups):
        if told.startswith(f"group {number} "):
            return told.replace(f"group {number} ", f"group {name} ", 1)
    return told


def block_rows(
    blocks: Blocks, names_of: Mapping[int, str], buses: Sequence[str], periods: Sequence[str], units: Units
) -> Iterator[Sequence[str]]:
    """The rows of blocks.csv as input."""
    for i, block in enumerate(blocks.block.tolist()):
        side = "buy" if blocks.side[i] == BUY else "sell"
        parent = "" if blocks.parent[i] == NONE else names_of[int(blocks.block[blocks.parent[i]])]
        group = "" if blocks.group[i] == NONE else str(blocks.group[i])
        tail = Unit(1, PLACES).text(int(blocks.min_ratio[i])), parent, group
        for row in range(blocks.first[i], blocks.first[i + 1]):
            where = names_of[block], buses[blocks.bus[i]], periods[blocks.period[row]]
            figures = units.tick.text(int(blocks.price[i])), units.lot.text(int(blocks.quantity[row]))
            yield *where, side, *figures, *tail


def outcome_rows(
    blocks: Blocks, outcome: Outcome, names_of: Mapping[int, str], tick: Unit
) -> Iterator[Sequence[str]]:
    """The rows of blocks.csv as output, by block."""
    for i, block in enumerate(blocks.block.tolist()):
        ratio = ratio_text(int(outcome.share[i]), int(blocks.biggest[i]))
        yield names_of[block], ratio, REASONS[outcome.reason[i]], tick.text(int(outcome.average[i]))


def read_outcome(
    path: Path, blocks: Blocks, names_of: Mapping[int, str], price: Ints, gap: int, tick: Unit, say: Say
) -> tuple[Outcome, str | None]:
    """Read what is published of the blocks; also the first thing that does not follow from ratios and prices.

    Raises
    ------
    BadInput
        If the file cannot be read.
    """
    table = read_table(path, OUTCOME, (), say)
    found = table.distinct(
        {
            "block": names.READER,
            "ratio": decimal,
            "reason": one_of({reason: number for number, reason in enumerate(REASONS)}),
            "average_price": tick.between(-(2**55), 2**55),
        }
    )
    place = {names_of[block]: i for i, block in enumerate(blocks.block.tolist())}
    row_of: dict[int, int] = {}
    for row, name in enumerate(table.columns["block"]):
        if name not in place:
            raise table.bad(row, "block", "the book has no such block")
        if row_of.setdefault(place[name], row) != row:
            raise table.bad(row, "block", f"the block stands in line {row_of[place[name]] + 2}, too")
    if len(row_of) < len(blocks):
        missing = next(i for i in range(len(blocks)) if i not in row_of)
        raise BadInput(table.file, f"there is no row for block {names_of[int(blocks.block[missing])]}")
    share = np.zeros(len(blocks), np.int64)
    for i, row in row_of.items():
        digits, places = found["ratio"][table.columns["ratio"][row]]
        if not 0 <= digits <= 10**places:
            raise table.bad(row, "ratio", "a ratio is from 0 to 1")
        share[i] = share_of(digits, places, int(blocks.biggest[i]))
    outcome = outcome_of(blocks, share, price, gap, 0)
    return outcome, _not_following(table, found, row_of, outcome)


def _not_following(
    table: Table, found: Mapping[str, Mapping[str, int]], row_of: Mapping[int, int], outcome: Outcome
) -> str | None:
    for i, row in sorted(row_of.items()):
        if found["reason"][table.columns["reason"][row]] != outcome.reason[i]:
            return str(table.bad(row, "reason", f"it should be {REASONS[outcome.reason[i]]}"))
        if found["average_price"][table.columns["average_price"][row]] != outcome.average[i]:
            return str(table.bad(row, "average_price", "it is not that of the prices"))
    return None
