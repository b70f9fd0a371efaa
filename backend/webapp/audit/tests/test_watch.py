import pytest
from django.db import DatabaseError

from webapp.audit import operations, queries
from webapp.audit.models import AuditEntry

ORDER = {"auctionId": "dam-2026-11-23", "side": "sell", "curve": "step", "points": []}


def deeds():
    rows = AuditEntry.objects.order_by("number").values_list("actor", "action", "target", "outcome")
    assert queries.verified()[0] == len(rows)
    return [tuple(row) for row in rows]


class TestAudited:
    def test_tells_who_placed_an_order_through_either_door(self, as_ada, ada, trading):
        before = len(deeds())
        as_ada.post("/api/trading/node/N001/orders", ORDER, format="json")
        asked = {"url": "/node/N001/orders", "method": "POST", "body": ORDER}
        as_ada.post("/api/proxy/", asked, format="json")
        who, what = f"user {ada.pk}", "POST /node/N001/orders"
        assert deeds()[before:] == [
            (who, "POST api/trading/<path:path>", what, "200"),
            (who, "POST api/proxy/", what, "200"),
        ]

    def test_tells_what_was_refused_and_why(self, as_bo, bo, ada, trading):
        before = len(deeds())
        as_bo.post("/api/trading/node/N001/orders", ORDER, format="json")
        as_bo.delete("/api/pairings/6b8c2b9e-58d4-4bd2-9d6f-2f1c4b1a9f10")
        assert [row[3] for row in deeds()[before:]] == ["404 not-found", "404 not-found"]

    def test_tells_who_logged_in_and_which_account_was_tried_without_naming_it(self, ada, log_in, client):
        log_in(ada)
        for password in ("guess number one", "guess number two"):
            client.post("/api/auth/login", {"email": ada.email, "password": password}, format="json")
        rows = deeds()
        assert [row[0] for row in rows] == [f"user {ada.pk}", "", ""]
        assert [row[3] for row in rows] == ["200", "401 wrong-credentials", "401 wrong-credentials"]
        assert len({row[2] for row in rows}) == 1 and ada.email not in rows[0][2]

    def test_keeps_no_secret(self, as_ada, ada, trading):
        body = {"currentPassword": "correct horse battery", "newPassword": "another horse battery"}
        as_ada.post("/api/auth/password/change", body, format="json")
        rows = deeds()
        assert rows[-1][3] == "204"
        assert not any("horse" in part for row in rows for part in row)

    def test_reading_and_going_on_are_no_deeds(self, as_ada, trading):
        before = len(deeds())
        as_ada.get("/api/me")
        as_ada.get("/api/trading/clock")
        as_ada.post("/api/auth/refresh", HTTP_X_CEEX="1")
        assert len(deeds()) == before

    def test_strangers_fill_no_books(self, client, db):
        for _ in range(3):
            client.post("/api/trading/node/N001/orders", ORDER, format="json")
            client.post("/api/auth/refresh", HTTP_X_CEEX="1")
            client.post("/api/no-such-door", {}, format="json")
        assert deeds() == []

    def test_answers_truly_when_the_books_cannot_be_written(self, as_ada, ada, monkeypatch):
        def broken(**said):
            raise DatabaseError

        monkeypatch.setattr(operations, "record", broken)
        response = as_ada.patch("/api/me", {"language": "de"}, format="json")
        assert response.status_code == 200
        ada.refresh_from_db()
        assert ada.language == "de"

    @pytest.mark.parametrize(("hops", "expected"), [(0, "127.0.0.1"), (1, "10.9.8.7")])
    def test_believes_our_own_proxies_only(self, as_ada, settings, hops, expected):
        settings.PROXY_HOPS = hops
        as_ada.patch("/api/me", {"language": "it"}, format="json", HTTP_X_FORWARDED_FOR="1.1.1.1, 10.9.8.7")
        assert AuditEntry.objects.latest("number").address == expected
