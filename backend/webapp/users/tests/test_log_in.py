from datetime import timedelta

import pytest

from webapp.conftest import PASSWORD, now
from webapp.users import cookies, operations, throttles


def log_in(client, email, password=PASSWORD, **extra):
    return client.post("/api/auth/login", {"email": email, "password": password}, format="json", **extra)


class TestLogIn:
    def test_gives_a_short_token_and_a_cookie_no_script_can_read(self, client, ada):
        response = log_in(client, "ADA@example.ch")
        body = response.json()
        assert body["expiresIn"] == 300
        assert body["user"] == {
            "userId": str(ada.pk),
            "email": "ada@example.ch",
            "role": "household",
            "language": "en",
            "secondFactor": False,
            "pairings": [body["user"]["pairings"][0]],
        }
        assert body["user"]["pairings"][0]["producerNodeId"] == "N001"
        cookie = response.cookies[cookies.NAME]
        assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Strict", "/api/auth")
        assert cookie.value not in response.content.decode()

    def test_opens_the_door(self, as_ada):
        assert as_ada.get("/api/me").json()["email"] == "ada@example.ch"

    def test_answers_the_same_for_wrong_unknown_unconfirmed_and_inactive(self, client, ada, bo):
        bo.is_active = False
        bo.save()
        operations.register(
            email="eva@example.ch", password=PASSWORD, language="en", address="elsewhere", at=now()
        )
        answers = [
            log_in(client, ada.email, "wrong password"),
            log_in(client, "nobody@example.ch"),
            log_in(client, "eva@example.ch"),
            log_in(client, bo.email),
        ]
        assert {(answer.status_code, answer.content) for answer in answers} == {(401, answers[0].content)}
        assert answers[0].json()["code"] == "wrong-credentials"

    def test_compares_a_password_even_if_there_is_no_user(self, client, db, monkeypatch):
        compared = []
        monkeypatch.setattr(
            "webapp.users.passwords.hashers.check_password", lambda *args: compared.append(args) or True
        )
        assert log_in(client, "nobody@example.ch").status_code == 401
        assert compared[0][1].startswith("argon2$argon2id$")

    @pytest.mark.parametrize(
        "body",
        [{}, [], "x", 5, None, {"email": "ada@example.ch"}, {"email": [], "password": {}}]
        + [{"email": "ada@example.ch", "password": PASSWORD, "remember": True}],
        ids=repr,
    )
    def test_refuses_another_shape(self, client, db, body):
        response = client.post("/api/auth/login", body, format="json")
        assert response.status_code == 400
        assert response.headers["Content-Type"] == "application/problem+json"


class TestLogInThrottle:
    def test_stops_guessing_from_one_place_and_says_for_how_long(self, client, ada):
        answers = [log_in(client, ada.email, f"guess {n}") for n in range(11)]
        assert [answer.status_code for answer in answers] == [401] * 10 + [429]
        assert 0 < int(answers[-1].headers["Retry-After"]) <= 900

    def test_answers_the_same_for_an_unknown_account(self, client, db):
        answers = [log_in(client, "nobody@example.ch", f"guess {n}").status_code for n in range(11)]
        assert answers == [401] * 10 + [429]

    def test_lets_the_owner_in_from_elsewhere(self, client, ada):
        for n in range(12):
            log_in(client, ada.email, f"guess {n}")
        assert log_in(client, ada.email, REMOTE_ADDR="192.0.2.7").status_code == 200

    def test_gives_each_place_one_guess_once_many_places_guess(self, client, ada):
        for n in range(50):
            log_in(client, ada.email, "guess", REMOTE_ADDR=f"192.0.2.{n}")
        assert log_in(client, ada.email, "guess", REMOTE_ADDR="198.51.100.1").status_code == 401
        assert log_in(client, ada.email, "guess", REMOTE_ADDR="198.51.100.1").status_code == 429
        assert log_in(client, ada.email, REMOTE_ADDR="198.51.100.2").status_code == 200

    def test_begins_anew_after_a_success(self, client, ada):
        for _ in range(3):
            for n in range(8):
                log_in(client, ada.email, f"guess {n}")
            assert log_in(client, ada.email).status_code == 200


class TestThrottle:
    def test_begins_a_new_window_when_the_old_one_ends(self, db):
        at = now()
        for _ in range(3):
            throttles.count("letter", "x", at=at)
        with pytest.raises(throttles.Problem):
            throttles.count("letter", "x", at=at + timedelta(minutes=59))
        throttles.count("letter", "x", at=at + timedelta(hours=1))

    @pytest.mark.parametrize(
        ("hops", "forwarded", "expected"),
        [
            (0, "198.51.100.1", "192.0.2.1"),
            (1, "198.51.100.9, 203.0.113.5", "203.0.113.5"),
            (1, "", "unknown"),
            (1, "203.0.113.5, ::ffff:198.51.100.7", "198.51.100.7"),
            (1, "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
            (2, "6.6.6.6, 198.51.100.9, 203.0.113.5", "198.51.100.9"),
            (2, "203.0.113.5", "192.0.2.1"),
            (1, "<script>", "unknown"),
        ],
    )
    def test_believes_its_own_proxies_only(self, settings, rf, hops, forwarded, expected):
        settings.PROXY_HOPS = hops
        request = rf.get("/", REMOTE_ADDR="192.0.2.1", HTTP_X_FORWARDED_FOR=forwarded)
        assert throttles.address_of(request) == expected
