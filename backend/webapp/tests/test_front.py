"""What is there before anyone logs in: health, description, the page, and an answer to everything else."""

import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared import environment, migrating, readiness
from webapp import headers, health, page

INDEX = "<!doctype html><title>CEEX</title>"


@pytest.fixture
def built_page(tmp_path, settings):
    (tmp_path / "index.html").write_text(INDEX)
    (tmp_path / "main-5XQ2ZKTA.js").write_text("export {}")
    (tmp_path / "main-5XQ2ZKTA.js.map").write_text("{}")
    (tmp_path / "config.json").write_text('{"environment": "left over from the build"}')
    (tmp_path / "favicon.ico").write_bytes(b"x")
    (tmp_path / "some-filename.js").write_text("export {}")
    settings.PAGE_DIR = settings.WHITENOISE_ROOT = str(tmp_path)
    settings.WHITENOISE_ALLOW_ALL_ORIGINS = False
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "webapp.page.PageFiles"]
    page._document.cache_clear()
    yield Client()
    page._document.cache_clear()


def body(response):
    return b"".join(response) if response.streaming else response.content


class TestPage:
    @pytest.mark.parametrize("path", ["/", "/trading", "/confirm", "/some/place/in/the/page", "/apiary"])
    def test_every_place_of_the_page_begins_with_its_document(self, built_page, path):
        response = built_page.get(path)
        assert (response.status_code, body(response).decode()) == (200, INDEX)
        assert response.headers["Cache-Control"] == "no-cache"
        policy = response.headers["Content-Security-Policy"]
        assert "script-src 'self';" in policy and "frame-ancestors 'none'" in policy
        assert response.headers["Referrer-Policy"] == "no-referrer"
        assert response.headers["X-Content-Type-Options"] == "nosniff"

    def test_files_named_after_their_content_stay_for_ever(self, built_page):
        response = built_page.get("/main-5XQ2ZKTA.js")
        assert body(response) == b"export {}"
        assert "immutable" in response.headers["Cache-Control"]
        assert "Access-Control-Allow-Origin" not in response.headers
        for path in ("/favicon.ico", "/some-filename.js"):
            assert "immutable" not in built_page.get(path).headers["Cache-Control"]

    @pytest.mark.parametrize(
        "path",
        [
            "/missing.js",
            "/.git",
            "/.env",
            "/main-5XQ2ZKTA.js.map",
            "/api/x",
            "/internal/x",
            "/api",
            "/../x.py",
        ],
    )
    def test_what_is_missing_is_missing(self, built_page, path):
        response = built_page.get(path)
        assert (response.status_code, response.json()["code"]) == (404, "not-found")

    def test_its_settings_come_from_the_environment(self, built_page, settings):
        settings.ENVIRONMENT, settings.SPEED = "demo", 60
        assert built_page.get("/config.json").json() == {
            "environment": "demo",
            "supportMail": settings.SUPPORT_MAIL,
            "mapTilesUrl": None,
            "mapTilesAttribution": None,
            "speed": 60,
        }

    def test_says_whom_to_tell_about_a_hole(self, client, settings):
        settings.SUPPORT_MAIL, settings.PUBLIC_URL = "help@ceex.example", "https://ceex.example"
        answer = client.get("/.well-known/security.txt")
        fields = dict(line.split(": ", 1) for line in answer.content.decode().splitlines())
        assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
        assert fields["Contact"] == "mailto:help@ceex.example"
        assert fields["Canonical"] == "https://ceex.example/.well-known/security.txt"
        left = datetime.fromisoformat(fields["Expires"]) - datetime.now(UTC)
        assert timedelta(days=30) < left < timedelta(days=366)

    def test_takes_no_other_method(self, built_page):
        response = built_page.post("/trading")
        assert (response.status_code, response.headers["Allow"]) == (405, "GET, HEAD")

    def test_is_not_there_where_nginx_serves_it(self, client, settings):
        settings.PAGE_DIR = ""
        assert client.get("/").status_code == 404

    def test_allows_pictures_from_the_maps_server_only_if_there_is_one(self):
        assert "img-src 'self' data: blob:;" in headers.page_policy(None)
        policy = headers.page_policy("https://{s}.tiles.example/{z}/{x}/{y}.png")
        assert "img-src 'self' data: blob: https://*.tiles.example;" in policy


