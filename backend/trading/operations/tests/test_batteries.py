"""Ada's home gets a battery that follows a plan, through the same steps as live trading."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from trading.grid import queries as grid
from trading.grid.models import Asset
from trading.markets import operations as markets
from trading.markets.models import Auction
from trading.metering import batteries, village_meters
from trading.metering import queries as readings_of
from trading.metering.models import BatteryReading
from trading.operations import history, planning, village_costs, village_year
from trading.operations.management.commands import simulate_year
from trading.operations.meters import MeterWindows
from trading.orders.models import Order
from trading.schedules import queries as schedules
from trading.strategies import operations as strategies

DAY = date(2026, 6, 1)
MORNING_BEFORE = datetime(2026, 5, 31, 6, tzinfo=UTC)
BEGINS_AT, LATER = datetime(2026, 5, 31, 22, tzinfo=UTC), datetime(2026, 6, 1, 16, tzinfo=UTC)


@pytest.fixture
def stored(street, everyone_bids):
    """Ada's battery holds 10 kWh; both of her nodes plan with it."""
    Asset.objects.create(node=street.ada, kind="battery", name="Battery", rated_w=5_000, capacity_wh=10_000)
    for node in (street.ada, street.ada_at_home):
        choose(node, "never_lose")
    return street


def choose(node, strategy):
    return strategies.choose(
        node=node, strategy=strategy, active=True, limit_price_rp_per_mwh=None, actor="ada", at=MORNING_BEFORE
    )


def trade_the_day(street):
    """Trade until the afternoon; then the meters report what was played."""
    markets.schedule(dso=street.dso, until_day=DAY, at=MORNING_BEFORE)
    history.trade(days=0, now=LATER, progress=lambda at: None)
    BatteryReading.objects.all().delete()
    village_meters.record_village(dso=street.dso, from_=BEGINS_AT, to=LATER)


class TestNeverLose:
    def test_bids_a_plan_and_its_battery_makes_up_for_the_rest(self, stored):
        trade_the_day(stored)
        placed = Order.objects.filter(node__in=[stored.ada, stored.ada_at_home])
        assert {order.source for order in placed} == {"never_lose"}
        readings = list(BatteryReading.objects.filter(node=stored.ada_at_home).order_by("starts_at"))
        assert len(readings) == 18 * 4
        assert all(reading.level_wh <= 10_000 for reading in readings)
        assert any(reading.flow_wh > 0 for reading in readings)  # a sunny day
        outside = counted_outside(stored)
        assert outside == [
            need + each.flow_wh for need, each in zip(needed_inside(stored), readings, strict=True)
        ]
        self.acts_by_its_plan(stored, readings, outside)
        self.plans_from_what_the_battery_holds(stored, readings[-1].level_wh)
        self.offers_more_where_it_is_flexible(stored)

    def acts_by_its_plan(self, stored, readings, outside):
        both = [stored.ada_at_home.pk, stored.ada.pk]
        scheduled = schedules.position(nodes=both, starts_at=BEGINS_AT, periods=18 * 4).sum(axis=0)
        utility, place = grid.utility_prices(dso=stored.dso, day=DAY), stored.ada.bus.position
        dearest = utility.retail_rp_per_mwh[place] + stored.ada_at_home.withdrawal_fee_rp_per_mwh
        plans = batteries.intended(
            nodes=both[:1], starts_at=BEGINS_AT, periods=18 * 4, otherwise=np.array([0])
        )[0]
        assert plans.any(axis=1).all()  # before each gate one was made
        missing = [outside[k] > max(-int(scheduled[k]), 0) for k in range(18 * 4)]
        # Where it kept what the home then had to buy from the utility, that is worth more to it later.
        for k, each in enumerate(readings):
            if missing[k] and each.flow_wh > -1_250 and each.level_wh > 0:
                assert plans[k][(each.level_wh - 1) * plans.shape[1] // 10_000] >= dearest

    def plans_from_what_the_battery_holds(self, stored, level_wh):
        found = plan_next(stored)
        assert found.nodes.tolist() == [stored.ada_at_home.pk, stored.ada.pk]
        held = batteries.levels(nodes=[stored.ada_at_home.pk], at=LATER)
        assert held.tolist() == [level_wh]

    def offers_more_where_it_is_flexible(self, stored):
        planned = plan_next(stored).wh.sum()
        for node in (stored.ada, stored.ada_at_home):
            choose(node, "flexibility")
        assert plan_next(stored).wh.sum() > planned

    def test_nobody_plans_without_a_battery(self, street, everyone_bids, dam):
        choose(street.bo, "never_lose")
        known = MeterWindows()[street.dso.pk].history(at=MORNING_BEFORE)
        assert planning.steps(auction=dam, history=known, at=MORNING_BEFORE) is None


def plan_next(stored):
    """Plan for the next auction whose gate is open."""
    auction = Auction.objects.filter(gate_closes_at__gt=LATER).order_by("gate_closes_at").first()
    known = MeterWindows()[stored.dso.pk].history(at=LATER)
    return planning.steps(auction=auction, history=known, at=LATER)


def needed_inside(stored):
    """What Ada's home needs from outside without its battery, quarter hour by quarter hour."""
    keys, house = village_meters.village_readings(dso=stored.dso, from_=BEGINS_AT, to=LATER, storing=False)
    row = {key: wh.astype(int) for key, wh in zip(keys.tolist(), house, strict=True)}
    return (row[stored.ada_at_home.pk] - row[stored.ada.pk]).tolist()


def counted_outside(stored):
    """What her meters took less what they gave."""
    both = [stored.ada_at_home.pk, stored.ada.pk]
    took, gave = readings_of.readings(nodes=both, starts_at=BEGINS_AT, periods=18 * 4).astype(int)
    return (took - gave).tolist()


class TestYear:
    def test_a_planned_day_is_settled_beside_what_foresight_would_have_paid(self, stored, monkeypatch):
        monkeypatch.setattr(village_year, "LEAD_IN", 1)
        both = [
            village_costs.add_up(village, village_year.days_of(village, 1))
            for village in (
                village_year.read(dso=stored.dso, first_day=DAY, days=1, planning=planning)
                for planning in (False, True)
            )
        ]
        mine = [each.only([stored.ada.customer_id]) for each in both]
        said = " ".join(simulate_year.compared("with a battery", *mine))
        assert "The 1 households with a battery" in said
        assert mine[1].price_errors.shape == (1, 2)
        assert (mine[1].foreseen_urp <= mine[1].cost_urp + 10**6).all()
        assert mine[0].cost_urp != mine[1].cost_urp


def test_a_battery_without_a_plan_keeps_its_own_surplus_for_its_own_need(stored):
    village_meters.record_village(dso=stored.dso, from_=BEGINS_AT, to=LATER)  # nothing was traded
    flow_wh = batteries.flows(nodes=[stored.ada_at_home.pk], starts_at=BEGINS_AT, periods=18 * 4)[0]
    need_wh = np.array(needed_inside(stored))
    assert flow_wh.any()
    assert (flow_wh[need_wh < 0] >= 0).all() and (flow_wh[need_wh > 0] <= 0).all()
    assert (np.abs(flow_wh) <= np.abs(need_wh)).all()


def test_what_nobody_reported_is_nothing(street):
    at = BEGINS_AT + timedelta(hours=1)
    assert batteries.levels(nodes=[street.bo.pk], at=at).tolist() == [0]
    assert not np.any(batteries.flows(nodes=[street.bo.pk], starts_at=BEGINS_AT, periods=4))
