"""The fast clearing equals the slow, obvious one on generated books; a failing seed is printed."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import clearing
from clearing import BUY, SELL, Grid, Orders
from clearing.tests.books import BOUNDS, random_book, random_grid, random_rows
from clearing.tests.fair import least_squares
from clearing.tests.knob import examples
from clearing.tests.midpoints import prices_of
from clearing.tests.oracle import Period

SEEDS = st.integers(0, 2**32 - 1)


def clear(orders, grid, periods=1):
    return clearing.clear(orders, grid, periods=periods, bounds=BOUNDS)


def by_step(program, accepted):
    """What of each step is accepted: cheapest first to sell, dearest first to buy."""
    left, got = accepted.tolist(), [0] * len(program.steps)
    ranking = sorted(enumerate(program.steps), key=lambda s: -s[1].price if s[1].side == BUY else s[1].price)
    for i, step in ranking:
        got[i] = min(left[step.offer], step.quantity)
        left[step.offer] -= got[i]
    assert not any(left)
    return got


class TestClear:
    @given(SEEDS)
    @settings(max_examples=examples(300), deadline=None)
    def test_finds_the_greatest_welfare(self, seed):
        orders, grid = random_book(seed)
        assert clear(orders, grid).welfare == Period(orders, grid, 0).welfare()

    @given(SEEDS)
    @settings(max_examples=examples(100), deadline=None)
    def test_finds_the_greatest_volume_of_that_welfare(self, seed):
        orders, grid = random_book(seed)
        result, program = clear(orders, grid), Period(orders, grid, 0)
        assert result.accepted[orders.side == BUY].sum() == program.volume_at(result.welfare)

    @given(SEEDS)
    @settings(max_examples=examples(100), deadline=None)
    def test_decides_each_period_as_if_it_were_alone(self, seed):
        orders, grid = random_book(seed, n_periods=5)
        together = clear(orders, grid, 5)
        for period in range(5):
            alone = clear(*_alone(orders, grid, period))
            assert (alone.accepted == together.accepted[orders.period == period]).all()
            for name in ("price", "price_low", "price_high", "flow"):
                assert (getattr(alone, name)[0] == getattr(together, name)[period]).all()

    @given(SEEDS)
    @settings(max_examples=examples(100), deadline=None)
    def test_keeps_every_promise_of_the_market_page(self, seed):
        orders, grid = random_book(seed, n_periods=2)
        result = clear(orders, grid, 2)
        assert clearing.certificate.check(orders, grid, result, bounds=BOUNDS) == []
        for period in range(2):
            program = Period(orders, grid, period)
            for step, got in zip(program.steps, by_step(program, _only(orders, result, period)), strict=True):
                better = step.price - result.price[period, step.bus]
                better = better if step.side == BUY else -better
                assert better >= 0 or got == 0
                assert better <= 0 or got == step.quantity

    @given(SEEDS)
    @settings(max_examples=examples(100), deadline=None)
    def test_shares_the_margin_as_evenly_as_the_lines_allow(self, seed):
        orders, grid = random_book(seed)
        result, program = clear(orders, grid), Period(orders, grid, 0)
        exact = np.zeros(len(orders.order))
        for step, share in zip(program.steps, least_squares(program), strict=True):
            exact[step.offer] += share
        assert (np.abs(exact - result.accepted) < 1.001).all()

    @given(SEEDS)
    @settings(max_examples=examples(50), deadline=None)
    def test_takes_the_midpoint_from_the_root_down(self, seed):
        orders, grid = random_book(seed)
        result, program = clear(orders, grid), Period(orders, grid, 0)
        expected = prices_of(program, by_step(program, result.accepted), result.flow[0], BOUNDS)
        assert result.price[0].tolist() == expected.tolist()

    @given(SEEDS)
    @settings(max_examples=examples(100), deadline=None)
    def test_does_not_mind_the_order_of_rows_or_the_numbers_of_buses(self, seed):
        rng = np.random.default_rng(seed)
        n_buses = int(rng.integers(1, 8))
        rows, grid = random_rows(rng, n_buses, 2), random_grid(rng, n_buses, 2)
        first = clear(Orders.from_rows(*rows), grid, 2)
        shuffled = rng.permutation(len(rows[0]))
        again = clear(Orders.from_rows(*(column[shuffled] for column in rows)), grid, 2)
        assert clearing.result_hash(first) == clearing.result_hash(again)
        renumbered = _renumber(rows, grid, rng.permutation(n_buses))
        orders, other, new = renumbered
        result = clear(orders, other, 2)
        assert (result.price[:, new] == first.price).all()
        assert (result.flow[:, new] == first.flow).all()

    @given(SEEDS)
    @settings(max_examples=examples(30), deadline=None)
    def test_clears_each_period_and_each_component_as_if_alone(self, seed):
        orders, grid = random_book(seed, n_periods=3)
        together = clear(orders, grid, 3)
        for period in range(3):
            alone = Period(orders, grid, period).welfare() if len(orders.order) else 0
            only = orders.period == period
            value = clearing.welfare.limit_value(orders, np.where(only, together.accepted, 0))
            fees = clearing.welfare.fees(_one(together.flow, period), grid)
            assert value - fees == alone

    @given(SEEDS)
    @settings(max_examples=examples(30), deadline=None)
    def test_gives_one_bus_the_answer_of_a_sorted_book(self, seed):
        rng = np.random.default_rng(seed)
        n = int(rng.integers(2, 40))
        side, price, quantity = rng.integers(0, 2, n), rng.integers(0, 20, n), rng.integers(1, 50, n)
        orders = Orders.from_rows(np.arange(n), [0] * n, [0] * n, side, price, quantity)
        result = clear(orders, Grid.from_parents([-1]))
        volume = 0
        for p in range(20):
            supply = quantity[(side == SELL) & (price <= p)].sum()
            volume = max(volume, min(supply, quantity[(side == BUY) & (price >= p)].sum()))
        assert result.accepted[orders.side == SELL].sum() == volume


def _alone(orders, grid, period):
    """One period of a book, and of its grid."""
    offers = orders.period == period
    points = offers[orders.point_offer]
    names = ("order", "bus", "side", "curve")
    columns = {name: getattr(orders, name)[offers] for name in names}
    first = np.append(0, np.cumsum(np.diff(orders.first)[offers]))
    figures = {"price": orders.price[points], "quantity": orders.quantity[points]}
    lines = {
        name: getattr(grid, name)[min(period, len(getattr(grid, name)) - 1)]
        for name in ("capacity_up", "capacity_down", "fee_up", "fee_down")
    }
    book = Orders(**columns, period=np.zeros(len(first) - 1, np.int64), first=first, **figures)
    return book, Grid.from_parents(grid.parent, **lines)


def _only(orders, result, period):
    return np.where(orders.period == period, result.accepted, 0)


def _one(flow, period):
    alone = np.zeros_like(flow)
    alone[period] = flow[period]
    return alone


def _renumber(rows, grid, new):
    """The same book with bus `b` called `new[b]`."""
    old = np.argsort(new)
    parent = grid.parent[old]
    parent = np.where(parent >= 0, new[parent], -1)
    columns = {name: getattr(grid, name)[:, old] for name in grid.__slots__[1:]}
    rows = [rows[0], new[rows[1]] if len(rows[1]) else rows[1], *rows[2:]]
    return Orders.from_rows(*rows), Grid.from_parents(parent, **columns), new