@pytest.mark.django_db
class TestHealth:
    @pytest.fixture(autouse=True)
    def _forget(self, monkeypatch):
        monkeypatch.setattr(health, "database", readiness.Database())
        monkeypatch.setattr(health, "trading", readiness.Neighbour(health._ask_trading, fresh_s=2))
        monkeypatch.setattr(health, "spoken", readiness.Spoken())

    def test_is_ready_when_database_and_trading_are(self, client, trading):
        assert client.get("/api/health/live").json() == {"status": "alive"}
        assert client.get("/api/health/ready").json()["status"] == "ready"

    def test_is_degraded_not_dead_when_trading_goes_away(self, client, trading, settings, monkeypatch):
        assert client.get("/api/health/ready").json()["status"] == "ready"
        settings.TRADING_URL = "http://127.0.0.1:1"
        monkeypatch.setattr(health.trading, "asked_at", float("-inf"))
        response = client.get("/api/health/ready")
        assert (response.status_code, response.json()["status"]) == (200, "degraded")

    def test_is_not_ready_before_it_has_reached_trading_once(self, client, settings):
        settings.TRADING_URL = "http://127.0.0.1:1"
        response = client.get("/api/health/ready")
        assert (response.status_code, response.json()["status"]) == (503, "not-ready")

    def test_waits_for_its_own_trading_though_another_answers(self, client, trading, settings, monkeypatch):
        settings.OWN_TRADING_URL = "http://127.0.0.1:1"
        assert client.get("/api/health/ready").status_code == 503
        settings.OWN_TRADING_URL = trading.url
        monkeypatch.setattr(health.trading, "asked_at", float("-inf"))
        assert client.get("/api/health/ready").json()["status"] == "ready"
        settings.OWN_TRADING_URL = "http://127.0.0.1:1"
        monkeypatch.setattr(health.trading, "asked_at", float("-inf"))
        assert client.get("/api/health/ready").json()["status"] == "ready"

    def test_is_not_ready_before_the_migrations(self, client, trading, monkeypatch):
        monkeypatch.setattr(migrating, "outstanding", lambda: ["users.0002_more"])
        response = client.get("/api/health/ready")
        assert (response.status_code, response.json()["status"]) == (503, "not-ready")

    def test_asks_trading_every_two_seconds_at_most(self, client, trading):
        for _ in range(5):
            client.get("/api/health/ready")
        assert len(trading.seen) == 1

    def test_says_which_revision_runs(self, client, settings):
        assert client.get("/api/version").json()["revision"] == settings.REVISION


class TestSchema:
    def test_describes_the_api_in_openapi_3_1(self, client):
        schema = client.get("/api/schema").json()
        assert schema["openapi"] == "3.1.0"
        assert "/api/auth/login" in schema["paths"] and "/api/proxy/" in schema["paths"]
        assert not any(path.startswith("/internal") for path in schema["paths"])


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
FIELDS = ["email", "password", "language", "token", "currentPassword", "newPassword", "dso", "dsoClientId"]
FIELDS += ["url", "method", "body", "events"]
DOORS = [
    ("POST", "/api/auth/register"),
    ("POST", "/api/auth/confirm"),
    ("POST", "/api/auth/login"),
    ("POST", "/api/auth/refresh"),
    ("POST", "/api/auth/logout"),
    ("POST", "/api/auth/password/reset-request"),
    ("POST", "/api/auth/password/reset"),
    ("POST", "/api/auth/password/change"),
    ("PATCH", "/api/me"),
    ("POST", "/api/pairings"),
    ("POST", "/api/proxy/"),
    ("PUT", "/api/trading/node/N001/strategy"),
    ("POST", "/api/trading/node/N001/orders"),
    ("POST", "/internal/events"),
]


