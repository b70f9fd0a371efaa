from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, connections, transaction

from webapp.audit import operations, queries
from webapp.audit.models import AuditEntry

AT = datetime(2026, 11, 22, 10, 0, 0, 5, tzinfo=UTC)


def record(**changes):
    said = {"actor": "user ada", "action": "POST api/pairings", "target": "/api/pairings"}
    operations.record(**said | {"address": "10.0.0.1", "outcome": "201", "at": AT} | changes)


def tamper(sql):
    """Change history as someone could who owns the database."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_auditentry DISABLE TRIGGER audit_entry_is_immutable")
        cursor.execute(sql)
        cursor.execute("ALTER TABLE audit_auditentry ENABLE TRIGGER audit_entry_is_immutable")


class TestRecord:
    def test_chains_each_entry_to_the_one_before(self, db):
        record()
        record(outcome="409 already-paired")
        first, second = AuditEntry.objects.order_by("number")
        assert (first.number, first.previous_hash) == (1, queries.BEFORE_ALL)
        assert (second.number, second.previous_hash) == (2, first.entry_hash)
        assert queries.verified() == (2, second.entry_hash)

    def test_keeps_one_line_whatever_a_caller_writes(self, db):
        record(target="/x\x1f\nuser operator\r", actor="ü" * 500)
        entry = AuditEntry.objects.get()
        assert entry.target == "/x??user operator?"
        assert entry.actor == "?" * 120
        assert queries.verified()[0] == 1

    @pytest.mark.django_db(transaction=True)
    def test_counts_without_a_gap_when_many_write_at_once(self):
        def some(_):
            for _ in range(20):
                record()
            connections.close_all()

        before = AuditEntry.objects.count()
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(some, range(4)))
        assert queries.verified()[0] == before + 80

    @pytest.mark.parametrize(
        "sql",
        [
            "UPDATE audit_auditentry SET actor = 'user bo'",
            "DELETE FROM audit_auditentry",
        ],
    )
    def test_the_database_refuses_to_change_history(self, db, sql):
        record()
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)


class TestVerified:
    @pytest.mark.parametrize(
        ("sql", "named"),
        [
            ("UPDATE audit_auditentry SET actor = 'user bo' WHERE number = 2", "Entry 2 is not as"),
            ("UPDATE audit_auditentry SET at = at + interval '1 us' WHERE number = 1", "Entry 1 is not as"),
            ("UPDATE audit_auditentry SET outcome = '500' WHERE number = 3", "Entry 3 is not as"),
            ("DELETE FROM audit_auditentry WHERE number = 2", "Entry 2 is missing"),
            (
                "INSERT INTO audit_auditentry SELECT 4, at, actor, action, target, address, outcome,"
                " entry_hash, repeat('f', 64) FROM audit_auditentry WHERE number = 3",
                "Entry 4 is not as",
            ),
        ],
    )
    def test_names_the_entry_that_does_not_fit(self, db, sql, named):
        for _ in range(3):
            record()
        tamper(sql)
        with pytest.raises(CommandError, match=named):
            call_command("verify_audit")

    def test_says_where_the_chain_ends(self, db, capsys):
        record()
        call_command("verify_audit")
        assert AuditEntry.objects.get().entry_hash in capsys.readouterr().out

    def test_misses_the_end_that_was_cut_off(self, db, capsys):
        for _ in range(3):
            record()
        kept = AuditEntry.objects.get(number=3).entry_hash
        call_command("verify_audit", kept=kept)
        tamper("DELETE FROM audit_auditentry WHERE number = 3")
        call_command("verify_audit")
        with pytest.raises(CommandError, match="ends with entry 2"):
            call_command("verify_audit", kept=kept)
