import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog

from trading.strategies import storage

DEAR, CHEAP, FEED_IN = 22_860, 12_450, 6_000


def batteries(*, power=1_000, capacity=4_000, feeds_in=False):
    return storage.Batteries(np.array([power]), np.array([capacity]), np.array([feeds_in]))


def plan(net, buys_at, *, level=0, sells_at=None, held=(), ahead=None, **which):
    return storage.plan(
        batteries(**which),
        level_wh=np.array([level]),
        net_wh=np.array([[net]], float),
        buys_at=np.array([[buys_at]]),
        sells_at=np.array([[sells_at or [FEED_IN] * len(net)]]),
        held_wh=np.array([held], np.int64).reshape(1, -1),
        ahead=ahead or len(net),
    )


def cost(net, flow, buys_at, sells_at):
    outside = np.array(net) + flow
    return (np.maximum(outside, 0) * buys_at - np.maximum(-outside, 0) * sells_at).sum()


class TestPlan:
    def test_takes_when_energy_is_cheap_what_is_needed_when_it_is_dear(self):
        found = plan([0, 900, 0], [CHEAP, DEAR, DEAR])
        # 1,000 Wh in, a tenth is lost, 900 Wh out
        assert found.flow_wh[0].tolist() == pytest.approx([1_000, -900, 0], abs=30)

    def test_rests_where_what_is_lost_costs_more_than_what_is_saved(self):
        assert plan([0, 500], [DEAR - 1_000, DEAR]).flow_wh.tolist() == [[0, 0]]

    def test_gives_nothing_to_the_grid_where_the_home_may_not_feed_in(self):
        found = plan([0, 0], [CHEAP, DEAR], level=2_000, sells_at=[FEED_IN, DEAR])
        assert found.flow_wh.tolist() == [[0, 0]]

    def test_sells_at_the_best_price_where_it_may(self):
        found = plan([0, 0], [DEAR, DEAR], level=900, sells_at=[9_000, 14_000], feeds_in=True)
        assert found.flow_wh.tolist() == [[0, -900]]

    def test_keeps_to_what_is_bought_in_quarter_hours_whose_gates_are_closed(self):
        found = plan([300, 300], [DEAR, DEAR], held=[500], level=0)
        assert found.flow_wh[0, 0] == 200

    def test_says_what_stored_energy_saves_later(self):
        [[worth]] = plan([500, 500, 0], [CHEAP, DEAR, DEAR], ahead=1, capacity=1_000).worth_rp_per_mwh
        assert worth[0] == pytest.approx(DEAR) and worth[-1] == pytest.approx(0)  # no more is needed
        assert (np.diff(worth) <= 0).all()
        assert not plan([0, 0], [CHEAP, DEAR]).worth_rp_per_mwh.any()  # nobody needs it

    def test_waits_as_long_as_it_may_become_cheaper(self):
        dear = [[DEAR] * 5]
        either = [[DEAR] * 5, [DEAR, DEAR, CHEAP, DEAR, DEAR]]
        found = [worth_of(courses, net=[0, 0, 0, 900, 0]) for courses in (dear, either)]
        assert found[0] == pytest.approx(DEAR)
        assert found[1] == pytest.approx((DEAR + CHEAP / 0.9) / 2, rel=0.01)

    @pytest.mark.parametrize("feeds_in", [False, True])
    def test_saves_nearly_what_the_linear_program_saves(self, feeds_in):
        missed = saved = 0
        for seed in range(20):
            chance = np.random.default_rng(seed)
            net = chance.integers(-800 if feeds_in else 0, 1_200, 12)
            sells_at = chance.integers(FEED_IN, 14_000, 12)
            buys_at = sells_at + 6_450
            found = plan(net, buys_at, sells_at=sells_at.tolist(), feeds_in=feeds_in, capacity=3_000)
            ours = cost(net, found.flow_wh[0], buys_at, sells_at)
            best = optimum(net, buys_at, sells_at, feeds_in)
            assert ours >= best - 40_000  # whole Wh
            missed, saved = missed + ours - best, saved + cost(net, np.zeros(12), buys_at, sells_at) - best
        assert missed <= 0.02 * saved


def worth_of(courses, *, net):
    """What the first Wh is worth after the first of some quarter hours."""
    found = storage.plan(
        batteries(),
        level_wh=np.array([0]),
        net_wh=np.array([[net]] * len(courses), float),
        buys_at=np.array(courses)[:, None],
        sells_at=np.full((len(courses), 1, len(net)), FEED_IN),
        held_wh=np.zeros((1, 0), np.int64),
        ahead=len(net),
    )
    return found.worth_rp_per_mwh[0, 0, 0]


def optimum(net, buys_at, sells_at, feeds_in, power=1_000, capacity=3_000):
    """The least cost: taken, given, bought and sold in each quarter hour as a linear program."""
    count = len(net)
    one, zero = np.eye(count), np.zeros((count, count))
    balance = np.hstack([one, -one, -one, one])  # taken - given - bought + sold = -net
    level = np.hstack([0.9 * np.tril(np.ones((count, count))), -np.tril(np.ones((count, count))), zero, zero])
    most_given = [power if feeds_in else min(power, max(need, 0)) for need in net]
    bounds = [(0, power)] * count + [(0, most) for most in most_given] + [(0, None)] * 2 * count
    found = linprog(
        np.concatenate([np.zeros(2 * count), buys_at, -np.asarray(sells_at)]),
        A_ub=np.vstack([level, -level]),
        b_ub=np.concatenate([np.full(count, capacity), np.zeros(count)]),
        A_eq=balance,
        b_eq=-np.asarray(net),
        bounds=bounds,
    )
    return found.fun


class TestKeepTo:
    def test_makes_up_for_what_the_home_uses_more_or_less_than_it_bought(self):
        flow, level = keep_to(level=500, net=300, bought=200)
        assert (flow, level) == (-100, 400)
        flow, level = keep_to(level=500, net=100, bought=200)
        assert (flow, level) == (100, 590)

    def test_gives_no_more_than_it_holds_and_takes_no_more_than_has_room(self):
        assert keep_to(level=50, net=300, bought=0) == (-50, 0)
        assert keep_to(level=3_950, net=0, bought=500) == (55, 3_999)

    def test_feeds_in_only_where_it_may(self):
        assert keep_to(level=900, net=100, bought=-500) == (-100, 800)
        assert keep_to(level=900, net=100, bought=-500, feeds_in=True) == (-600, 300)

    @given(st.integers(0, 4_000), st.integers(-2_000, 2_000), st.integers(-2_000, 2_000))
    def test_the_level_stays_within_the_battery(self, level, net, bought):
        flow, after = keep_to(level=level, net=net, bought=bought, feeds_in=True)
        assert 0 <= after <= 4_000 and abs(flow) <= 1_000


def keep_to(*, level, net, bought, **which):
    flow, after = storage.keep_to(
        batteries(**which), level_wh=np.array([level]), net_wh=np.array([net]), bought_wh=np.array([bought])
    )
    return int(flow[0]), int(after[0])
