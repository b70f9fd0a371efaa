"""Bo's home gets a car and a heat pump that may wait, through the same steps as live trading."""

from datetime import UTC, date, datetime

import numpy as np
import pytest

from trading.grid import village
from trading.grid.models import Asset
from trading.markets import operations as markets
from trading.markets.models import Auction
from trading.metering import loads, queries, village_meters, village_series
from trading.metering.models import LoadPlan, LoadReading
from trading.operations import history, planning, village_costs, village_year
from trading.operations.management.commands import simulate_year
from trading.operations.meters import MeterWindows
from trading.orders.models import Order
from trading.strategies import forecast, shiftable
from trading.strategies import operations as strategies
from trading.strategies import queries as plans

DAY = date(2026, 2, 18)
MORNING_BEFORE = datetime(2026, 2, 17, 7, tzinfo=UTC)
BEGINS_AT, LATER = datetime(2026, 2, 17, 23, tzinfo=UTC), datetime(2026, 2, 18, 16, tzinfo=UTC)
PERIODS = 17 * 4
CAR, PUMP = "A118", "A122"  # the car comes home at 11:45 and lacks 5,803 Wh


@pytest.fixture
def waiting(street, everyone_bids):
    """Bo's car leaves at five in the afternoon; his house can be heated two hours ahead."""
    car = Asset.objects.create(
        node=street.bo,
        kind="ev_charger",
        name="Garage",
        profile=CAR,
        rated_w=3_700,
        capacity_wh=40_000,
        home_from_minute=10 * 60,
        home_until_minute=17 * 60,
    )
    pump = Asset.objects.create(
        node=street.bo, kind="heat_pump", name="Pump", profile=PUMP, rated_w=2_000, capacity_wh=4_000
    )
    return car, pump


def choose(node, strategy):
    strategies.choose(
        node=node, strategy=strategy, active=True, limit_price_rp_per_mwh=None, actor="bo", at=MORNING_BEFORE
    )


def of_series(name):
    quarters = forecast.quarter_of(BEGINS_AT) + np.arange(PERIODS)
    return village.energies().of(name)[village_series.positions(quarters)].astype(int)


def metered(street):
    return queries.readings(nodes=[street.bo.pk], starts_at=BEGINS_AT, periods=PERIODS)[0].astype(int)


def trade_the_day(street):
    """Trade until the afternoon; then the meters report what was played."""
    markets.schedule(dso=street.dso, until_day=DAY, at=MORNING_BEFORE)
    history.trade(days=0, now=LATER, progress=lambda at: None)
    LoadReading.objects.filter(starts_at__gte=BEGINS_AT).delete()
    village_meters.record_village(dso=street.dso, from_=BEGINS_AT, to=LATER)


class TestNeverLose:
    def test_lets_car_and_heat_pump_wait_and_the_meter_counts_what_they_take(self, street, waiting):
        choose(street.bo, "never_lose")
        trade_the_day(street)
        assert set(Order.objects.filter(node=street.bo).values_list("source", flat=True)) == {"never_lose"}
        keys = [asset.pk for asset in waiting]
        drawn, taken = loads.reported(keys=keys, starts_at=BEGINS_AT, periods=PERIODS)
        base = metered(street) - taken.sum(axis=0)
        others = Asset.objects.get(node=street.bo, kind="load").profile
        assert base.tolist() == of_series(others).tolist()
        self.the_car_is_full_when_it_leaves(drawn[0], taken[0])
        self.the_house_is_warm(waiting[1], drawn[1], taken[1])
        assert LoadPlan.objects.filter(starts_at__gte=BEGINS_AT, asset__in=keys).count() >= 2 * PERIODS
        self.plans_from_what_they_hold(street, waiting)

    def the_car_is_full_when_it_leaves(self, drawn, taken):
        comes, leaves = int(drawn.argmax()), 17 * 4  # BEGINS_AT is midnight in Zurich
        assert (comes, drawn[comes]) == (47, 5_803)
        assert taken[:comes].sum() == 0 and taken[comes:leaves].sum() == 5_803
        assert taken.tolist() != of_series(CAR).tolist()

    def the_house_is_warm(self, pump, drawn, taken):
        assert drawn.tolist() == of_series(PUMP).tolist() and taken.max() <= 500
        held = taken.cumsum() - drawn.cumsum()
        assert held.max() > 0  # it ran ahead
        lost = held[-1] - pump.load_readings.latest("starts_at").level_wh
        assert 0 < lost < 0.05 * taken.sum()
        assert pump.load_readings.filter(level_wh__gt=4_000).count() == 0

    def plans_from_what_they_hold(self, street, waiting):
        auction = Auction.objects.filter(gate_closes_at__gt=LATER).order_by("gate_closes_at").first()
        known = MeterWindows()[street.dso.pk].history(at=LATER)
        planned = planning.steps(auction=auction, history=known, at=LATER)
        assert planned.loads.tolist() == [asset.pk for asset in waiting]
        assert planned.shifted_rp_per_mwh.shape == (2, 2, shiftable.LEVELS - 1)
        of = plans.loads_of(np.array([street.bo.pk]))
        newest = [asset.load_readings.latest("starts_at").level_wh for asset in waiting]
        assert loads.levels(of, at=LATER).tolist() == newest
        # Without reports of its own a load is no more than a part of what its home needs.
        LoadReading.objects.filter(asset=waiting[0]).delete()
        planned = planning.steps(auction=auction, history=known, at=LATER)
        assert planned.loads.tolist() == [waiting[1].pk]


class TestMarketBenefit:
    def test_lets_nothing_wait_and_loads_report_all_the_same(self, street, waiting):
        village_meters.record_village(dso=street.dso, from_=BEGINS_AT, to=LATER)
        drawn, taken = loads.reported(
            keys=[each.pk for each in waiting], starts_at=BEGINS_AT, periods=PERIODS
        )
        assert taken[0].tolist() == of_series(CAR).tolist() and drawn[0].sum() == 5_803
        assert taken[1].tolist() == drawn[1].tolist() == of_series(PUMP).tolist()
        others = of_series(Asset.objects.get(node=street.bo, kind="load").profile)
        assert metered(street).tolist() == (others + taken.sum(axis=0)).tolist()
        newest = waiting[0].load_readings.latest("starts_at")
        assert newest.level_wh == 40_000


class TestYear:
    def test_a_day_on_which_both_wait_is_settled_beside_what_foresight_would_have_paid(
        self, street, waiting, monkeypatch
    ):
        monkeypatch.setattr(village_year, "LEAD_IN", 1)
        span = {"dso": street.dso, "first_day": DAY, "days": 1}
        villages = village_year.read(**span), village_year.read(**span, planning=True, shifting=1)
        found = [village_costs.add_up(village, village_year.days_of(village, 1)) for village in villages]
        [(name, households)] = list(simulate_year.classes(villages[1]))
        assert name == "with a car that may wait and no battery"
        mine = [each.only(households) for each in found]
        assert households.tolist() == [street.bo.customer_id]
        said = " ".join(simulate_year.compared(name, *mine))
        assert "The 1 households with a car" in said
        assert mine[0].cost_urp != mine[1].cost_urp and mine[1].foreseen_urp != mine[1].cost_urp
