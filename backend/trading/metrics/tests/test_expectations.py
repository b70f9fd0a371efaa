from datetime import UTC, datetime, time, timedelta

import pytest

from trading.grid import village
from trading.grid.models import Asset
from trading.markets import operations as markets
from trading.markets import queries as clock
from trading.markets.models import Market
from trading.metering import village_meters
from trading.metrics import expectations
from trading.tests.cast import signed

NOON = datetime(2026, 6, 24, 10, tzinfo=UTC)


@pytest.fixture
def metered(street):
    series = next(asset.name for asset in village.read().assets if asset.kind == "load")
    Asset.objects.filter(node=street.bo).update(profile=series)
    village_meters.record_village(dso=street.dso, from_=NOON - timedelta(days=45), to=NOON)
    return street


class TestOf:
    def test_reaches_from_now_to_the_end_of_tomorrow(self, metered):
        found = expectations.of(node=metered.bo, at=NOON + timedelta(minutes=5))
        assert found.starts_at == NOON
        assert len(found.low_wh) == 36 * 4  # it is noon
        assert all(low <= high for low, high in zip(found.low_wh, found.high_wh, strict=True))
        assert sum(found.low_wh) < sum(found.middle_wh) < sum(found.high_wh)

    def test_says_how_right_it_was_beside_the_week_before(self, metered):
        ours, naive = expectations.of(node=metered.bo, at=NOON + timedelta(minutes=5)).errors
        assert 0 < ours < naive

    def test_knows_no_error_where_no_market_trades_whole_days(self, metered):
        Market.objects.filter(dso=metered.dso, delivery_minutes=None).update(delivery_minutes=60)
        found = expectations.of(node=metered.bo, at=NOON)
        assert found.errors is None
        assert sum(found.high_wh) > 0

    def test_takes_the_first_of_several_markets_that_trade_whole_days(self, metered):
        before = expectations.of(node=metered.bo, at=NOON).errors
        another = Market.objects.get(dso=metered.dso, delivery_minutes=None)
        another.pk, another.code, another.gate_closes_local = None, "dam2", time(6)
        another.save()
        assert expectations.of(node=metered.bo, at=NOON).errors == before

    def test_knows_no_error_without_readings(self, street):
        found = expectations.of(node=street.bo, at=NOON)
        assert (found.errors, sum(found.high_wh)) == (None, 0)


def test_the_door_tells_the_owner(client, metered):
    found = expectations.of(node=metered.bo, at=NOON)
    markets.set_clock(speed=1, shows_at=NOON, real_at=clock.moment().real_at)
    answer = client.get(f"/node/{metered.bo.public_id}/forecast", headers=signed(metered.bo)).json()
    told = [(each["lowWh"], each["middleWh"], each["highWh"]) for each in answer["items"]]
    assert told == list(zip(found.low_wh, found.middle_wh, found.high_wh, strict=True))
    assert answer["items"][0]["startsAt"] == "2026-06-24T10:00:00Z"
    assert (answer["errorPermille"], answer["weekAgoErrorPermille"]) == found.errors
