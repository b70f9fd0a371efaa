"""Trading opens its port when its tables are there, and not before."""

import pytest

from shared import migrating, readiness
from trading import gunicorn_conf
from trading.operations import health


@pytest.mark.django_db
class TestStart:
    def test_waits_for_the_migrations_and_says_so_once(self, monkeypatch, caplog):
        plans = [["orders.0002_more"], ["orders.0002_more"], []]
        monkeypatch.setattr(migrating, "outstanding", lambda: plans.pop(0))
        monkeypatch.setattr(health, "database", readiness.Database())
        monkeypatch.setattr(health, "spoken", readiness.Spoken())
        monkeypatch.setattr(health, "ASKED_EVERY_S", 0)
        monkeypatch.setattr(health.connection, "close", lambda: None)
        gunicorn_conf.on_starting(None)
        said = [record.msg["event"] for record in caplog.records]
        assert (said, plans) == (["not_ready", "ready"], [])
