"""CSV files with a header line, read strictly: what is wrong is told with file, line and column."""

from __future__ import annotations

import csv
import gc
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from clearing.files.units import Malformed, Reader, quoted
from clearing.rules import Ints

ROWS_AT_ONCE = 2**16
Say = Callable[[str], None]


class BadInput(Exception):
    """A file cannot be used; says where in one line."""

    def __init__(self, file: str, text: str, line: int | None = None, column: str | None = None) -> None:
        place = f":{line}" if line else ""
        super().__init__(f"{file}{place}: {column + ': ' if column else ''}{text}")
        self.line = line or 0


@dataclass(frozen=True, slots=True)
class Table:
    """The fields of a file, column by column; row `i` stands in line `i + 2`."""

    file: str
    columns: dict[str, list[str]]

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    def bad(self, row: int, column: str, text: str) -> BadInput:
        """The error to raise for one field."""
        return BadInput(self.file, text, row + 2, column)

    def distinct(self, readers: Mapping[str, Callable[[str], Any]]) -> dict[str, dict[str, Any]]:
        """Read every distinct text of each column once; the first line that is wrong is told."""
        found: dict[str, dict[str, Any]] = {}
        wrong: list[BadInput] = []
        for column, reader in readers.items():
            try:
                found[column] = self._read(column, reader)
            except BadInput as error:
                wrong.append(error)
        if wrong:
            raise min(wrong, key=lambda error: error.line)
        return found

    def _read(self, column: str, reader: Callable[[str], Any]) -> dict[str, Any]:
        texts = self.columns[column]
        # In the order of first appearance, so that the first failure is the first row's.
        distinct = dict.fromkeys(texts)
        if isinstance(reader, Reader) and (values := reader.many(distinct)) is not None:
            return dict(zip(distinct, values, strict=True))
        found = {}
        for text in distinct:
            try:
                found[text] = reader(text)
            except Malformed as error:
                raise self.bad(texts.index(text), column, str(error)) from error
        return found

    def numbers(self, column: str, number_of: Mapping[str, int]) -> Ints:
        """A column with each text replaced by its number."""
        texts = self.columns[column]
        return np.fromiter(map(number_of.__getitem__, texts), np.int64, len(texts))


def read_text(path: Path) -> str:
    """The whole of a UTF-8 file."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BadInput(path.name, error.strerror or "cannot be read") from error
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        start = data.rfind(b"\n", 0, error.start) + 1
        header = data.split(b"\n", 1)[0].decode("ascii", "replace").strip().split(",")
        column = header[min(data.count(b",", start, error.start), len(header) - 1)]
        line = data.count(b"\n", 0, error.start) + 1
        raise BadInput(path.name, "the text is not UTF-8", line, shown(column)) from error


def shown(column: str) -> str:
    """A column's name as a message may show it."""
    return column if column.isascii() and column.isprintable() and 0 < len(column) <= 40 else quoted(column)


def read_table(path: Path, required: Sequence[str], optional: Sequence[str], say: Say) -> Table:
    """Read a file with the required columns and perhaps the optional ones, in any order."""
    collects = gc.isenabled()
    # Millions of small texts in lists, and no cycles: the collector would walk them again and again.
    gc.disable()
    try:
        return _table(path, required, optional, say)
    finally:
        if collects:
            gc.enable()


def _table(path: Path, required: Sequence[str], optional: Sequence[str], say: Say) -> Table:
    reader = csv.reader(io.StringIO(read_text(path), newline=""), strict=True)
    rows = _rows(reader, path.name, required[0])
    header = next(rows, [])
    _check_header(path.name, header, required, optional)
    columns: list[list[str]] = [[] for _ in header]
    read = 0
    while chunk := list(islice(rows, ROWS_AT_ONCE)):
        _check_rows(path.name, chunk, header, read, reader.line_num)
        for column, texts in zip(columns, zip(*chunk, strict=True), strict=True):
            column.extend(texts)
        read += len(chunk)
        say(f"reading {path.name}: {read:,} rows")
    return Table(path.name, dict(zip(header, columns, strict=True)))


def _rows(reader: Any, file: str, column: str) -> Iterator[list[str]]:
    try:
        yield from reader
    except csv.Error as error:
        raise BadInput(file, f"the line is not proper CSV: {error}", reader.line_num, column) from error


def _check_header(file: str, header: list[str], required: Sequence[str], optional: Sequence[str]) -> None:
    if not header:
        raise BadInput(file, f"the header line is missing: {','.join(required)}", 1, required[0])
    for place, column in enumerate(header):
        if column not in (*required, *optional):
            raise BadInput(
                file, f"unknown column; known are {', '.join((*required, *optional))}", 1, shown(column)
            )
        if column in header[:place]:
            raise BadInput(file, "the column is given twice", 1, column)
    for column in required:
        if column not in header:
            raise BadInput(file, "the column is missing", 1, column)


def _check_rows(file: str, rows: list[list[str]], header: list[str], before: int, line: int) -> None:
    """Every row is one line and has a field for each column; `line` is where the last one ends."""
    if line != before + len(rows) + 1:
        for row, fields in enumerate(rows, start=before + 2):
            for column, text in zip(header, fields, strict=False):
                if "\n" in text or "\r" in text:
                    raise BadInput(file, f"{quoted(text)} has a line break", row, column)
    if set(map(len, rows)) == {len(header)}:
        return
    for row, fields in enumerate(rows, start=before + 2):
        if not fields:
            raise BadInput(file, "the line is empty", row, header[0])
        if len(fields) < len(header):
            raise BadInput(file, "the field is missing", row, header[len(fields)])
        if len(fields) > len(header):
            raise BadInput(file, f"{len(fields)} fields in {len(header)} columns", row, header[-1])


def write_table(path: Path, header: Sequence[str], rows: Iterable[Iterable[str]]) -> None:
    """Write a file that is the same on every machine."""
    with path.open("w", encoding="ascii", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
