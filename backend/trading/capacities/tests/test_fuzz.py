"""Any text for a file of capacities is read, or refused naming the place; it never falls over."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from shared.problems import Problem
from trading.capacities import rows

HEAD = ",".join(rows.COLUMNS) + "\n"
CELLS = st.sampled_from(
    [
        "N001",
        "up",
        "down",
        "2026-11-23T12:00:00Z",
        "2026-11-23T12:15:00+01:00",
        "2026-02-30T00:00:00Z",
        "5000",
        "-1",
    ]
    + ["1e3", "", '"', '"a,b"', "9999-12-31T23:59:59-23:59", "１２", "=1+1", "\x00", "0" * 30]
)
LINES = st.lists(st.lists(CELLS, min_size=1, max_size=7).map(",".join), max_size=4).map("\n".join)


class TestOfCsv:
    @given(st.one_of(LINES.map(HEAD.__add__), st.text(max_size=60), st.text(max_size=40).map(HEAD.__add__)))
    def test_reads_or_names_the_place(self, text):
        try:
            read = rows.of_csv(text)
        except Problem as problem:
            assert problem.status == 400
            assert all(each["field"] and each["detail"] for each in problem.errors)
            return
        assert read
        for said in read:
            assert said.starts_at.utcoffset() == said.ends_at.utcoffset() == timedelta(0)
            assert said.capacity_w in range(rows.MOST_W + 1)
