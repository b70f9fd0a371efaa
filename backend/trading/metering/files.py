"""Readings as grid operators send them: a CSV file of any length; arrays out, nothing stored.

A year of a village is six million lines, so the file is read a few hundred thousand lines at a time, column
by column, and never line by line. What is wrong is named by its line and column, as an editor counts them.
"""

from dataclasses import dataclass

import numpy as np

from shared import problems
from trading.metering.store import QUALITIES

HEADS = (b"node,startsAt,wh", b"node,startsAt,wh,quality")
AT_ONCE = 250_000  # lines
LONGEST_NODE, LONGEST_WH, LONGEST_QUALITY = 64, 9, 11
STAMP = b"0000-00-00T00:00:00Z"
STAMP_DIGITS = np.array([place for place, sign in enumerate(STAMP) if sign == ord("0")])
STAMP_SIGNS = np.array([place for place, sign in enumerate(STAMP) if sign != ord("0")])
COMMA, NEWLINE, RETURN, ZERO = b",\n\r0"


class BadFile(Exception):
    """A line of the file is not a reading; nothing of it was kept."""

    def __init__(self, row, column, detail):
        super().__init__(f"Line {row}, {column}: {detail}")
        self.params = {"row": row, "column": column}
        self.row, self.column = row, column


problems.register(BadFile, status=422, code="bad-readings-file", title="Not a file of readings")


@dataclass(frozen=True, slots=True, eq=False)
class Lines:
    """The columns of a file: `names[of[i]]` is the node of line i + 2; starts in seconds since 1970."""

    names: list
    of: np.ndarray
    starts: np.ndarray
    wh: np.ndarray
    ranks: np.ndarray


def read(raw):
    """Read the bytes of a CSV file.

    :raises BadFile: naming the first line and column that cannot be read
    """
    head, _, body = raw.partition(b"\n")
    head = head.rstrip(b"\r")
    if head not in HEADS:
        raise BadFile(
            1, _odd_head(head), "The first line must be node,startsAt,wh or node,startsAt,wh,quality."
        )
    # Zeros fill up cells below; one in the file would make two names one.
    if b"\0" in body:
        raise BadFile(body[: body.index(b"\0")].count(b"\n") + 2, "node", "There is a zero byte.")
    data = np.frombuffer(body if body.endswith(b"\n") or not body else body + b"\n", np.uint8)
    ends = np.flatnonzero(data == NEWLINE)
    names, parts = {}, []
    for first in range(0, len(ends), AT_ONCE):
        parts.append(_chunk(data, ends, first, head.count(b","), names))
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)] if parts else _nothing()
    return Lines([name.decode("ascii") for name in names], *columns)


def _odd_head(head):
    given = head.decode("ascii", "replace").split(",")
    wanted = HEADS[1].decode().split(",")
    pairs = zip(given, wanted, strict=False)
    return next((name[:40] or "(empty)" for name, want in pairs if name != want), wanted[min(len(given), 3)])


def _nothing():
    return [np.zeros(0, np.int64) for _ in range(3)] + [np.zeros(0, np.int8)]


def _chunk(data, ends, first, commas_a_line, names):
    last = min(first + AT_ONCE, len(ends))
    begins = int(ends[first - 1]) + 1 if first else 0
    text = data[begins : int(ends[last - 1]) + 1]
    stops = ends[first:last] - begins
    opens = np.concatenate([[0], stops[:-1] + 1])
    line = first + 2  # of this part's first row, as an editor counts
    # An empty last line may end in a carriage return too.
    stops = stops - ((stops > opens) & (text[stops - 1] == RETURN))
    commas = np.flatnonzero(text == COMMA)
    counted = np.diff(np.searchsorted(commas, np.concatenate([opens, [len(text)]])))
    _refuse(counted != commas_a_line, line, "node", f"There must be {commas_a_line + 1} columns.")
    inner = commas.reshape(-1, commas_a_line)
    lefts = np.column_stack([opens, inner + 1])
    rights = np.column_stack([inner, stops])
    nodes = _nodes(text, lefts[:, 0], rights[:, 0], line, names)
    starts = _starts(text, lefts[:, 1], rights[:, 1], line)
    wh = _energies(text, lefts[:, 2], rights[:, 2], line)
    if commas_a_line == 2:
        ranks = np.full(len(wh), len(QUALITIES) - 1, np.int8)
    else:
        ranks = _qualities(text, lefts[:, 3], rights[:, 3], line)
    return nodes, starts, wh, ranks


