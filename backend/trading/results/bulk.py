"""Rows in bulk: one COPY per table, however many rows."""

import io

import numpy as np
from django.db import connection


def copy(model, **columns):
    """Add rows to a model's table, given as equally long columns (arrays or lists) or one value for all."""
    listed = [each.tolist() if isinstance(each, np.ndarray) else each for each in columns.values()]
    count = max((len(each) for each in listed if isinstance(each, list)), default=0)
    if not count:
        return 0
    wide = [each if isinstance(each, list) else [each] * count for each in listed]
    text = "\n".join("\t".join(map(str, row)) for row in zip(*wide, strict=True))
    with connection.cursor() as cursor:
        names = ", ".join(f'"{name}"' for name in columns)
        cursor.copy_expert(f'COPY "{model._meta.db_table}" ({names}) FROM STDIN', io.StringIO(text))
    return count


def array_texts(values, starts):
    """Slice an array at `starts` and write each slice as PostgreSQL writes arrays."""
    listed, starts = values.tolist(), starts.tolist()
    ends = [*starts[1:], len(listed)] if starts else []
    return ["{" + str(listed[start:end])[1:-1] + "}" for start, end in zip(starts, ends, strict=True)]


def row_texts(matrix):
    """Each row of a matrix as PostgreSQL writes arrays."""
    return ["{" + str(row)[1:-1] + "}" for row in matrix.tolist()]
