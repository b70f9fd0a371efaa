"""Decide an auction from its files, and check a published one against them."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from clearing import certificate
from clearing.book import Result
from clearing.decide import clear as decide
from clearing.files import (
    BadInput,
    Book,
    Measures,
    Summary,
    Unit,
    Units,
    WrongResult,
    read_book,
    read_result,
    read_summary,
    write_result,
)
from clearing.files.tables import Say
from clearing.hashes import result_hash
from clearing.rules import InvalidBook

MOST_TOLD = 5


class Unproven(Exception):
    """The clearing's own result fails its proof; nothing is written."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The rules that somebody who checks a result insists on; None takes what was published."""

    tick: Unit | None = None
    lot: Unit | None = None
    bounds: Sequence[str] | None = None


def clear(
    orders: Path, lines: Path | None, units: Units, out: Path, say: Say, blocks: Path | None = None
) -> str:
    """Decide an auction, prove the result and write it into a folder; tells what came out.

    Raises
    ------
    BadInput
        If a file says something that it must not.
    Unproven
        If the result fails its proof.
    """
    if out.exists() and not out.is_dir():
        raise BadInput(out.name, "the result needs a folder, and this is a file")
    book = read_book(orders, lines, units, say, blocks)
    say(f"clearing {len(book.orders.price):,} points")
    started = time.perf_counter()
    result = _decide(book, units, orders.name)
    seconds = time.perf_counter() - started
    say("proving the result")
    for violation in _violations(book, result, units)[:1]:
        raise Unproven(violation)
    say("writing the result")
    write_result(out, book, result, units, Measures(_gap(book, result, units), seconds))
    return "\n".join([f"cleared {_headline(book, result, units)}", *_unserved_lines(book, result, units)])


def _decide(book: Book, units: Units, file: str) -> Result:
    if book.is_empty:
        # Nothing to decide: tables of no rows.
        table, none = np.zeros((len(book.periods), len(book.buses)), np.int64), np.zeros((0, 3), np.int64)
        return Result(table, table, table, np.zeros(0, np.int64), table, 0, none, none)
    try:
        periods = len(book.periods)
        return decide(book.orders, book.network, periods=periods, bounds=units.bounds, blocks=book.blocks)
    except InvalidBook as error:
        raise BadInput(file, str(error)) from error


def _headline(book: Book, result: Result, units: Units) -> str:
    counts = f"{len(book.order_names):,} orders at {len(book.buses):,} buses in {len(book.periods):,} periods"
    welfare, gap = units.money.text(result.welfare), 0
    if book.blocks is not None and result.blocks is not None:
        counts, gap = f"{counts}, {len(book.blocks):,} blocks", result.blocks.gap
    if gap:
        return f"{counts}: welfare {welfare}, other blocks could add {units.money.text(gap)} at most"
    of_blocks = "the greatest that prices support" if book.blocks else "proven to be the greatest"
    return f"{counts}: welfare {welfare}, {of_blocks}"


def _unserved_lines(book: Book, result: Result, units: Units) -> list[str]:
    """Which buses are short, or have supply that nobody takes."""
    told = []
    for word, rows in (("short", result.short), ("not taken", result.spilled)):
        for period, bus, lots in rows[:MOST_TOLD].tolist():
            told.append(
                f"{word}: {units.lot.text(lots)} at bus {book.buses[bus]} in period {book.periods[period]}"
            )
        if len(rows) > MOST_TOLD:
            told.append(f"{word}: {len(rows) - MOST_TOLD:,} more, see summary.json")
    return told


def verify(
    orders: Path, lines: Path | None, asked: Asked, folder: Path, say: Say, blocks: Path | None = None
) -> str:
    """Check a published result against the files of its book; tells that it is right.

    Raises
    ------
    BadInput
        If a file cannot be read.
    WrongResult
        If the result is not right: the first reason.
    """
    summary = read_summary(folder)
    units = summary.units
    _check_rules(asked, units)
    book = read_book(orders, lines, units, say, blocks)
    if book.hash != summary.book_hash:
        raise WrongResult(f"it is of another book: the hash of these files is {book.hash}")
    result = read_result(folder, book, summary, say)
    say("proving the result")
    for violation in _violations(book, result, units)[:1]:
        raise WrongResult(violation)
    _check_figures(book, result, summary)
    return f"right: {_headline(book, result, units)}; {_rules(units)}; result {summary.result_hash}"


def _check_rules(asked: Asked, units: Units) -> None:
    for word, wanted, published in (("tick", asked.tick, units.tick), ("lot", asked.lot, units.lot)):
        if wanted not in (None, published):
            raise WrongResult(f"it was cleared with a {word} of {published}, not {wanted}")
    if asked.bounds is not None and units.within(asked.bounds) != units:
        raise WrongResult(f"it was cleared with {_rules(units)}, not {' to '.join(asked.bounds)}")


def _rules(units: Units) -> str:
    low, high = (units.tick.text(bound) for bound in units.bounds)
    return f"tick {units.tick}, lot {units.lot}, prices from {low} to {high}"


def _check_figures(book: Book, result: Result, summary: Summary) -> None:
    """The figures beside a proven result are its own."""
    gap = _gap(book, result, summary.units)
    if gap != summary.gap:
        money = summary.units.money
        raise WrongResult(
            f"summary.json: gap: {money.text(summary.gap)} is published, it is {money.text(gap)}"
        )
    if book.is_empty and (result.welfare or len(result.short) or len(result.spilled)):
        raise WrongResult("summary.json: welfare: an empty book has none")
    if result_hash(result) != summary.result_hash:
        raise WrongResult(f"summary.json: result_hash: that of the files is {result_hash(result)}")


def _gap(book: Book, result: Result, units: Units) -> int:
    """How much more welfare the prices would allow at most."""
    if book.is_empty:
        return 0
    if result.blocks is not None:
        return result.blocks.gap
    return certificate.gap(book.orders, book.network, result, bounds=units.bounds)


def _violations(book: Book, result: Result, units: Units) -> list[str]:
    """What the certificate says, with names for numbers."""
    if book.is_empty:
        return []
    found = certificate.check(book.orders, book.network, result, bounds=units.bounds, blocks=book.blocks)
    return [_named(sentence, book, units) for sentence in found]


def _named(sentence: str, book: Book, units: Units) -> str:
    """A sentence of the certificate for somebody who knows the files only."""

    def name(match: re.Match[str]) -> str:
        kind, number = match[1], int(match[2])
        names = {
            "order": book.order_names,
            "bus": dict(enumerate(book.buses)),
            "period": dict(enumerate(book.periods)),
        }[kind]
        return f"{kind} {names.get(number, number)}"

    told = re.sub(r"\b(order|bus|period) (\d+)", name, sentence)
    for ours, theirs in ((" Rp/MWh", " ticks"), (" Wh", " lots"), (" µRp", " ticks × lots")):
        told = told.replace(ours, theirs)
    counted = (str(units.tick), str(units.lot)) != ("1", "1")
    return f"{told} (counted in ticks of {units.tick} and lots of {units.lot})" if counted else told
