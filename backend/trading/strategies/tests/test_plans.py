from datetime import timedelta

import numpy as np

from trading.strategies import forecast, plans, storage

FEE, TAKES, GIVES = 6_450, 22_860, 12_450
NOW = forecast.quarter_of(forecast.utc(0)) + 96 * 20_000
CHEAP = 6_000


def homes(*, wh=200, level=0, roof=None):
    rows = [wh] if roof is None else [wh, roof]
    counted = np.repeat(np.array([rows], np.int32).T, 37 * 96, axis=1)
    return plans.Homes(
        consumer=np.array([7]),
        producer=np.array([-1 if roof is None else 8]),
        batteries=storage.Batteries(np.array([1_000]), np.array([4_000]), np.array([roof is not None])),
        level_wh=np.array([level]),
        house=forecast.History(np.arange(len(rows)), forecast.utc(NOW) - timedelta(days=37), counted),
    )


def steps(of, prices, *, periods=2, **how):
    return plans.of(
        of,
        until=NOW + len(prices),
        quarters=NOW + np.arange(periods),
        held_wh=np.zeros((1, 0), np.int64),
        prices=np.array([prices], float),
        fee_rp_per_mwh=np.array([FEE]),
        utility=(np.array([TAKES]), np.array([GIVES])),
        **how,
    )


class TestExpectedPrices:
    def test_are_those_of_the_same_time_on_the_last_days_where_none_is_published(self):
        prices = np.full(3 * 96, np.nan)
        prices[:96], prices[96:192] = 9_000, 12_000
        found = plans.expected_prices(prices)
        assert (found[:192] == prices[:192]).all()
        assert ((found[192:] > 10_500) & (found[192:] < 12_000)).all()  # yesterday counts more

    def test_say_nothing_where_nothing_was_ever_published(self):
        assert np.isnan(plans.expected_prices(np.full(96, np.nan))).all()


class TestSteps:
    def test_takes_into_the_battery_when_it_is_cheap_at_what_energy_is_worth_later(self):
        found = steps(homes(), [CHEAP] * 2 + [TAKES - FEE] * 20)
        last = found.wh[-1, 0]
        assert (last > 0).all()
        assert (found.prices_rp_per_mwh[-1, 0] > CHEAP + FEE).all()
        assert (found.prices_rp_per_mwh[-1, 0] <= TAKES * storage.ROUND_TRIP_PERCENT // 100).all()

    def test_fall_from_step_to_step_and_stay_between_the_utilitys_prices(self):
        found = steps(homes(level=500), [TAKES - FEE] * 20)
        prices = found.prices_rp_per_mwh[:, 0]
        assert (np.diff(prices, axis=0) <= 0).all()
        assert prices.max() <= TAKES and prices.min() >= GIVES

    def test_leaves_to_the_battery_what_it_can_give_when_it_is_dear(self):
        full, empty = (steps(homes(level=level), [TAKES - FEE] * 20) for level in (4_000, 0))
        dearest = TAKES - 1
        surely = [(each.wh * (each.prices_rp_per_mwh >= dearest - 700))[:, 0].sum() for each in (full, empty)]
        assert full.wh.sum() == empty.wh.sum()  # all is bid, but for less
        assert surely[0] <= surely[1]

    def test_a_roof_sells_at_rising_prices(self):
        found = steps(homes(wh=0, roof=600), [9_000] * 20)
        assert found.nodes.tolist() == [7, 8]
        assert (np.diff(found.prices_rp_per_mwh[:, 1], axis=0) >= 0).all()
        assert found.wh[:, 1].sum() > 0

    def test_all_power_offers_what_the_battery_could_give_in_all_periods(self):
        prices = [TAKES - FEE] * 20
        planned = steps(homes(level=1_000, wh=300), prices)
        most = steps(homes(level=1_000, wh=300), prices, all_power=np.array([True]))
        assert most.wh.sum() > planned.wh.sum()
