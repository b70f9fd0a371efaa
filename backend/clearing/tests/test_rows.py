"""A book is the same, and refused for the same reason, whether its rows come sorted or not."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clearing import BUY, SELL, InvalidBook, Orders
from clearing.tests.books import random_rows
from clearing.tests.knob import examples

COLUMNS = ("order", "bus", "period", "side", "curve", "first", "price", "quantity")


def as_lists(orders):
    return {name: getattr(orders, name).tolist() for name in COLUMNS}


class TestFromRows:
    @given(st.integers(0, 2**32 - 1), st.sampled_from([1, 10**6, 2**57]))
    @settings(max_examples=examples(100), deadline=None)
    def test_takes_sorted_rows_as_they_are(self, seed, spread):
        rng = np.random.default_rng(seed)
        rows = random_rows(rng, int(rng.integers(1, 5)), 3)
        rows[0] = rows[0] * spread
        book = Orders.from_rows(*rows)
        sorting = np.lexsort((rows[5], rows[0], rows[1], rows[2]))
        assert as_lists(Orders.from_rows(*(column[sorting] for column in rows))) == as_lists(book)

    def test_keeps_no_column_that_was_given(self):
        columns = [np.array(values) for values in ([1, 2], [0, 0], [0, 0], [SELL, BUY], [40, 60], [500, 800])]
        orders = Orders.from_rows(*columns)
        before = as_lists(orders)
        for column in columns:
            column += 1
        assert as_lists(orders) == before

    @pytest.mark.parametrize("order", [[1, 1, 2], [1, 2, 1], [2**61, 2**61, 0]])
    def test_refuses_an_order_at_two_buses_sorted_or_not(self, order):
        bus = [0 if at != order.index(max(order, key=order.count)) else 1 for at in range(3)]
        with pytest.raises(InvalidBook, match="more than one bus"):
            Orders.from_rows(order, bus, [0] * 3, [SELL] * 3, [1, 2, 3], [5] * 3)

    def test_refuses_an_order_of_two_sides(self):
        with pytest.raises(InvalidBook, match="more than one side"):
            Orders.from_rows([1, 1], [0, 0], [0, 0], [SELL, BUY], [1, 2], [5, 5])

    @pytest.mark.parametrize("bad", [[np.nan, 1.0], [1.5, 2.0], [2**63, 1], [-1, 5], [2**40 + 1, 5]])
    def test_refuses_quantities_that_are_none(self, bad):
        with pytest.raises(InvalidBook) as refusal:
            Orders.from_rows([1, 2], [0, 0], [0, 0], [SELL, BUY], [1, 2], bad)
        assert refusal.value.column == "quantity"
