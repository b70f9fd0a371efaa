from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trading.grid import village
from trading.markets import calendar
from trading.metering import backtest, village_series
from trading.strategies import forecast

DATA_STARTS = date(2016, 1, 1)
STANDARD = timedelta(hours=1)
EARLIEST, LATEST = datetime(1990, 1, 1, tzinfo=UTC), datetime(2099, 12, 31, tzinfo=UTC)


def positions_of(day):
    starts_at, ends_at = calendar.delivery_day(day)
    return village_series.positions(np.arange(forecast.quarter_of(starts_at), forecast.quarter_of(ends_at)))


def data_days(positions):
    return [DATA_STARTS + timedelta(days=int(position) // 96) for position in positions]


class TestPositions:
    @given(st.integers(forecast.quarter_of(EARLIEST), forecast.quarter_of(LATEST)))
    def test_keep_weekday_and_standard_time(self, quarter):
        at = forecast.utc(quarter)
        [position] = village_series.positions(np.array([quarter]))
        day = DATA_STARTS + timedelta(days=int(position) // 96)
        standard = at + STANDARD
        assert day.weekday() == standard.weekday()
        assert int(position) % 96 == standard.hour * 4 + standard.minute // 15
        assert 0 <= position < village.QUARTER_HOURS

    @given(st.dates(date(1990, 1, 8), date(2099, 12, 24)))
    def test_keep_the_season(self, day):
        [data_day, *_] = data_days(positions_of(day)[10:])
        in_the_year = abs((data_day - DATA_STARTS).days - (day - date(day.year, 1, 1)).days)
        assert min(in_the_year, 364 - in_the_year) <= 3

    @pytest.mark.parametrize(
        ("day", "periods"), [(date(2026, 3, 29), 92), (date(2026, 10, 25), 100), (date(2026, 11, 23), 96)]
    )
    def test_a_day_takes_as_many_quarter_hours_as_it_has(self, day, periods):
        positions = positions_of(day)
        assert len(positions) == periods
        assert (np.diff(positions) == 1).all()

    def test_clock_changes_neither_lose_nor_repeat_a_quarter_hour(self):
        week = np.concatenate([positions_of(date(2026, 10, 22) + timedelta(days=k)) for k in range(7)])
        assert (np.diff(week) == 1).all()
        # The last quarter hour of the summer's last day, 23:45 summer time, is 22:45 standard time.
        assert positions_of(date(2026, 10, 24))[-1] % 96 == 22 * 4 + 3
        assert positions_of(date(2026, 10, 25))[-1] % 96 == 95

    def test_mondays_meet_mondays_over_the_years(self):
        assert data_days(positions_of(date(2026, 11, 23)))[0] == date(2016, 11, 21)
        assert data_days(positions_of(date(2024, 2, 29))) == [date(2016, 3, 3)] * 96  # a Thursday as well
        assert data_days(positions_of(date(2016, 12, 31))) == [date(2016, 12, 31)] * 96

    def test_what_is_left_over_at_new_year_lies_52_weeks_away(self):
        assert data_days(positions_of(date(2026, 1, 1))) == [date(2016, 12, 29)] * 96  # both are Thursdays
        assert data_days(positions_of(date(2026, 1, 2))) == [date(2016, 1, 1)] * 96


def columns(draw_from):
    return st.lists(st.tuples(draw_from, draw_from), min_size=1, max_size=60).map(
        lambda rows: np.array(rows, np.int32).T
    )


class TestNet:
    @given(columns(st.integers(0, 20_000)))
    def test_the_meter_sees_the_difference_and_one_side_of_it(self, both):
        load, pv = both
        withdrawn, injected = village_series.net(load, pv)
        assert (withdrawn - injected == load - pv).all()
        assert (np.minimum(withdrawn, injected) == 0).all()

    def test_what_a_home_makes_and_uses_stays_behind_the_meter(self):
        withdrawn, injected = village_series.net(np.array([300, 300, 300]), np.array([0, 200, 500]))
        assert (withdrawn.tolist(), injected.tolist()) == ([300, 100, 0], [0, 0, 200])


class TestStore:
    def test_takes_surplus_and_gives_it_back_less_a_tenth(self):
        withdrawn, injected = village_series.store(
            np.array([0, 0, 500]), np.array([400, 0, 0]), battery_w=5_000, battery_wh=10_000
        )
        assert injected.tolist() == [0, 0, 0]
        assert withdrawn.tolist() == [0, 0, 500 - 360]

    def test_is_bounded_by_power_and_by_room(self):
        withdrawn, injected = village_series.store(
            np.zeros(4, np.int32), np.array([2_000, 300, 300, 300]), battery_w=4_000, battery_wh=1_200
        )
        # At most 1,000 Wh go in at once, 900 of them to stay; 270 more, and the last 30 take 34.
        assert injected.tolist() == [1_000, 0, 266, 300]
        assert withdrawn.tolist() == [0, 0, 0, 0]

    @settings(deadline=None)
    @given(columns(st.integers(0, 3_000)), st.integers(0, 20_000), st.integers(0, 20_000))
    def test_never_makes_energy_and_never_charges_from_the_grid(self, both, battery_w, battery_wh):
        need, surplus = village_series.net(*both)
        withdrawn, injected = village_series.store(need, surplus, battery_w=battery_w, battery_wh=battery_wh)
        taken, given_back = surplus - injected, need - withdrawn
        assert ((taken >= 0) & (given_back >= 0)).all()
        assert max(taken.max(), given_back.max()) <= battery_w // 4
        stored = (taken.astype(np.int64) * 90 // 100 - given_back).cumsum()
        assert ((stored >= 0) & (stored <= battery_wh)).all()


class TestVillage:
    @pytest.fixture
    def meters(self):
        return backtest.village_meters(first_day=date(2026, 11, 1), days=2)

    def test_has_a_meter_per_connection_and_per_roof(self, meters):
        assert (len(meters.wh), meters.producers.sum()) == (143, 25)
        assert meters.wh.min() == 0

    def test_one_homes_load_less_its_roof(self):
        energies = village.energies()
        home = village_series.Home(consuming=("A000",), producing=("A001",))
        withdrawn, injected = village_series.year_of(home, energies)
        assert (withdrawn - injected == energies.of("A000") - energies.of("A001")).all()
