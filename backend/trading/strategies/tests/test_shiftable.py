import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from trading.strategies import forecast, shiftable, storage

DEAR, CHEAP, FEED_IN = 22_860, 12_450, 6_000
MIDNIGHT = 1_792_447_200 // forecast.QUARTER_S  # of Tuesday 20 October 2026 in Zurich
SIX, SEVEN = 24, 28  # quarter hours of the day
CAR, PUMP = {"home_from": 600, "home_until": 420}, {"home_from": -1, "home_until": -1}


def load(*, power=1_000, capacity=8_000, home_from=-1, home_until=-1):
    one = (0, 0, power, capacity, home_from, home_until)
    return shiftable.Loads(*(np.array([each]) for each in one))


def plan(of, drawn, buys_at, *, level=0, net=None, sells_at=None, required=None, ahead=None):
    count = len(drawn)
    return shiftable.plan(
        of,
        level_wh=np.array([level]),
        drawn_wh=np.array([[drawn]], float),
        net_wh=np.array([[net if net is not None else [0] * count]], float),
        buys_at=np.array([[buys_at]], float),
        sells_at=np.array([[sells_at if sells_at is not None else [FEED_IN] * count]], float),
        required_wh=np.array([required if required is not None else [0] * count]),
        ahead=ahead or count,
    )


class TestRequired:
    def test_a_car_is_full_when_it_leaves_and_may_wait_while_it_stands(self):
        found = shiftable.required_wh(load(**CAR), MIDNIGHT + np.arange(96))[0]
        assert found[SEVEN - 1 : 40].tolist() == [8_000] * 13  # until it comes home at 10
        assert found[SEVEN - 9 : SEVEN - 1].tolist() == list(range(0, 8_000, 1_000))
        assert found[: SEVEN - 9].tolist() == [0] * (SEVEN - 9) and not found[40:].any()

    def test_a_car_that_never_leaves_has_to_be_full_once_a_day(self):
        found = shiftable.required_wh(load(home_from=0, home_until=0), MIDNIGHT + np.arange(96))[0]
        assert found[95] == 8_000 and found[86] == 0

    def test_a_heat_pump_never_has_to_be_full(self):
        assert not shiftable.required_wh(load(**PUMP), MIDNIGHT + np.arange(96)).any()


class TestPlan:
    def test_a_car_charges_when_it_is_cheapest_until_it_leaves(self):
        required = [0, 0, 0, 7_000, 8_000]
        buys_at = [DEAR, CHEAP - 1, DEAR - 1, CHEAP, DEAR]
        found = plan(load(**CAR), [0] * 5, buys_at, level=6_500, required=required)
        assert found.taken_wh[0, 0].tolist() == pytest.approx([0, 1_000, 0, 500, 0], abs=130)

    def test_a_car_that_comes_late_charges_at_once(self):
        found = plan(load(**CAR), [5_000, 0], [DEAR, CHEAP], level=8_000, required=[8_000, 8_000])
        assert found.taken_wh[0, 0].tolist() == [1_000, 1_000]

    def test_a_heat_pump_runs_ahead_when_it_is_cheap(self):
        found = plan(load(**PUMP), [0, 0, 600], [CHEAP, DEAR, DEAR])
        assert found.taken_wh[0, 0].tolist() == pytest.approx([603, 0, 0], abs=125)

    def test_a_heat_pump_does_not_run_ahead_for_what_leaks(self):
        found = plan(load(**PUMP), [0] * 40 + [600], [DEAR - 1_000] + [DEAR] * 40)
        assert found.taken_wh[0, 0, 0] == 0 and found.taken_wh[0, 0, 40] == pytest.approx(600)

    def test_own_surplus_is_taken_where_it_would_be_sold_for_less(self):
        found = plan(load(**PUMP), [0, 700, 0], [DEAR] * 3, net=[-400, 0, 0])
        assert found.taken_wh[0, 0].tolist() == pytest.approx([400, 301, 0], abs=125)

    @pytest.mark.parametrize("is_car", [False, True])
    def test_saves_nearly_what_the_linear_program_saves(self, is_car):
        missed = saved = 0
        for seed in range(20):
            of, case = load(**(CAR if is_car else PUMP), capacity=4_000), drawn_case(seed, is_car)
            found = plan(of, case["drawn"], case["buys_at"], **case["also"]).taken_wh[0, 0]
            ours, best = cost(found, case), optimum(case, is_car)
            at_once = cost(case["at_once"], case)
            assert ours >= best - 40_000  # whole Wh
            missed, saved = missed + ours - best, saved + at_once - best
        assert saved > 0 and missed <= 0.03 * saved


