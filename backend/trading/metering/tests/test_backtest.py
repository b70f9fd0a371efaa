from datetime import date

import pytest

from trading.metering import backtest

# One day of each season, a Saturday and a Sunday among them.
DAYS = [date(2026, 2, 11), date(2026, 5, 16), date(2026, 8, 2), date(2026, 11, 3)]


@pytest.fixture(scope="module")
def meters():
    return backtest.village_meters(first_day=DAYS[0], days=(DAYS[-1] - DAYS[0]).days + 1)


@pytest.mark.parametrize("market", backtest.MARKETS)
def test_the_forecast_is_clearly_better_than_the_same_as_last_week(meters, market):
    for error in backtest.errors(meters, market=market, days=DAYS):
        assert error.forecast_wh < 0.85 * error.naive_wh, error


def test_knows_only_what_was_reported_when_strategies_bid(meters):
    [(at, quarters)] = backtest.gates(backtest.MARKETS["day-ahead"], date(2026, 5, 16))
    known = meters.known_at(at)
    assert (at.hour, at.minute) == (8, 50)  # 10:50 in Zurich in summer
    assert known.first + known.wh.shape[1] == quarters[0] - 13 * 4 - 1  # until 10:45
    assert len(quarters) == 96


def test_real_time_auctions_look_an_hour_ahead():
    gates = backtest.gates(backtest.MARKETS["real-time"], date(2026, 10, 25))
    assert len(gates) == 50  # the day has 25 hours
    at, quarters = gates[0]
    assert quarters[0] * 900 - at.timestamp() == 65 * 60


def test_the_table_has_a_row_per_market_and_side():
    error = backtest.Error("day-ahead", "consumers", 40.0, 60.0, -10.0, 100.0, 96)
    assert backtest.table([error]).splitlines()[2] == (
        "| day-ahead | consumers | 100.0 Wh | 40.0 Wh | 60.0 Wh | 40.0 % | 60.0 % | -10.0 % |"
    )
