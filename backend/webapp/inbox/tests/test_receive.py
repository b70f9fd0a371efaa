import copy
import uuid
from datetime import timedelta

import pytest

from shared import environment, identity
from webapp.conftest import now
from webapp.inbox.models import Notification, ReceivedEvent

EVENT = {
    "eventId": "6a2f41a3-c54c-4ce8-8b1f-0a0b7f6f0e01",
    "kind": "auction-published",
    "at": "2026-11-22T11:03:00Z",
    "auctionId": "dam-2026-11-23",
    "marketId": "dam",
    "number": 1,
    "deliveryDay": "2026-11-23",
    "deliveryStartsAt": "2026-11-22T23:00:00Z",
    "deliveryEndsAt": "2026-11-23T23:00:00Z",
    "reason": None,
    "nodes": [
        {"nodeId": "N001", "boughtWh": 0, "soldWh": 4200, "amountUrp": -42_000_000, "manual": False},
        {"nodeId": "C001", "boughtWh": 900, "soldWh": 0, "amountUrp": 9_000_000, "manual": False},
        {"nodeId": "N002", "boughtWh": 3300, "soldWh": 0, "amountUrp": 33_000_000, "manual": True},
        {"nodeId": "N999", "boughtWh": 1, "soldWh": 0, "amountUrp": 1, "manual": True},
    ],
}


def event(**changes):
    return copy.deepcopy(EVENT) | {"eventId": str(uuid.uuid4())} | changes


def token(**changes):
    facts = {"issuer": "trading", "audience": "webapp", "subject": "trading", "role": "service", "nodes": []}
    private = environment.file_text(changes.pop("key", "CEEX_TRADING_PRIVATE_KEY_FILE"))
    return identity.sign(private, **(facts | {"at": now()} | changes))


def deliver(client, *events, bearer=None):
    header = f"Bearer {token() if bearer is None else bearer}"
    body = {"events": list(events)}
    return client.post("/internal/events", body, format="json", HTTP_AUTHORIZATION=header)


