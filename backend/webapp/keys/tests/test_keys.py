from datetime import timedelta

import pytest
from django.db import connection
from rest_framework.test import APIClient

from shared import identity
from shared.problems import Problem
from webapp.conftest import now
from webapp.gateway.tests.test_doors import who
from webapp.keys import allowances, operations
from webapp.keys.models import ApiKey, KeyUse
from webapp.users.models import User


def with_key(user, *scopes, nodes=(), valid_for=timedelta(days=1), at=None):
    """A client of a program that was given a key."""
    at = at or now()
    _, secret = operations.create(
        user=user, name="bot", scopes=scopes, nodes=list(nodes), valid_for=valid_for, at=at
    )
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    return client


ASKED = {"name": "My battery", "scopes": ["trade", "read"], "nodes": ["N001"], "validForDays": 30}


class TestCreate:
    def test_shows_the_secret_once_and_keeps_a_digest(self, as_ada):
        made = as_ada.post("/api/keys", ASKED, format="json")
        assert made.status_code == 201
        secret = made.json()["secret"]
        assert secret.startswith(made.json()["prefix"]) and made.json()["scopes"] == ["read", "trade"]
        kept = ApiKey.objects.values().get()
        assert secret not in str(kept) and secret[15:] not in str(kept)
        [shown] = as_ada.get("/api/keys").json()["items"]
        assert "secret" not in shown and shown["lastUsedAt"] is None

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"scopes": []}, "scopes"),
            ({"scopes": ["admin"]}, "scopes.0"),
            ({"scopes": ["dso"]}, "scopes"),
            ({"nodes": ["N002"]}, "nodes.0"),
            ({"validForDays": 0}, "validForDays"),
            ({"validForDays": True}, "validForDays"),
            ({"requestsPerMinute": 1_000_000}, "requestsPerMinute"),
        ],
    )
    def test_refuses_what_does_not_fit(self, as_ada, bo, change, field):
        refused = as_ada.post("/api/keys", ASKED | change, format="json")
        assert refused.status_code == 400
        assert refused.json()["errors"][0]["field"] == field
        assert not ApiKey.objects.exists()

    def test_refuses_a_twenty_first_key(self, as_ada, ada):
        for _ in range(operations.MOST_KEYS):
            with_key(ada, "read")
        assert as_ada.post("/api/keys", ASKED, format="json").json()["code"] == "too-many-keys"

    def test_lets_no_key_make_or_list_keys(self, ada):
        program = with_key(ada, "read", "trade")
        assert program.post("/api/keys", ASKED, format="json").status_code == 401
        assert program.get("/api/keys").status_code == 401


class TestUse:
    def test_acts_for_its_user_and_its_nodes_only(self, ada, trading):
        program = with_key(ada, "read", nodes=["N001"])
        assert program.get("/api/trading/node/N001").status_code == 200
        assert who(trading.seen[0]) == identity.Identity(str(ada.pk), "household", ("N001",))
        assert program.get("/api/trading/node/C001").status_code == 404
        assert len(trading.seen) == 1

    def test_may_do_what_its_scopes_say(self, ada, trading):
        reader, trader = with_key(ada, "read"), with_key(ada, "trade")
        refused = reader.post("/api/trading/node/N001/orders", {"points": []}, format="json")
        assert (refused.status_code, refused.json()["code"]) == (403, "scope-missing")
        assert trader.post("/api/trading/node/N001/orders", {}, format="json").status_code == 200
        assert trader.get("/api/trading/node/N001").status_code == 403

    def test_reaches_nothing_that_is_meant_for_people(self, operator, trading):
        program = with_key(operator, "read", "trade")
        assert program.get("/api/trading/operator/auctions").status_code == 403
        assert program.get("/api/me").status_code == 401

    def test_loses_a_node_with_the_pairing(self, ada, trading):
        program = with_key(ada, "read", nodes=["N001"])
        ada.pairings.update(unpaired_at=now())
        assert program.get("/api/trading/node/N001").status_code == 404

    def test_notes_its_last_use(self, as_ada, ada, trading):
        with_key(ada, "read").get("/api/trading/clock")
        assert as_ada.get("/api/keys").json()["items"][0]["lastUsedAt"] is not None

    @pytest.mark.parametrize("end", ["revoked", "expired", "inactive", "unknown"])
    def test_ends(self, as_ada, ada, trading, end):
        old = {"at": now() - timedelta(days=2)} if end == "expired" else {}
        program = with_key(ada, "read", **old)
        if end == "revoked":
            key_id = ApiKey.objects.get().key_id
            assert as_ada.delete(f"/api/keys/{key_id}").status_code == 204
        if end == "inactive":
            User.objects.update(is_active=False)
        if end == "unknown":
            program.credentials(HTTP_AUTHORIZATION="Bearer ceex_" + "x" * 43)
        refused = program.get("/api/trading/clock")
        assert (refused.status_code, refused.json()["code"]) == (401, "not-authenticated")
        assert not trading.seen

    def test_no_one_else_may_revoke_it(self, ada, as_bo):
        with_key(ada, "read")
        assert as_bo.delete(f"/api/keys/{ApiKey.objects.get().key_id}").status_code == 404
        assert ApiKey.objects.get().revoked_at is None


