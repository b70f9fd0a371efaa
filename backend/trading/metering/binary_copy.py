"""Rows of fixed width through PostgreSQL's binary COPY, from and to numpy record arrays.

https://www.postgresql.org/docs/18/sql-copy.html, "Binary Format": a header of 19 bytes, then per row a count
of fields and before each field its length in bytes, all big-endian, then −1 in place of a count.
"""

import io

import numpy as np

HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"
EPOCH_US = 946_684_800_000_000  # PostgreSQL counts microseconds from 2000, Unix from 1970


def timestamps(epoch_us):
    """Microseconds since 1970 as `timestamptz`."""
    return np.asarray(epoch_us, np.int64) - EPOCH_US


def epoch_us(timestamps):
    """`timestamptz` as microseconds since 1970."""
    return timestamps.astype(np.int64) + EPOCH_US


def write(cursor, table, columns):
    """Append rows to a table; `columns` maps names to arrays of int32, int64 or equally long bytes."""
    arrays = {name: _big_endian(np.asarray(array)) for name, array in columns.items()}
    rows = np.zeros(len(next(iter(arrays.values()))), _row_type(arrays.items()))
    rows["fields"] = len(arrays)
    for name, array in arrays.items():
        rows[f"{name} length"], rows[name] = array.dtype.itemsize, array
    stream = io.BytesIO(HEADER + rows.tobytes() + TRAILER)
    cursor.copy_expert(f"COPY {table} ({', '.join(arrays)}) FROM STDIN (FORMAT binary)", stream)


def read(cursor, query, types):
    """The rows of a query without nulls as a record array; `types` maps each column to its numpy type."""
    stream = io.BytesIO()
    cursor.copy_expert(f"COPY ({query}) TO STDOUT (FORMAT binary)", stream)
    row_type = _row_type((name, np.zeros(0, f">{kind}")) for name, kind in types.items())
    body = stream.getbuffer()[len(HEADER) : -len(TRAILER)]
    return np.frombuffer(body, row_type)


def _big_endian(array):
    return array.astype(array.dtype.newbyteorder(">"))


def _row_type(arrays):
    fields = [("fields", ">i2")]
    for name, array in arrays:
        fields += [(f"{name} length", ">i4"), (name, array.dtype)]
    return np.dtype(fields)
