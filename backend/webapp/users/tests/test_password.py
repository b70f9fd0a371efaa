from datetime import timedelta

import pytest
from django.core import mail

from webapp.conftest import PASSWORD
from webapp.users import cookies, operations
from webapp.users.models import Letter, ResetToken

NEW = "another horse entirely"


def ask(client, email):
    return client.post("/api/auth/password/reset-request", {"email": email}, format="json")


def reset(client, token, password=NEW):
    return client.post("/api/auth/password/reset", {"token": token, "password": password}, format="json")


def change(client, current=PASSWORD, new=NEW):
    body = {"currentPassword": current, "newPassword": new}
    return client.post("/api/auth/password/change", body, format="json")


class TestReset:
    def test_sets_another_password_and_ends_every_session(self, client, ada, as_ada, post, log_in):
        assert ask(client, ada.email).status_code == 202
        assert reset(client, post.token_for(ada.email)).status_code == 204
        assert as_ada.get("/api/me").status_code == 401
        assert as_ada.post("/api/auth/refresh", HTTP_X_CEEX="1").status_code == 401
        assert (
            client.post(
                "/api/auth/login", {"email": ada.email, "password": PASSWORD}, format="json"
            ).status_code
            == 401
        )
        log_in(ada, NEW)

    def test_tells_the_owner_afterwards(self, client, ada, post):
        ask(client, ada.email)
        reset(client, post.token_for(ada.email))
        post.deliver()
        assert post.to(ada.email)[-1].subject == "Your password was changed"

    def test_answers_the_same_for_known_unknown_and_inactive(self, client, ada, bo, post):
        bo.is_active = False
        bo.save()
        answers = [ask(client, email) for email in (ada.email, "nobody@example.ch", bo.email)]
        assert {(answer.status_code, answer.content) for answer in answers} == {(202, b"")}
        assert Letter.objects.count() == 3
        post.deliver()
        assert [message.to for message in mail.outbox] == [[ada.email]]

    def test_does_the_same_work_for_known_and_unknown(
        self, client, ada, django_assert_num_queries, django_assert_max_num_queries
    ):
        with django_assert_max_num_queries(20) as known:
            ask(client, ada.email)
        with django_assert_num_queries(len(known)):
            ask(client, "nobody@example.ch")

    def test_refuses_a_link_that_was_used(self, client, ada, post):
        ask(client, ada.email)
        token = post.token_for(ada.email)
        reset(client, token)
        assert reset(client, token, "yet another password").json()["code"] == "link-not-valid"

    def test_refuses_the_older_of_two_links(self, client, ada, post):
        ask(client, ada.email)
        older = post.token_for(ada.email)
        ask(client, ada.email)
        newer = post.token_for(ada.email)
        assert reset(client, older).status_code == 400
        assert reset(client, newer).status_code == 204

    def test_refuses_a_link_after_a_log_in_or_a_change(self, client, ada, post, log_in):
        ask(client, ada.email)
        token = post.token_for(ada.email)
        as_ada = log_in(ada)
        assert reset(client, token).status_code == 400
        ask(client, ada.email)
        token = post.token_for(ada.email)
        change(as_ada)
        assert reset(client, token).status_code == 400

    def test_refuses_a_link_after_half_an_hour(self, client, ada, post):
        ask(client, ada.email)
        token = post.token_for(ada.email)
        expires_at = ResetToken.objects.get().expires_at
        with pytest.raises(operations.LinkNotValid):
            operations.reset_password(token=token, password=NEW, address="x", at=expires_at)
        operations.reset_password(
            token=token, password=NEW, address="x", at=expires_at - timedelta(milliseconds=1)
        )

    def test_keeps_the_link_when_the_password_is_weak(self, client, ada, post):
        ask(client, ada.email)
        token = post.token_for(ada.email)
        assert reset(client, token, "password123").json()["errors"][0]["code"] == "password-too-common"
        assert reset(client, token).status_code == 204

    def test_sends_one_address_three_letters_an_hour_known_or_not(self, client, ada):
        for email in (ada.email, "nobody@example.ch"):
            assert [ask(client, email).status_code for _ in range(5)] == [202] * 3 + [429] * 2

    def test_writes_links_from_the_settings_whatever_the_host(self, client, ada, post, settings):
        settings.ALLOWED_HOSTS = ["testserver"]
        response = client.post(
            "/api/auth/password/reset-request",
            {"email": ada.email},
            format="json",
            HTTP_X_FORWARDED_HOST="evil.example",
        )
        assert response.status_code == 202
        post.deliver()
        assert "evil" not in mail.outbox[0].body and settings.PUBLIC_URL in mail.outbox[0].body
        response = client.post("/api/auth/logout", HTTP_HOST="evil.example")
        assert (response.status_code, response.json()["code"]) == (400, "bad-request")

    def test_a_mail_server_that_is_away_changes_no_answer_and_loses_no_letter(
        self, client, ada, post, settings
    ):
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
        assert ask(client, ada.email).status_code == 202
        assert post.deliver() == 1
        assert not ResetToken.objects.exists()
        letter = Letter.objects.get()
        assert letter.done_at is None and letter.attempts == 1
        settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
        assert post.deliver() == 0
        assert post.deliver(at=letter.due_at) == 1
        assert len(mail.outbox) == 1 and ResetToken.objects.count() == 1


