from datetime import timedelta

import numpy as np
import pytest

from trading.strategies import courses, forecast, plans, storage

FEE, TAKES, GIVES = 6_450, 22_860, 12_450
NOW = forecast.quarter_of(forecast.utc(0)) + 96 * 20_000
CHEAP = 6_000


def homes(*, wh=200, level=0, roof=None, power=1_000):
    rows = [wh] if roof is None else [wh, roof]
    counted = np.array([np.broadcast_to(row, 37 * 96) for row in rows], np.int32)
    return plans.Homes(
        consumer=np.array([7]),
        producer=np.array([-1 if roof is None else 8]),
        batteries=storage.Batteries(np.array([power]), np.array([4_000]), np.array([roof is not None])),
        level_wh=np.array([level]),
        house=forecast.History(np.arange(len(rows)), forecast.utc(NOW) - timedelta(days=37), counted),
    )


def steps(of, prices, *, periods=2, real_time=True, held=(), **how):
    return plans.of(
        of,
        until=NOW + len(prices),
        quarters=NOW + len(held) + np.arange(periods),
        held_wh=np.array([held], np.int64),
        prices=np.array([[prices]] * courses.COURSES, float),
        fee_rp_per_mwh=np.array([FEE]),
        utility=(np.array([TAKES]), np.array([GIVES])),
        real_time=real_time,
        **how,
    )


def bought_at(found, price):
    """What the consumer node of the first home buys in the first quarter hour, should it cost so much."""
    return found.wh[:, 0, 0][found.prices_rp_per_mwh[:, 0, 0] >= price].sum()


class TestCourses:
    def test_are_those_of_the_last_days_where_none_is_published(self):
        prices = np.full((1, 4 * 96), np.nan)
        prices[0, :96], prices[0, 96:192] = 9_000, 12_000
        found = courses.of_prices(prices)
        late = slice(192 + 5 * courses.DIFFERENCE_HALVES, None)
        assert (found[:, 0, :192] == prices[0, :192]).all()
        assert (abs(found[0, 0, late] - 12_000) < 100).all()  # yesterday, for both days to come
        assert (abs(found[1, 0, late] - 9_000) < 100).all()
        assert (abs(found[2:, 0, late] - 12_000) < 100).all()  # nothing older is known

    def test_begin_where_prices_are_now_and_come_back_to_their_own_course(self):
        prices = np.full((1, 4 * 96), 9_000.0)
        prices[0, 188:192], prices[0, 192:] = 12_000, np.nan
        found = courses.of_prices(prices)
        assert found[0, 0, 192] == pytest.approx(12_000, abs=200)
        assert found[0, 0, 192 + courses.DIFFERENCE_HALVES - 1] == pytest.approx(10_500)
        assert (np.diff(found[0, 0, 192:240]) < 0).all()

    def test_say_nothing_where_nothing_was_ever_published(self):
        assert np.isnan(courses.of_prices(np.full((2, 96), np.nan))).all()


