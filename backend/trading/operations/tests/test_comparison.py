"""A day of the street is traded; then it is asked what it would have cost with each strategy."""

import itertools
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from trading.grid.models import Asset, Line, Tariff
from trading.markets import operations as markets
from trading.metering.tests.test_record import NOON, QUARTER, record
from trading.operations import comparison, comparisons, history, past
from trading.operations.models import StrategyComparison
from trading.results.models import PeriodResult
from trading.settlement.models import NodeDay
from trading.strategies import operations as strategies
from trading.tests.cast import signed

DAY = date(2026, 6, 1)
MORNING_BEFORE, NEXT_MORNING = datetime(2026, 5, 31, 6, tzinfo=UTC), datetime(2026, 6, 2, 1, tzinfo=UTC)
ASKED = datetime(2026, 11, 23, 9, tzinfo=UTC)
COUNTED = ("boughtCommunityWh", "boughtNetworkWh", "soldCommunityWh", "soldNetworkWh")


@pytest.fixture
def day_traded(street, everyone_bids):
    """The day is traded and settled; Bo has set a limit that he does not use."""
    Asset.objects.create(node=street.ada, kind="battery", name="Battery", rated_w=5_000, capacity_wh=10_000)
    return trade(street)


def trade(street):
    strategies.choose(
        node=street.bo,
        strategy="market_benefit",
        active=True,
        limit_price_rp_per_mwh=15_000,
        actor="bo",
        at=MORNING_BEFORE,
    )
    markets.schedule(dso=street.dso, until_day=DAY, at=MORNING_BEFORE)
    history.trade(days=0, now=NEXT_MORNING, progress=lambda at: None)
    return street


def answer(customer):
    """Ask, and let a worker compute."""
    row, comparing = comparisons.ask(customer=customer, real_at=ASKED), comparisons.Comparing()
    assert row.figures is None
    while comparing.advance(real_at=ASKED):
        pass
    return comparisons.ask(customer=customer, real_at=ASKED).figures


def of_strategy(figures, name):
    return next(each for each in figures["strategies"] if each["strategy"] == name)


def test_a_car_that_waits_is_full_at_the_end_all_the_same(street, everyone_bids):
    car = Asset.objects.create(
        node=street.bo,
        kind="ev_charger",
        name="Garage",
        profile="A129",  # it comes home at 9:15 and lacks 1,001 Wh
        rated_w=3_700,
        capacity_wh=40_000,
        home_from_minute=8 * 60,
        home_until_minute=20 * 60,
    )
    figures = answer(trade(street).bo.customer)
    assert car.load_readings.get(drawn_wh__gt=0, starts_at__date=DAY).drawn_wh == 1_001
    benefit, never_lose = (of_strategy(figures, name) for name in ("market_benefit", "never_lose"))
    assert benefit["costUrp"] == NodeDay.objects.get(node=street.bo, day=DAY).cost_urp
    bought = [each["boughtCommunityWh"] + each["boughtNetworkWh"] for each in (benefit, never_lose)]
    assert bought[0] == bought[1] and never_lose["storedUrp"] == 0
    assert benefit["costUrp"] != never_lose["costUrp"]


def test_a_reading_is_known_since_it_first_came(street):
    came, corrected = NOON + timedelta(hours=4), NOON + timedelta(days=4)
    record((street.bo, NOON, 120), at=came)
    record((street.bo, NOON, 130), at=corrected)
    wh, received = past.readings(np.array([street.bo.pk]), NOON, NOON + QUARTER)
    assert (wh.tolist(), received.tolist()) == ([[130]], [came.timestamp()])


def test_what_neighbours_need_is_what_they_withdraw_more_than_they_feed_in(street):
    record((street.bo, NOON, 120), (street.ada, NOON, 300), (street.ada_at_home, NOON, 50), at=NOON + QUARTER)
    both, three = [street.bo.pk, street.ada.pk], [street.bo.pk, street.ada.pk, street.ada_at_home.pk]
    found = [past.needed(np.array(nodes), NOON - QUARTER, NOON + QUARTER) for nodes in (both, three)]
    assert [each[1] for each in found] == [-180, -130]
    assert np.isnan(found[0][0])


