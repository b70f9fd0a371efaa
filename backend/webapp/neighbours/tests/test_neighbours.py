"""Two neighbours who both want to be seen; everybody else sees and reaches nobody."""

import io
from uuid import uuid4

import pytest
from PIL import Image

from webapp.access import operations as access
from webapp.access.models import Pairing
from webapp.conftest import _paired, now
from webapp.neighbours import operations, queries
from webapp.neighbours.models import Message
from webapp.users.throttles import LIMITS


def opened(user, name):
    return operations.describe(user=user, name=name, is_open=True)


@pytest.fixture
def cards(ada, bo):
    return {"ada": opened(ada, "Ada"), "bo": opened(bo, "Bo")}


def seen_by(client):
    return [each["name"] for each in client.get("/api/neighbours").json()["items"]]


def send(client, card, text="Hello", message_id=None):
    body = {"messageId": str(message_id or uuid4()), "text": text}
    return client.post(f"/api/neighbours/{card.pk}/messages", body, format="json")


def said_to(client, card):
    return [each["text"] for each in client.get(f"/api/neighbours/{card.pk}/messages").json()["items"]]


def reported_to(client, card):
    return [each["reported"] for each in client.get(f"/api/neighbours/{card.pk}/messages").json()["items"]]


def png(size=(600, 400), **options):
    written = io.BytesIO()
    Image.new("RGB", size, (200, 30, 30)).save(written, "PNG", **options)
    return written.getvalue()


def put_picture(client, raw, kind="image/png"):
    return client.generic("PUT", "/api/neighbours/me/picture", raw, content_type=kind)


class TestBeingSeen:
    def test_takes_both(self, as_ada, as_bo, ada, bo):
        opened(ada, "Ada")
        assert seen_by(as_bo) == []
        bos = opened(bo, "Bo")
        assert (seen_by(as_ada), seen_by(as_bo)) == (["Bo"], ["Ada"])
        operations.describe(user=bo, name="Bo", is_open=False)
        assert seen_by(as_ada) == []
        assert send(as_ada, bos).status_code == 404

    def test_takes_a_common_grid(self, as_ada, as_cy, cards, cy):
        opened(cy, "Cy")
        assert seen_by(as_cy) == []
        Pairing.objects.filter(user=_paired(cy, "9", "C9")).update(dso_id="elsewhere")
        assert (seen_by(as_cy), seen_by(as_ada)) == ([], ["Bo"])

    def test_ends_with_the_pairing(self, as_ada, bo, cards):
        access.unpair(user=bo, pairing_id=Pairing.objects.get(user=bo).pk, at=now())
        assert seen_by(as_ada) == []

    def test_says_no_address(self, as_ada, cards):
        (shown,) = as_ada.get("/api/neighbours").json()["items"]
        assert set(shown) == {"neighbourId", "name", "picture", "unread", "blocked"}

    def test_needs_a_name(self, as_ada):
        answer = as_ada.put("/api/neighbours/me", {"name": " ", "open": True}, format="json")
        assert answer.status_code == 400
        assert [each["field"] for each in answer.json()["errors"]] == ["name"]
        assert as_ada.get("/api/neighbours/me").json() == {"name": "", "open": False, "picture": None}


class TestWriting:
    def test_reaches_the_other_once(self, as_ada, as_bo, cards):
        message_id = uuid4()
        answers = [send(as_ada, cards["bo"], "Sun today", message_id) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [201, 201]
        assert said_to(as_bo, cards["ada"]) == said_to(as_ada, cards["bo"]) == ["Sun today"]
        assert as_bo.get("/api/notifications").json()["unreadMessages"] == 1
        assert as_bo.get("/api/neighbours").json()["items"][0]["unread"] == 1
        assert as_bo.post(f"/api/neighbours/{cards['ada'].pk}/messages/read").status_code == 204
        assert as_bo.get("/api/notifications").json()["unreadMessages"] == 0

    def test_refuses_an_id_of_someone_else(self, as_ada, as_bo, cards):
        message_id = uuid4()
        send(as_ada, cards["bo"], message_id=message_id)
        answer = send(as_bo, cards["ada"], message_id=message_id)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "messageId")

    @pytest.mark.parametrize("text", ["", " ", "x" * 1001, "\x00", 7])
    def test_refuses_what_is_no_text(self, as_ada, cards, text):
        assert send(as_ada, cards["bo"], text).status_code == 400
        assert not Message.objects.exists()

    def test_slows_down_who_writes_too_often(self, as_ada, cards):
        answers = [send(as_ada, cards["bo"]).status_code for _ in range(LIMITS["message"].most + 1)]
        assert answers[-2:] == [201, 429]


class TestBlocking:
    def test_shuts_out_until_it_is_taken_back(self, as_ada, as_bo, cards):
        send(as_bo, cards["ada"])
        address = f"/api/neighbours/{cards['bo'].pk}/block"
        assert as_ada.put(address).status_code == 204
        assert seen_by(as_bo) == []
        assert send(as_bo, cards["ada"]).status_code == 404
        assert send(as_ada, cards["bo"]).json()["code"] == "neighbour-blocked"
        assert as_ada.get("/api/notifications").json()["unreadMessages"] == 0
        (shown,) = as_ada.get("/api/neighbours").json()["items"]
        assert (shown["blocked"], shown["unread"]) == (True, 0)
        assert as_ada.delete(address).status_code == 204
        assert send(as_bo, cards["ada"]).status_code == 201


