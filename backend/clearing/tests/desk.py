"""A folder with the files of a book, and the commands run in it."""

import csv
import json

from clearing.__main__ import main
from clearing.files import Book, Unit, Units
from clearing.tests.books import random_book

ORDERS = """\
order,bus,period,side,price,quantity
1,N1,0,sell,40,500
2,N0,0,buy,60,800
3,N0,0,sell,75,1000
4,N0,1,buy,60,800
"""
LINES = """\
from_bus,to_bus,period,capacity_forward,capacity_backward,fee_forward,fee_backward
N1,N0,,,,10,
"""
OUTPUT = ("accepted.csv", "flows.csv", "prices.csv", "summary.json", "why.csv")
UNITS = Units(Unit.of("0.01"), Unit.of("0.5"))


class Desk:
    """A folder with the files of a book, and the commands run in it."""

    def __init__(self, folder, capsys):
        self.folder, self.capsys = folder, capsys
        self.put("orders.csv", ORDERS)
        self.put("lines.csv", LINES)

    def put(self, name, text):
        (self.folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())

    def run(self, command, *more, lines=True):
        """Exit code, standard output and standard error."""
        given = ["--orders", str(self.folder / "orders.csv")]
        given += ["--lines", str(self.folder / "lines.csv")] if lines else []
        given += ["--out" if command == "clear" else "--result", str(self.folder / "result")]
        try:
            code = main([command, *given, *more])
        except SystemExit as end:
            code = end.code
        return code, *self.capsys.readouterr()

    def clear(self, *more, lines=True):
        code, out, err = self.run("clear", *more, lines=lines)
        assert (code, err) == (0, ""), err
        return out

    def text(self, name):
        return (self.folder / "result" / name).read_text()

    def summary(self):
        return json.loads(self.text("summary.json"))

    def rows(self, name):
        return [tuple(row.values()) for row in csv.DictReader(self.text(name).splitlines())]

    def files(self):
        """The bytes of the result, without the seconds."""
        kept = {name: self.text(name) for name in OUTPUT}
        kept["summary.json"] = [line for line in kept["summary.json"].splitlines() if "seconds" not in line]
        return kept

    def edit(self, name, old, new, *, count=1):
        text = self.text(name)
        assert old in text
        self.put(f"result/{name}", text.replace(old, new, count))


def named(seed):
    """A random book whose buses and periods have names."""
    orders, grid = random_book(seed, 2)
    return Book.of(orders, grid, buses=[f"N{i}" for i in range(len(grid.parent))], periods=["0", "1"])


def refused(desk, told, *, whole=True):
    """Exit code 2, one line, nothing written."""
    code, out, err = desk.run("clear")
    assert (code, out) == (2, "")
    assert err == told if whole else err.startswith(told)
    assert err.count("\n") == 1 and err.endswith("\n")
    assert not (desk.folder / "result").exists()
