from datetime import date, timedelta

import pytest

from trading.markets import calendar
from trading.metering.models import MeterReading
from trading.metrics import balances
from trading.metrics.tests.test_node_metrics import metrics
from trading.tests.cast import DAY, signed

STARTS, ENDS = calendar.delivery_day(DAY)
NOON_AT = STARTS + timedelta(hours=12)
RETAIL = 12_110 + 4_300 + 6_450  # at Bo's meter
FEE = 6_450
SPAN = {"starts_at": STARTS, "ends_at": ENDS}


class TestQuarters:
    def test_stand_beside_the_schedule_and_the_market(self, noon):
        first, second = balances.quarters(node=noon.bo, **SPAN)
        assert (first.starts_at, second.starts_at) == (NOON_AT, NOON_AT + timedelta(minutes=15))
        assert (first.metered_wh, first.scheduled_wh, first.community_wh) == (1_450, 1_500, 1_000)
        assert (second.metered_wh, second.scheduled_wh, second.community_wh) == (500, 400, 400)
        assert second.cost_urp == 400 * (8_000 + FEE) + 100 * RETAIL
        assert second.price_rp_per_mwh == round(second.cost_urp / 500)
        assert (first.market_price_rp_per_mwh, second.market_price_rp_per_mwh) == (16_410 + FEE, 8_000 + FEE)

    def test_a_producers_energy_and_price_are_positive_too(self, noon):
        first, second = balances.quarters(node=noon.ada, **SPAN)
        assert (first.metered_wh, first.scheduled_wh) == (1_100, 1_000)
        assert second.price_rp_per_mwh == 8_000

    def test_those_of_a_day_add_up_to_the_day(self, noon):
        [day] = metrics(noon.bo).days
        found = balances.quarters(node=noon.bo, **SPAN)
        assert sum(each.cost_urp for each in found) == day.cost_urp
        assert sum(each.community_wh for each in found) == day.community_wh

    def test_what_is_not_settled_is_provisional_and_has_no_cost(self, noon):
        later = NOON_AT + timedelta(hours=5)
        MeterReading.objects.create(
            node=noon.bo, starts_at=later, metered_wh=70, quality="final", received_at=later
        )
        last = balances.quarters(node=noon.bo, **SPAN)[-1]
        assert (last.metered_wh, last.mark) == (70, "provisional")
        assert (last.scheduled_wh, last.cost_urp, last.price_rp_per_mwh) == (None, None, None)

    @pytest.mark.parametrize(
        ("quality", "mark"), [("estimated", "estimated"), ("provisional", "provisional"), ("final", "final")]
    )
    def test_are_marked_as_sure_as_their_readings(self, noon, quality, mark):
        MeterReading.objects.filter(node=noon.bo, starts_at=NOON_AT).update(quality=quality)
        assert balances.quarters(node=noon.bo, **SPAN)[0].mark == mark


class TestDays:
    def test_tell_what_differed_from_the_schedule(self, noon):
        [day] = balances.days(node=noon.bo, **SPAN)
        assert (day.day, day.more_wh, day.less_wh) == (DAY, 100, 50)
        assert day.cost_urp == 100 * RETAIL - 50 * (6_000 + FEE)

    def test_more_is_what_a_roof_made_beyond_its_schedule(self, noon):
        [day] = balances.days(node=noon.ada, **SPAN)
        assert (day.more_wh, day.less_wh, day.cost_urp) == (100, 0, -100 * 6_000)

    def test_are_provisional_until_every_quarter_hour_is_settled(self, noon):
        assert [day.mark for day in balances.days(node=noon.bo, **SPAN)] == ["provisional"]

    def test_are_estimated_where_a_reading_is(self, noon):
        MeterReading.objects.filter(node=noon.bo, starts_at=NOON_AT).update(quality="estimated")
        assert [day.mark for day in balances.days(node=noon.bo, **SPAN)] == ["estimated"]

    @pytest.mark.parametrize(("settled", "mark"), [(92, "final"), (91, "provisional")])
    def test_a_day_of_92_quarter_hours_is_whole_with_92(self, settled, mark):
        assert balances._balance(date(2026, 3, 29), 0, 0, settled, 0, 0, 0).mark == mark


class TestDoors:
    def test_show_the_owner_both(self, client, noon):
        span = f"from={STARTS:%Y-%m-%dT%H:%M:%SZ}&to={ENDS:%Y-%m-%dT%H:%M:%SZ}"
        bo = f"/node/{noon.bo.public_id}"
        quarters = client.get(f"{bo}/quarters?{span}", headers=signed(noon.bo)).json()["items"]
        assert [each["meteredWh"] for each in quarters] == [1_450, 500]
        days = client.get(f"{bo}/days?{span}", headers=signed(noon.bo)).json()["items"]
        assert [(each["day"], each["moreWh"], each["lessWh"]) for each in days] == [
            (DAY.isoformat(), 100, 50)
        ]

    @pytest.mark.parametrize(("door", "days"), [("quarters", 41), ("days", 401)])
    def test_refuse_a_span_that_is_too_long(self, client, noon, door, days):
        ends = STARTS + timedelta(days=days)
        span = f"from={STARTS:%Y-%m-%dT%H:%M:%SZ}&to={ends:%Y-%m-%dT%H:%M:%SZ}"
        answer = client.get(f"/node/{noon.bo.public_id}/{door}?{span}", headers=signed(noon.bo))
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["field"] == "to"
