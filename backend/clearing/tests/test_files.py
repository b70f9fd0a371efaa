"""A book comes back from its files as it was, quickly."""

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clearing import SELL, Grid, Orders
from clearing.files import Book, Unit, Units, read_book, write_book
from clearing.tests.desk import UNITS, named


class TestFiles:
    @given(seed=st.integers(0, 2**32 - 1))
    @settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_a_book_comes_back_as_it_was_written(self, tmp_path, seed):
        book = named(seed)
        write_book(tmp_path, book, UNITS)
        back = read_book(tmp_path / "orders.csv", tmp_path / "lines.csv", UNITS, lambda text: None)
        assert (back.grid.parent == book.grid.parent).all()
        assert (back.orders.order == book.orders.order).all()
        if len(book.orders.order) and len(set(book.orders.period)) == 2:
            assert back.hash == book.hash

    def test_names_out_of_order_are_refused(self):
        orders = Orders.from_rows([1], [0], [0], [SELL], [5], [5])
        with pytest.raises(ValueError, match="ascend"):
            Book.of(orders, Grid.from_parents([-1, 0]), buses=["N10", "N2"], periods=["0"])

    def test_a_unit_may_be_any_decimal(self):
        quarter = Unit.of("0.250")
        assert [quarter.multiple(text) for text in ("1", "-0.25", "0.50")] == [4, -1, 2]
        assert [quarter.text(count) for count in (4, -1, 0)] == ["1.00", "-0.25", "0.00"]
        assert Unit.of("10").text(Unit.of("10").multiple("120.0")) == "120"

    def test_a_million_rows_take_seconds(self, tmp_path):
        """A tenth of them here; a pass over all rows for each row would take hours."""
        random.seed(1)
        n = 100_000
        rows = (f"{i},N{i % 50},{i % 96},{'sell' if i % 3 else 'buy'},{i % 4000}.25,{i}" for i in range(n))
        text = "order,bus,period,side,price,quantity\n" + "\n".join(rows) + "\n"
        (tmp_path / "orders.csv").write_text(text)
        said = []
        units = Units(Unit.of("0.01"), Unit.of("1"))
        book = read_book(tmp_path / "orders.csv", None, units, said.append)
        assert len(book.orders.order) == n
        assert said == ["reading orders.csv: 65,536 rows", "reading orders.csv: 100,000 rows"]
