"""How do many rows travel at once? Through PostgreSQL's binary COPY, from and to numpy arrays.

https://www.postgresql.org/docs/18/sql-copy.html, "Binary Format": a header of 19 bytes, then per row a count
of fields and before each field its length in bytes, all big-endian, then −1 in place of a count. An array is
(src/backend/utils/adt/arrayfuncs.c, array_send): dimensions, whether there are nulls, the type of its
elements, how many, the first index, then the elements, each with its length.
"""

import io
import struct
from contextlib import nullcontext
from dataclasses import dataclass
from itertools import chain

import numpy as np

HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"
LOOK_AHEAD_AFTER = 16  # rows of one length
FEW_RUNS = 16  # values in a run on average, from which on runs are copied one by one
EPOCH_US = 946_684_800_000_000  # PostgreSQL counts microseconds from 2000, Unix from 1970
TYPE_OF = {"b1": 16, "i2": 21, "i4": 23, "i8": 20}  # pg_type.oid of bool, smallint, integer, bigint
ARRAY_HEAD = np.dtype([(name, ">i4") for name in ("bytes", "dimensions", "nulls", "type", "count", "first")])


@dataclass(frozen=True, slots=True, eq=False)
class Ragged:
    """An array per row, of different lengths: row i has values[first[i]:first[i + 1]]."""

    values: np.ndarray
    first: np.ndarray


def timestamps(epoch_us):
    """Microseconds since 1970 as `timestamptz`."""
    return np.asarray(epoch_us, np.int64) - EPOCH_US


def epoch_us(timestamps):
    """`timestamptz` as microseconds since 1970."""
    return timestamps.astype(np.int64) + EPOCH_US


def narrow(values, dtype):
    """The same numbers in a smaller type.

    :raises OverflowError: one does not fit
    """
    narrowed = np.asarray(values).astype(dtype)
    if not np.array_equal(narrowed, values):
        raise OverflowError(f"a number leaves the range of {np.dtype(dtype)}")
    return narrowed


def write(cursor, table, *parts):
    """Append rows to a table, all in one statement.

    :param parts: each maps the same names to bool, int16, int32, int64 or equally long bytes, one value per
        row; an array of two dimensions or a `Ragged` becomes a column of arrays
    """
    stream = io.BytesIO(b"".join((HEADER, *map(_body, parts), TRAILER)))
    with _named_errors(cursor):
        cursor.copy_expert(f"COPY {table} ({', '.join(parts[0])}) FROM STDIN (FORMAT binary)", stream)


def read(cursor, query, types):
    """The rows of a query without nulls as a record array; `types` maps each column to its numpy type."""
    return np.frombuffer(_fetch(cursor, query), _row_type((name, f">{kind}") for name, kind in types.items()))


def read_with_arrays(cursor, query, types, arrays):
    """The rows of a query whose last columns are arrays, in each row as many elements in all of them.

    :param types: maps each plain column to its numpy type
    :param arrays: the same for the columns of arrays, which hold at least one element and no null
    :returns: a record array of the plain columns; where the elements of each row begin; the elements by name
    """
    body = _fetch(cursor, query)
    plain = _row_type((name, f">{kind}") for name, kind in types.items())
    fields = {name: np.dtype([("bytes", ">i4"), ("value", f">{kind}")]) for name, kind in arrays.items()}
    starts, counts = _rows_of(body, plain.itemsize, [each.itemsize for each in fields.values()])
    first = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    heads = _gather(body, starts, plain)
    elements, place = {}, starts + plain.itemsize
    for name, field in fields.items():
        _check_plain_array(_gather(body, place, ARRAY_HEAD), TYPE_OF[arrays[name]], name)
        place = place + ARRAY_HEAD.itemsize
        at = np.repeat(place - first[:-1] * field.itemsize, counts) + np.arange(first[-1]) * field.itemsize
        elements[name] = _gather(body, at, field)["value"]
        place = place + counts * field.itemsize
    return heads, first, elements


def _body(columns):
    if any(isinstance(each, Ragged) for each in columns.values()):
        return _ragged_rows(columns)
    return _records(columns).tobytes()


def _named_errors(cursor):
    """Let what goes wrong be told by Django's names, which its cursors forget to do for a COPY."""
    return cursor.db.wrap_database_errors if hasattr(cursor, "db") else nullcontext()


def _fetch(cursor, query):
    stream = io.BytesIO()
    with _named_errors(cursor):
        cursor.copy_expert(f"COPY ({query}) TO STDOUT (FORMAT binary)", stream)
    return stream.getbuffer()[len(HEADER) : -len(TRAILER)]


def _rows_of(body, plain_bytes, bytes_of_elements):
    """Where each row begins, and how many elements each of its arrays has."""
    count_at, element_bytes = plain_bytes + 16, sum(bytes_of_elements)
    fixed = plain_bytes + len(bytes_of_elements) * ARRAY_HEAD.itemsize
    if not len(body):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    (one,) = struct.unpack_from(">i", body, count_at)
    size = fixed + one * element_bytes
    if len(body) % size == 0:  # all rows may be equally long: look at once
        starts = np.arange(0, len(body), size)
        counts = _gather(body, starts + count_at, np.dtype(">i4")).astype(np.int64)
        if (counts == one).all():
            return starts, counts
    starts = _walk(body, fixed, element_bytes, count_at)
    return starts, _gather(body, starts + count_at, np.dtype(">i4")).astype(np.int64)


