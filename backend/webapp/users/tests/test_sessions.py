import threading
from datetime import timedelta

import jwt
import pytest
from django.conf import settings as django_settings
from django.db import connection
from rest_framework_simplejwt.tokens import RefreshToken as StockRefreshToken

from shared import identity
from webapp.conftest import PASSWORD, now
from webapp.users import cookies, operations, sessions
from webapp.users.models import RefreshFamily, RefreshToken, User


def refresh(client, **extra):
    return client.post("/api/auth/refresh", HTTP_X_CEEX="1", **extra)


def bearer(token):
    return {"HTTP_AUTHORIZATION": f"Bearer {token}"}


class TestRefresh:
    def test_continues_the_session(self, as_ada):
        response = refresh(as_ada)
        assert response.json()["user"]["email"] == "ada@example.ch"
        as_ada.credentials(**bearer(response.json()["accessToken"]))
        assert as_ada.get("/api/me").status_code == 200

    def test_ends_the_whole_family_when_a_used_token_comes_back(self, as_ada):
        stolen = as_ada.cookies[cookies.NAME].value
        refresh(as_ada)
        refresh(as_ada)
        mine = as_ada.cookies[cookies.NAME].value
        as_ada.cookies[cookies.NAME] = stolen
        assert refresh(as_ada).status_code == 401
        as_ada.cookies[cookies.NAME] = mine
        assert refresh(as_ada).status_code == 401
        assert as_ada.get("/api/me").status_code == 401
        assert RefreshFamily.objects.get().revoked_because == "re-use"

    def test_answers_again_if_the_answer_was_lost(self, ada):
        at = now()
        first = sessions.open(user=ada, at=at)
        lost = sessions.refresh(token=first.refresh_token, at=at)
        again = sessions.refresh(token=first.refresh_token, at=at + sessions.GRACE)
        assert again.refresh_token == lost.refresh_token
        assert RefreshToken.objects.count() == 2

    def test_but_not_for_long(self, ada):
        at = now()
        first = sessions.open(user=ada, at=at)
        sessions.refresh(token=first.refresh_token, at=at)
        with pytest.raises(sessions.NotLoggedIn):
            sessions.refresh(token=first.refresh_token, at=at + sessions.GRACE + timedelta(milliseconds=1))
        assert RefreshFamily.objects.get().revoked_at is not None

    def test_ends_after_a_week_without_use_and_after_a_month_in_any_case(self, ada):
        at = now()
        with pytest.raises(sessions.NotLoggedIn):
            sessions.refresh(token=sessions.open(user=ada, at=at).refresh_token, at=at + timedelta(days=7))
        token = sessions.open(user=ada, at=at).refresh_token
        for days in (6, 12, 18, 24, 29):
            token = sessions.refresh(token=token, at=at + timedelta(days=days)).refresh_token
        with pytest.raises(sessions.NotLoggedIn):
            sessions.refresh(token=token, at=at + timedelta(days=30))

    @pytest.mark.parametrize("token", ["", "x", "x" * 5000, "ä", "..", "null"])
    def test_leaves_no_trace_of_junk(self, client, db, token):
        client.cookies[cookies.NAME] = token
        assert refresh(client).status_code == 401
        assert not RefreshToken.objects.exists() and not RefreshFamily.objects.exists()

    def test_refuses_an_access_token_in_the_cookie(self, as_ada, ada):
        as_ada.cookies[cookies.NAME] = sessions.open(user=ada, at=now()).access_token
        assert refresh(as_ada).status_code == 401

    def test_refuses_a_user_who_is_gone_or_inactive(self, as_ada, ada):
        User.objects.filter(pk=ada.pk).update(is_active=False)
        assert refresh(as_ada).status_code == 401
        assert as_ada.get("/api/me").status_code == 401
        ada.pairings.all().delete()
        ada.delete()
        assert refresh(as_ada).status_code == 401
        assert as_ada.get("/api/me").status_code == 401

    @pytest.mark.parametrize(
        ("headers", "status"),
        [
            ({}, 403),
            ({"HTTP_X_CEEX": "1"}, 200),
            ({"HTTP_X_CEEX": "1", "HTTP_SEC_FETCH_SITE": "same-origin"}, 200),
            ({"HTTP_X_CEEX": "1", "HTTP_SEC_FETCH_SITE": "cross-site"}, 403),
            ({"HTTP_X_CEEX": "1", "HTTP_SEC_FETCH_SITE": "same-site"}, 403),
            ({"HTTP_X_CEEX": "1", "HTTP_ORIGIN": "https://evil.example"}, 403),
            ({"HTTP_X_CEEX": "1", "HTTP_ORIGIN": "null"}, 403),
            ({"HTTP_X_CEEX": "1", "HTTP_ORIGIN": django_settings.PUBLIC_URL}, 200),
        ],
    )
    def test_counts_only_for_our_own_page(self, as_ada, headers, status):
        assert as_ada.post("/api/auth/refresh", **headers).status_code == status

    @pytest.mark.django_db(transaction=True)
    def test_gives_parallel_requests_the_same_single_successor(self, ada):
        first = sessions.open(user=ada, at=now())
        barrier, answers = threading.Barrier(6), []

        def race():
            barrier.wait()
            try:
                answers.append(sessions.refresh(token=first.refresh_token, at=now()).refresh_token)
            finally:
                connection.close()

        threads = [threading.Thread(target=race) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(answers) == 6 and len(set(answers)) == 1
        assert RefreshToken.objects.count() == 2


class TestLogOut:
    def test_ends_the_session_at_once(self, as_ada):
        token = as_ada.cookies[cookies.NAME].value
        response = as_ada.post("/api/auth/logout")
        assert response.status_code == 204
        assert response.cookies[cookies.NAME]["max-age"] == 0
        assert as_ada.get("/api/me").status_code == 401
        as_ada.cookies[cookies.NAME] = token
        assert refresh(as_ada).status_code == 401

    def test_leaves_other_sessions_alone(self, as_ada, ada, log_in):
        log_in(ada).post("/api/auth/logout")
        assert as_ada.get("/api/me").status_code == 200

    def test_answers_the_same_without_a_session(self, client, db):
        assert client.post("/api/auth/logout").status_code == 204


def forged(ada, key, algorithm="HS256", headers=None, **changes):
    claims = jwt.decode(sessions.open(user=ada, at=now()).access_token, options={"verify_signature": False})
    return jwt.encode(claims | changes, key, algorithm=algorithm, headers=headers)


class TestBearer:
    def test_refuses_what_this_service_did_not_sign_for_itself(self, client, ada):
        key = django_settings.SIMPLE_JWT["SIGNING_KEY"]
        at = int(now().timestamp())
        private, _ = identity.new_key_pair()
        tokens = [
            forged(ada, None, "none"),
            forged(ada, key, "HS512"),
            forged(ada, key, "HS384"),
            forged(ada, django_settings.SECRET_KEY),
            forged(ada, "k" * 64, headers={"jku": "https://evil.example/keys", "kid": "../../x"}),
            forged(ada, key, aud="ceex-trading"),
            forged(ada, key, iss="someone"),
            forged(ada, key, exp=at - 1),
            forged(ada, key, nbf=at + 100),
            forged(ada, key, iat=at + 100),
            forged(ada, key, token_type="refresh"),
            forged(ada, key, sid="not a uuid"),
            forged(ada, key, sid=None),
            forged(ada, key, sub="someone else"),
            str(StockRefreshToken()),
            identity.sign(
                private, issuer="webapp", audience="trading", subject="x", role="operator", nodes=[], at=now()
            ),
            "",
            "a.b.c",
            "é.é.é",
            "x" * 5000,
        ]
        for token in tokens:
            assert client.get("/api/me", **bearer(token)).status_code == 401, token
        assert client.get("/api/me", **bearer(forged(ada, key))).status_code == 200

    def test_is_read_from_the_header_only(self, client, ada):
        token = sessions.open(user=ada, at=now()).access_token
        assert client.get(f"/api/me?token={token}&access_token={token}").status_code == 401
        client.cookies["access"] = token
        assert client.get("/api/me").status_code == 401

    def test_says_how_to_log_in(self, client, db):
        response = client.get("/api/me")
        assert response.headers["WWW-Authenticate"].startswith("Bearer")
        assert response.json()["code"] == "not-authenticated"


class TestPurge:
    def test_forgets_what_has_expired_and_nothing_else(self, ada):
        at = now()
        sessions.open(user=ada, at=at - timedelta(days=31))
        sessions.open(user=ada, at=at)
        operations.register(
            email="e@x.ch", password=PASSWORD, language="en", address="x", at=at - timedelta(days=2)
        )
        operations.purge(at=at)
        assert RefreshFamily.objects.count() == 1
        assert not operations.Registration.objects.exists()
        assert not operations.Throttle.objects.exists()
