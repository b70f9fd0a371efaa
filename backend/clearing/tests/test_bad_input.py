"""Bad input stops with one line that names file, line and column, and writes nothing."""

import pytest

from clearing.tests.desk import LINES, refused


def orders_with(row, header="order,bus,period,side,price,quantity"):
    return f"{header}\n1,N1,0,sell,40,500\n{row}\n"


def lines_with(*rows):
    return LINES + "".join(f"{row}\n" for row in rows)


class TestBadOrders:
    @pytest.mark.parametrize(
        ("row", "told"),
        [
            ("2,N1,0,buy,NaN,5", "price: 'NaN' is not a plain decimal number"),
            ("2,N1,0,buy,inf,5", "price: 'inf' is not a plain decimal number"),
            ("2,N1,0,buy,1e3,5", "price: '1e3' is not a plain decimal number"),
            ("2,N1,0,buy,+5,5", "price: '+5' is not a plain decimal number"),
            ("2,N1,0,buy, 5,5", "price: ' 5' is not a plain decimal number"),
            ("2,N1,0,buy,5_0,5", "price: '5_0' is not a plain decimal number"),
            ("2,N1,0,buy,٥,5", "price: '\\u0665' is not a plain decimal number"),
            ("2,N1,0,buy,\uff15,5", "price: '\\uff15' is not a plain decimal number"),
            ("2,N1,0,buy,.5,5", "price: '.5' is not a plain decimal number"),
            ("2,N1,0,buy,0x10,5", "price: '0x10' is not a plain decimal number"),
            ("2,N1,0,buy,,5", "price: '' is not a plain decimal number"),
            ("2,N1,0,buy,-0,5", "price: zero has no sign"),
            ("2,N1,0,buy,5.5,5", "price: 5.5 is not a multiple of 1"),
            ("2,N1,0,buy,400001,5", "price: 400001 is not between -50000 and 400000"),
            ("2,N1,0,buy,-50001,5", "price: -50001 is not between -50000 and 400000"),
            ("2,N1,0,buy,5,-5", "quantity: -5 is not between 0 and 1099511627776"),
            ("2,N1,0,buy,5,1099511627777", "quantity: 1099511627777 is not between 0 and 1099511627776"),
            ("2,N1,0,buy,5,5.5", "quantity: 5.5 is not a multiple of 1"),
            ("2,N1,0,hold,5,5", "side: 'hold' is not buy or sell"),
            ("2,N1,0,Buy,5,5", "side: 'Buy' is not buy or sell"),
            ("2,N9,0,buy,5,5", "bus: lines.csv has no bus N9"),
            (",N1,0,buy,5,5", "order: the field is empty"),
            ("2,,0,buy,5,5", "bus: the field is empty"),
            ("2,N1,,buy,5,5", "period: the field is empty"),
            (
                " 2,N1,0,buy,5,5",
                "order: ' 2' is not a name: 1 to 100 ASCII characters, no blank at either end",
            ),
            ("2,N1,0,buy,5", "quantity: the field is missing"),
            ("2,N1,0,buy,5,5,5", "quantity: 7 fields in 6 columns"),
            ("", "order: the line is empty"),
            ('"2\n",N1,0,buy,5,5', "order: '2\\n' has a line break"),
            ("1,N0,0,sell,5,5", "bus: an order has more than one bus in a period"),
            ("1,N1,0,buy,50,5", "side: an order has more than one side in a period"),
        ],
    )
    def test_one_line_names_file_line_and_column(self, desk, row, told):
        desk.put("orders.csv", orders_with(row))
        refused(desk, f"orders.csv:3: {told}\n")

    @pytest.mark.parametrize(
        ("header", "told"),
        [
            ("order,bus,period,side,price", "quantity: the column is missing"),
            ("order,bus,period,side,price,quantity,price", "price: the column is given twice"),
            ("order,bus,period,side,price,quantity,colour", "colour: unknown column; known are order, bus"),
            ("order,bus,period,side,price,Quantity", "Quantity: unknown column"),
            ("order,bus,period,side,price,", "'': unknown column"),
            ("\ufefforder,bus,period,side,price,quantity", "'\\ufefforder': unknown column"),
            ("", "order: the header line is missing"),
        ],
    )
    def test_the_header_has_every_column_once_and_no_other(self, desk, header, told):
        desk.put("orders.csv", orders_with("", header=header))
        refused(desk, f"orders.csv:1: {told}", whole=False)

    @pytest.mark.parametrize(
        ("rows", "line", "told"),
        [
            (["linear,5,10", "linear,5,20"], 3, "price: a linear curve has two points at one price"),
            (["linear,5,10", "linear,6,9"], 3, "quantity: a linear curve runs backwards"),
            (["linear,5,10", "step,6,9"], 3, "curve: an order has more than one curve in a period"),
            (["cubic,5,10"], 2, "curve: 'cubic' is not linear or step"),
            ([",5,10"], 2, "curve: '' is not linear or step"),
        ],
    )
    def test_curves_run_forwards(self, desk, rows, line, told):
        text = "".join(f"1,N1,0,sell,{row}\n" for row in rows)
        desk.put("orders.csv", "order,bus,period,side,curve,price,quantity\n" + text)
        refused(desk, f"orders.csv:{line}: {told}\n")

    def test_an_order_has_at_most_200_rows_in_a_period(self, desk):
        rows = [f"1,N1,0,sell,{price},5" for price in range(200)]
        desk.put("orders.csv", orders_with("\n".join(["7,N1,1,sell,1,1", *rows[1:]])))
        desk.clear()
        desk.put("orders.csv", orders_with("\n".join(["7,N1,1,sell,1,1", *rows])))
        code, _, err = desk.run("clear")
        assert (code, err) == (2, "orders.csv:203: order: the order has more than 200 rows in a period\n")

    def test_the_first_wrong_line_is_told_whatever_its_column(self, desk):
        desk.put("orders.csv", orders_with("2,N1,0,buy,5,x\n3,N1,0,buy,x,5"))
        refused(desk, "orders.csv:3: quantity: 'x' is not a plain decimal number\n")

    def test_quantities_that_add_up_beyond_the_arithmetic_are_refused(self, desk, monkeypatch):
        monkeypatch.setattr("clearing.rules.MAX_TOTAL", 2**41)
        monkeypatch.setattr("clearing.files.orders.MAX_TOTAL", 2**41)
        desk.put("orders.csv", orders_with("2,N1,0,buy,5,1099511627776\n3,N1,0,buy,6,1099511627776"))
        refused(desk, "orders.csv:4: quantity: the quantities of a period add up to more", whole=False)

    def test_other_encodings_and_broken_quotes_are_refused(self, desk):
        desk.put("orders.csv", orders_with("2,N1,0,buy,5,5").encode() + b"3,N\xe9,0,buy,5,5\n")
        refused(desk, "orders.csv:4: bus: the text is not UTF-8\n")
        desk.put("orders.csv", orders_with('2,"N1"x,0,buy,5,5'))
        refused(desk, "orders.csv:3: order: the line is not proper CSV", whole=False)
        desk.put("orders.csv", orders_with("2,Höngg,0,buy,5,5"))
        refused(desk, "orders.csv:3: bus: 'H\\xf6ngg' is not a name", whole=False)

    def test_a_file_that_is_not_there_is_told(self, desk):
        (desk.folder / "orders.csv").unlink()
        refused(desk, "orders.csv: No such file or directory\n")

    def test_prices_are_bounded_in_ticks_unless_bounds_are_given(self, desk):
        desk.put("orders.csv", orders_with("2,N1,0,buy,4000.01,5"))
        assert desk.run("clear", "--tick", "0.01")[2] == (
            "orders.csv:3: price: 4000.01 is not between -500.00 and 4000.00\n"
        )
        desk.clear("--tick", "0.01", "--bounds", "-600", "4000.01")
        assert desk.summary()["price_bounds"] == [-600, 4000.01]


