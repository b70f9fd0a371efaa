import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog

from trading.strategies import storage

DEAR, CHEAP, FEED_IN = 22_860, 12_450, 6_000
STEP = 4_000 // (storage.LEVELS - 1)  # between two levels of a battery


def batteries(*, power=1_000, capacity=4_000, feeds_in=False):
    return storage.Batteries(np.array([power]), np.array([capacity]), np.array([feeds_in]))


def plan(net, buys_at, *, level=0, sells_at=None, held=(), ahead=None, sold=None, **which):
    return storage.plan(
        batteries(**which),
        level_wh=np.array([level]),
        net_wh=np.array([[net]], float),
        buys_at=np.array([[buys_at]]),
        sells_at=np.array([[sells_at or [FEED_IN] * len(net)]]),
        held_wh=np.array([held], np.int64).reshape(1, -1),
        ahead=ahead or len(net),
        sold_wh=None if sold is None else np.full((1, 1, len(net)), sold),
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

    def test_sells_in_other_quarter_hours_too_what_neighbours_do_not_need_in_the_dearest(self):
        dear = {"sells_at": [12_000, 14_000, 9_000], "feeds_in": True, "level": 900}
        alone = plan([0, 0, 0], [DEAR] * 3, sold=500, **dear).flow_wh[0].tolist()
        assert alone == pytest.approx([-400, -500, 0], abs=STEP)
        # What the home itself needs counts for nothing of that.
        beside = plan([0, 300, 0], [DEAR] * 3, sold=500, **dear).flow_wh[0].tolist()
        assert beside == pytest.approx([-100, -800, 0], abs=STEP)

    def test_waits_the_less_the_less_sure_the_course_is(self, monkeypatch):
        sells_at = [[FEED_IN, 16_000, FEED_IN], [FEED_IN, FEED_IN, 16_000]]
        found = [selling_worth(sells_at)]
        monkeypatch.setattr(storage, "CHANGES", 0)
        assert found[0] < 16_000 and selling_worth(sells_at) == pytest.approx(16_000)

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


def selling_worth(sells_at):
    """What the first Wh is worth, after the first of some quarter hours, to a home that only sells."""
    found = storage.plan(
        batteries(feeds_in=True),
        level_wh=np.array([0]),
        net_wh=np.zeros((len(sells_at), 1, len(sells_at[0]))),
        buys_at=np.full((len(sells_at), 1, len(sells_at[0])), DEAR),
        sells_at=np.array(sells_at)[:, None],
        held_wh=np.zeros((1, 0), np.int64),
        ahead=len(sells_at[0]),
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


SHORT, LONG, FEE = 16_410, 6_000, 6_450


class TestAnswer:
    def test_gives_what_the_home_lacks_where_that_costs_more_than_stored_energy_is_worth(self):
        assert answer(level=500, net=300, bought=200, worth=SHORT + FEE - 1) == (-100, 400)
        assert answer(level=500, net=300, bought=200, worth=SHORT + FEE) == (0, 500)

    def test_takes_what_was_bought_too_much_where_it_is_worth_that_after_what_is_lost(self):
        refunded = (LONG + FEE) * 100 // storage.ROUND_TRIP_PERCENT
        assert answer(level=500, net=100, bought=200, worth=refunded + 1) == (100, 590)
        assert answer(level=500, net=100, bought=200, worth=refunded) == (0, 500)

    def test_is_worth_less_to_a_fuller_battery(self):
        worth = np.linspace(20_000, 0, storage.LEVELS - 1).astype(np.int64)
        _, level = answer(level=0, net=-900, bought=0, worth=worth)
        assert level == 810
        assert answer(level=3_000, net=-900, bought=0, worth=worth)[0] == 0

    def test_gives_no_more_than_it_holds_and_takes_no_more_than_has_room(self):
        assert answer(level=50, net=300, bought=0) == (-50, 0)
        assert answer(level=3_950, net=0, bought=500) == (55, 3_999)

    def test_feeds_in_only_where_it_may_and_is_paid_more_than_it_is_worth(self):
        assert answer(level=900, net=100, bought=-500) == (-100, 800)
        assert answer(level=900, net=100, bought=-500, feeds_in=True, worth=9_000) == (-600, 300)
        assert answer(level=900, net=100, bought=-500, feeds_in=True, worth=SHORT + 1) == (-100, 800)

    @given(st.integers(0, 4_000), st.integers(-2_000, 2_000), st.integers(-2_000, 2_000), st.integers(0, 99))
    def test_no_other_flow_is_better(self, level, net, bought, seed):
        worth = np.sort(np.random.default_rng(seed).integers(0, 26_000, storage.LEVELS - 1))[::-1]
        flow, after = answer(level=level, net=net, bought=bought, feeds_in=True, worth=worth)
        assert 0 <= after <= 4_000 and abs(flow) <= 1_000
        most = min(1_000, (4_000 - level) * 100 // storage.ROUND_TRIP_PERCENT)
        flows = np.arange(-min(1_000, level), most + 1)
        ours, best = (cost_of(each, level, net, bought, worth) for each in (np.array([flow]), flows))
        assert ours[0] <= best.min() + 2 * 26_000  # whole Wh


def cost_of(flow, level, net, bought, worth):
    """What a flow costs less what it stores, by adding each Wh up."""
    outside = net + flow
    beside = outside - bought
    paid = beside * np.where(beside > 0, SHORT, LONG) + np.maximum(outside, 0) * FEE
    table = np.arange(storage.LEVELS) * 4_000 / (storage.LEVELS - 1)
    stored = np.concatenate([[0], worth.cumsum()]) * table[1]
    after = level + np.where(flow > 0, flow * storage.ROUND_TRIP_PERCENT / 100, flow)
    return paid - np.interp(after, table, stored)


def answer(*, level, net, bought, worth=SHORT, **which):
    flow, after = storage.answer(
        batteries(**which),
        level_wh=np.array([level]),
        net_wh=np.array([net]),
        bought_wh=np.array([bought]),
        worth_rp_per_mwh=np.broadcast_to(worth, (1, storage.LEVELS - 1)),
        deviating=storage.Deviating(np.array([SHORT]), np.array([LONG]), np.array([FEE])),
    )
    return int(flow[0]), int(after[0])


def test_what_is_too_much_meets_neighbours_the_more_surely_the_dearer_energy_is():
    price = np.array([5_000, 6_000, 11_205, 16_410, 20_000])
    found = storage.Deviating.expected(price=price, retail=np.array([SHORT]), feed_in=np.array([LONG]), fee=0)
    assert found.long.tolist() == [LONG, LONG, LONG + (SHORT - LONG) // 8, SHORT, SHORT]
    assert found.short == SHORT
