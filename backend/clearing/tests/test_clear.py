"""What the clearing promises, on small books that can be checked by hand."""

import numpy as np
import pytest

import clearing
from clearing import BUY, LINEAR, SELL, Grid, InvalidBook, Orders

ONE_BUS = Grid.from_parents([-1])


def book(*rows):
    """Orders from rows of order, bus, side, price, quantity; all in period 0."""
    order, bus, side, price, quantity = zip(*rows, strict=True)
    return Orders.from_rows(order, bus, [0] * len(rows), side, price, quantity)


def accepted(orders, grid=ONE_BUS):
    """Accepted quantity by order id."""
    result = clearing.clear(orders, grid)
    assert clearing.certificate.check(orders, grid, result) == []
    return dict(zip(orders.order.tolist(), result.accepted.tolist(), strict=True))


def prices(orders, grid=ONE_BUS):
    """Price of each bus in the first period."""
    result = clearing.clear(orders, grid)
    assert clearing.certificate.check(orders, grid, result) == []
    return result.price[0].tolist()


class TestAcceptance:
    def test_accepts_in_the_money_and_refuses_out_of_the_money(self):
        orders = book(
            (1, 0, SELL, 40, 100), (2, 0, SELL, 90, 100), (3, 0, BUY, 60, 100), (4, 0, BUY, 30, 100)
        )
        assert accepted(orders) == {1: 100, 2: 0, 3: 100, 4: 0}

    def test_trades_at_equal_prices(self):
        assert accepted(book((1, 0, SELL, 50, 70), (2, 0, BUY, 50, 100))) == {1: 70, 2: 70}

    def test_shares_the_margin_in_proportion(self):
        orders = book((1, 0, SELL, 50, 100), (2, 0, SELL, 50, 300), (3, 0, BUY, 80, 200))
        assert accepted(orders) == {1: 50, 2: 150, 3: 200}

    def test_gives_the_odd_wh_to_the_largest_remainder_and_then_to_the_smallest_order(self):
        orders = book((7, 0, SELL, 50, 10), (5, 0, SELL, 50, 10), (6, 0, SELL, 50, 10), (1, 0, BUY, 80, 10))
        assert accepted(orders) == {1: 10, 5: 4, 6: 3, 7: 3}
        orders = book((1, 0, SELL, 50, 10), (2, 0, SELL, 50, 14), (3, 0, BUY, 80, 11))
        # 10·11/24 = 4.58…, 14·11/24 = 6.41…
        assert accepted(orders) == {1: 5, 2: 6, 3: 11}

    def test_shares_across_buses_where_no_line_is_full(self):
        grid = Grid.from_parents([-1, 0, 0], capacity_up=200)
        orders = book((1, 1, SELL, 50, 300), (2, 2, SELL, 50, 100), (3, 0, BUY, 80, 200))
        assert accepted(orders, grid) == {1: 150, 2: 50, 3: 200}

    def test_gives_others_what_a_full_line_keeps_back(self):
        grid = Grid.from_parents([-1, 0, 0], capacity_up=[0, 120, 200])
        orders = book((1, 1, SELL, 50, 300), (2, 2, SELL, 50, 100), (3, 0, BUY, 80, 200))
        assert accepted(orders, grid) == {1: 120, 2: 80, 3: 200}

    def test_rounds_so_that_no_line_is_overloaded(self):
        # One in twenty is needed: 0.55 Wh of each of ten behind the line, 0.45 Wh of each of the others.
        # The largest remainders, all behind the line, would send 10 Wh; it can carry 6.
        grid = Grid.from_parents([-1, 0], capacity_up=[0, 6])
        behind = [(i, 1, SELL, 50, 11) for i in range(10)]
        others = [(i, 0, SELL, 50, 9) for i in range(10, 20)]
        expected = dict.fromkeys([*range(6), *range(10, 14)], 1) | dict.fromkeys(
            [*range(6, 10), *range(14, 20)], 0
        )
        assert accepted(book(*behind, *others, (99, 0, BUY, 80, 10)), grid) == expected | {99: 10}

    def test_accepts_a_linear_curve_up_to_the_price(self):
        orders = Orders.from_rows(
            [1, 1, 2],
            [0, 0, 0],
            [0, 0, 0],
            [SELL, SELL, BUY],
            [40, 60, 55],
            [0, 1000, 5000],
            [LINEAR, LINEAR, 0],
        )
        result = clearing.clear(orders, ONE_BUS)
        assert (result.accepted.tolist(), result.price[0, 0]) == ([750, 750], 55)

    def test_a_linear_curve_between_two_ticks_shares_the_last_tick(self):
        orders = Orders.from_rows(
            [1, 1, 2],
            [0, 0, 0],
            [0, 0, 0],
            [SELL, SELL, BUY],
            [40, 60, 90],
            [0, 1000, 520],
            [LINEAR, LINEAR, 0],
        )
        result = clearing.clear(orders, ONE_BUS)
        # 500 Wh are given at 50, 550 Wh at 51.
        assert (result.accepted.tolist(), result.price[0, 0]) == ([520, 520], 51)