def drawn_case(seed, is_car):
    """Half a day: a car comes home and leaves at its end, or a house needs heat now and then."""
    chance, count = np.random.default_rng(seed), 24
    sells_at = chance.integers(FEED_IN, 14_000, count)
    net = np.where(chance.random(count) < 0.3, -chance.integers(0, 900, count), 300)
    drawn, at_once = np.zeros((2, count))
    if is_car:
        drawn[4] = lacks = int(chance.integers(1_000, 4_000))
        at_once[4:8] = np.diff(np.minimum(np.arange(5) * 1_000, lacks))
        required = np.maximum(4_000 - 1_000 * np.arange(count)[::-1], 0)
    else:
        drawn = at_once = np.where(chance.random(count) < 0.4, chance.integers(0, 900, count), 0)
        required = np.zeros(count, int)
    also = {"net": net, "sells_at": sells_at, "required": required, "level": 4_000 if is_car else 0}
    return {"drawn": drawn, "buys_at": sells_at + 6_450, "at_once": at_once, "also": also}


def cost(taken, case):
    outside = case["also"]["net"] + taken
    return np.maximum(outside * case["buys_at"], outside * case["also"]["sells_at"]).sum()


def optimum(case, is_car):
    """The least cost: taken, bought and sold in each quarter hour as a linear program."""
    also, count = case["also"], len(case["drawn"])
    kept = 1 if is_car else 1 - 1 / shiftable.LEAKS_IN_QUARTERS
    ages = np.subtract.outer(np.arange(count), np.arange(count))
    level = np.where(ages >= 0, kept ** ages.clip(0), 0)  # of what entered in each quarter hour
    none, one = np.zeros((count, count)), np.eye(count)
    begins = also["level"] * kept ** (np.arange(count) + 1) - level @ case["drawn"]
    found = linprog(
        np.concatenate([np.zeros(count), case["buys_at"], -also["sells_at"]]),
        A_ub=np.vstack([np.hstack([level, none, none]), np.hstack([-level, none, none])]),
        b_ub=np.concatenate([4_000 - begins, begins - also["required"]]),
        A_eq=np.hstack([one, -one, one]),  # taken - bought + sold = -net
        b_eq=-also["net"],
        bounds=[(0, 1_000)] * count + [(0, None)] * 2 * count,
    )
    assert found.status == 0
    return found.fun


SHORT, LONG, FEE = 12_110, 6_000, 6_450
DEVIATING = storage.Deviating(np.array([SHORT]), np.array([LONG]), np.array([FEE]))


def take(of, *, level, drawn=0, net=0, bought=0, worth=None, required=0):
    found = shiftable.taken(
        of,
        level_wh=np.array([level]),
        drawn_wh=np.array([drawn]),
        net_wh=np.array([net]),
        bought_wh=np.array([bought]),
        worth_rp_per_mwh=np.zeros((1, shiftable.LEVELS - 1)) if worth is None else worth,
        deviating=DEVIATING,
        required_wh=np.array([required]),
    )
    return tuple(int(each[0]) for each in found)


def worths(at_all_levels):
    return np.full((1, shiftable.LEVELS - 1), at_all_levels)