class TestBadLines:
    @pytest.mark.parametrize(
        ("rows", "told"),
        [
            (["N1,N0,,5,5,,"], "3: from_bus: the line is given twice; first in line 2"),
            (["N1,N0,1,5,5,,", "N1,N0,1,6,6,,"], "4: from_bus: the line is given twice; first in line 3"),
            (["N0,N1,,5,5,,"], "3: to_bus: the line is given the other way round in line 2"),
            (["N2,N2,,5,5,,"], "3: to_bus: the line joins a bus to itself"),
            (["N2,N1,,-5,5,,"], "3: capacity_forward: -5 is not between 0 and 1152921504606846976"),
            (["N2,N1,,5,x,,"], "3: capacity_backward: 'x' is not a plain decimal number"),
            (["N2,N1,,5,5.5,,"], "3: capacity_backward: 5.5 is not a multiple of 1"),
            (["N2,N1,,,,-1,"], "3: fee_forward: -1 is not between 0 and 1073741824"),
            (["N2,N1,,,,,0.1"], "3: fee_backward: 0.1 is not a multiple of 1"),
            ([",N1,,5,5,,"], "3: from_bus: the field is empty"),
            (["N2,,,5,5,,"], "3: to_bus: the field is empty, but the row is not that of a root"),
            (["N0,,,,,,", "N1,,,,,,"], "4: from_bus: this part has a root already, in line 3"),
            (["N2,N1,0,5,5,,"], "3: period: the line has a row neither for all periods nor for 1"),
            (
                ["N2,N1, 0,5,5,,"],
                "3: period: ' 0' is not a name: 1 to 100 ASCII characters, no blank at either end",
            ),
            (["N2,N1,,5,5,"], "3: fee_backward: the field is missing"),
        ],
    )
    def test_one_line_names_file_line_and_column(self, desk, rows, told):
        desk.put("lines.csv", lines_with(*rows))
        refused(desk, f"lines.csv:{told}\n")

    def test_a_bus_may_have_lines_to_several_others_in_any_direction(self, desk):
        desk.put("lines.csv", lines_with("N1,N2,,,,,", "N3,N1,,,,,", "N4,N5,,,,,"))
        desk.clear()
        assert desk.run("verify")[0] == 0

    def test_a_long_line_of_buses_is_no_problem(self, desk):
        chain = (f"B{i},B{i + 1},,,,," for i in range(3000))
        desk.put("lines.csv", lines_with(*chain))
        desk.clear()
