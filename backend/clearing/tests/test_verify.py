"""A stranger is told in one line whether a published auction is right."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import clearing
from clearing import BUY, SELL, Grid, Orders
from clearing.files import write_book
from clearing.tests.desk import ORDERS, OUTPUT, UNITS, named


class TestVerify:
    def test_says_in_one_line_that_a_published_auction_is_right(self, desk):
        desk.clear()
        code, out, err = desk.run("verify")
        assert (code, err) == (0, "")
        assert out == (
            "right: 4 orders at 2 buses in 2 periods: welfare 5000, proven to be the greatest; "
            f"tick 1, lot 1, prices from -50000 to 400000; result {desk.summary()['result_hash']}\n"
        )

    @pytest.mark.parametrize(
        ("file", "old", "new", "told"),
        [
            ("accepted.csv", "1,0,500", "1,0,499", "period 0, bus N1: flows in and out differ by -1 lots"),
            ("accepted.csv", "1,0,500", "1,0,-5", "accepted.csv:2: accepted: nobody gets less than nothing"),
            ("accepted.csv", "3,0,0\n", "", "accepted.csv has no row for period 0, order 3"),
            ("accepted.csv", "3,0,0\n", "9,0,0\n", "accepted.csv:4: order: the book has no such row"),
            ("accepted.csv", "3,0,0\n", "3,1,0\n", "accepted.csv:4: order: the book has no such row"),
            (
                "flows.csv",
                "N1,N0,0,500",
                "N1,N0,0,501",
                "period 0, bus N0: flows in and out differ by 1 lots",
            ),
            ("flows.csv", "N1,N0,0,500", "N0,N1,0,500", "flows.csv:2: to_bus: the book has no such row"),
            ("prices.csv", "N0,0,60", "N0,0,61", "period 0, bus N0, buy order 2: accepted 500 lots, but"),
            ("prices.csv", "N1,0,50", "N1,0,49", "period 0, bus N1"),
            (
                "prices.csv",
                "N0,0,60,,",
                "N0,0,60,59,60",
                "period 0, bus N0: price_low should be 60 instead of 59",
            ),
            ("prices.csv", "N1,0,50,,\n", "", "prices.csv has no row for period 0, bus N1"),
            ("summary.json", '"welfare": 5000', '"welfare": 5001', "the welfare of 5001"),
            ("summary.json", '"gap": 0', '"gap": 1', "summary.json: gap: 1 is published, it is 0"),
            ("summary.json", '"result_hash": "', '"result_hash": "0', "summary.json: result_hash"),
            ("summary.json", '"book_hash": "', '"book_hash": "0', "it is of another book"),
            (
                "summary.json",
                '"short": []',
                '"short": [{"period": "0", "bus": "N0", "quantity": 1}]',
                "the list of short buses should be []",
            ),
            (
                "summary.json",
                '"short": []',
                '"short": [{"period": "0", "bus": "N7", "quantity": 1}]',
                "summary.json: short: period 0, bus N7 is not in the book",
            ),
        ],
    )
    def test_gives_the_first_reason_why_a_result_is_not_right(self, desk, file, old, new, told):
        desk.clear()
        if "_hash" in old:
            found = desk.summary()[old[1:].split('"')[0]]
            old, new = old + found, new + found[1:] if found[0] != "0" else old + "1" + found[1:]
        desk.edit(file, old, new)
        code, out, err = desk.run("verify")
        assert (code, err) == (1, "")
        assert out.startswith(f"not right: {told}") and out.count("\n") == 1

    @given(seed=st.integers(0, 2**32 - 1), pick=st.integers(0, 2**32 - 1), by=st.sampled_from([-1, 1]))
    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_refuses_any_figure_that_is_off_by_one(self, desk, seed, pick, by):
        write_book(desk.folder, named(seed), UNITS)
        desk.clear("--tick", "0.01", "--lot", "0.5", "--bounds", "-0.08", "0.20")
        figures = [
            (name, line, column)
            for name in OUTPUT[:3]
            for line, row in enumerate(desk.rows(name), start=1)
            for column in range(3 if name == "flows.csv" else 2, len(row))
            if row[column]
        ]
        if not figures:
            return
        name, line, column = figures[pick % len(figures)]
        unit = UNITS.tick if name == "prices.csv" else UNITS.lot
        lines = [text.split(",") for text in desk.text(name).splitlines()]
        lines[line][column] = unit.text(unit.multiple(lines[line][column]) + by)
        desk.put(f"result/{name}", "".join(",".join(fields) + "\n" for fields in lines))
        assert desk.run("verify")[0] == 1

    def test_refuses_another_book(self, desk):
        desk.clear()
        desk.put("orders.csv", ORDERS.replace("40,500", "41,500"))
        code, out, _ = desk.run("verify")
        assert code == 1 and out.startswith("not right: it is of another book")

    @pytest.mark.parametrize(
        ("more", "told"),
        [
            (("--tick", "0.1"), "not right: it was cleared with a tick of 1, not 0.1\n"),
            (("--lot", "2"), "not right: it was cleared with a lot of 1, not 2\n"),
            (("--bounds", "0", "100"), "not right: it was cleared with tick 1, lot 1, prices from -50000"),
        ],
    )
    def test_insists_on_rules_that_are_given(self, desk, more, told):
        desk.clear()
        code, out, _ = desk.run("verify", *more)
        assert code == 1 and out.startswith(told)
        assert desk.run("verify", "--tick", "1.0", "--lot", "1", "--bounds", "-50000", "400000")[0] == 0

    def test_figures_of_a_wrong_result_name_the_units_they_are_counted_in(self, desk):
        desk.clear("--tick", "0.5")
        desk.edit("prices.csv", "N0,0,60.0,,", "N0,0,60.0,59.5,60.0")
        out = desk.run("verify")[1]
        assert out.endswith(
            "price_low should be 120 instead of 119 (counted in ticks of 0.5 and lots of 1)\n"
        )

    @pytest.mark.parametrize(
        ("file", "old", "new", "told"),
        [
            (
                "accepted.csv",
                "1,0,500",
                "1,0,5e2",
                "accepted.csv:2: accepted: '5e2' is not a plain decimal number",
            ),
            ("accepted.csv", "1,0,500", "1,0,0.5", "accepted.csv:2: accepted: 0.5 is not a multiple of 1"),
            (
                "accepted.csv",
                "1,0,500\n",
                "1,0,500\n1,0,500\n",
                "accepted.csv:3: order: the same row stands in line 2",
            ),
            ("accepted.csv", "order,", "id,", "accepted.csv:1: id: unknown column"),
            (
                "prices.csv",
                "N0,0,60,,",
                "N0,0,60,60,",
                "prices.csv:2: price_low: an interval needs both ends",
            ),
            ("prices.csv", "N0,0,60,,", "N0,0,,,", "prices.csv:2: price: '' is not a plain decimal number"),
            ("flows.csv", "N1,N0,0,500", "N1,N0,0", "flows.csv:2: flow: the field is missing"),
            (
                "summary.json",
                '"welfare": 5000',
                '"welfare": "5000"',
                "summary.json:2: welfare: the field is not a number",
            ),
            (
                "summary.json",
                '"welfare": 5000',
                '"welfare": NaN',
                "summary.json:2: welfare: the field is not a number",
            ),
            (
                "summary.json",
                '"welfare": 5000',
                '"welfare": 5e3',
                "summary.json:2: welfare: '5e3' is not a plain",
            ),
            ("summary.json", '"welfare": 5000,', "", "summary.json:1: welfare: the field is missing"),
            ("summary.json", '"gap": 0', '"gap": 0, "gap": 0', "summary.json:1: 'gap' is given twice"),
            ("summary.json", '"gap": 0', '"gap": 0, "mood": 1', "summary.json:3: mood: unknown field"),
            ("summary.json", '"gap": 0,', '"gap": 0', "summary.json:4: the text is not JSON"),
            ("summary.json", '"tick": 1', '"tick": 0', "summary.json:6: tick: 0 is not more than 0"),
            (
                "summary.json",
                "[-50000, 400000]",
                "[1, 0]",
                "summary.json:8: price_bounds: the lowest price 1 is above",
            ),
            (
                "summary.json",
                "[-50000, 400000]",
                "[1]",
                "summary.json:8: price_bounds: the field is not a pair",
            ),
            ("summary.json", '"short": []', '"short": {}', "summary.json:9: short: the field is not a list"),
            (
                "summary.json",
                '"short": []',
                '"short": [1]',
                "summary.json:9: short: an entry is not a period",
            ),
            ("summary.json", '"book_hash": "', '"book_hash": "x', "summary.json:4: book_hash: "),
        ],
    )
    def test_a_file_that_cannot_be_read_is_bad_input(self, desk, file, old, new, told):
        desk.clear()
        desk.edit(file, old, new)
        code, out, err = desk.run("verify")
        assert (code, out) == (2, "")
        assert err.startswith(told) and err.count("\n") == 1

    def test_a_result_that_is_not_there_is_bad_input(self, desk):
        assert desk.run("verify")[::2] == (2, "summary.json: No such file or directory\n")

    def test_hashes_equal_those_of_the_library(self, desk):
        desk.clear()
        orders = Orders.from_rows(
            order=[1, 2, 3, 4],
            bus=[1, 0, 0, 0],
            period=[0, 0, 0, 1],
            side=[SELL, BUY, SELL, BUY],
            price=[40, 60, 75, 60],
            quantity=[500, 800, 1000, 800],
        )
        grid = Grid.from_parents([-1, 0], fee_up=[0, 10])
        assert desk.summary()["book_hash"] == clearing.book_hash(orders, grid)
        assert desk.summary()["result_hash"] == clearing.result_hash(clearing.clear(orders, grid))
        assert np.array_equal(grid.parent, [-1, 0])
