"""What a limit takes off: both sides alike, in proportion, never more than there is."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from trading.schedules.limits import Limit, Supplies, cut, shares

BELOW = np.array([False, False, True, True])  # buses 2 and 3 lie below the line


def supplies(*rows):
    """From rows of (seller, buyer, period, Wh); node n sits at bus n."""
    seller, buyer, period, wh = np.array(rows, np.int64).reshape(-1, 4).T
    return Supplies(seller, buyer, period, wh, seller, buyer)


class TestLine:
    def test_cuts_what_crosses_in_proportion(self):
        some = supplies((2, 0, 0, 300), (2, 3, 0, 500), (3, 1, 0, 100))
        assert cut(some, [Limit(0, 1, 200, below=BELOW)]).tolist() == [150, 0, 50]

    def test_leaves_other_periods_alone(self):
        some = supplies((2, 0, 0, 300), (2, 0, 1, 300))
        assert cut(some, [Limit(1, 2, 0, below=BELOW)]).tolist() == [0, 300]

    def test_within_the_limit_nothing_happens(self):
        assert not cut(supplies((0, 2, 0, 300)), [Limit(0, 1, 300, below=BELOW)]).any()

    def test_the_second_limit_sees_what_the_first_left(self):
        some = supplies((2, 0, 0, 300), (2, 1, 0, 100))
        limits = [Limit(0, 1, 200, below=BELOW), Limit(0, 1, 100, node=2)]
        assert cut(some, limits).tolist() == [225, 75]


class TestNode:
    def test_cuts_the_net_of_what_it_sells_and_buys(self):
        some = supplies((0, 1, 0, 300), (2, 0, 0, 100))
        assert cut(some, [Limit(0, 1, 50, node=0)]).tolist() == [150, 0]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(*[st.integers(0, 3)] * 2, st.integers(0, 1), st.integers(1, 999)), min_size=1, max_size=9
    ),
    st.integers(0, 500),
)
def test_whatever_is_said_the_limit_holds_and_nothing_goes_below_zero(rows, limit_wh):
    some = supplies(*rows)
    left = some.wh - cut(some, [Limit(0, 2, limit_wh, below=BELOW)])
    sign = BELOW[some.seller].astype(int) - BELOW[some.buyer]
    assert (left >= 0).all()
    for period in (0, 1):
        before, after = ((sign * wh)[some.period == period].sum() for wh in (some.wh, left))
        assert abs(after) == min(abs(before), limit_wh)


@given(st.integers(0, 10**9), st.lists(st.integers(1, 10**6), min_size=1, max_size=20))
def test_shares_are_whole_and_add_up(total, weights):
    assert shares(total, np.array(weights)).sum() == total