class TestAtOnce:
    def test_takes_all_it_can_until_nothing_lacks(self):
        both = shiftable.Loads(*np.array([[1, 2], [0, 0], [900, 500], [8_000] * 2, [600, -1], [420, -1]]))
        found = shiftable.at_once(both, np.array([[0, 2_000, 0, 300, 0], [500, 0, 100, 0, 0]]))
        assert found.tolist() == [[0, 900, 900, 500, 0], [500, 0, 100, 0, 0]]


class TestTaken:
    def test_takes_what_was_bought_and_is_worth_more_than_giving_it_back(self):
        bought = {"level": 2_000, "bought": 700, "net": 200}
        assert take(load(**CAR), **bought, worth=worths(LONG + FEE + 1)) == (500, 2_500)
        assert take(load(**CAR), **bought, worth=worths(LONG + FEE)) == (0, 2_000)

    def test_takes_from_the_utility_what_is_worth_more(self):
        assert take(load(**CAR), level=7_900, worth=worths(SHORT + FEE + 1)) == (100, 8_000)

    def test_takes_its_own_surplus(self):
        assert take(load(**PUMP), level=0, net=-300, worth=worths(LONG + 1)) == (300, 300)

    def test_heats_when_heat_is_needed(self):
        assert take(load(**PUMP), level=100, drawn=400) == (300, 0)

    @settings(max_examples=25, deadline=None)
    @given(seed=st.integers(0, 10**6))
    def test_a_car_is_full_when_it_leaves_as_far_as_its_power_goes(self, seed):
        chance, of = np.random.default_rng(seed), load(**CAR)
        required = shiftable.required_wh(of, MIDNIGHT + np.arange(40))[0]
        comes, level = int(chance.integers(0, SEVEN)), 8_000
        for place in range(SEVEN):
            drawn = int(chance.integers(0, 8_001)) if place == comes else 0
            lacks = drawn if place == comes else 8_000 - level
            got, level = take(
                of,
                level=level,
                drawn=drawn,
                net=int(chance.integers(-900, 900)),
                bought=int(chance.integers(-900, 900)),
                worth=-np.sort(-chance.integers(0, 25_000, (1, shiftable.LEVELS - 1))),
                required=int(required[place]),
            )
            assert 0 <= got <= min(1_000, lacks)
            if place == comes:
                reachable = min(8_000 - drawn + 1_000 * (SEVEN - comes), 8_000)
        assert level == reachable

    @settings(max_examples=25, deadline=None)
    @given(seed=st.integers(0, 10**6))
    def test_heat_stays_within_its_store_and_is_never_missing(self, seed):
        chance, of, level = np.random.default_rng(seed), load(**PUMP, capacity=3_000), 0
        for _ in range(30):
            drawn, before = int(chance.integers(0, 1_001)), level
            got, level = take(
                of,
                level=level,
                drawn=drawn,
                net=int(chance.integers(-900, 900)),
                bought=int(chance.integers(-900, 900)),
                worth=-np.sort(-chance.integers(0, 25_000, (1, shiftable.LEVELS - 1))),
            )
            assert 0 <= got <= 1_000 and 0 <= level <= 3_000
            lost = before + got - drawn - level
            assert 0 <= lost <= before / shiftable.LEAKS_IN_QUARTERS + 1


class TestWorth:
    def test_is_the_utilitys_price_where_it_must_and_the_feed_in_tariff_where_it_finds_no_room(self):
        of = load(**CAR)
        planned = plan(of, [0] * 4, [CHEAP] * 4, level=6_000, required=[7_000, 7_000, 7_000, 7_000], ahead=1)
        steps = np.array([[[500]], [[1_500]], [[2_500]]])
        limits = {"short": np.array([[DEAR]]), "spare": np.array([[FEED_IN]])}
        found = shiftable.worth_of(of, planned, steps, slice(0, 1), np.array([[7_000]]), **limits)
        assert found[0, 0, 0] == DEAR and found[2, 0, 0] == FEED_IN and FEED_IN < found[1, 0, 0] < DEAR