def _cells(text, left, right, width):
    """A column as a matrix of bytes, filled up with zeros."""
    filled = np.concatenate([text, np.zeros(width, np.uint8)])
    cells = np.lib.stride_tricks.sliding_window_view(filled, width)[left]
    return cells * (np.arange(width) < (right - left)[:, None]) if ((right - left) != width).any() else cells


def _words(text, left, right, longest, line, column):
    lengths = right - left
    _refuse((lengths < 1) | (lengths > longest), line, column, f"Write 1 to {longest} characters.")
    width = int(lengths.max())
    return _cells(text, left, right, width).view(f"S{width}").ravel()


def _nodes(text, left, right, line, names):
    words = _words(text, left, right, LONGEST_NODE, line, "node")
    odd = np.zeros(len(words), bool)
    opens = np.concatenate([[0], np.flatnonzero(words[1:] != words[:-1]) + 1])  # nodes come in runs
    known, place = np.unique(words[opens], return_inverse=True)
    odd[opens] = np.array([not name.isascii() for name in known.tolist()], bool)[place]
    _refuse(odd, line, "node", "Write plain ASCII letters.")
    keys = np.array([names.setdefault(name, len(names)) for name in known.tolist()], np.int64)
    return np.repeat(keys[place], np.diff(opens, append=len(words)))


def _starts(text, left, right, line):
    form = f"Write an instant of UTC such as {STAMP.decode().replace('0000-00-00', '2026-11-23')}."
    _refuse(right - left != len(STAMP), line, "startsAt", form)
    cells = _cells(text, left, right, len(STAMP))
    # Below "0" the difference turns over and is beyond 9 too.
    digits = cells[:, STAMP_DIGITS] - np.uint8(ZERO)
    signs = np.frombuffer(STAMP, np.uint8)[STAMP_SIGNS]
    _refuse((cells[:, STAMP_SIGNS] != signs).any(axis=1) | (digits > 9).any(axis=1), line, "startsAt", form)
    year = _number(digits[:, :4])
    month, day, hour, minute, second = (_number(digits[:, 4 + 2 * k : 6 + 2 * k]) for k in range(5))
    months = (year - 1970) * 12 + month - 1
    days = months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64) + day - 1
    back = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    impossible = (
        (year < 1)
        | (month < 1)
        | (month > 12)
        | (back != months)
        | (hour > 23)
        | (minute > 59)
        | (second > 59)
    )
    _refuse(impossible, line, "startsAt", "There is no such instant.")
    return days * 86_400 + hour * 3_600 + minute * 60 + second


def _energies(text, left, right, line):
    lengths = right - left
    _refuse((lengths > 0) & (text[left] == ord("-")), line, "wh", "An energy is not negative.")
    _refuse((lengths < 1) | (lengths > LONGEST_WH), line, "wh", f"Write 1 to {LONGEST_WH} digits.")
    width = int(lengths.max())
    filled = np.concatenate([np.zeros(width, np.uint8), text])
    cells = np.lib.stride_tricks.sliding_window_view(filled, width)[right]  # ranged right
    digits = np.where(np.arange(width) >= width - lengths[:, None], cells - np.uint8(ZERO), 0)
    _refuse(
        (digits > 9).any(axis=1), line, "wh", "Write whole watt-hours, such as 125; no point, no exponent."
    )
    return _number(digits)


def _number(digits):
    value = digits[:, 0].astype(np.int64)
    for place in range(1, digits.shape[1]):
        value = value * 10 + digits[:, place]
    return value


def _qualities(text, left, right, line):
    words = _words(text, left, right, LONGEST_QUALITY, line, "quality")
    ranks = np.full(len(words), -1, np.int8)
    for rank, quality in enumerate(QUALITIES):
        ranks[words == quality.encode()] = rank
    _refuse(ranks < 0, line, "quality", f"Write {', '.join(QUALITIES)}.")
    return ranks


def _refuse(wrong, line, column, detail):
    if wrong.any():
        raise BadFile(line + int(wrong.argmax()), column, detail)