class TestPrice:
    def test_is_the_midpoint_of_what_clears_rounded_half_up(self):
        assert prices(book((1, 0, SELL, 40, 100), (2, 0, BUY, 51, 100))) == [46]
        assert prices(book((1, 0, SELL, -51, 100), (2, 0, BUY, -40, 100))) == [-45]

    def test_lies_between_the_best_bid_and_the_best_offer_if_nobody_trades(self):
        assert prices(book((1, 0, SELL, 60, 100), (2, 0, BUY, 40, 100))) == [50]

    def test_is_the_only_end_there_is_in_a_one_sided_book(self):
        assert prices(book((1, 0, SELL, 60, 100), (2, 0, SELL, 80, 100))) == [60]
        assert prices(book((1, 0, BUY, 60, 100), (2, 0, BUY, 80, 100))) == [80]

    def test_is_nought_where_there_is_no_order_at_all(self):
        empty = Orders.from_rows([], [], [], [], [], [])
        result = clearing.clear(empty, Grid.from_parents([-1, 0, -1]), periods=2)
        assert result.price.tolist() == [[0, 0, 0]] * 2
        assert clearing.clear(empty, ONE_BUS, bounds=(5, 9)).price.tolist() == [[5]]

    def test_differs_by_the_fee_where_a_line_carries_flow(self):
        grid = Grid.from_parents([-1, 0, 0], fee_up=[0, 7, 0], fee_down=[0, 0, 5])
        orders = book((1, 1, SELL, 40, 100), (2, 2, BUY, 90, 300), (3, 0, SELL, 60, 500))
        assert prices(orders, grid) == [60, 53, 65]

    def test_parts_where_a_line_is_full(self):
        grid = Grid.from_parents([-1, 0], capacity_up=30)
        orders = book((1, 1, SELL, 40, 100), (2, 0, BUY, 90, 100))
        assert prices(orders, grid) == [90, 40]

    def test_of_an_idle_bus_lies_in_the_middle_of_what_its_fees_leave(self):
        grid = Grid.from_parents([-1, 0], fee_down=10)
        assert prices(book((1, 0, SELL, 40, 10), (2, 0, BUY, 40, 10)), grid) == [40, 45]

    def test_of_a_bus_cut_off_is_its_own_or_else_its_parents(self):
        grid = Grid.from_parents([-1, 0, 0], capacity_up=0, capacity_down=0)
        orders = book((1, 0, SELL, 40, 10), (2, 0, BUY, 40, 10), (3, 1, SELL, 70, 10))
        assert prices(orders, grid) == [40, 70, 40]

    def test_interval_is_reported(self):
        result = clearing.clear(book((1, 0, SELL, 40, 100), (2, 0, BUY, 51, 100)), ONE_BUS)
        assert (result.price_low[0, 0], result.price_high[0, 0]) == (40, 51)


class TestShortage:
    def test_serves_price_takers_as_far_as_it_can_and_names_the_short_bus(self):
        grid = Grid.from_parents([-1, 0], capacity_down=60)
        orders = book((1, 0, SELL, 40, 100), (2, 1, BUY, 400_000, 100))
        result = clearing.clear(orders, grid)
        assert result.short.tolist() == [[0, 1, 40]]
        assert result.price[0, 1] == 400_000
        assert result.spilled.tolist() == []

    def test_names_the_bus_that_cannot_get_rid_of_its_supply(self):
        result = clearing.clear(book((1, 0, SELL, -50_000, 100), (2, 0, BUY, 10, 30)), ONE_BUS)
        assert (result.spilled.tolist(), result.price[0, 0]) == ([[0, 0, 70]], -50_000)


