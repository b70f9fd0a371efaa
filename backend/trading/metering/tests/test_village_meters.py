"""The street's people get meters of the village: Ada's roof and home, Bo's home."""

import os
import re
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from django.db import connection

from trading.grid import village
from trading.grid.models import Asset
from trading.markets import operations as markets
from trading.markets import queries as clock
from trading.metering import queries, village_meters, village_series
from trading.metering.models import MeterReading
from trading.operations.management.commands import play_meters
from trading.strategies import forecast

NOON = datetime(2026, 6, 23, 10, tzinfo=UTC)
BY_NAME = {asset.name: asset for asset in village.read().assets}
ROOF = next(name for name, asset in BY_NAME.items() if asset.kind == "pv")
HOMES = [name for name, asset in BY_NAME.items() if asset.kind == "load"][:2]


@pytest.fixture
def metered(street):
    """Whose series plays which meter."""
    for node, name in ((street.ada, ROOF), (street.ada_at_home, HOMES[0]), (street.bo, HOMES[1])):
        Asset.objects.filter(node=node).update(profile=name)
    return street


def energies(name, hours=24):
    quarters = np.arange(forecast.quarter_of(NOON), forecast.quarter_of(NOON + timedelta(hours=hours)))
    return village.energies().of(name)[village_series.positions(quarters)]


def counted(node, hours=24):
    return queries.readings(nodes=[node.pk], starts_at=NOON, periods=hours * 4)[0]


class TestRecordVillage:
    def test_nets_what_a_household_makes_and_uses(self, metered):
        rows = village_meters.record_village(dso=metered.dso, from_=NOON, to=NOON + timedelta(days=1))
        assert rows == 3 * 96
        assert (counted(metered.bo) == energies(HOMES[1])).all()
        difference = counted(metered.ada_at_home) - counted(metered.ada)
        assert (difference == energies(HOMES[0]) - energies(ROOF)).all()
        assert np.minimum(counted(metered.ada_at_home), counted(metered.ada)).max() == 0

    def test_reports_each_quarter_hour_a_minute_after_its_end(self, metered):
        village_meters.record_village(dso=metered.dso, from_=NOON, to=NOON + timedelta(hours=1))
        reading = MeterReading.objects.get(node=metered.bo, starts_at=NOON)
        assert reading.received_at == NOON + timedelta(minutes=16)

    def test_again_changes_nothing(self, metered):
        for rows in (12, 0):
            assert (
                village_meters.record_village(dso=metered.dso, from_=NOON, to=NOON + timedelta(hours=1))
                == rows
            )

    def test_a_battery_keeps_surplus_for_the_evening(self, metered):
        Asset.objects.create(node=metered.ada, kind="battery", name="B", rated_w=5_000, capacity_wh=10_000)
        village_meters.record_village(dso=metered.dso, from_=NOON, to=NOON + timedelta(days=1))
        plain_withdrawn, plain_injected = village_series.net(energies(HOMES[0]), energies(ROOF))
        assert counted(metered.ada).sum() < plain_injected.sum()
        assert counted(metered.ada_at_home).sum() < plain_withdrawn.sum()

    def test_meters_without_a_series_are_left_to_report_themselves(self, street):
        assert village_meters.record_village(dso=street.dso, from_=NOON, to=NOON + timedelta(hours=1)) == 0
        assert village_meters.catch_up(dso=street.dso, at=NOON) == (0, True)


class TestCatchUp:
    def test_begins_with_the_days_a_forecast_looks_back_on(self, metered):
        done, passes = False, 0
        while not done:
            _, done = village_meters.catch_up(dso=metered.dso, at=NOON)
            passes += 1
        assert passes == -(-forecast.HISTORY_DAYS // 7)
        first = MeterReading.objects.order_by("starts_at").first()
        assert first.starts_at == NOON - timedelta(days=forecast.HISTORY_DAYS, minutes=15)

    def test_closes_a_gap_and_then_waits(self, metered):
        village_meters.record_village(dso=metered.dso, from_=NOON, to=NOON + timedelta(hours=1))
        later = NOON + timedelta(hours=5)
        assert village_meters.catch_up(dso=metered.dso, at=later) == (3 * 15, True)
        assert village_meters.catch_up(dso=metered.dso, at=later) == (0, True)
        assert MeterReading.objects.latest("received_at").received_at == later

    def test_reports_a_quarter_hour_one_minute_after_its_end(self, metered):
        village_meters.record_village(dso=metered.dso, from_=NOON - timedelta(hours=1), to=NOON)
        early, due = NOON + timedelta(minutes=15, seconds=59), NOON + timedelta(minutes=16)
        assert village_meters.catch_up(dso=metered.dso, at=early) == (0, True)
        assert village_meters.catch_up(dso=metered.dso, at=due) == (3, True)


class TestPlayMeters:
    @pytest.mark.parametrize(
        ("minute", "speed", "pause_s"),
        [(15, 60, 1), (15, 1, 5), (0, 60, 1), (1, 600, 1.5), (2, 3_600, 14 / 60)],
    )
    def test_pauses_until_the_next_report_but_never_long(self, minute, speed, pause_s):
        moment = clock.Moment(at=NOON + timedelta(minutes=minute), real_at=NOON, speed=speed)
        assert play_meters.pause_s(moment) == pytest.approx(pause_s, abs=1e-5)

    def test_reports_what_is_due_by_the_exchanges_clock(self, metered):
        markets.set_clock(speed=1, shows_at=NOON, real_at=clock.moment().real_at)
        village_meters.record_village(
            dso=metered.dso, from_=NOON - timedelta(hours=2), to=NOON - timedelta(hours=1)
        )
        assert 0 < play_meters.play() <= 5
        assert queries.recorded_until(nodes=[metered.bo.pk]) == NOON - timedelta(minutes=15)

    def test_does_not_pause_before_it_has_caught_up(self, metered):
        markets.set_clock(speed=1, shows_at=NOON, real_at=clock.moment().real_at)
        assert play_meters.play() == 0

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
    def test_stops_cleanly_when_told_to(self, transactional_db, metered, number):
        name = connection.settings_dict["NAME"]
        url = re.sub(r"/ceex_trading\b", f"/{name}", os.environ["CEEX_TRADING_DATABASE_URL"])
        process = subprocess.Popen(
            [sys.executable, "-m", "trading", "play_meters"],
            env=os.environ | {"CEEX_TRADING_DATABASE_URL": url},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        try:
            until = time.monotonic() + 60
            while not MeterReading.objects.exists() and time.monotonic() < until:
                time.sleep(0.1)
            process.send_signal(number)
            output = process.communicate(timeout=30)[0].decode()
        finally:
            process.kill()
        assert process.returncode == 0, output
        assert MeterReading.objects.exists(), output
        assert "Traceback" not in output
