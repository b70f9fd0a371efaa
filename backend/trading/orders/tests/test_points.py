from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trading.orders.points import InvalidPoints, Points, check, most_wh, ordered_wh, worst_case_urp

MARKET = SimpleNamespace(
    price_floor_rp_per_mwh=-50_000,
    price_cap_rp_per_mwh=400_000,
    tick_rp_per_mwh=5,
    min_quantity_wh=10,
    max_points_per_period=3,
)
BUY, SELL = np.array([True]), np.array([False])
STEP, LINEAR = np.array([False]), np.array([True])


def of(*rows):
    """The points of one order from rows of (period, price, quantity)."""
    return Points.of_one(*np.array(rows, np.int64).reshape(-1, 3).T)


def errors(*rows, is_buy=BUY, is_linear=STEP):
    with pytest.raises(InvalidPoints) as refused:
        check(of(*rows), market=MARKET, period_count=4, is_buy=is_buy, is_linear=is_linear)
    return [(error["field"], error["code"]) for error in refused.value.errors]


class TestCheck:
    def test_takes_points_within_all_bounds(self):
        rows = [(0, -50_000, 10), (0, 400_000, 2**31 - 1), (3, 0, 10)]
        check(of(*rows), market=MARKET, period_count=4, is_buy=BUY, is_linear=STEP)
        falling = [(1, 0, 30), (1, 5, 30), (1, 10, 0)]
        check(of(*falling), market=MARKET, period_count=4, is_buy=BUY, is_linear=LINEAR)

    @pytest.mark.parametrize(
        ("rows", "field", "code"),
        [
            ([(4, 0, 10)], "points.0.period", "out-of-range"),
            ([(-1, 0, 10)], "points.0.period", "out-of-range"),
            ([(0, -50_005, 10)], "points.0.priceRpPerMwh", "out-of-range"),
            ([(0, 400_005, 10)], "points.0.priceRpPerMwh", "out-of-range"),
            ([(0, 7, 10)], "points.0.priceRpPerMwh", "off-tick"),
            ([(0, 5, 9)], "points.0.quantityWh", "out-of-range"),
            ([(0, 5, 2**31)], "points.0.quantityWh", "out-of-range"),
            ([(1, 5, 10), (0, 5, 10)], "points.1.period", "not-sorted"),
            ([(0, 5, 10), (0, 0, 10)], "points.1.priceRpPerMwh", "not-sorted"),
            ([(0, 5, 10), (0, 5, 10)], "points.1.priceRpPerMwh", "duplicate-price"),
            ([(0, 0, 10), (0, 5, 10), (0, 10, 10), (0, 15, 10)], "points.3.period", "too-many-points"),
        ],
    )
    def test_names_the_point_that_breaks_a_rule(self, rows, field, code):
        assert errors(*rows) == [(field, code)]

    def test_a_linear_curve_needs_two_points_and_one_direction(self):
        assert errors((0, 5, 10), is_linear=LINEAR) == [("points.0.period", "too-few-points")]
        rising = [(0, 0, 10), (0, 5, 20)]
        assert errors(*rising, is_linear=LINEAR) == [("points.1.quantityWh", "not-monotone")]
        check(of(*rising), market=MARKET, period_count=4, is_buy=SELL, is_linear=LINEAR)
        nothing = [(0, 0, 0), (0, 5, 0)]
        assert errors(*nothing, is_linear=LINEAR) == [("points.0.quantityWh", "out-of-range")]

    def test_an_order_needs_a_point(self):
        assert errors() == [("points", "required")]

    def test_places_are_counted_within_each_order(self):
        two = Points(np.array([0, 1, 3]), *np.array([[0, 5, 10], [0, 5, 10], [9, 5, 10]]).T)
        with pytest.raises(InvalidPoints) as refused:
            check(
                two,
                market=MARKET,
                period_count=4,
                is_buy=np.array([True, True]),
                is_linear=np.array([False, False]),
            )
        assert refused.value.errors[0]["field"] == "points.1.period"


class TestQuantities:
    def test_steps_add_up_and_vertices_do_not(self):
        points = of((0, 0, 10), (0, 5, 20), (2, 0, 7))
        assert [values.tolist() for values in most_wh(points, is_linear=STEP)] == [[0, 0], [0, 2], [30, 7]]
        assert ordered_wh(points, is_linear=STEP).tolist() == [37]
        assert ordered_wh(points, is_linear=LINEAR).tolist() == [27]


def cost(*rows, is_buy=BUY, is_linear=STEP):
    return int(worst_case_urp(of(*rows), is_buy=is_buy, is_linear=is_linear)[0])


class TestWorstCase:
    def test_of_a_buyer_is_the_dearest_way_to_be_served(self):
        # At 100 it gets 10 Wh, at 60 it gets 30 Wh for 60 each.
        assert cost((0, 60, 20), (0, 100, 10)) == 60 * 30
        assert cost((0, 10, 20), (0, 100, 10)) == 100 * 10

    def test_adds_up_the_periods(self):
        assert cost((0, 100, 10), (1, 50, 4)) == 1_200

    def test_is_never_negative(self):
        assert cost((0, -100, 10)) == 0
        assert cost((0, 100, 10), is_buy=SELL) == 0

    def test_of_a_seller_is_what_it_pays_to_get_rid_of_its_energy(self):
        assert cost((0, -100, 10), (0, -60, 20), is_buy=SELL) == 60 * 30

    def test_of_many_orders_is_each_for_itself(self):
        points = Points(np.array([0, 2, 3]), *np.array([[0, 60, 20], [0, 100, 10], [0, -7, 9]]).T)
        costs = worst_case_urp(points, is_buy=np.array([True, False]), is_linear=np.array([False, False]))
        assert costs.tolist() == [1_800, 63]

    def test_finds_the_summit_inside_a_linear_curve(self):
        # 100 − p Wh at price p: 50 × 50 in the middle, and one Wh at most for rounding.
        assert cost((0, 0, 100), (0, 100, 0), is_linear=LINEAR) == 2_500 + 100

    steps = st.dictionaries(st.integers(-40, 60), st.integers(1, 50), min_size=1, max_size=6)

    @given(steps, st.booleans(), st.integers(-60, 80))
    def test_no_clearing_price_costs_more(self, curve, buys, price):
        rows = [(0, limit, quantity) for limit, quantity in sorted(curve.items())]
        taken = sum(q for _, limit, q in rows if (limit >= price if buys else limit <= price))
        paid = price * taken if buys else -price * taken
        assert cost(*rows, is_buy=np.array([buys])) >= paid

    @given(
        st.lists(st.integers(-40, 60), min_size=2, max_size=5, unique=True),
        st.lists(st.integers(0, 50), min_size=5, max_size=5),
        st.booleans(),
        st.integers(-40, 60),
    )
    def test_no_clearing_price_costs_more_on_a_linear_curve(self, prices, quantities, buys, price):
        prices, quantities = sorted(prices), sorted(quantities, reverse=buys)[: len(prices)]
        if not prices[0] <= price <= prices[-1]:
            return
        rows = [(0, *pair) for pair in zip(prices, quantities, strict=True)]
        taken = int(np.ceil(np.interp(price, prices, quantities) - 1e-9))
        paid = price * taken if buys else -price * taken
        assert cost(*rows, is_buy=np.array([buys]), is_linear=LINEAR) >= paid
