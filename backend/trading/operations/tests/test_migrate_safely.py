"""Tables change between two clearings only, after a dump, and never by making others wait."""

import time
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from shared import migrating
from trading.markets import operations as markets
from trading.markets import queries as clock
from trading.markets.models import Auction
from trading.operations.management.commands import migrate_safely

MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    """Wait for nothing; give the lock back after the test."""
    monkeypatch.setenv("CEEX_MIGRATE_PATIENCE_S", "0")
    monkeypatch.setattr(migrating, "PAUSE_S", 0)
    yield
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock_all()")
        cursor.execute("RESET lock_timeout")


@pytest.fixture
def pending(monkeypatch):
    """One migration is missing; `done` counts how often all of them were applied."""
    monkeypatch.setattr(migrating, "outstanding", lambda: ["orders.0099_more"])
    done = []
    monkeypatch.setattr(migrating, "call_command", lambda *args, **options: done.append(args[0]))
    return done


def show(at):
    """Let the clock show this; what had its gate before is over."""
    Auction.objects.filter(gate_closes_at__lt=at).delete()
    markets.set_clock(speed=1, shows_at=at, real_at=clock.moment().real_at)


@pytest.mark.django_db
class TestMigrateSafely:
    def test_migrates_between_two_clearings(self, dam, pending):
        show(dam.gate_closes_at - 15 * MINUTE)
        call_command("migrate_safely")
        assert pending == ["migrate"]

    def test_refuses_shortly_before_a_gate(self, dam, pending):
        show(dam.gate_closes_at - MINUTE)
        with pytest.raises(CommandError, match="near its gate"):
            call_command("migrate_safely")
        assert pending == []

    def test_refuses_while_an_auction_is_cleared(self, dam, pending):
        show(dam.gate_closes_at - 15 * MINUTE)
        Auction.objects.filter(pk=dam.pk).update(
            state="closed", closed_at=dam.gate_closes_at, book_hash="0" * 64
        )
        with pytest.raises(CommandError, match="is closed"):
            call_command("migrate_safely")
        assert pending == []

    def test_does_nothing_where_nothing_is_missing(self, dam, monkeypatch, capsys):
        show(dam.gate_closes_at)
        call_command("migrate_safely")
        assert "nothing to migrate" in capsys.readouterr().out

    def test_asks_for_a_fresh_dump(self, dam, pending, monkeypatch, tmp_path):
        show(dam.gate_closes_at - 15 * MINUTE)
        (tmp_path / "wanted").mkdir()
        monkeypatch.setenv("CEEX_BACKUP_MAX_AGE_S", "60")
        monkeypatch.setenv("CEEX_BACKUP_DIR", str(tmp_path))
        with pytest.raises(CommandError, match="no dump"):
            call_command("migrate_safely")
        assert [*(tmp_path / "wanted").iterdir()]
        (tmp_path / "newest").touch()
        call_command("migrate_safely")
        assert pending == ["migrate"]

    def test_gives_way_to_whoever_uses_a_table(self, dam, pending, monkeypatch):
        show(dam.gate_closes_at - 15 * MINUTE)
        tries = []

        def busy(*args, **options):
            tries.append(time.monotonic())
            if len(tries) < 3:
                cause = Exception()
                cause.pgcode = migrating.LOCK_NOT_AVAILABLE
                raise OperationalError("canceling statement due to lock timeout") from cause

        monkeypatch.setattr(migrating, "call_command", busy)
        call_command("migrate_safely")
        with connection.cursor() as cursor:
            cursor.execute("SHOW lock_timeout")
            assert cursor.fetchone() == (migrating.LOCK_TIMEOUT,)
        assert len(tries) == 3

    def test_names_what_the_database_has_not_noted(self):
        assert migrating.outstanding() == []
        MigrationRecorder(connection).record_unapplied("orders", "0001_initial")
        assert migrating.outstanding() == ["orders.0001_initial"]

    def test_finds_every_migration_that_django_finds(self):
        ours = {(app, name) for app, name in MigrationLoader(None).disk_migrations}
        MigrationRecorder(connection).flush()
        assert migrating.outstanding() == sorted(f"{app}.{name}" for app, name in ours)

    def test_asks_in_words_that_older_tables_understand(self):
        assert "SELECT code, state FROM markets_auction" in migrate_safely.DUE