class TestAllowance:
    def test_is_said_in_each_answer_and_ends(self, ada, trading):
        program = with_key(ada, "read")
        ApiKey.objects.update(requests_per_minute=2)
        first, second, third = (program.get("/api/trading/clock") for _ in range(3))
        assert first.headers["RateLimit-Policy"] == '"key";q=2;w=60'
        assert first.headers["RateLimit"].startswith('"key";r=1;t=')
        assert second.headers["RateLimit"].startswith('"key";r=0;t=')
        assert (third.status_code, third.json()["code"]) == (429, "too-many-requests")
        assert int(third.headers["Retry-After"]) == third.json()["retryAfterS"] >= 1
        assert len(trading.seen) == 2

    def test_begins_anew_each_minute(self, ada, trading):
        program = with_key(ada, "read")
        ApiKey.objects.update(requests_per_minute=1)
        assert program.get("/api/trading/clock").status_code == 200
        assert program.get("/api/trading/clock").status_code == 429
        KeyUse.objects.update(ends_at=now())
        assert program.get("/api/trading/clock").status_code == 200

    def test_is_kept_by_processes_together(self, ada, monkeypatch):
        key, _ = operations.create(
            user=ada, name="bot", scopes=["read"], nodes=[], valid_for=timedelta(days=1), at=now()
        )
        at, made = now(), 0
        processes = [{}, {}, {}]
        with pytest.raises(Problem):
            for turn in range(2 * key.requests_per_minute):
                monkeypatch.setattr(allowances, "_shares", processes[0 if turn < 30 else 1 + turn % 2])
                said = allowances.count(key, at=at)
                made += 1
        unused = sum(shares[key.pk].mine for shares in processes[:1])
        assert said.left == 0
        assert made + unused <= key.requests_per_minute < made + unused + 2 * allowances.MOST_AHEAD
        monkeypatch.setattr(allowances, "_shares", processes[0])
        allowances.count(key, at=at)
        assert processes[0][key.pk].mine == unused - 1
        assert allowances.count(key, at=at + allowances.WINDOW).left == key.requests_per_minute - 1

    def test_asks_the_database_once_for_several(self, ada, trading, django_assert_num_queries):
        program = with_key(ada, "read")
        assert program.get("/api/trading/clock").status_code == 200
        with django_assert_num_queries(1):
            assert program.get("/api/trading/node/N001").status_code == 200

    @pytest.mark.django_db(transaction=True)
    def test_is_counted_without_waiting_for_the_disk_as_later_changes_do(self, ada, trading):
        program = with_key(ada, "read")
        with connection.cursor() as cursor:
            cursor.execute("SET synchronous_commit = on")
            assert program.get("/api/trading/clock").status_code == 200
            cursor.execute("SHOW synchronous_commit")
            assert cursor.fetchone() == ("on",)
