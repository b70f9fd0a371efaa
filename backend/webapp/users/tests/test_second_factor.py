from datetime import timedelta

import pyotp
import pytest
from django.core.management import CommandError, call_command

from webapp.conftest import PASSWORD, now
from webapp.users import second_factor, throttles
from webapp.users.models import SecondFactor, SpareCode
from webapp.users.tests.test_log_in import log_in

DOOR = "/api/me/second-factor"


def code_at(secret, at):
    return pyotp.TOTP(secret).at(at)


@pytest.fixture
def secret(ada):
    """Ada's app has been confirmed a quarter of an hour ago."""
    before = now() - timedelta(minutes=15)
    secret = second_factor.begin(user=ada, password=PASSWORD, at=before)
    second_factor.confirm(user=ada, code=code_at(secret, before), at=before)
    return secret


class TestBegin:
    def test_gives_the_secret_once_and_stores_it_encrypted(self, as_ada, ada):
        answer = as_ada.post(DOOR, {"password": PASSWORD}, format="json")
        assert answer.status_code == 201
        assert answer["Cache-Control"] == "no-store"
        said = answer.json()
        assert said["address"].startswith("otpauth://totp/CEEX:ada%40example.ch?secret=" + said["secret"])
        assert {len(row) for row in said["squares"]} == {len(said["squares"])}
        assert said["secret"] not in SecondFactor.objects.get(user=ada).secret
        assert "secret" not in as_ada.get("/api/me").json()

    def test_asks_for_the_password(self, as_ada):
        answer = as_ada.post(DOOR, {"password": "another"}, format="json")
        assert (answer.status_code, answer.json()["code"]) == (403, "wrong-password")
        assert not SecondFactor.objects.exists()

    def test_does_not_let_the_password_be_guessed(self, as_ada):
        tries = throttles.LIMITS["password"].most + 1
        answers = [as_ada.post(DOOR, {"password": "another"}, format="json") for _ in range(tries)]
        assert answers[-1].status_code == 429

    def test_does_not_replace_one_that_is_on(self, as_ada, ada):
        SecondFactor.objects.create(user=ada, secret="", confirmed_at=now())
        answer = as_ada.post(DOOR, {"password": PASSWORD}, format="json")
        assert (answer.status_code, answer.json()["code"]) == (409, "second-factor-on")


class TestConfirm:
    def test_turns_it_on_with_the_apps_code(self, as_ada, ada):
        secret = as_ada.post(DOOR, {"password": PASSWORD}, format="json").json()["secret"]
        assert not as_ada.get("/api/me").json()["secondFactor"]
        code = {"code": code_at(secret, now())}
        answer = as_ada.post(f"{DOOR}/confirmation", code, format="json")
        assert answer.status_code == 200
        spare = answer.json()["spareCodes"]
        assert len(set(spare)) == second_factor.SPARE_CODES
        assert not set(spare) & set(SpareCode.objects.values_list("digest", flat=True))
        assert as_ada.get("/api/me").json()["secondFactor"]

    def test_refuses_another_code(self, as_ada):
        secret = as_ada.post(DOOR, {"password": PASSWORD}, format="json").json()["secret"]
        wrong = {"code": code_at(secret, now() - timedelta(minutes=5))}
        answer = as_ada.post(f"{DOOR}/confirmation", wrong, format="json")
        assert (answer.status_code, answer.json()["code"]) == (403, "wrong-code")
        assert not as_ada.get("/api/me").json()["secondFactor"]

    def test_needs_a_beginning(self, as_ada):
        answer = as_ada.post(f"{DOOR}/confirmation", {"code": "123456"}, format="json")
        assert (answer.status_code, answer.json()["code"]) == (409, "second-factor-off")


class TestLogIn:
    def code(self, client, ada, code):
        body = {"email": ada.email, "password": PASSWORD, "code": code}
        return client.post("/api/auth/login", body, format="json")

    def test_asks_for_the_code_once_the_password_is_right(self, client, ada, secret):
        assert log_in(client, ada.email).json()["code"] == "code-needed"
        assert log_in(client, ada.email, "another").json()["code"] == "wrong-credentials"

    def test_opens_with_the_code_however_it_is_written(self, client, ada, secret):
        code = code_at(secret, now())
        assert self.code(client, ada, f"{code[:3]} {code[3:]}").status_code == 200

    def test_a_code_counts_once(self, client, ada, secret):
        code = code_at(secret, now())
        assert self.code(client, ada, code).status_code == 200
        assert self.code(client, ada, code).json()["code"] == "wrong-code"

    def test_a_clock_a_step_off_still_counts_but_no_further(self, ada, secret):
        at = now()
        for off_s in (90, -90):
            with pytest.raises(second_factor.WrongCode):
                second_factor.check(user=ada, code=code_at(secret, at + timedelta(seconds=off_s)), at=at)
        second_factor.check(user=ada, code=code_at(secret, at - timedelta(seconds=30)), at=at)

    def test_a_spare_code_counts_once(self, client, ada, secret):
        SpareCode.objects.filter(user=ada).delete()
        spare = second_factor._turn_on(SecondFactor.objects.get(user=ada), now())
        assert self.code(client, ada, spare[3].upper()).status_code == 200
        assert self.code(client, ada, spare[3]).json()["code"] == "wrong-code"

    def test_with_the_key_gone_spare_codes_alone_open(self, client, ada, secret, settings):
        spare = second_factor._turn_on(SecondFactor.objects.get(user=ada), now())
        settings.SECRET_KEY = "another key, long enough to be taken for one"
        assert self.code(client, ada, code_at(secret, now())).json()["code"] == "wrong-code"
        second_factor.check(user=ada, code=spare[0], at=now())

    def test_codes_cannot_be_guessed(self, client, ada, secret):
        tries = throttles.LIMITS["second-factor"].most
        answers = [self.code(client, ada, f"{number:06d}") for number in range(tries + 1)]
        assert {answer.status_code for answer in answers[:-1]} == {403}
        assert answers[-1].status_code == 429

    @pytest.mark.parametrize("code", ["", "      ", "é", "x" * 41, 123456, None, "\u0000"])
    def test_takes_no_odd_code(self, client, ada, secret, code):
        assert self.code(client, ada, code).status_code in (400, 401, 403)


class TestEnd:
    def test_takes_password_and_code(self, as_ada, ada, secret):
        body = {"password": PASSWORD, "code": "000000"}
        assert as_ada.post(f"{DOOR}/end", body, format="json").json()["code"] == "wrong-code"
        body["code"] = code_at(secret, now())
        assert as_ada.post(f"{DOOR}/end", body, format="json").status_code == 204
        assert not as_ada.get("/api/me").json()["secondFactor"]
        assert not SpareCode.objects.exists()

    def test_an_operator_ends_it_by_a_command(self, client, ada, secret, capsys):
        call_command("end_second_factor", ada.email)
        assert log_in(client, ada.email).status_code == 200
        with pytest.raises(CommandError):
            call_command("end_second_factor", ada.email)

    def test_of_nothing_says_so(self, as_bo):
        answer = as_bo.post(f"{DOOR}/end", {"password": PASSWORD, "code": "1"}, format="json")
        assert (answer.status_code, answer.json()["code"]) == (409, "second-factor-off")

    @pytest.fixture
    def as_ada(self, client, ada, secret):
        code = code_at(secret, now() - timedelta(seconds=30))
        body = {"email": ada.email, "password": PASSWORD, "code": code}
        token = client.post("/api/auth/login", body, format="json").json()["accessToken"]
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
        return client