class TestAnything:
    @pytest.mark.parametrize(("method", "path"), DOORS)
    def test_is_answered_without_blaming_ourselves(self, as_ada, trading, method, path):
        @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
        @given(st.dictionaries(st.sampled_from(FIELDS), ANYTHING, max_size=4) | ANYTHING)
        def throw(value):
            response = as_ada.generic(method, path, json.dumps(value), content_type="application/json")
            assert response.status_code < 500, response.content
            if response.status_code >= 400:
                assert response.headers["Content-Type"] == "application/problem+json"
                assert response.json()["code"]

        throw()

    @pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "FOO"])
    @pytest.mark.parametrize(
        "path",
        [
            "/api/me",
            "/api/nothing",
            "/api/proxy/",
            "/api/auth/login",
            "/api/schema",
            "/internal/events",
            "/x",
        ],
    )
    def test_in_any_method_is_a_problem_with_a_code(self, as_ada, trading, method, path):
        response = as_ada.generic(method, path)
        assert response.status_code < 500
        if response.status_code >= 400:
            assert response.headers["Content-Type"] == "application/problem+json"
            assert re.fullmatch("[a-z-]+", response.json()["code"])

    def test_unexpected_is_logged_and_says_nothing(self, as_ada, trading, monkeypatch):
        as_ada.raise_request_exception = False
        monkeypatch.setattr("webapp.users.profile.of", lambda user: 1 / 0)
        response = as_ada.get("/api/me")
        assert (response.status_code, response.json()["code"]) == (500, "internal-error")
        assert b"ZeroDivision" not in response.content

    def test_accepts_no_other_origin(self, as_ada):
        for origin in ("null", "https://ceex.example.evil.com"):
            response = as_ada.get("/api/me", HTTP_ORIGIN=origin)
            assert not [name for name in response.headers if name.startswith("Access-Control")]

    def test_takes_no_escape_from_json(self, as_ada):
        assert as_ada.get("/api/me?format=api").headers["Content-Type"] == "application/json"
        assert as_ada.get("/api/me", HTTP_ACCEPT="text/html").status_code == 406


def start(**changes):
    names = {name: value for name, value in os.environ.items() if changes.get(name, value) is not None}
    names |= {name: value for name, value in changes.items() if value is not None}
    return subprocess.run(
        [sys.executable, "-m", "webapp", "check"],
        env=names,
        cwd=environment.ROOT / "backend",
        capture_output=True,
        text=True,
    )


class TestStart:
    @pytest.mark.parametrize(
        "name",
        ["CEEX_WEBAPP_SECRET_KEY", "CEEX_WEBAPP_DATABASE_URL", "CEEX_TRADING_URL", "CEEX_PUBLIC_URL"]
        + ["CEEX_WEBAPP_PRIVATE_KEY_FILE", "CEEX_TRADING_PUBLIC_KEY_FILE"],
    )
    def test_is_refused_naming_the_variable_that_is_missing(self, name):
        ended = start(**{name: None})
        assert ended.returncode != 0
        assert name in ended.stderr and "Traceback" not in ended.stderr

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("CEEX_WEBAPP_SECRET_KEY", "changeme"),
            ("CEEX_WEBAPP_PRIVATE_KEY_FILE", os.devnull),
            ("CEEX_TRADING_URL", "trading:8001/x"),
            ("CEEX_MAIL", "pigeon"),
            ("CEEX_SPEED", "fast"),
        ],
    )
    def test_is_refused_for_what_cannot_be_used(self, name, value):
        ended = start(**{name: value})
        assert ended.returncode != 0
        assert name in ended.stderr and "Traceback" not in ended.stderr

    def test_succeeds_otherwise(self):
        assert start(CEEX_MAIL="smtps://ada:secret@mail.example:465").returncode == 0


class TestHouse:
    def test_models_and_migrations_agree(self, db):
        call_command("makemigrations", "--check", "--dry-run", verbosity=0)

    def test_modules_stay_short(self):
        folder = Path(environment.ROOT) / "backend"
        files = [*folder.glob("webapp/**/*.py"), *folder.glob("shared/*.py")]
        long = [str(file) for file in files if len(file.read_text().splitlines()) > 400]
        assert long == []
