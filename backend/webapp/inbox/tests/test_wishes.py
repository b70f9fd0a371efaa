from datetime import UTC, datetime, timedelta
from smtplib import SMTPDataError, SMTPRecipientsRefused

import pytest
from django.core import mail

from webapp.inbox import digest, wishes
from webapp.inbox.models import Notification, ReceivedEvent, Wish
from webapp.inbox.tests.test_receive import deliver, event
from webapp.users.models import LANGUAGES

DOOR = "/api/notifications/wishes"
SIX = datetime(2026, 11, 22, 17, tzinfo=UTC)  # in the evening, where the market is


def wish(client, in_app, by_mail, kind="auction-published"):
    item = {"kind": kind, "inApp": in_app, "byMail": by_mail}
    return client.put(DOOR, {"items": [item]}, format="json")


class TestWishes:
    def test_are_the_app_alone_at_first(self, as_ada):
        items = as_ada.get(DOOR).json()["items"]
        assert [each["kind"] for each in items][:2] == ["auction-published", "auction-cancelled"]
        assert {(each["inApp"], each["byMail"]) for each in items} == {(True, False)}

    def test_are_kept_kind_by_kind(self, as_ada):
        answer = wish(as_ada, False, True)
        assert answer.status_code == 200
        first, second, *_ = as_ada.get(DOOR).json()["items"]
        assert (first["inApp"], first["byMail"], second["inApp"]) == (False, True, True)
        assert answer.json() == as_ada.get(DOOR).json()

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"items": []},
            {"items": [{"kind": "weather", "inApp": True, "byMail": True}]},
            {"items": [{"kind": "auction-published", "inApp": "yes", "byMail": True}]},
            {"items": [{"kind": "auction-published", "inApp": True, "byMail": True}] * 2},
        ],
        ids=str,
    )
    def test_refuse_what_is_none(self, as_ada, body):
        assert as_ada.put(DOOR, body, format="json").status_code == 400
        assert not Wish.objects.exists()

    def test_decide_what_is_told_where(self, as_ada, as_bo, client):
        wish(as_ada, False, True)
        deliver(client, event())
        assert as_ada.get("/api/notifications").json() == {"items": [], "unread": 0, "unreadMessages": 0}
        assert as_bo.get("/api/notifications").json()["unread"] == 1
        assert Notification.objects.get(mail_due=True).user.email == "ada@example.ch"

    def test_nowhere_is_nowhere(self, as_ada, client, ada):
        wish(as_ada, False, False)
        deliver(client, event(), event(kind="auction-cancelled"))
        assert list(Notification.objects.filter(user=ada).values_list("kind", flat=True)) == [
            "auction-cancelled"
        ]


def raising(why, *, to=None):
    """A `send` that fails, for one address or for all."""
    sends = digest.EmailMessage.send

    def send(letter):
        if to is None or letter.to == [to]:
            raise why
        return sends(letter)

    return send


class TestDigest:
    @pytest.fixture
    def told(self, as_ada, client, ada):
        """Ada's result was told at noon."""
        wish(as_ada, True, True)
        deliver(client, event())
        ReceivedEvent.objects.update(received_at=SIX - timedelta(hours=5))
        return ada

    def test_tells_in_one_letter_in_the_evening_and_once(self, told):
        assert digest.deliver_due(at=SIX - timedelta(minutes=1)) == 0
        assert digest.deliver_due(at=SIX) == 1
        assert digest.deliver_due(at=SIX + timedelta(days=1)) == 0
        [letter] = mail.outbox
        assert letter.to == ["ada@example.ch"]
        assert "- Result for 23.11.2026: 0.900 kWh bought, 4.200 kWh sold\n" in letter.body
        assert "/inbox" in letter.body

    @pytest.mark.parametrize(
        ("language", "subject"),
        [
            ("de", "Ihr Tag an der Börse"),
            ("fr", "Votre journée à la bourse"),
            ("it", "La Sua giornata in borsa"),
        ],
    )
    def test_speaks_the_users_language(self, told, language, subject):
        told.language = language
        told.save()
        digest.deliver_due(at=SIX)
        assert mail.outbox[0].subject == subject

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_has_words_for_every_kind_that_may_be_wished(self, ada, language):
        ada.language = language
        node = {"nodeId": "N001", "boughtWh": 0, "soldWh": 4200}
        params = {"nodes": [node], "deliveryDay": "2026-11-23", "marketId": "dam"}
        told = [Notification(user=ada, kind=kind, at=SIX, params=params) for kind in wishes.KINDS]
        lines = digest.letter(ada, told).body.splitlines()
        said = [line for line in lines if line.startswith("- ") and "23.11.2026" in line]
        assert len(set(said)) == len(wishes.KINDS)

    def test_waits_for_the_next_evening_with_what_came_later(self, told):
        ReceivedEvent.objects.update(received_at=SIX + timedelta(minutes=1))
        assert digest.deliver_due(at=SIX + timedelta(hours=5)) == 0
        assert digest.deliver_due(at=SIX + timedelta(days=1)) == 1

    def test_tries_again_when_the_mail_server_is_away(self, told, monkeypatch):
        with monkeypatch.context() as away:
            away.setattr(digest.EmailMessage, "send", raising(ConnectionRefusedError()))
            assert digest.deliver_due(at=SIX) == 0
        assert digest.deliver_due(at=SIX + timedelta(seconds=15)) == 1

    @pytest.mark.parametrize(
        "why", [SMTPRecipientsRefused({}), SMTPDataError(550, b""), ValueError("a broken letter")], ids=repr
    )
    def test_a_letter_that_is_refused_holds_up_nobody(self, told, client, as_bo, monkeypatch, why):
        wish(as_bo, True, True)
        deliver(client, event())
        ReceivedEvent.objects.update(received_at=SIX - timedelta(hours=5))
        with monkeypatch.context() as refusing:
            refusing.setattr(digest.EmailMessage, "send", raising(why, to="ada@example.ch"))
            assert digest.deliver_due(at=SIX) == 1
        assert [letter.to for letter in mail.outbox] == [["bo@example.ch"]]
        assert digest.deliver_due(at=SIX + timedelta(minutes=59)) == 0
        assert digest.deliver_due(at=SIX + timedelta(hours=1)) == 1
        assert mail.outbox[1].to == ["ada@example.ch"]

    def test_gives_up_after_three_days(self, told):
        ReceivedEvent.objects.update(received_at=SIX - timedelta(days=3))
        assert digest.deliver_due(at=SIX) == 0

    def test_is_not_sent_to_whom_the_exchange_has_shut_out(self, told):
        told.is_active = False
        told.save()
        assert digest.deliver_due(at=SIX) == 0

    def test_is_not_sent_to_who_did_not_ask(self, as_bo, client, bo):
        deliver(client, event())
        ReceivedEvent.objects.update(received_at=SIX - timedelta(hours=5))
        assert digest.deliver_due(at=SIX) == 0
