"""Any bytes for a file of readings: a slow, obvious reader takes and refuses the same."""

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trading.metering import files
from trading.metering.store import QUALITIES

ROW = re.compile(
    rb"([\x01-\x7f]{1,64}),(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ),(\d{1,9})(?:,(estimated|provisional|final))?"
)
CELLS = (
    st.sampled_from([b"N001", b"n", b"", b"x" * 65, b"N\x00", b"\xff", b'"N001"', b" "]),
    st.sampled_from(
        [b"2026-11-22T10:15:00Z", b"2026-02-29T00:00:00Z", b"2026-11-22T24:00:00Z", b"2026-11-22", b""]
        + [b"0000-01-01T00:00:00Z", b"2026-11-22T10:15:00+01:00", b"9999-12-31T23:59:59Z"]
        + [b"2026-00-10T10:15:00Z", b"2026-11-22t10:15:00z"]
    ),
    st.sampled_from([b"0", b"125", b"999999999", b"1000000000", b"-1", b"1.5", b"1e3", b"", b" 1", b"007"]),
    st.sampled_from([b"final", b"estimated", b"provisional", b"Final", b"", b"finals"]),
)
ENDS = st.sampled_from([b"\n", b"\r\n", b"\r", b"\n\n", b""])
GOOD = [st.just(b"N001"), st.just(b"2026-11-22T10:15:00Z"), st.just(b"125"), st.just(b"final")]


@st.composite
def almost_files(draw):
    """A file of readings with some of it bent."""
    width = draw(st.sampled_from([3, 4]))
    lines = [b",".join([b"node", b"startsAt", b"wh", b"quality"][:width])]
    for _ in range(draw(st.integers(0, 6))):
        bent = draw(st.sampled_from([None, *range(width)]))
        cells = [draw(CELLS[place] if place == bent else GOOD[place]) for place in range(width)]
        lines.append(b",".join(cells + [b""] * draw(st.sampled_from([0, 0, 0, 0, 1]))))
    return b"".join(line + draw(ENDS if draw(st.booleans()) else st.just(b"\n")) for line in lines)


def obvious(raw):
    """Each row as (node, seconds, Wh, quality); None where a line is wrong."""
    head, _, body = raw.partition(b"\n")
    head = head.removesuffix(b"\r") if head.rstrip(b"\r") == head.removesuffix(b"\r") else head.rstrip(b"\r")
    if head not in files.HEADS:
        return None
    rows = []
    for line in (body if body.endswith(b"\n") or not body else body + b"\n").split(b"\n")[:-1]:
        row = ROW.fullmatch(line.removesuffix(b"\r"))
        if row is None or b"," in row.group(1) or (row.group(4) is None) != (head == files.HEADS[0]):
            return None
        try:
            starts = datetime.strptime(row.group(2).decode(), "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        except ValueError:
            return None
        rank = QUALITIES.index((row.group(4) or QUALITIES[-1].encode()).decode())
        rows.append((row.group(1).decode(), int(starts.timestamp()), int(row.group(3)), rank))
    return rows


def check(raw):
    wanted = obvious(raw)
    if wanted is None:
        with pytest.raises(files.BadFile) as refused:
            files.read(raw)
        assert refused.value.row >= 1 and refused.value.column
        return
    lines = files.read(raw)
    names = [lines.names[place] for place in lines.of.tolist()]
    assert (
        list(zip(names, lines.starts.tolist(), lines.wh.tolist(), lines.ranks.tolist(), strict=True))
        == wanted
    )


class TestRead:
    @given(almost_files())
    def test_agrees_with_the_obvious_reader_on_bent_files(self, raw):
        check(raw)

    @given(st.binary(max_size=60), st.sampled_from(files.HEADS))
    def test_agrees_on_any_bytes_below_the_head(self, body, head):
        check(head + b"\n" + body)
