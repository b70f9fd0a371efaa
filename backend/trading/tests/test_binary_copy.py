"""Rows go into the database and come back as they were, arrays included."""

import numpy as np
import pytest
from django.db import connection

from trading import binary_copy

TABLE = "CREATE TEMPORARY TABLE several (number bigint, is_odd boolean, small smallint[], big bigint[])"
LONG_RUNS = [1] * 300 + [96, 2] + [7] * 40 + [1] * 17 + [3] + [1] * 90
PLAIN, ARRAYS = {"number": "i8", "is_odd": "b1"}, {"small": "i2", "big": "i8"}


@pytest.fixture
def cursor(db):
    with connection.cursor() as cursor:
        cursor.execute(TABLE)
        yield cursor


def _columns(lengths):
    first = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    numbers, values = np.arange(len(lengths)), np.arange(first[-1])
    return {
        "number": numbers,
        "is_odd": numbers % 2 == 1,
        "small": binary_copy.Ragged(values.astype(np.int16), first),
        "big": binary_copy.Ragged(values - 2**60, first),
    }


class TestWrite:
    def test_writes_arrays_of_every_length_even_none(self, cursor):
        binary_copy.write(cursor, "several", _columns([2, 0, 3]))
        cursor.execute("SELECT * FROM several ORDER BY number")
        assert cursor.fetchall() == [
            (0, False, [0, 1], [-(2**60), 1 - 2**60]),
            (1, True, [], []),
            (2, False, [2, 3, 4], [2 - 2**60, 3 - 2**60, 4 - 2**60]),
        ]

    def test_writes_a_matrix_as_arrays(self, cursor):
        matrix = np.arange(6, dtype=np.int16).reshape(3, 2)
        binary_copy.write(cursor, "several", {"number": np.arange(3), "small": matrix})
        cursor.execute("SELECT small FROM several ORDER BY number")
        assert cursor.fetchall() == [([0, 1],), ([2, 3],), ([4, 5],)]


class TestReadWithArrays:
    @pytest.mark.parametrize("lengths", [[], [1], [3, 3, 3], [2, 1, 5, 1, 1], LONG_RUNS, LONG_RUNS[::-1]])
    def test_reads_what_was_written(self, cursor, lengths):
        written = _columns(lengths)
        binary_copy.write(cursor, "several", written)
        query = "SELECT * FROM several ORDER BY number"
        heads, first, elements = binary_copy.read_with_arrays(cursor, query, PLAIN, ARRAYS)
        assert heads["number"].tolist() == written["number"].tolist()
        assert heads["is_odd"].tolist() == written["is_odd"].tolist()
        assert first.tolist() == written["small"].first.tolist()
        assert elements["small"].tolist() == written["small"].values.tolist()
        assert elements["big"].tolist() == written["big"].values.tolist()

    @pytest.mark.parametrize("bad", ["'{}', '{}'", "'{NULL}', '{1}'", "'{{1},{2}}', '{1,2}'"])
    def test_refuses_what_is_no_plain_array(self, cursor, bad):
        cursor.execute(f"INSERT INTO several VALUES (1, true, {bad})")
        with pytest.raises(ValueError, match=r"small|an array"):
            binary_copy.read_with_arrays(cursor, "SELECT * FROM several", PLAIN, ARRAYS)