def _walk(body, fixed, element_bytes, count_at):
    """Where each row begins: row by row, and many at once where one is as long as those before it."""
    count, found, place, end = struct.Struct(">i").unpack_from, [], 0, len(body)
    alike, before = 0, -1
    while place < end:
        try:
            (elements,) = count(body, place + count_at)
        except struct.error as error:
            raise ValueError("an array is empty or has several dimensions") from error
        size = fixed + elements * element_bytes
        alike, before = (alike + 1 if elements == before else 0), elements
        many = 1
        if alike >= LOOK_AHEAD_AFTER and size > 0:
            # Each row is where it is because all before it were as long; up to the first that is not.
            guessed = np.arange(place, end - count_at - 3, size)
            other = _gather(body, guessed + count_at, np.dtype(">i4")) != elements
            many, alike = int(other.argmax()) if other.any() else len(guessed), 0
        found.append(np.arange(place, place + many * size, size) if many > 1 else [place])
        place += many * size
    return np.concatenate(found)


def _gather(body, at, dtype):
    """The values of a type that begin at these bytes."""
    # Values that are equally far apart are one view; a few such runs are as many copies.
    turns = np.flatnonzero(np.diff(at, n=2)) + 1 if len(at) > 2 else np.zeros(0, np.int64)
    runs = np.concatenate([[0], turns + 1, [len(at)]])
    if len(at) > 1 and not len(turns):
        return np.ndarray(len(at), dtype, body, int(at[0]), (int(at[1] - at[0]),))
    if len(runs) * FEW_RUNS > len(at):
        octets = np.frombuffer(body, np.uint8)
        return octets[at[:, None] + np.arange(dtype.itemsize)].view(dtype)[:, 0]
    values = np.empty(len(at), dtype)
    for low, high in zip(runs[:-1].tolist(), runs[1:].tolist(), strict=True):
        values[low:high] = _gather(body, at[low:high], dtype)
    return values


def _check_plain_array(heads, kind, name):
    plain = (heads["dimensions"] == 1) & (heads["nulls"] == 0) & (heads["type"] == kind)
    if not plain.all():
        raise ValueError(f"{name} is empty, has nulls or is of another type somewhere")


def _records(columns):
    """Rows of fixed width as PostgreSQL reads them."""
    arrays = {name: _big_endian(np.asarray(array)) for name, array in columns.items()}
    rows = np.zeros(len(next(iter(arrays.values()))), _row_type(_widths(arrays)))
    rows["fields"] = len(arrays)
    for name, array in arrays.items():
        if array.ndim == 1:
            rows[f"{name} length"], rows[name] = array.dtype.itemsize, array
        else:
            _fill_arrays(rows, name, array)
    return rows


def _fill_arrays(rows, name, array):
    kind, width = array.dtype.str[1:], array.shape[1]
    rows[f"{name} length"] = ARRAY_HEAD.itemsize - 4 + width * (4 + array.dtype.itemsize)
    rows[name]["head"] = np.array((1, 0, TYPE_OF[kind], width, 1), _headless(ARRAY_HEAD))
    rows[name]["elements"]["bytes"], rows[name]["elements"]["value"] = array.dtype.itemsize, array


def _widths(arrays):
    for name, array in arrays.items():
        if array.ndim == 1:
            yield name, array.dtype
        else:
            element = [("bytes", ">i4"), ("value", array.dtype)]
            yield name, [("head", _headless(ARRAY_HEAD)), ("elements", element, (array.shape[1],))]


def _headless(head):
    return np.dtype([(name, ">i4") for name in head.names[1:]])


def _ragged_rows(columns):
    """Rows of different lengths: each column, or run of plain ones, is cut row by row and joined."""
    count = next(len(c.first) - 1 if isinstance(c, Ragged) else len(c) for c in columns.values())
    fields = np.full(count, len(columns), ">i2")
    parts, plain = [_cut(fields)], {}
    for name, column in columns.items():
        if isinstance(column, Ragged):
            parts += [*_cut_records(plain), *_cut_array(column)]
            plain = {}
        else:
            plain[name] = column
    parts += _cut_records(plain)
    return b"".join(chain.from_iterable(zip(*parts, strict=True)))


def _cut_records(plain):
    """A run of plain columns, row by row, without the count of fields that opens a row."""
    return [_cut(_records(plain), after=2)] if plain else []


def _cut(rows, after=0):
    size, view = rows.dtype.itemsize, memoryview(rows.tobytes())
    return [view[place + after : place + size] for place in range(0, len(view), size)]


def _cut_array(column):
    values, counts = _big_endian(np.asarray(column.values)), np.diff(column.first)
    elements = np.zeros(len(values), [("bytes", ">i4"), ("value", values.dtype)])
    elements["bytes"], elements["value"] = values.dtype.itemsize, values
    size = elements.dtype.itemsize
    heads = np.zeros(len(counts), ARRAY_HEAD)
    heads["bytes"] = ARRAY_HEAD.itemsize - 4 + counts * size
    heads["dimensions"], heads["first"], heads["count"] = 1, 1, counts
    heads["type"] = TYPE_OF[values.dtype.str[1:]]
    view, ends = memoryview(elements.tobytes()), (np.asarray(column.first) * size).tolist()
    return _cut(heads), [view[start:end] for start, end in zip(ends, ends[1:], strict=False)]


def _big_endian(array):
    return array if array.dtype.kind in "bS" else array.astype(array.dtype.newbyteorder(">"))


def _row_type(columns):
    fields = [("fields", ">i2")]
    for name, dtype in columns:
        fields += [(f"{name} length", ">i4"), (name, dtype)]
    return np.dtype(fields)