class TestWeek:
    def test_of_the_strategy_that_bid_is_what_it_really_cost(self, day_traded):
        figures = answer(day_traded.bo.customer)
        really = NodeDay.objects.get(node=day_traded.bo, day=DAY)
        found = of_strategy(figures, "market_benefit")
        assert found["costUrp"] == really.cost_urp
        assert found["boughtCommunityWh"] == really.community_wh
        assert found["boughtNetworkWh"] == really.metered_wh - really.community_wh
        assert found["days"][0]["day"] == "2026-06-01" and len(found["days"]) == 1
        self.needs_a_battery(figures, found)
        self.by_hand_it_buys_less_of_the_community(figures, found)
        self.with_a_battery_a_plan_is_something_else(answer(day_traded.ada.customer))

    def test_takes_a_price_below_zero_for_a_price(self, street, everyone_bids):
        Tariff.objects.update(retail_energy_rp_per_mwh=-1, feed_in_rp_per_mwh=-1)
        Line.objects.update(fee_down_rp_per_mwh=0)
        figures = answer(trade(street).bo.customer)
        assert set(np.ravel(list(PeriodResult.objects.values_list("prices_rp_per_mwh", flat=True)))) == {-1}
        really = NodeDay.objects.get(node=street.bo)
        assert of_strategy(figures, "market_benefit")["costUrp"] == really.cost_urp

    def needs_a_battery(self, figures, found):
        for name in ("never_lose", "flexibility"):
            assert {**of_strategy(figures, name), "strategy": "market_benefit"} == found
        assert found["storedUrp"] == 0

    def by_hand_it_buys_less_of_the_community(self, figures, found):
        by_hand = of_strategy(figures, "manual")
        assert by_hand["boughtCommunityWh"] < found["boughtCommunityWh"]
        assert sum(by_hand[name] for name in COUNTED) == sum(found[name] for name in COUNTED)

    def with_a_battery_a_plan_is_something_else(self, figures):
        plain, planned = (of_strategy(figures, name) for name in ("market_benefit", "never_lose"))
        assert planned["costUrp"] != plain["costUrp"]
        assert planned["costUrp"] == planned["days"][0]["costUrp"] - planned["storedUrp"]
        assert planned["soldPriceRpPerMwh"] > 6_000
        assert not [each for each in figures["strategies"] if each["strategy"] == "manual"]


class TestAsk:
    def test_answers_nothing_before_a_day_is_settled(self, street):
        assert comparisons.ask(customer=street.bo.customer, real_at=ASKED) is None
        assert not comparisons.Comparing().advance(real_at=ASKED)

    def test_is_computed_by_one_worker_and_begun_anew_when_that_one_is_gone(self, settled):
        comparisons.ask(customer=settled.bo.customer, real_at=ASKED)
        first, second = comparisons.Comparing(), comparisons.Comparing()
        assert first.advance(real_at=ASKED) and not second.advance(real_at=ASKED + timedelta(minutes=1))
        assert second.advance(real_at=ASKED + timedelta(minutes=6))

    def test_gives_up_what_fails_again_and_again(self, settled, monkeypatch):
        comparisons.ask(customer=settled.bo.customer, real_at=ASKED)
        monkeypatch.setattr(comparison, "week", fails)
        comparing = comparisons.Comparing()
        tries = [comparing.advance(real_at=ASKED + timedelta(hours=hour)) for hour in range(5)]
        assert tries == [1, 1, 1, 0, 0]
        row = StrategyComparison.objects.get()
        assert row.figures is None
        ready = [comparisons.is_ready(row, real_at=row.begun_at + timedelta(minutes=m)) for m in (4, 6)]
        assert ready == [False, True]

    def test_keeps_the_newest_answer_alone(self, settled, monkeypatch):
        comparisons.ask(customer=settled.bo.customer, real_at=ASKED)
        monkeypatch.setattr(comparisons, "_days_of", lambda dso: [DAY, DAY + timedelta(days=1)])
        newest = comparisons.ask(customer=settled.bo.customer, real_at=ASKED)
        assert StrategyComparison.objects.get() == newest


class TestDoor:
    def test_says_when_to_ask_again_and_then_the_figures(self, settled, client):
        path = f"/node/{settled.bo.public_id}/strategies"
        asked = client.get(path, headers=signed(settled.bo)).json()
        assert not asked["isReady"] and asked["strategies"] == [] and asked["retryAfterS"] > 0
        assert (asked["startsAt"], asked["endsAt"]) == ("2026-05-31T22:00:00Z", "2026-06-01T22:00:00Z")
        assert not asked["hasBattery"] and not asked["hasLoads"] and not asked["isProvisional"]
        figures = {"utilityCostUrp": 7, "strategies": [{"strategy": "market_benefit", "costUrp": 5}]}
        StrategyComparison.objects.update(figures=figures)
        found = client.get(path, headers=signed(settled.bo)).json()
        assert found["isReady"] and found["utilityCostUrp"] == 7
        assert found["strategies"] == figures["strategies"]


@pytest.fixture
def settled(street, monkeypatch):
    """As if the day were settled; whoever plays it anew does not come to an end."""
    monkeypatch.setattr(comparisons, "_days_of", lambda dso: [DAY])
    monkeypatch.setattr(comparison, "week", lambda **which: itertools.repeat(None))
    monkeypatch.setattr(comparisons, "AT_A_STEP_S", 0)
    return street


def fails(**which):
    raise ZeroDivisionError
    yield
