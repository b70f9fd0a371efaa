"""What a home bids for its car and its heat pump, beside what it needs."""

from dataclasses import replace

import numpy as np

from trading.strategies import shiftable, shifting
from trading.strategies.tests.test_plans import FEE, GIVES, TAKES, bought_at, homes, steps

CHEAP, DEAR = 8_000, TAKES - FEE
CAR = (18 * 60, 7 * 60)  # NOW is two in the morning: it leaves 20 quarter hours later


def loads(*rows):
    """Each row: capacity, from and until when it is at home; all take 900 Wh in a quarter hour."""
    places = np.arange(len(rows))
    capacity, begins, until = np.array(rows).reshape(-1, 3).T
    return shiftable.Loads(places + 50, places * 0, places * 0 + 900, capacity, begins, until)


def with_loads(of, *rows, holds=0, drawn=0, closed=()):
    history = np.full((len(rows), 37 * 96), drawn)
    worth = np.array(closed).reshape(1, -1, 1) * np.ones((len(rows), 1, shiftable.LEVELS - 1))
    return replace(of, state=shifting.State(loads(*rows), np.full(len(rows), holds), history, worth))


class TestBeside:
    def test_a_car_waits_for_the_cheap_hours_and_takes_all_it_can_in_them(self):
        home = with_loads(homes(power=0), (10_000, *CAR), holds=7_000)
        waits = steps(home, [DEAR] * 2 + [CHEAP] * 30)
        assert bought_at(waits, TAKES) == 200  # the home's own need
        assert bought_at(waits, CHEAP + FEE) == 1_100
        assert bought_at(steps(home, [CHEAP] * 2 + [DEAR] * 30), CHEAP + FEE + 500) == 1_100

    def test_a_car_that_can_wait_no_longer_pays_what_the_utility_takes(self):
        late = with_loads(
            homes(power=0), (10_000, 60, 4 * 60 + 45), holds=100
        )  # it leaves in 11 quarter hours
        assert bought_at(steps(late, [DEAR] * 32), TAKES) == 1_100

    def test_a_car_takes_what_is_bought_for_it_and_asks_for_no_more(self):
        home = with_loads(homes(power=0), (10_000, *CAR), holds=9_100, closed=[CHEAP + FEE])
        prices = [CHEAP + 1_000, CHEAP] + [DEAR] * 28
        asked = [
            bought_at(steps(home, prices, held=[wh], periods=1), CHEAP + FEE + 500) for wh in (200, 1_100)
        ]
        assert asked == [1_100, 200]

    def test_a_full_car_asks_for_nothing(self):
        full = with_loads(homes(power=0), (10_000, *CAR), holds=10_000)
        assert bought_at(steps(full, [CHEAP] * 4 + [DEAR] * 28), GIVES) == 200

    def test_prices_still_fall_from_step_to_step_with_two_loads(self):
        found = steps(
            with_loads(homes(), (10_000, *CAR), (2_000, -1, -1), holds=1_000, drawn=100), [DEAR] * 32
        )
        assert (np.diff(found.prices_rp_per_mwh[:, 0], axis=0) <= 0).all() and (found.wh >= 0).all()
        assert found.wh.shape[0] == found.prices_rp_per_mwh.shape[0] == 9 + 8
        assert found.loads.tolist() == [50, 51] and found.shifted_rp_per_mwh.shape[:2] == (2, 2)

    def test_day_ahead_is_bid_no_more_than_is_planned(self):
        prices = [CHEAP] * 20 + [DEAR] * 12
        home = with_loads(homes(power=0), (10_000, *CAR), holds=7_000)
        planned, anything = (
            steps(home, prices, real_time=real_time, periods=20).wh[:, 0].sum() - 20 * 200
            for real_time in (False, True)
        )
        assert abs(planned - 3_000) < 100 and anything > planned

    def test_what_the_roof_gives_the_car_is_not_sold(self):
        roof = homes(wh=0, roof=600, power=0)
        alone, charging = (
            steps(home, [9_000] * 2 + [12_000] * 30)
            for home in (roof, with_loads(roof, (10_000, *CAR), holds=2_000))
        )
        assert alone.wh[:, 1, 0].sum() == 600 and charging.wh[:, 1, 0].sum() < 100

    def test_the_battery_knows_what_the_loads_take(self):
        prices = [CHEAP] * 2 + [DEAR] * 30
        heats = with_loads(homes(wh=0, level=0), (500, -1, -1), drawn=300)
        assert bought_at(steps(heats, prices), CHEAP + FEE + 500) > bought_at(
            steps(homes(wh=0, level=0), prices), CHEAP + FEE + 500
        )