class TestReceive:
    def test_tells_each_user_once_about_all_their_nodes(self, client, ada, bo, cy):
        assert deliver(client, EVENT).status_code == 204
        assert sorted(Notification.objects.values_list("user__email", flat=True)) == [ada.email, bo.email]
        params = Notification.objects.get(user=ada).params
        assert [node["nodeId"] for node in params["nodes"]] == ["N001", "C001"]
        assert params["deliveryDay"] == "2026-11-23" and params["deliveryStartsAt"] == "2026-11-22T23:00:00Z"

    def test_tells_of_a_curtailment_even_who_left_it_to_a_strategy(self, client, ada):
        nodes = [EVENT["nodes"][0]]
        curtailed = event(kind="schedule-curtailed", marketId="rtm", reason="A cable is mended.", nodes=nodes)
        assert deliver(client, curtailed).status_code == 204
        assert Notification.objects.get(user=ada).params["reason"] == "A cable is mended."

    def test_tells_whose_node_is_paused_and_nobody_else(self, client, ada, bo):
        paused = {"eventId": str(uuid.uuid4()), "kind": "intake-paused", "at": EVENT["at"], "nodeId": "N002"}
        paused |= {"endsAt": "2026-11-22T10:15:00Z", "reason": "Too many."}
        for node in ("N002", "N999"):
            event = paused | {"eventId": str(uuid.uuid4()), "nodeId": node}
            assert deliver(client, event).status_code == 204
        told = Notification.objects.get()
        assert (told.user, told.kind, told.params["endsAt"]) == (bo, "intake-paused", paused["endsAt"])

    def test_takes_an_event_that_comes_again_once(self, client, ada):
        for _ in range(3):
            assert deliver(client, EVENT, EVENT).status_code == 204
        assert Notification.objects.count() == 1

    @pytest.mark.parametrize(
        ("changes", "told"),
        [
            ({"marketId": "rtm"}, ["bo@example.ch"]),
            ({"marketId": "rtm", "kind": "auction-cancelled"}, ["ada@example.ch", "bo@example.ch"]),
            ({"marketId": "rtm", "kind": "order-quarantined"}, ["bo@example.ch"]),
            ({"kind": "auction-cancelled", "reason": "deadline"}, ["ada@example.ch", "bo@example.ch"]),
            ({"nodes": []}, []),
        ],
    )
    def test_tells_of_real_time_auctions_only_whom_it_concerns(self, client, ada, bo, changes, told):
        assert deliver(client, event(**changes)).status_code == 204
        assert sorted(Notification.objects.values_list("user__email", flat=True)) == told

    def test_leaves_unknown_fields_aside(self, client, ada):
        assert deliver(client, event(colour="green")).status_code == 204
        assert "colour" not in Notification.objects.get().params

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"eventId": "x"}, "events.1.eventId"),
            ({"kind": "party"}, "events.1.kind"),
            ({"at": "2026-11-22T11:03:00"}, "events.1.at"),
            ({"number": "1"}, "events.1.number"),
            ({"deliveryDay": "22.11.2026"}, "events.1.deliveryDay"),
            ({"nodes": [{"nodeId": 5}]}, "events.1.nodes.0.nodeId"),
            ({"nodes": [EVENT["nodes"][0] | {"soldWh": -1}]}, "events.1.nodes.0.soldWh"),
            ({"nodes": [EVENT["nodes"][0] | {"soldWh": 2**63}]}, "events.1.nodes.0.soldWh"),
        ],
    )
    def test_takes_all_or_nothing_and_names_what_is_wrong(self, client, ada, changes, field):
        response = deliver(client, EVENT, event(**changes))
        assert response.status_code == 400
        assert field in [error["field"] for error in response.json()["errors"]]
        assert not ReceivedEvent.objects.exists()

    def test_listens_to_the_trading_service_alone(self, client, ada, as_ada):
        at = now()
        refused = [
            "",
            "x.y.z",
            token(key="CEEX_WEBAPP_PRIVATE_KEY_FILE"),
            token(audience="trading"),
            token(issuer="webapp"),
            token(at=at - timedelta(seconds=60)),
            token(at=at + timedelta(seconds=60)),
            as_ada._credentials["HTTP_AUTHORIZATION"].removeprefix("Bearer "),
        ]
        assert [deliver(client, EVENT, bearer=each).status_code for each in refused] == [401] * len(refused)
        assert deliver(client, EVENT, bearer=token(role="operator")).status_code == 403
        assert client.post("/internal/events", {"events": []}, format="json").status_code == 401
        assert not ReceivedEvent.objects.exists()


class TestNotifications:
    def test_show_the_newest_first_and_how_many_are_unread(self, client, ada, as_ada):
        assert as_ada.get("/api/notifications").json() == {"items": [], "unread": 0, "unreadMessages": 0}
        deliver(client, event(at="2026-11-22T11:03:00Z"), event(at="2026-11-23T11:03:00+01:00"))
        answer = as_ada.get("/api/notifications").json()
        assert [item["at"] for item in answer["items"]] == ["2026-11-23T10:03:00Z", "2026-11-22T11:03:00Z"]
        assert answer["unread"] == 2
        assert answer["items"][0].keys() == {"notificationId", "kind", "at", "readAt", "params"}

    def test_are_read_one_by_one_or_all_at_once(self, client, ada, as_ada):
        deliver(client, event(), event(), event())
        one = as_ada.get("/api/notifications").json()["items"][0]["notificationId"]
        for _ in range(2):
            assert as_ada.post(f"/api/notifications/{one}/read").status_code == 204
        assert as_ada.get("/api/notifications").json()["unread"] == 2
        assert as_ada.post("/api/notifications/read-all").status_code == 204
        assert as_ada.get("/api/notifications").json()["unread"] == 0

    def test_belong_to_their_user(self, client, ada, bo, as_bo):
        deliver(client, event(nodes=[EVENT["nodes"][0]]))
        theirs = Notification.objects.get(user=ada).notification_id
        answers = [as_bo.post(f"/api/notifications/{each}/read") for each in (theirs, uuid.uuid4())]
        assert {(answer.status_code, answer.content) for answer in answers} == {(404, answers[0].content)}
        as_bo.post("/api/notifications/read-all")
        assert Notification.objects.get(user=ada).read_at is None
