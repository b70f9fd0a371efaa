from datetime import UTC, date, datetime, time, timedelta

import numpy as np
import pytest

from trading.markets import calendar
from trading.strategies import forecast

DAY = date(2026, 11, 23)  # a Monday
CONSUMER, PRODUCER = np.array([False]), np.array([True])


def quarters_of(day):
    starts_at, ends_at = calendar.delivery_day(day)
    return np.arange(forecast.quarter_of(starts_at), forecast.quarter_of(ends_at))


def history(counted, *, until, days=forecast.HISTORY_DAYS):
    """One node, whose meter counted `counted(local time)` in every quarter hour until an instant."""
    starts_at = until - timedelta(days=days)
    first = forecast.quarter_of(starts_at)
    local = [forecast.utc(first + k).astimezone(calendar.ZONE) for k in range(days * 96)]
    return forecast.History(np.array([7]), starts_at, np.array([[counted(at) for at in local]], np.int32))


def gate(day=DAY):
    return calendar.local(day - timedelta(days=1), time(10, 45))


def forecast_day(counted, day=DAY, producers=CONSUMER, **options):
    known = history(counted, until=gate(day), **options)
    return forecast.of(known, producers=producers, quarters=quarters_of(day))[0]


class TestConsumers:
    def test_repeat_what_they_always_do(self):
        assert (forecast_day(lambda at: 100 + at.hour) == 100 + np.repeat(np.arange(24), 4)).all()

    def test_differ_by_kind_of_day(self):
        def counted(at):
            return {5: 500, 6: 900}.get(at.weekday(), 100)

        assert (forecast_day(counted, date(2026, 11, 28)) == 500).all()
        assert (forecast_day(counted, date(2026, 11, 29)) == 900).all()
        assert (forecast_day(counted, date(2026, 12, 1)) == 100).all()

    def test_forget_one_odd_day(self):
        odd = date(2026, 11, 17)
        assert (forecast_day(lambda at: 3_000 if at.date() == odd else 100) == 100).all()

    def test_keep_their_time_when_clocks_change(self):
        def breakfast(at):
            return 800 if at.hour == 7 else 50

        for day, periods in ((date(2026, 3, 29), 92), (date(2026, 10, 25), 100)):
            expected = forecast_day(breakfast, day)
            assert len(expected) == periods
            wall = [forecast.utc(q).astimezone(calendar.ZONE).hour for q in quarters_of(day)]
            assert {hour for hour, wh in zip(wall, expected, strict=True) if wh > 400} == {7}

    def test_follow_the_last_two_hours_less_and_less(self):
        until = gate()
        known = history(lambda at: 300 if at >= until - timedelta(hours=2) else 100, until=until)
        soon = forecast.of(
            known, producers=CONSUMER, quarters=forecast.quarter_of(until) + np.array([4, 5, 40, 90])
        )[0]
        assert 140 < soon[0] < 180
        assert (np.diff(soon) <= 0).all()

    def test_of_a_new_home_take_any_day(self):
        expected = forecast_day(lambda at: 240, day=date(2026, 11, 29), days=3)  # a Sunday; it saw none
        assert (expected == 240).all()


class TestMeans:
    def test_add_up_where_medians_do_not(self):
        rare = (np.random.default_rng(3).random(forecast.HISTORY_DAYS * 96) < 0.3) * 900
        known = forecast.History(
            np.array([7]), gate() - timedelta(days=forecast.HISTORY_DAYS), rare[None].astype(np.int32)
        )
        asked = {"producers": CONSUMER, "quarters": quarters_of(DAY)}
        assert forecast.means(known, **asked).mean() == pytest.approx(270, rel=0.15)
        assert forecast.of(known, **asked).mean() < 100


class TestProducers:
    def test_repeat_a_clear_sky(self):
        def roof(at):
            return max(0, 1_000 - 40 * abs(at.hour * 4 + at.minute // 15 - 48))

        expected = forecast_day(roof, producers=PRODUCER)
        clear = [roof(forecast.utc(quarter).astimezone(calendar.ZONE)) for quarter in quarters_of(DAY)]
        assert abs(expected - np.array(clear)).max() < 30

    def test_fall_with_a_cloud_within_the_hour(self):
        until = datetime(2026, 11, 22, 11, tzinfo=UTC)
        cloud = until - timedelta(minutes=15)

        def roof(at):
            return 0 if not 8 <= at.hour < 16 else 200 if at >= cloud else 1_000

        known = history(roof, until=until)
        soon, tomorrow = forecast.quarter_of(until) + np.array([5, 96 + 5])
        expected = forecast.of(known, producers=PRODUCER, quarters=np.array([soon, tomorrow]))[0]
        assert expected[0] < 450
        assert expected[1] > 900

    def test_make_nothing_at_night(self):
        expected = forecast_day(lambda at: 900 if 9 <= at.hour < 15 else 0, producers=PRODUCER)
        assert expected[:32].max() == 0
        assert expected[64:].max() == 0


class TestGaps:
    def test_readings_that_did_not_arrive_weigh_nothing(self):
        assert (forecast_day(lambda at: -1 if at.day % 3 else 420) == 420).all()

    def test_a_node_without_readings_is_forecast_as_zero(self):
        known = history(lambda at: 100, until=gate())
        both = forecast.History(np.array([7, 8]), known.starts_at, np.vstack([known.wh, known.wh * 0 - 1]))
        expected = forecast.of(both, producers=np.array([False, False]), quarters=quarters_of(DAY))
        assert (expected[0] == 100).all()
        assert (expected[1] == 0).all()

    @pytest.mark.parametrize("producers", [CONSUMER, PRODUCER])
    def test_nobody_reported_anything(self, producers):
        assert (forecast_day(lambda at: -1, producers=producers) == 0).all()

    def test_one_reading_is_enough_to_go_on(self):
        until = gate()
        known = history(lambda at: 60 if at >= until - timedelta(minutes=15) else -1, until=until)
        for producers in (CONSUMER, PRODUCER):
            forecast.of(known, producers=producers, quarters=quarters_of(DAY))

    def test_the_same_history_gives_the_same_forecast(self):
        wh = np.random.default_rng(1).integers(0, 900, (20, 37 * 96)).astype(np.int32)
        known = forecast.History(np.arange(20), gate() - timedelta(days=37), wh)
        one, two = (
            forecast.of(known, producers=np.arange(20) > 9, quarters=quarters_of(DAY)) for _ in range(2)
        )
        assert (one == two).all()

    def test_nodes_are_found_by_their_key(self):
        known = forecast.History(np.array([3, 5, 9]), gate(), np.zeros((3, 1), np.int32))
        assert known.rows_of(np.array([9, 4, 3, 10])).tolist() == [2, -1, 0, -1]
