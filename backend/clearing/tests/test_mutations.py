"""Whatever is changed in a proven result, the certificate notices; what it does not is just as good."""

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import clearing
from clearing import BUY, welfare
from clearing.tests.books import BOUNDS, random_book
from clearing.tests.fair import least_squares
from clearing.tests.knob import examples
from clearing.tests.oracle import Period
from clearing.tests.test_certificate import changed, moved

SEEDS = st.integers(0, 2**32 - 1)


def proven(seed):
    orders, grid = random_book(seed)
    result = clearing.clear(orders, grid, bounds=BOUNDS)
    assert violations(orders, grid, result) == []
    return orders, grid, result, np.random.default_rng(seed)


def violations(orders, grid, result):
    return clearing.certificate.check(orders, grid, result, bounds=BOUNDS)


def is_as_good(orders, grid, result):
    """Of the greatest welfare and volume, and everybody within a Wh of the exact fair share."""
    program = Period(orders, grid, 0)
    exact = np.zeros(len(orders.order))
    for step, share in zip(program.steps, least_squares(program), strict=True):
        exact[step.offer] += share
    best = program.welfare()
    return (
        result.welfare == welfare.of_result(orders, grid, result.accepted, result.flow) == best
        and result.accepted[orders.side == BUY].sum() == program.volume_at(best)
        and (np.abs(exact - result.accepted) < 1.001).all()
    )


class TestMutations:
    @given(SEEDS)
    @settings(max_examples=examples(60), deadline=None)
    def test_of_one_figure_is_refused(self, seed):
        orders, grid, result, rng = proven(seed)
        for name in ("price", "price_low", "price_high", "flow", "accepted"):
            array = getattr(result, name)
            if array.size:
                where = tuple(rng.integers(0, array.shape))
                by = int(rng.choice([-1, 1]) * rng.choice([1, 1, 7, 2**40]))
                assert violations(orders, grid, changed(result, name, where, by)), (name, where, by)
        for by in (-1, 1):
            assert violations(orders, grid, replace(result, welfare=result.welfare + by))

    @given(SEEDS)
    @settings(max_examples=examples(60), deadline=None)
    def test_of_one_wh_between_two_orders_is_refused_or_as_fair(self, seed):
        orders, grid, result, rng = proven(seed)
        room = (result.accepted > 0)[:, None] & (result.accepted < orders.offered)
        possible = np.argwhere(room & (orders.side[:, None] == orders.side))
        for giver, taker in rng.permutation(possible[possible[:, 0] != possible[:, 1]])[:2]:
            other = moved(orders, grid, result, giver, taker)
            other = replace(other, welfare=welfare.of_result(orders, grid, other.accepted, other.flow))
            assert violations(orders, grid, other) or is_as_good(orders, grid, other)

    @given(SEEDS)
    @settings(max_examples=examples(60), deadline=None)
    def test_of_the_whole_trade_is_refused(self, seed):
        orders, grid, result, _ = proven(seed)
        if result.accepted.any():
            nothing = replace(result, accepted=result.accepted * 0, flow=result.flow * 0, welfare=0)
            assert violations(orders, grid, nothing)

    @given(SEEDS)
    @settings(max_examples=examples(60), deadline=None)
    def test_of_a_pair_of_partners_is_refused(self, seed):
        orders, grid, result, rng = proven(seed)
        pairs = clearing.partners.attribute(orders, grid, result)
        refusals = clearing.certificate.check_partners
        assert refusals(orders, grid, result, pairs) == []
        if len(pairs.quantity):
            at = rng.integers(0, len(pairs.quantity))
            assert refusals(orders, grid, result, changed(pairs, "quantity", at, int(rng.choice([-1, 1]))))
            assert refusals(orders, grid, result, changed(pairs, "period", at, 1))
            for bus in range(len(grid.parent)):
                if bus != pairs.bus[at]:
                    assert refusals(orders, grid, result, changed(pairs, "bus", at, bus - pairs.bus[at]))
