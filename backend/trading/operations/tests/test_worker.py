"""A worker goes on through whatever happens to the database, and stops when it is told to."""

import os
import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection, connections
from django.db.utils import OperationalError

from shared import migrating
from trading.markets import operations as markets
from trading.markets import queries as clock
from trading.operations import worker as workers
from trading.operations.models import Incident
from trading.operations.worker import Worker
from trading.orders.models import Order
from trading.results.models import Result
from trading.strategies import operations as strategies
from trading.tests.cast import NOON_BEFORE, auction

BACKEND = Path(workers.__file__).parents[2]


@pytest.fixture
def gate(street, dam):
    """The exchange's fast clock shows a minute before the day-ahead gate; the utility's strategy will bid."""
    for node in (street.utility_sells, street.utility_buys):
        strategies.choose_default(nodes=[node], at=NOON_BEFORE)
    real_at = clock.moment().real_at
    markets.set_clock(speed=10, shows_at=dam.gate_closes_at - timedelta(minutes=1), real_at=real_at)
    return dam


def wait_until(fact, seconds=30):
    until = time.monotonic() + seconds
    while not fact():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.1)


def published():
    return auction().state == "published"


class TestPass:
    def test_schedules_ahead_bids_and_publishes(self, gate):
        worker = Worker(name="w1", stopping=threading.Event())
        wait_until(lambda: worker.make_pass() is not None and published())
        assert Order.objects.filter(auction=gate).count() == 2
        assert auction("dam-2026-11-30").state in ("scheduled", "open")

    def test_asks_all_invariants_every_minute(self, gate):
        worker = Worker(name="w1", stopping=threading.Event())
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("ALTER TABLE ledger_ledgeraccount DISABLE TRIGGER USER")
            cursor.execute("UPDATE ledger_ledgeraccount SET balance_urp = 1 WHERE kind = 'exchange'")
        worker.make_pass()
        codes = set(Incident.objects.values_list("code", flat=True))
        assert {"invariant-the-exchange-keeps-nothing", "invariant-debits-are-credits"} <= codes
        with connection.cursor() as cursor:
            cursor.execute("UPDATE ledger_ledgeraccount SET balance_urp = 0 WHERE kind = 'exchange'")
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("ALTER TABLE ledger_ledgeraccount ENABLE TRIGGER USER")


@pytest.mark.django_db
class TestRun:
    def test_begins_anew_when_the_database_drops_it(self, monkeypatch):
        stopping, passes = threading.Event(), []

        def make_pass(self):
            passes.append(len(passes))
            if len(passes) < 3:
                raise OperationalError("server closed the connection unexpectedly")
            stopping.set()
            return 0

        monkeypatch.setattr(workers, "RECONNECT_S", 0)
        monkeypatch.setattr(Worker, "make_pass", make_pass)
        monkeypatch.setattr(workers.connection, "close", lambda: None)
        Worker(name="w1", stopping=stopping).run()
        assert passes == [0, 1, 2]

    def test_gives_a_sign_of_life_only_while_the_database_answers(self, monkeypatch, tmp_path):
        stopping, sign, seen, passes = threading.Event(), tmp_path / "alive", [], []

        def make_pass(self):
            seen.append(sign.exists())
            passes.append(len(passes))
            if len(passes) == 2:
                raise OperationalError("server closed the connection unexpectedly")
            if len(passes) == 3:
                stopping.set()
            return 1

        def wait(seconds):
            seen.append(sign.exists())

        monkeypatch.setattr(Worker, "make_pass", make_pass)
        monkeypatch.setattr(workers.connection, "close", lambda: None)
        monkeypatch.setattr(stopping, "wait", wait)
        Worker(name="w1", stopping=stopping, sign_of_life=sign).run()
        assert seen == [True, True, False, True]
        assert sign.exists()

    def test_waits_for_the_migrations_and_says_so_once(self, monkeypatch, caplog):
        stopping, plans, passes = (
            threading.Event(),
            [["orders.0002_more"]] * 3 + [[]],
            [],
        )
        monkeypatch.setattr(migrating, "outstanding", lambda: plans.pop(0))
        monkeypatch.setattr(Worker, "make_pass", lambda self: passes.append(1) or stopping.set() or 0)
        monkeypatch.setattr(workers, "RECONNECT_S", 0)
        Worker(name="w1", stopping=stopping).run()
        said = [record.msg["reason"] for record in caplog.records if record.msg.get("event") == "not_ready"]
        assert (said, passes, plans) == (["schema-behind"], [1], [])

    def test_what_nobody_expected_ends_it_loudly_beside_the_auctions_too(self, monkeypatch):
        def tend(self):
            raise ZeroDivisionError

        monkeypatch.setattr(Worker, "tend", tend)
        monkeypatch.setattr(Worker, "make_pass", lambda self: 0)
        with pytest.raises(ZeroDivisionError):
            Worker(name="w1", stopping=threading.Event()).run_beside()

    def test_what_nobody_expected_ends_it_loudly(self, monkeypatch):
        def make_pass(self):
            raise ZeroDivisionError

        monkeypatch.setattr(Worker, "make_pass", make_pass)
        with pytest.raises(ZeroDivisionError):
            Worker(name="w1", stopping=threading.Event()).run()


@pytest.mark.django_db(transaction=True)
class TestProcesses:
    """Real processes on the test's database."""

    def test_two_share_the_work_survive_a_dropped_session_and_stop_when_told(self, gate):
        processes = [start(name) for name in ("w1", "w2")]
        try:
            drop_other_sessions()
            wait_until(published, seconds=60)
            assert Result.objects.filter(auction=gate).count() == 1
        finally:
            codes = [stop(each) for each in processes]
        assert codes == [0, 0]

    def test_another_takes_over_after_a_kill(self, gate):
        killed = start("w1")
        wait_until(lambda: auction().claimed_by == "w1" or auction().strategies_bid_at, seconds=60)
        killed.send_signal(signal.SIGKILL)
        killed.wait()
        heir = start("w2")
        try:
            wait_until(published, seconds=60)
        finally:
            assert stop(heir) == 0
        assert Result.objects.filter(auction=gate).count() == 1


def start(name):
    """Start a worker on the test's database, as the demo does."""
    settings = connections["default"].settings_dict
    url = os.environ["CEEX_TRADING_DATABASE_URL"].replace("/ceex_trading?", f"/{settings['NAME']}?")
    return subprocess.Popen(
        [sys.executable, "-m", "trading", "run_auctions", "--worker", name],
        env=os.environ | {"CEEX_TRADING_DATABASE_URL": url},
        cwd=BACKEND,
        stderr=subprocess.DEVNULL,
    )


def stop(process):
    process.send_signal(signal.SIGTERM)
    return process.wait(30)


def drop_other_sessions():
    """Wait for both workers' sessions and end them."""

    def others():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pid FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            return [pid for (pid,) in cursor.fetchall()]

    wait_until(lambda: len(others()) >= 2, seconds=60)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pid) FROM unnest(%s::int[]) AS each (pid)", [others()])