class TestSold:
    def test_is_several_times_a_homes_share_of_what_neighbours_needed_on_each_of_the_last_days(self):
        need_wh = np.repeat(np.arange(37 * 96 // 96), 96) * 100  # 100 Wh more each day
        need_wh[-96:] = -500  # yesterday they had too much
        known = forecast.History(np.array([1]), forecast.utc(NOW) - timedelta(days=37), need_wh[None])
        one, two = 0.25, 0.75
        found = courses.sold_wh(need_wh, known, until=NOW + 100, shares=np.array([one, two]))
        assert found.shape == (courses.COURSES, 2, 100)
        assert not found[0].any()
        assert found[1, :, 99].tolist() == [courses.SELLING * 3_500 * one, courses.SELLING * 3_500 * two]

    def test_is_the_mean_of_the_other_days_where_nobody_reported(self):
        need_wh = np.repeat([400.0, 200.0, np.nan], 96)
        known = forecast.History(np.array([1]), forecast.utc(NOW) - timedelta(days=3), need_wh[None])
        found = courses.sold_wh(need_wh, known, until=NOW + 1, shares=np.array([1.0]))
        assert (found.ravel() / courses.SELLING).tolist() == [300, 200, 400, 300, 300, 300, 300]

    def test_is_nothing_where_nothing_is_known(self):
        known = forecast.History(np.array([1]), forecast.utc(NOW) - timedelta(days=1), np.ones((1, 96)))
        assert not courses.sold_wh(np.full(96, np.nan), known, until=NOW + 4, shares=np.array([1.0])).any()

    def test_needs_are_those_of_all_who_reported(self):
        need_wh = courses.needed_by(np.array([[50, 70, -1], [20, -1, -1]]), np.array([True, False]))
        assert need_wh[:2].tolist() == [30, 70] and np.isnan(need_wh[2])

    def test_shares_are_of_the_power_of_those_who_feed_in(self):
        three = storage.Batteries(
            np.array([1_000, 500, 3_000]), np.full(3, 4_000), np.array([True, False, True])
        )
        assert courses.shares(three).tolist() == [0.25, 0, 0.75]
        assert not courses.shares(storage.Batteries(*(np.array([each]) for each in (1, 1, False)))).any()


class TestSteps:
    def test_takes_into_the_battery_when_it_is_cheap_at_what_energy_is_worth_later(self):
        found = steps(homes(), [CHEAP] * 2 + [TAKES - FEE] * 20)
        assert bought_at(found, CHEAP + FEE) == 1_200  # its need, and all the battery takes
        assert bought_at(found, TAKES * storage.ROUND_TRIP_PERCENT // 100 + 1) == 200

    def test_fall_from_step_to_step_and_stay_between_the_utilitys_prices(self):
        found = steps(homes(level=500), [TAKES - FEE] * 20)
        prices = found.prices_rp_per_mwh[:, 0]
        assert (np.diff(prices, axis=0) <= 0).all()
        assert prices.max() <= TAKES and prices.min() >= GIVES

    def test_leaves_to_the_battery_what_it_can_give_when_it_will_be_cheap(self):
        full, empty = (steps(homes(level=level), [TAKES - FEE] * 2 + [CHEAP] * 20) for level in (4_000, 0))
        assert bought_at(full, TAKES - 1_000) == 0
        assert bought_at(empty, TAKES) == 200

    def test_what_is_unsure_is_worth_less_the_less_likely_it_is_needed(self):
        wh = np.tile([100, 300], 37 * 48)
        unsure = homes(wh=wh, level=0, power=0)
        found = steps(unsure, [TAKES - FEE] * 20)
        prices = np.unique(found.prices_rp_per_mwh[:, 0, 0][found.wh[:, 0, 0] > 0])
        assert len(prices) > 1 and prices[-1] == TAKES and prices[0] > GIVES

    def test_a_roof_sells_at_rising_prices(self):
        found = steps(homes(wh=0, roof=600), [9_000] * 20)
        assert found.nodes.tolist() == [7, 8]
        assert (np.diff(found.prices_rp_per_mwh[:, 1], axis=0) >= 0).all()
        assert found.wh[:, 1].sum() > 0

    def test_day_ahead_takes_no_more_than_is_planned(self):
        prices = [CHEAP] * 20 + [TAKES - FEE] * 8
        planned = steps(homes(), prices, real_time=False, periods=20).wh[:, 0].sum()
        assert planned < steps(homes(), prices, periods=20).wh[:, 0].sum()

    def test_all_power_offers_what_the_battery_could_give(self):
        prices = [TAKES - FEE] * 20
        planned = steps(homes(level=1_000, wh=300, roof=0), prices)
        most = steps(homes(level=1_000, wh=300, roof=0), prices, all_power=np.array([True]))
        assert most.wh[:, 1].sum() > planned.wh[:, 1].sum()
