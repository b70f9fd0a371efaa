from datetime import timedelta

import pytest

from webapp.conftest import PASSWORD, now
from webapp.users import operations
from webapp.users.models import Letter, Registration, User

NEW = {"email": "Eva@Example.ch", "password": PASSWORD, "language": "de"}


def register(client, **changes):
    return client.post("/api/auth/register", NEW | changes, format="json")


def confirm(client, token):
    return client.post("/api/auth/confirm", {"token": token}, format="json")


@pytest.mark.django_db
class TestRegister:
    def test_makes_a_user_once_the_address_is_confirmed(self, client, post):
        assert register(client).status_code == 202
        assert not User.objects.exists()
        assert confirm(client, post.token_for("eva@example.ch")).status_code == 204
        user = User.objects.get()
        assert (user.email, user.role, user.language) == ("eva@example.ch", "household", "de")
        assert client.post(
            "/api/auth/login", {"email": NEW["email"], "password": PASSWORD}, format="json"
        ).data

    def test_writes_in_the_users_language_with_the_link_from_the_settings(self, client, post, settings):
        register(client, language="fr")
        post.deliver()
        message = post.to("eva@example.ch")[0]
        assert message.subject == "Confirmez votre adresse e-mail"
        assert f"{settings.PUBLIC_URL}/confirm#token=" in message.body

    def test_answers_the_same_for_an_address_that_is_known_and_tells_its_owner(self, client, ada, post):
        known, unknown = register(client, email=ada.email), register(client)
        assert (known.status_code, known.content) == (unknown.status_code, unknown.content) == (202, b"")
        post.deliver()
        assert post.to(ada.email)[0].subject == "Sie haben bereits ein CEEX-Konto"
        assert "token" not in post.to(ada.email)[0].body
        assert User.objects.get().check_password(PASSWORD)

    def test_stores_neither_the_password_nor_the_links_token(self, client, post):
        register(client)
        token = post.token_for("eva@example.ch")
        row = Registration.objects.get()
        assert row.password.startswith("argon2$argon2id$")
        assert token not in str(row.__dict__) and token not in str(Letter.objects.get().__dict__)

    @pytest.mark.parametrize(
        ("changes", "field", "code"),
        [
            ({"is_staff": True}, "is_staff", "unknown-field"),
            ({"role": "operator"}, "role", "unknown-field"),
            ({"node_id": "N001"}, "node_id", "unknown-field"),
            ({"email": "a@x.ch\r\nBcc: evil@y.ch"}, "email", "control"),
            ({"email": "a@x.ch,evil@y.ch"}, "email", "invalid"),
            ({"email": '"a, b"@x.ch'}, "email", "invalid"),
            ({"email": "ä@x.ch"}, "email", "invalid"),
            ({"email": "a@x"}, "email", "invalid"),
            ({"email": 5}, "email", "invalid"),
            ({"email": None}, "email", "null"),
            ({"email": "a" * 250 + "@x.ch"}, "email", "max-length"),
            ({"password": "short"}, "password", "password-too-short"),
            ({"password": "password123"}, "password", "password-too-common"),
            ({"password": "eva@example.ch"}, "password", "password-too-similar"),
            ({"password": "a" * 129}, "password", "max-length"),
            ({"password": 1234567890}, "password", "invalid"),
            ({"language": "rm"}, "language", "invalid-choice"),
            ({"language": ["de"]}, "language", "invalid-choice"),
        ],
    )
    def test_names_the_field_that_is_wrong(self, client, changes, field, code):
        response = register(client, **changes)
        assert response.status_code == 400
        assert (field, code) in [(error["field"], error["code"]) for error in response.json()["errors"]]
        assert not Registration.objects.exists()

    def test_accepts_a_long_password_with_blanks_as_it_is(self, client, post, log_in):
        password = " " + "é🌞 long" * 12 + " "
        assert register(client, password=password).status_code == 202
        confirm(client, post.token_for("eva@example.ch"))
        log_in(User.objects.get(), password)

    def test_sends_one_address_three_letters_an_hour_at_most(self, client, post):
        answers = [register(client).status_code for _ in range(5)]
        assert answers == [202, 202, 202, 429, 429]
        post.deliver()
        assert len(post.to("eva@example.ch")) == 3

    def test_limits_one_place_too(self, client):
        answers = [register(client, email=f"e{n}@example.ch").status_code for n in range(32)]
        assert answers == [202] * 30 + [429] * 2


@pytest.mark.django_db
class TestConfirm:
    @pytest.mark.parametrize("token", ["", "x", "x" * 101, "ä", None, 5, "a\x00b"])
    def test_refuses_what_is_no_link(self, client, token):
        response = confirm(client, token)
        assert response.status_code == 400
        assert response.json()["code"] in ("invalid", "link-not-valid")

    def test_refuses_a_link_used_twice(self, client, post):
        register(client)
        token = post.token_for("eva@example.ch")
        assert confirm(client, token).status_code == 204
        again = confirm(client, token)
        assert (again.status_code, again.json()["code"]) == (400, "link-not-valid")

    def test_refuses_a_link_after_a_day(self, client, post):
        register(client)
        token, later = post.token_for("eva@example.ch"), now() + timedelta(hours=24)
        with pytest.raises(operations.LinkNotValid):
            operations.confirm(token=token, address="x", at=later)

    def test_takes_the_password_that_came_with_the_link(self, client, post, log_in):
        register(client, password="someone else registered")
        register(client)
        confirm(client, post.token_for("eva@example.ch"))
        log_in(User.objects.get(), PASSWORD)

    def test_ends_all_other_registrations_of_the_address(self, client, post):
        register(client, password="someone else registered")
        first = post.token_for("eva@example.ch")
        register(client)
        confirm(client, post.token_for("eva@example.ch"))
        assert confirm(client, first).status_code == 400
