"""What Prometheus reads is what the tables say."""

import json
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client

from shared import embedded
from trading.markets import operations as markets
from trading.markets import queries as clock
from trading.markets.models import Auction
from trading.operations import gauges, incidents
from trading.operations.models import Backup

HOUR = timedelta(hours=1)


def shown():
    text = Client(headers={"host": "localhost"}).get("/metrics").content.decode()
    return {name: float(value) for name, value in re.findall(r"^(ceex_\w+) (\S+)$", text, re.MULTILINE)}


@pytest.mark.django_db
class TestGauges:
    def test_count_what_is_overdue_and_open(self, dam):
        Auction.objects.exclude(pk=dam.pk).delete()
        markets.set_clock(speed=1, shows_at=dam.gate_closes_at - HOUR, real_at=clock.moment().real_at)
        assert (shown()["ceex_auctions_overdue"], shown()["ceex_incidents_open"]) == (0, 0)
        markets.set_clock(speed=1, shows_at=dam.gate_closes_at + HOUR, real_at=clock.moment().real_at)
        incidents.open_once(code="a-test", seen={}, at=dam.gate_closes_at)
        assert (shown()["ceex_auctions_overdue"], shown()["ceex_incidents_open"]) == (1, 1)

    def test_know_the_age_of_what_the_backup_notes(self):
        script = (embedded.ROOT / "deploy/database/backup.sh").read_text()
        (noting,) = re.findall(r"^INSERT INTO operations_backup .*;$", script, re.MULTILINE)
        noting = re.sub(r":'(\w+)'", r"%(\1)s", noting)
        assert shown()["ceex_backup_age_seconds"] > 10**9
        with connection.cursor() as cursor:
            cursor.execute(noting, {"name": "ceex_trading", "kind": "daily", "size": "1"})
            assert 0 <= shown()["ceex_backup_age_seconds"] < 60
            Backup.objects.update(taken_at=clock.moment().real_at - 27 * HOUR)
            cursor.execute(noting, {"name": "ceex_webapp", "kind": "daily", "size": "1"})
        assert shown()["ceex_backup_age_seconds"] > 26 * 3600

    def test_every_gauge_has_a_value_and_an_explanation(self, dam):
        assert set(shown()) == {name for name, _, _ in gauges.GAUGES}

    def test_the_dashboards_ask_for_nothing_that_is_not_told(self):
        known = {name for name, _, _ in gauges.GAUGES}
        for file in (embedded.ROOT / "deploy/monitoring/dashboards").glob("*.json"):
            asked = set(re.findall(r"ceex_\w+", "".join(_expressions(json.loads(file.read_text())))))
            assert asked <= known, (file.name, asked - known)


def _expressions(dashboard):
    return [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
