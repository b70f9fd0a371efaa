"""A worker that lives keeps its claim; one that has stopped holds nothing for long."""

import time
from datetime import timedelta

import psycopg2
import pytest
from django.db import connections

from trading.markets import operations as markets
from trading.markets import queries as clock
from trading.operations import pulse
from trading.operations.models import WorkerPulse
from trading.tests.cast import auction

SECOND = timedelta(seconds=1)


def claim(dam, name="w1"):
    """Claim the auction at its gate, in real time."""
    real_at = clock.moment().real_at
    markets.claim_due(worker=name, at=dam.gate_closes_at, real_at=real_at, lease_s=3, limit=100)
    return auction()


@pytest.fixture
def beating(transactional_db):
    """A worker's pulse, beating."""
    started = pulse.Pulse(worker="w1", lease_s=3)
    yield started
    if started.is_alive():
        started.stop()


class TestPulse:
    def test_renews_the_claim_while_its_step_goes_on_and_no_longer(self, beating, dam):
        claimed = claim(dam)
        beating.start()
        with beating.holding(claimed):
            wait_until(lambda: auction().lease_until > claimed.lease_until)
        assert WorkerPulse.objects.get().worker == "w1"

    def test_is_not_missed_when_the_worker_ends_as_it_should(self, beating):
        beating.start()
        wait_until(WorkerPulse.objects.exists)
        beating.stop()
        assert not WorkerPulse.objects.exists()

    def test_never_renews_a_claim_that_another_took_over(self, beating, dam):
        mine = claim(dam)
        real_at = clock.moment().real_at + 4 * SECOND
        markets.claim_due(worker="w2", at=dam.gate_closes_at, real_at=real_at, lease_s=3, limit=100)
        theirs = auction()
        with beating.holding(mine):
            beating.start()
            wait_until(WorkerPulse.objects.exists)
            beating.stop()
        assert auction().lease_until == theirs.lease_until

    def test_stops_when_the_worker_hangs(self, beating, monkeypatch):
        monkeypatch.setattr(pulse, "LONGEST_PASS_S", -1)
        beating.passing()
        beating.start()
        beating.stop()
        assert not WorkerPulse.objects.exists()


class TestEndSilent:
    @pytest.fixture
    def stopped(self, transactional_db, dam):
        """A worker that stopped in the middle of a transaction, its claim run out."""
        claim(dam, "w1")
        settings = connections["default"].get_connection_params()
        session = psycopg2.connect(**{**settings, "application_name": "w1"})
        session.cursor().execute("UPDATE markets_auction SET attempts = 1 WHERE id = %s", [dam.pk])
        yield session
        session.close()

    def say(self, seen_ago_s):
        seen_at = clock.moment().real_at - seen_ago_s * SECOND
        WorkerPulse.objects.create(worker="w1", revision="dev", started_at=seen_at, seen_at=seen_at)

    def test_frees_what_a_stopped_worker_holds(self, stopped, dam):
        self.say(seen_ago_s=10)
        wait_until(lambda: pulse.end_silent(me="w2") == ["w1"])
        real_at = clock.moment().real_at + 4 * SECOND

        def is_taken():
            taken = markets.claim_due(worker="w2", at=dam.gate_closes_at, real_at=real_at, limit=100)
            return dam.pk in {each.pk for each in taken}

        wait_until(is_taken)
        with pytest.raises(psycopg2.OperationalError):
            stopped.cursor().execute("SELECT 1")

    def test_leaves_a_worker_alone_that_has_a_pulse(self, stopped):
        self.say(seen_ago_s=-10)
        time.sleep(3.1)  # the claim has run out
        assert pulse.end_silent(me="w2") == []
        stopped.cursor().execute("SELECT 1")


def wait_until(fact, seconds=20):
    until = time.monotonic() + seconds
    while not fact():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.05)
