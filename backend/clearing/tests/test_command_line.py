"""Anyone can decide an auction from its files."""

import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import clearing
from clearing.files import write_book
from clearing.tests.desk import LINES, ORDERS, OUTPUT, UNITS, named


class TestClear:
    def test_writes_prices_accepted_quantities_flows_and_a_summary(self, desk):
        out = desk.clear()
        assert out == "cleared 4 orders at 2 buses in 2 periods: welfare 5000, proven to be the greatest\n"
        assert desk.rows("prices.csv")[:2] == [("N0", "0", "60", "", ""), ("N1", "0", "50", "", "")]
        assert desk.rows("accepted.csv") == [
            ("1", "0", "500"),
            ("2", "0", "500"),
            ("3", "0", "0"),
            ("4", "1", "0"),
        ]
        assert desk.rows("flows.csv") == [("N1", "N0", "0", "500"), ("N1", "N0", "1", "0")]
        summary = desk.summary()
        assert (summary["welfare"], summary["gap"], summary["short"]) == (5000, 0, [])
        assert summary["seconds"] >= 0

    def test_runs_as_a_program(self, desk):
        command = [sys.executable, "-m", "clearing", "clear", "--orders", "orders.csv", "--out", "there"]
        done = subprocess.run(command, cwd=desk.folder, capture_output=True, text=True, check=True)
        assert done.stdout.startswith("cleared 4 orders") and done.stderr == ""
        assert sorted(path.name for path in (desk.folder / "there").iterdir()) == list(OUTPUT)

    def test_an_interval_that_clears_is_published_with_its_midpoint(self, desk):
        desk.put("orders.csv", "order,bus,period,side,price,quantity\n1,A,0,sell,40,5\n2,A,0,buy,51,5\n")
        desk.clear(lines=False)
        assert desk.rows("prices.csv") == [("A", "0", "46", "40", "51")]

    def test_counts_in_ticks_and_lots_exactly(self, desk):
        desk.put(
            "orders.csv", "order,bus,period,side,price,quantity\n1,A,0,sell,40.1,0.5\n2,A,0,buy,40.13,1\n"
        )
        desk.clear("--tick", "0.01", "--lot", "0.5", lines=False)
        assert desk.rows("prices.csv") == [("A", "0", "40.13", "", "")]
        assert desk.rows("accepted.csv") == [("1", "0", "0.5"), ("2", "0", "0.5")]
        assert '"welfare": 0.015,' in desk.text("summary.json")

    def test_tells_each_order_why(self, desk):
        desk.put("orders.csv", "order,bus,period,side,price,quantity\n1,N1,0,sell,40,5\n2,N0,0,buy,60,9\n")
        desk.put("lines.csv", LINES.replace("N1,N0,,,,10", "N1,N0,,3,,10"))
        desk.clear()
        # Each could have dealt at the other's price, give or take the fee, had the line taken more than 3.
        assert desk.rows("why.csv") == [
            ("1", "0", "line-full", "40", "0", "39", "N1", "N0", "50"),
            ("2", "0", "line-full", "60", "0", "61", "N1", "N0", "50"),
        ]

    def test_without_lines_every_bus_is_an_auction_of_its_own(self, desk):
        desk.clear(lines=False)
        assert [row[2] for row in desk.rows("accepted.csv")] == ["0"] * 4
        assert desk.rows("flows.csv") == []

    def test_says_which_buses_are_short_and_whose_supply_nobody_takes(self, desk):
        desk.put(
            "orders.csv",
            "order,bus,period,side,price,quantity\n1,N1,a,buy,400000,5\n2,N1,b,sell,-50000,7\n",
        )
        out = desk.clear(lines=False)
        assert out.splitlines()[1:] == [
            "short: 5 at bus N1 in period a",
            "not taken: 7 at bus N1 in period b",
        ]
        assert desk.summary()["short"] == [{"period": "a", "bus": "N1", "quantity": 5}]
        assert desk.summary()["spilled"] == [{"period": "b", "bus": "N1", "quantity": 7}]
        assert desk.run("verify", lines=False)[0] == 0

    @pytest.mark.parametrize("lines", [True, False])
    def test_an_empty_book_has_an_empty_result(self, desk, lines):
        desk.put("orders.csv", ORDERS.splitlines()[0] + "\n")
        assert "cleared 0 orders" in desk.clear(lines=lines)
        assert [desk.rows(name) for name in OUTPUT[:3]] == [[], [], []]
        assert desk.summary()["welfare"] == 0
        assert desk.run("verify", lines=lines)[0] == 0

    def test_an_empty_book_whose_lines_name_a_period_has_a_price_of_0(self, desk):
        desk.put("orders.csv", ORDERS.splitlines()[0] + "\n")
        desk.put("lines.csv", LINES + "N1,N0,7,5,5,,\n")
        desk.clear()
        assert desk.rows("prices.csv") == [("N0", "7", "0", "", ""), ("N1", "7", "0", "", "")]
        assert desk.run("verify")[0] == 0

    @pytest.mark.parametrize(("side", "best"), [("sell", "40"), ("buy", "60")])
    def test_a_one_sided_book_accepts_nothing_at_its_best_price(self, desk, side, best):
        rows = f"1,A,0,{side},40,5\n2,A,0,{side},60,5\n"
        desk.put("orders.csv", "order,bus,period,side,price,quantity\n" + rows)
        desk.clear(lines=False)
        assert desk.rows("accepted.csv") == [("1", "0", "0"), ("2", "0", "0")]
        assert desk.rows("prices.csv") == [("A", "0", best, "", "")]

    def test_names_are_sorted_shorter_ones_first(self, desk):
        desk.put(
            "orders.csv",
            "order,bus,period,side,price,quantity\n10,N10,2,buy,5,1\n9,N9,10,buy,5,1\n2,N9,2,buy,5,1\n",
        )
        desk.clear(lines=False)
        assert [row[:2] for row in desk.rows("accepted.csv")] == [("2", "2"), ("10", "2"), ("9", "10")]
        assert [row[:2] for row in desk.rows("prices.csv")[:2]] == [("N9", "2"), ("N10", "2")]

    def test_a_name_of_two_numbers_is_no_number(self, desk):
        rows = '"2,1",A,0,sell,5,1\n3,A,0,sell,5,1\n03,A,0,buy,9,1\n'
        desk.put("orders.csv", "order,bus,period,side,price,quantity\n" + rows)
        desk.clear(lines=False)
        assert desk.rows("accepted.csv") == [("3", "0", "1"), ("03", "0", "1"), ("2,1", "0", "0")]

    def test_ties_at_the_margin_go_by_the_value_of_order_numbers(self, desk):
        rows = "10,A,0,sell,5,1\n9,A,0,sell,5,1\n1,A,0,buy,9,1\n"
        desk.put("orders.csv", "order,bus,period,side,price,quantity\n" + rows)
        desk.clear(lines=False)
        assert desk.rows("accepted.csv") == [("1", "0", "1"), ("9", "0", "1"), ("10", "0", "0")]

    def test_takes_curves_columns_in_any_order_quotes_and_windows_line_ends(self, desk):
        text = (
            "curve,quantity,price,side,period,bus,order\r\n"
            'linear,0,10,sell,0,A,"Ada, N1"\r\n'
            'linear,100,20,sell,0,A,"Ada, N1"\r\n'
            "step,50,90,buy,0,A,Bo\r\n"
        )
        desk.put("orders.csv", text)
        desk.clear(lines=False)
        assert desk.rows("accepted.csv") == [("Bo", "0", "50"), ("Ada, N1", "0", "50")]
        assert desk.rows("prices.csv") == [("A", "0", "16", "15", "16")]
        assert desk.run("verify", lines=False)[0] == 0

    def test_a_row_for_a_period_takes_the_place_of_the_row_for_all(self, desk):
        desk.put("orders.csv", ORDERS + "5,N1,1,sell,10,500\n")
        desk.put("lines.csv", LINES + "N1,N0,1,200,,,3\n")
        desk.clear()
        assert desk.rows("flows.csv") == [("N1", "N0", "0", "500"), ("N1", "N0", "1", "200")]
        # In period 1 the line costs nothing, but it is full.
        assert desk.rows("prices.csv")[2:] == [("N0", "1", "60", "", ""), ("N1", "1", "10", "", "")]

    def test_the_direction_of_a_line_changes_the_sign_of_its_flow_only(self, desk):
        desk.clear()
        forward = desk.files()
        desk.put("lines.csv", LINES.replace("N1,N0,,,,10,", "N0,N1,,,,,10"))
        desk.clear()
        assert desk.rows("flows.csv")[0] == ("N0", "N1", "0", "-500")
        backward = desk.files()
        assert {name for name in OUTPUT if forward[name] != backward[name]} == {"flows.csv"}

    def test_a_root_can_be_named(self, desk):
        """Where several prices support a result, they are chosen from the root on."""
        rows = "1,N0,0,sell,20,5\n2,N0,0,buy,10,5\n3,N1,0,sell,30,5\n4,N1,0,buy,18,5\n"
        desk.put("orders.csv", "order,bus,period,side,price,quantity\n" + rows)
        desk.put("lines.csv", LINES.replace("N1,N0,,,,10,", "N1,N0,,,,5,5"))
        desk.clear()
        assert [row[2] for row in desk.rows("prices.csv")] == ["17", "20"]
        desk.put("lines.csv", LINES.replace("N1,N0,,,,10,", "N1,N0,,,,5,5\nN1,,,,,,\nN2,,,,,,"))
        desk.clear()
        assert [row[:3] for row in desk.rows("prices.csv")] == [
            ("N0", "0", "19"),
            ("N1", "0", "22"),
            ("N2", "0", "0"),
        ]
        assert desk.run("verify")[0] == 0

    def test_replaces_an_earlier_result_and_leaves_other_files_alone(self, desk):
        desk.clear()
        desk.put("result/notes.txt", "mine")
        desk.put("orders.csv", ORDERS.replace("40,500", "40,300"))
        desk.clear()
        assert desk.rows("accepted.csv")[0] == ("1", "0", "300")
        assert desk.text("notes.txt") == "mine"
        assert sorted(path.name for path in desk.folder.iterdir()) == ["lines.csv", "orders.csv", "result"]

    def test_writes_nothing_if_writing_fails_half_way(self, desk, monkeypatch):
        monkeypatch.setattr(
            "clearing.files.result._flow_rows", lambda *_: (_ for _ in ()).throw(OSError(28, "full"))
        )
        assert desk.run("clear")[0] == 2
        assert sorted(path.name for path in desk.folder.iterdir()) == ["lines.csv", "orders.csv"]

    def test_publishes_no_result_that_fails_its_proof(self, desk, monkeypatch):
        def lie(*given, **rules):
            result = clearing.clear(*given, **rules)
            result.price[0, 0] += 1
            return result

        monkeypatch.setattr("clearing.commands.decide", lie)
        code, out, _ = desk.run("clear")
        assert code == 1 and out.startswith("not right: ")
        assert not (desk.folder / "result").exists()

    @given(seed=st.integers(0, 2**32 - 1), shuffle=st.randoms(use_true_random=False))
    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_the_order_of_rows_never_changes_the_bytes(self, desk, seed, shuffle):
        write_book(desk.folder, named(seed), UNITS)
        rules = ("--tick", "0.01", "--lot", "0.5", "--bounds", "-0.08", "0.20")
        desk.clear(*rules)
        files = desk.files()
        for name in ("orders.csv", "lines.csv"):
            head, *rows = (desk.folder / name).read_text().splitlines(keepends=True)
            shuffle.shuffle(rows)
            desk.put(name, head + "".join(rows))
        desk.clear(*rules)
        assert desk.files() == files
        assert desk.run("verify")[0] == 0


class TestArguments:
    @pytest.mark.parametrize(
        "more",
        [
            ("--tick", "0"),
            ("--tick", "-1"),
            ("--lot", "1e-3"),
            ("--bounds", "5", "1"),
            ("--bounds", "0", "0.5"),
        ],
    )
    def test_what_is_not_offered_is_refused_in_one_line(self, desk, more):
        code, out, err = desk.run("clear", *more)
        assert (code, out, err.count("\n")) == (2, "", 1)
        assert more[0] in err
        assert not (desk.folder / "result").exists()

    def test_a_result_needs_a_folder(self, desk):
        desk.put("result", "a file")
        assert desk.run("clear")[::2] == (2, "result: the result needs a folder, and this is a file\n")