class TestReporting:
    def test_shows_the_operator_who_may_silence(self, as_ada, as_bo, operator, log_in, cards, bo):
        message_id = send(as_bo, cards["ada"], "Rude").json()["messageId"]
        address = f"/api/messages/{message_id}/report"
        assert as_bo.post(address, {"reason": "me"}, format="json").status_code == 404
        assert as_ada.post(address, {"reason": "Rude words"}, format="json").status_code == 204
        assert (reported_to(as_ada, cards["bo"]), reported_to(as_bo, cards["ada"])) == ([True], [False])
        console = log_in(operator)
        (told,) = console.get("/api/operator/reports").json()["items"]
        assert (told["text"], told["reason"], told["writer"]) == ("Rude", "Rude words", bo.email)
        settlement = f"/api/operator/reports/{told['reportId']}/settlement"
        assert console.put(settlement, {"silence": True}, format="json").status_code == 204
        assert (seen_by(as_ada), seen_by(as_bo)) == ([], [])
        assert send(as_bo, cards["ada"]).status_code == 404
        # Opening the card anew does not undo it; the operator does.
        opened(bo, "Bo")
        assert seen_by(as_ada) == []
        assert console.put(settlement, {"silence": False}, format="json").status_code == 204
        assert seen_by(as_ada) == ["Bo"]

    def test_closes_with_the_writer_all_that_is_said_of_them(self, as_ada, as_bo, operator, log_in, cards):
        for text in ("Rude", "Ruder", "Kind"):
            message_id = send(as_bo, cards["ada"], text).json()["messageId"]
            as_ada.post(f"/api/messages/{message_id}/report", {"reason": text}, format="json")
        console = log_in(operator)
        told = {each["text"]: each for each in console.get("/api/operator/reports").json()["items"]}

        def settle(text, silence):
            address = f"/api/operator/reports/{told[text]['reportId']}/settlement"
            assert console.put(address, {"silence": silence}, format="json").status_code == 204

        settle("Kind", silence=False)
        assert seen_by(as_ada) == ["Bo"]
        settle("Rude", silence=True)
        assert all(each["settledAt"] for each in console.get("/api/operator/reports").json()["items"])
        assert seen_by(as_ada) == []

    def test_leaves_a_writer_silent_when_another_is_closed(self, as_ada, as_bo, operator, log_in, cards):
        ids = [send(as_bo, cards["ada"], text).json()["messageId"] for text in ("Rude", "Kind")]
        console = log_in(operator)
        for message_id, silence in zip(ids, (True, False), strict=True):
            as_ada.post(f"/api/messages/{message_id}/report", {"reason": "Look"}, format="json")
            told = console.get("/api/operator/reports").json()["items"]
            (waiting,) = [each for each in told if not each["settledAt"]]
            address = f"/api/operator/reports/{waiting['reportId']}/settlement"
            console.put(address, {"silence": silence}, format="json")
        assert seen_by(as_ada) == []

    def test_is_for_the_operator_to_read(self, as_ada):
        assert as_ada.get("/api/operator/reports").status_code == 403
        address = f"/api/operator/reports/{uuid4()}/settlement"
        assert as_ada.put(address, {"silence": True}, format="json").status_code == 403


class TestPicture:
    def test_is_drawn_anew_and_shown_to_neighbours_alone(self, as_ada, as_bo, as_cy, cards):
        from PIL.PngImagePlugin import PngInfo

        secret = PngInfo()
        secret.add_text("where", "at my house")
        assert put_picture(as_ada, png(pnginfo=secret)).status_code == 204
        address = f"/api/neighbours/{cards['ada'].pk}/picture"
        answer = as_bo.get(address)
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/webp")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert b"my house" not in answer.content
        assert Image.open(io.BytesIO(answer.content)).size == (256, 256)
        assert as_bo.get("/api/neighbours").json()["items"][0]["picture"]
        assert as_cy.get(address).status_code == 404

    def test_is_read_only_to_be_shown(self, as_ada, as_bo, cards, bo, django_assert_num_queries):
        put_picture(as_ada, png())
        send(as_ada, cards["bo"])
        operations.report(user=bo, message_id=Message.objects.get().pk, reason="Rude.", at=now())
        with django_assert_num_queries(1) as asked:
            (report,) = queries.reports()
        assert report.message.sender.silenced_at is None
        with django_assert_num_queries(2) as also:
            operations.find(user=bo, card_id=cards["ada"].pk)
        told = [query["sql"] for query in (*asked.captured_queries, *also.captured_queries)]
        assert not any('"picture"' in sql.partition(" FROM ")[0] for sql in told)

    def test_is_seen_by_its_owner_and_taken_off(self, as_ada):
        assert as_ada.get("/api/neighbours/me/picture").status_code == 404
        put_picture(as_ada, png())
        assert as_ada.get("/api/neighbours/me/picture").status_code == 200
        assert as_ada.delete("/api/neighbours/me/picture").status_code == 204
        assert as_ada.get("/api/neighbours/me/picture").status_code == 404

    @pytest.mark.parametrize(
        ("raw", "kind", "status", "code"),
        [
            (b"", "image/png", 400, "not-a-picture"),
            (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml", 400, "not-a-picture"),
            (b"<script>alert(1)</script>", "image/png", 400, "not-a-picture"),
            (b"GIF89a" + bytes(100), "image/gif", 400, "not-a-picture"),
            (png()[:300], "image/png", 400, "not-a-picture"),
            (png((6001, 1)), "image/png", 400, "not-a-picture"),
            (png((4000, 3001)), "image/png", 400, "not-a-picture"),
            (png() + bytes(200_000), "image/png", 413, "picture-too-large"),
            (png(), "text/html", 415, "unsupported-media-type"),
        ],
    )
    def test_is_refused_whole(self, as_ada, ada, raw, kind, status, code):
        answer = put_picture(as_ada, raw, kind)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert queries.card_of(ada) is None