class TestSize:
    def test_takes_a_path_of_many_buses(self):
        n = 30_000
        grid = Grid.from_parents(np.arange(-1, n - 1), capacity_up=10**9)
        orders = book((1, n - 1, SELL, 40, 500), (2, 0, BUY, 60, 800))
        result = clearing.clear(orders, grid)
        assert result.accepted.tolist() == [500, 500]
        assert result.flow[0, 1:].tolist() == [500] * (n - 1)

    def test_adds_up_the_greatest_book_exactly(self):
        n, quantity = 1_000_000, 10**9
        side = np.arange(n) % 2
        price = np.where(side == BUY, 400_000, -50_000)
        orders = Orders.from_rows(np.arange(n), *np.zeros((2, n), int), side, price, np.full(n, quantity))
        result = clearing.clear(orders, ONE_BUS)
        assert result.welfare == n // 2 * quantity * 450_000
        assert clearing.certificate.check(orders, ONE_BUS, result) == []

    def test_shares_quantities_whose_products_leave_64_bits(self):
        big = 2**40
        orders = book((1, 0, SELL, 5, big), (2, 0, SELL, 5, big - 1), (3, 0, BUY, 5, big))
        (one, lost), (two, more_lost) = divmod(big * big, 2 * big - 1), divmod((big - 1) * big, 2 * big - 1)
        assert (one + two, lost < more_lost) == (big - 1, True)
        assert accepted(orders) == {1: one, 2: two + 1, 3: big}


class TestRefusal:
    @pytest.mark.parametrize(
        ("change", "text"),
        [
            ({"quantity": [-1, 5]}, "quantity -1 is not between"),
            ({"quantity": [2**41, 5]}, "quantity 2199023255552 is not between"),
            ({"price": [40.0, 50.0]}, "price must hold whole numbers"),
            ({"price": [2**31, 5]}, "price 2147483648 is not between"),
            ({"price": [float("nan"), 5]}, "price must hold whole numbers"),
            ({"price": [10**30, 5]}, "price must"),
            ({"side": [0, 2]}, "side 2 is not between"),
            ({"period": [-1, 0]}, "period -1 is not between"),
            ({"bus": [0]}, "equally long"),
            ({"order": [1, 1]}, "more than one side"),
        ],
    )
    def test_of_a_bad_column_says_which(self, change, text):
        rows = {"order": [1, 2], "bus": [0, 0], "period": [0, 0], "side": [0, 1], "price": [4, 5]}
        with pytest.raises(InvalidBook, match=text):
            Orders.from_rows(**(rows | {"quantity": [10, 10]} | change))

    def test_of_a_linear_curve_that_runs_backwards_names_the_row(self):
        with pytest.raises(InvalidBook, match="runs backwards") as refusal:
            Orders.from_rows([1, 1], [0, 0], [0, 0], [BUY, BUY], [60, 40], [90, 30], [LINEAR, LINEAR])
        assert refusal.value.row in (0, 1)

    def test_of_more_than_fits(self):
        with pytest.raises(InvalidBook, match="add up"):
            n = 2**21
            Orders.from_rows(np.arange(n), *np.zeros((4, n), np.int64), np.full(n, 2**40))

    @pytest.mark.parametrize(
        ("parent", "text"), [([1, 0], "loop"), ([-1, 5], "no such parent"), ([], "at least")]
    )
    def test_of_what_is_no_tree(self, parent, text):
        with pytest.raises(InvalidBook, match=text):
            Grid.from_parents(parent)

    @pytest.mark.parametrize(
        "change", [{"capacity_up": -1}, {"fee_down": [0, -1]}, {"capacity_down": [1, 2, 3]}]
    )
    def test_of_bad_lines(self, change):
        with pytest.raises(InvalidBook):
            Grid.from_parents([-1, 0], **change)

    def test_of_an_order_outside_grid_periods_or_bounds(self):
        orders = book((1, 1, SELL, 40, 100))
        with pytest.raises(InvalidBook, match="order 1: bus 1"):
            clearing.clear(orders, ONE_BUS)
        with pytest.raises(InvalidBook, match="order 1: price 40"):
            clearing.clear(orders, Grid.from_parents([-1, 0]), bounds=(0, 30))
        with pytest.raises(InvalidBook, match="at least one period"):
            clearing.clear(orders, Grid.from_parents([-1, 0]), periods=0)