class TestChange:
    def test_ends_every_other_session_and_begins_this_one_anew(self, ada, as_ada, log_in):
        elsewhere = log_in(ada)
        old = as_ada.cookies[cookies.NAME].value
        assert change(as_ada).status_code == 204
        assert elsewhere.get("/api/me").status_code == 401
        assert elsewhere.post("/api/auth/refresh", HTTP_X_CEEX="1").status_code == 401
        assert as_ada.get("/api/me").status_code == 401, "a token from before the change is dead"
        renewed = as_ada.post("/api/auth/refresh", HTTP_X_CEEX="1")
        assert renewed.status_code == 200
        as_ada.cookies[cookies.NAME] = old
        assert as_ada.post("/api/auth/refresh", HTTP_X_CEEX="1").status_code == 401

    def test_needs_the_current_password(self, as_ada, ada, log_in):
        response = change(as_ada, current="wrong password")
        assert (response.status_code, response.json()["code"]) == (403, "wrong-password")
        log_in(ada)

    def test_names_the_field_of_a_weak_password(self, as_ada):
        assert change(as_ada, new="ada@example.ch").json()["errors"][0]["field"] == "newPassword"

    def test_stops_guessing_with_a_stolen_session(self, as_ada):
        answers = [change(as_ada, current=f"guess {n}").status_code for n in range(11)]
        assert answers == [403] * 10 + [429]

    def test_needs_a_session(self, client, db):
        assert change(client).status_code == 401


class TestMe:
    def test_changes_the_language_of_mails_and_nothing_else(self, as_ada, ada, post):
        assert as_ada.patch("/api/me", {"language": "it"}, format="json").json()["language"] == "it"
        assert as_ada.patch("/api/me", {"role": "operator"}, format="json").status_code == 400
        ask(as_ada, ada.email)
        post.deliver()
        assert post.to(ada.email)[0].subject == "Scelga una nuova password"


class TestLetters:
    def test_a_broken_letter_holds_up_no_other(self, client, ada, bo, post, monkeypatch):
        ask(client, ada.email)
        ask(client, bo.email)
        send = mail.EmailMessage.send

        def break_adas(message, *args, **options):
            if message.to == [ada.email]:
                raise RuntimeError("broken")
            return send(message, *args, **options)

        monkeypatch.setattr(mail.EmailMessage, "send", break_adas)
        assert post.deliver() == 2
        assert [message.to for message in mail.outbox] == [[bo.email]]

    @pytest.mark.parametrize("language", ["en", "de", "fr", "it"])
    @pytest.mark.parametrize("name", ["confirm", "already-registered", "reset", "password-changed"])
    def test_every_letter_exists_in_every_language(self, name, language):
        message = operations.letters._message(name, language, "a@x.ch", link="https://x/#token=1")
        assert message.subject and "https://x/#token=1\n" in message.body and "{" not in message.body
