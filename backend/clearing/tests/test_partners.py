"""Partners add up to what was accepted, and the nearest meet first."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clearing
from clearing import BUY, SELL, Grid, Orders
from clearing.partners import _times_over
from clearing.tests.books import BOUNDS, random_book

SEEDS = st.integers(0, 2**32 - 1)


def attributed(seed):
    orders, grid = random_book(seed, 2)
    result = clearing.clear(orders, grid, periods=2, bounds=BOUNDS)
    return orders, grid, result, clearing.partners.attribute(orders, grid, result)


def way_up(grid, bus):
    """The bus and all buses on its way to the root."""
    while bus >= 0:
        yield bus
        bus = int(grid.parent[bus])


class TestAttribute:
    @given(SEEDS)
    @settings(max_examples=500, deadline=None)
    def test_sums_equal_the_accepted_quantities(self, seed):
        orders, _, result, pairs = attributed(seed)
        for side, offers in ((SELL, pairs.seller), (BUY, pairs.buyer)):
            got = np.zeros(len(orders.order), np.int64)
            np.add.at(got, offers, pairs.quantity)
            assert (got == np.where(orders.side == side, result.accepted, 0)).all()
        assert (pairs.quantity > 0).all()

    @given(SEEDS)
    @settings(max_examples=500, deadline=None)
    def test_pairs_meet_at_their_nearest_common_bus(self, seed):
        orders, grid, _, pairs = attributed(seed)
        for seller, buyer, bus in zip(pairs.seller, pairs.buyer, pairs.bus, strict=True):
            above_buyer = set(way_up(grid, int(orders.bus[buyer])))
            assert bus == next(b for b in way_up(grid, int(orders.bus[seller])) if b in above_buyer)

    @given(SEEDS)
    @settings(max_examples=500, deadline=None)
    def test_only_the_surplus_or_deficit_of_a_subtree_leaves_it(self, seed):
        """What crosses a line by the pairs is what flows over it: nobody buys far what is sold near."""
        orders, grid, result, pairs = attributed(seed)
        flow = np.zeros_like(result.flow)
        for seller, buyer, period, bus, quantity in zip(
            pairs.seller, pairs.buyer, pairs.period, pairs.bus, pairs.quantity, strict=True
        ):
            for offer, sign in ((seller, 1), (buyer, -1)):
                for passed in way_up(grid, int(orders.bus[offer])):
                    if passed == bus:
                        break
                    assert flow[period, passed] * sign >= 0  # never both ways over one line
                    flow[period, passed] += sign * quantity
        assert (flow == result.flow).all()

    def test_shares_a_surplus_in_proportion(self):
        orders = Orders.from_rows(
            [1, 2, 3, 4],
            [1, 1, 1, 0],
            [0] * 4,
            [SELL, SELL, BUY, BUY],
            [10, 10, 60, 60],
            [300, 100, 200, 200],
        )
        grid = Grid.from_parents([-1, 0])
        pairs = clearing.partners.attribute(orders, grid, clearing.clear(orders, grid))
        near = pairs.bus == 1
        assert orders.order[pairs.seller[near]].tolist() == [1, 2]
        assert pairs.quantity[near].tolist() == [150, 50]

    def test_refuses_a_result_that_does_not_balance(self):
        orders = Orders.from_rows([1, 2], [0, 0], [0, 0], [SELL, BUY], [10, 60], [300, 300])
        grid = Grid.from_parents([-1])
        result = clearing.clear(orders, grid)
        result.accepted[0] -= 1
        with pytest.raises(ValueError, match="differ"):
            clearing.partners.attribute(orders, grid, result)

    @given(st.integers(0, 2**60), st.integers(0, 2**60), st.integers(1, 2**60))
    def test_shares_stay_exact_beyond_64_bits(self, amount, matched, total):
        matched %= total
        assert _times_over(amount, matched, total) == divmod(amount * matched, total)
