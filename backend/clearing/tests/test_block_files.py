"""Block orders and lines in loops come from files, and anyone can check what became of them."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clearing.tests.desk import LINES

BLOCKS = """\
block,bus,period,side,price,quantity,min_ratio,parent,group
start,N1,0,sell,30,100,1,,
start,N1,1,sell,30,200,1,,
more,N1,0,sell,20,150,0.5,start,
spare,N1,1,sell,90,50,,,pair
other,N1,1,sell,95,50,,,pair
"""
RING = LINES + "N2,N1,,50,,,\nN2,N0,,30,,,2\n"


@pytest.fixture
def booked(desk):
    desk.put("blocks.csv", BLOCKS)
    return desk


def run(desk, command, *more):
    return desk.run(command, "--blocks", str(desk.folder / "blocks.csv"), *more)


class TestBlocks:
    def test_are_cleared_published_and_proven(self, booked):
        code, out, err = run(booked, "clear")
        assert (code, err) == (0, "")
        told = "cleared 4 orders at 2 buses in 2 periods, 4 blocks: welfare "
        assert out.startswith(told) and out.endswith(", the greatest that prices support\n")
        assert booked.rows("blocks.csv") == [
            ("more", "1", "accepted", "50"),
            ("other", "0", "out-of-the-money", "50"),
            ("spare", "0", "out-of-the-money", "50"),
            ("start", "1", "accepted", "50"),
        ]
        code, out, err = run(booked, "verify")
        assert (code, err) == (0, "") and out.startswith("right: 4 orders")

    @pytest.mark.parametrize(
        ("old", "new", "told"),
        [
            ("start,1,accepted", "start,0,out-of-the-money", "not right: blocks.csv:5: reason: it should be"),
            (
                "more,1,accepted",
                "more,0.8,at-the-money",
                "not right: period 0, bus N1: flows in and out differ",
            ),
            ("more,1,", "more,0.2,", "not right: blocks.csv:2: reason: it should be at-the-money"),
            (
                "start,1,accepted,50",
                "start,1,accepted,49",
                "not right: blocks.csv:5: average_price: it is not",
            ),
            ("start,1", "stop,1", "blocks.csv:5: block: the book has no such block"),
            ("start,1", "more,1", "blocks.csv:5: block: the block stands in line 2, too"),
            ("start,1", "start,1.1", "blocks.csv:5: ratio: a ratio is from 0 to 1"),
            ("start,1,accepted,50\n", "", "blocks.csv: there is no row for block start"),
        ],
    )
    def test_a_tampered_block_is_refused(self, booked, old, new, told):
        run(booked, "clear")
        booked.edit("blocks.csv", old, new)
        code, out, err = run(booked, "verify")
        assert code in (1, 2)
        assert (out + err).startswith(told) and (out + err).count("\n") == 1

    def test_without_their_file_it_is_another_book(self, booked):
        run(booked, "clear")
        code, out, _ = booked.run("verify")
        assert code == 1 and out.startswith("not right: it is of another book")

    @pytest.mark.parametrize(
        ("row", "told"),
        [
            ("x,N9,0,sell,5,5,,,", "bus: lines.csv has no bus N9"),
            ("x,N1,0,sell,5,0,,,", "quantity: 0 is not between 1 and 1099511627776"),
            ("x,N1,0,sell,5,-5,,,", "quantity: -5 is not between 1 and 1099511627776"),
            ("x,N1,0,sell,NaN,5,,,", "price: 'NaN' is not a plain decimal number"),
            ("x,N1,0,sell,400001,5,,,", "price: 400001 is not between -50000 and 400000"),
            ("x,N1,0,hold,5,5,,,", "side: 'hold' is not buy or sell"),
            ("x,N1,0,sell,5,5,0,,", "min_ratio: '0' is not above 0 and at most 1"),
            ("x,N1,0,sell,5,5,1.1,,", "min_ratio: '1.1' is not above 0 and at most 1"),
            ("x,N1,0,sell,5,5,0.1234567,,", "min_ratio: '0.1234567' has more than 6 places"),
            ("x,N1,0,sell,5,5,,nobody,", "parent: there is no block nobody"),
            ("x,N1,0,sell,5,5,,x,", "parent: block x is its own ancestor"),
            ("x,N0,0,sell,5,5,,,pair", "group: group pair has blocks at more than one bus"),
            ("start,N1,1,sell,30,200,1,,", "period: a block has a period twice"),
            ("start,N1,2,sell,31,200,1,,", "price: a block has more than one price"),
            ("x,N1,0,sell,5,5,,", "group: the field is missing"),
        ],
    )
    def test_one_line_names_file_line_and_column(self, booked, row, told):
        booked.put("blocks.csv", BLOCKS + row + "\n")
        code, out, err = run(booked, "clear")
        assert (code, out) == (2, "")
        place, column_and_text = err.split(": ", 1)
        assert (column_and_text, place[:11]) == (told + "\n", "blocks.csv:")
        assert not (booked.folder / "result").exists()


class TestMeshes:
    def test_lines_in_a_loop_are_a_mesh(self, desk):
        desk.put("lines.csv", RING)
        out = desk.clear()
        assert out.endswith("proven to be the greatest\n")
        assert [row[:3] for row in desk.rows("flows.csv")[:3]] == [
            ("N1", "N0", "0"),
            ("N2", "N0", "0"),
            ("N2", "N1", "0"),
        ]
        assert desk.run("verify")[0] == 0

    def test_a_tampered_flow_in_the_loop_is_refused(self, desk):
        desk.put("lines.csv", RING)
        desk.clear()
        row = ",".join(desk.rows("flows.csv")[2])
        desk.edit("flows.csv", row, row.rsplit(",", 1)[0] + ",7")
        code, out, _ = desk.run("verify")
        assert code == 1 and out.startswith("not right: ")

    @given(st.permutations(RING.splitlines()[1:]), st.permutations(BLOCKS.splitlines()[1:]))
    @settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_the_order_of_rows_changes_nothing(self, desk, lines, blocks):
        desk.put("lines.csv", "\n".join([RING.splitlines()[0], *lines, ""]))
        desk.put("blocks.csv", "\n".join([BLOCKS.splitlines()[0], *blocks, ""]))
        code, _, err = run(desk, "clear")
        assert (code, err) == (0, "")
        assert run(desk, "verify")[0] == 0
        first = self.__dict__.setdefault("first", {})
        assert first.setdefault("files", desk.files()) == desk.files()
