"""The certificate accepts what is right and refuses whatever is not."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clearing
from clearing import BUY, SELL, Grid, Orders
from clearing.certificate.fairness import Group, split
from clearing.tests.books import BOUNDS, random_book

SEEDS = st.integers(0, 2**32 - 1)


def cleared(seed, n_periods=2):
    orders, grid = random_book(seed, n_periods)
    return orders, grid, clearing.clear(orders, grid, periods=n_periods, bounds=BOUNDS)


def violations(orders, grid, result):
    return clearing.certificate.check(orders, grid, result, bounds=BOUNDS)


def changed(result, name, where, by):
    """The result with one number of one array changed."""
    array = getattr(result, name).copy()
    array[where] += by
    return replace(result, **{name: array})


def moved(orders, grid, result, giver, taker):
    """The result with one Wh moved from one offer to another of the same side, and the flows to match."""
    accepted, flow = result.accepted.copy(), result.flow.copy()
    accepted[giver] -= 1
    accepted[taker] += 1
    sign = -1 if orders.side[giver] == BUY else 1
    for offer, more in ((giver, -sign), (taker, sign)):
        bus = int(orders.bus[offer])
        while grid.parent[bus] >= 0:
            flow[orders.period[offer], bus] += more
            bus = int(grid.parent[bus])
    return replace(result, accepted=accepted, flow=flow)


class TestCheck:
    @given(SEEDS)
    @settings(max_examples=400, deadline=None)
    def test_accepts_every_cleared_book(self, seed):
        assert violations(*cleared(seed)) == []

    @given(SEEDS)
    @settings(max_examples=200, deadline=None)
    def test_refuses_a_price_off_by_a_tick(self, seed):
        orders, grid, result = cleared(seed)
        rng = np.random.default_rng(seed)
        where = rng.integers(0, result.price.shape)
        name = rng.choice(["price", "price_low", "price_high"])
        assert violations(orders, grid, changed(result, name, tuple(where), rng.choice([-1, 1])))

    @given(SEEDS)
    @settings(max_examples=100, deadline=None)
    def test_refuses_one_wh_more_or_less(self, seed):
        orders, grid, result = cleared(seed)
        rng = np.random.default_rng(seed)
        for name in ("accepted", "flow"):
            array = getattr(result, name)
            if array.size:
                where = tuple(rng.integers(0, array.shape))
                assert violations(orders, grid, changed(result, name, where, rng.choice([-1, 1])))

    @given(SEEDS)
    @settings(max_examples=300, deadline=None)
    def test_refuses_one_wh_moved_between_two_orders(self, seed):
        orders, grid, result = cleared(seed, n_periods=1)
        same_side = orders.side[:, None] == orders.side
        possible = np.argwhere(
            (result.accepted > 0)[:, None] & (result.accepted < orders.offered) & same_side
        )
        possible = possible[possible[:, 0] != possible[:, 1]]
        rng = np.random.default_rng(seed)
        for giver, taker in rng.permutation(possible)[:3]:
            assert violations(orders, grid, moved(orders, grid, result, giver, taker))

    @given(SEEDS)
    @settings(max_examples=100, deadline=None)
    def test_refuses_a_pair_of_orders_short_of_one_wh(self, seed):
        orders, grid, result = cleared(seed, n_periods=1)
        traded = result.accepted > 0
        pairs = (
            traded[:, None]
            & traded
            & (orders.bus[:, None] == orders.bus)
            & (orders.side[:, None] < orders.side)
        )
        for seller, buyer in np.argwhere(pairs)[:2]:
            less = changed(changed(result, "accepted", seller, -1), "accepted", buyer, -1)
            assert violations(orders, grid, less)

    @given(SEEDS)
    @settings(max_examples=60, deadline=None)
    def test_refuses_a_line_one_wh_over_its_limit(self, seed):
        orders, grid, result = cleared(seed, n_periods=1)
        for bus in np.flatnonzero(result.flow[0])[:2]:
            name = "capacity_up" if result.flow[0, bus] > 0 else "capacity_down"
            capacity = np.array(getattr(grid, name))
            capacity[:, bus] = abs(result.flow[0, bus]) - 1
            assert violations(orders, replace(grid, **{name: capacity}), result)

    @given(SEEDS)
    @settings(max_examples=40, deadline=None)
    def test_refuses_another_welfare_and_another_list_of_short_buses(self, seed):
        orders, grid, result = cleared(seed)
        assert violations(orders, grid, replace(result, welfare=result.welfare + 1))
        longer = np.vstack([result.short, [[0, 0, 1]]])
        assert violations(orders, grid, replace(result, short=longer))

    def test_refuses_arrays_of_another_shape(self):
        orders, grid, result = cleared(1)
        assert violations(orders, grid, replace(result, flow=result.flow[:, :-1]))

    def test_names_the_order_that_is_short(self):
        orders = Orders.from_rows([1, 2, 3], [0, 0, 0], [0, 0, 0], [SELL, SELL, BUY], [2, 5, 9], [10, 10, 15])
        grid = Grid.from_parents([-1])
        result = clearing.clear(orders, grid, bounds=BOUNDS)
        swapped = replace(result, accepted=result.accepted[[1, 0, 2]])
        assert violations(orders, grid, swapped)[0] == (
            "period 0, bus 0, sell order 1: accepted 5 Wh, but 10 Wh are in the money"
        )

    def test_has_a_gap_of_nothing_and_of_what_is_missing(self):
        orders = Orders.from_rows([1, 2], [0, 0], [0, 0], [SELL, BUY], [2, 9], [10, 10])
        grid = Grid.from_parents([-1])
        result = clearing.clear(orders, grid, bounds=BOUNDS)
        assert clearing.certificate.gap(orders, grid, result, bounds=BOUNDS) == 0
        nothing = replace(result, accepted=result.accepted * 0, welfare=0)
        assert clearing.certificate.gap(orders, grid, nothing, bounds=BOUNDS) == 70


class TestSplit:
    def test_divides_a_group_where_a_line_is_full(self):
        group = Group([0, 1], {1: 0}, {0: 10, 1: 90}, least={1: 0}, most={1: 30})
        assert split(group, 38) == ({0: 0, 1: 1}, {0: 8, 1: 30})

    def test_keeps_a_group_whole_where_the_line_has_room(self):
        group = Group([0, 1], {1: 0}, {0: 10, 1: 90}, least={1: 0}, most={1: 30})
        assert split(group, 30) == ({0: 0, 1: 0}, {0: 30})

    @pytest.mark.parametrize("needed", range(1, 25))
    def test_finds_a_lower_limit_hidden_below_an_upper_one(self, needed):
        offered = {0: 1, 1: 25, 2: 6}
        group = Group([0, 1, 2], {1: 0, 2: 1}, offered, least={1: 0, 2: 3}, most={1: 24, 2: 6})
        if needed < 3:
            return
        top, needs = split(group, needed)
        ratio = {
            bus: needs[top[bus]] / sum(q for b, q in offered.items() if top[b] == top[bus]) for bus in top
        }
        assert sum(needs.values()) == needed
        assert ratio[2] >= ratio[1]
