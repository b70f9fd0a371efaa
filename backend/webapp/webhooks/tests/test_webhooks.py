import json
import socket
import uuid
from datetime import timedelta

import pytest

from webapp.access.models import Appointment
from webapp.conftest import now
from webapp.inbox import operations as inbox
from webapp.users import throttles
from webapp.webhooks import courier, operations, sender, targets
from webapp.webhooks.models import KINDS, Attempt, Delivery, Endpoint
from webapp.webhooks.tests.receiver import Receiver, is_signed


@pytest.fixture
def receiver(settings):
    settings.WEBHOOKS_TO_PRIVATE_ADDRESSES = True
    with Receiver() as each:
        yield each


@pytest.fixture
def hook(ada, receiver):
    return operations.register(user=ada, url=receiver.url, kinds=KINDS, at=now())


def published(*nodes, kind="auction-published", auction="dam-2026-11-23"):
    return {
        "eventId": uuid.uuid4(),
        "kind": kind,
        "at": now(),
        "auctionId": auction,
        "marketId": "dam",
        "number": 1,
        "deliveryDay": "2026-11-23",
        "deliveryStartsAt": "2026-11-22T23:00:00Z",
        "deliveryEndsAt": "2026-11-23T23:00:00Z",
        "reason": None,
        "nodes": [
            {"nodeId": node, "boughtWh": 0, "soldWh": 5, "amountUrp": 7, "manual": True} for node in nodes
        ],
    }


def bodies(receiver):
    return [json.loads(body) for _, body in receiver.calls]


class TestRegister:
    def test_shows_the_secret_once(self, as_ada, receiver):
        made = as_ada.post("/api/webhooks", {"url": receiver.url, "events": ["order.result"]}, format="json")
        assert made.status_code == 201 and made.json()["secret"].startswith("whsec_")
        [shown] = as_ada.get("/api/webhooks").json()["items"]
        assert "secret" not in shown and shown["events"] == ["order.result"]
        assert made.json()["secret"] not in str(Endpoint.objects.values().get())

    @pytest.mark.parametrize(
        "url",
        [
            "http://example.ch/",
            "https://127.0.0.1/",
            "https://localhost/",
            "https://10.0.0.1/",
            "https://169.254.169.254/latest/meta-data",
            "https://[::1]/",
            "https://[::ffff:127.0.0.1]/",
            "https://[64:ff9b::7f00:1]/",
            "https://[64:ff9b:1::a00:1]/",
            "https://[fec0::1]/",
            "https://[::ffff:0:a00:1]/",
            "https://[2002:a00:1::1]/",
            "https://[fe80::1]/",
            "https://0.0.0.0/",
            "https://2130706433/",
            "https://127.1/",
            "https://1.1.1.1:22/",
            "https://1.1.1.1:0/",
            "https://ada:secret@1.1.1.1/",
            "https://1.1.1.1/#x",
            "https://1.1.1.1/\r\nX: y",
            "ftp://1.1.1.1/",
            "//1.1.1.1/",
            "https://",
            "https://1.1.1.1:99999/",
            "https://[1.1.1.1/",
        ],
    )
    def test_refuses_what_may_not_be_called(self, as_ada, url):
        refused = as_ada.post("/api/webhooks", {"url": url, "events": ["order.result"]}, format="json")
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, "url")
        assert not Endpoint.objects.exists()

    def test_refuses_a_host_of_which_one_address_is_private(self, as_ada, monkeypatch):
        found = [(None, None, None, None, (address, 443)) for address in ("1.1.1.1", "192.168.1.1")]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **options: found)
        with pytest.raises(targets.NotAllowed):
            targets.resolve("https://example.ch/")

    def test_holds_on_to_the_address_that_was_looked_up(self, monkeypatch, receiver):
        looked_up = []

        def look_up(host, port, *args, **options):
            looked_up.append(host)
            return [(None, None, None, None, ("127.0.0.1", port))]

        url = receiver.url.replace("127.0.0.1", "rebinding.example")
        with monkeypatch.context() as patched:
            patched.setattr(socket, "getaddrinfo", look_up)
            target = targets.resolve(url)
        assert sender.post(target, headers={}, body=b"{}").status == 204
        assert looked_up == ["rebinding.example"]
        assert receiver.calls[0][0]["Host"].startswith("rebinding.example")

    def test_is_one_s_own(self, hook, as_ada, as_bo):
        endpoint, _ = hook
        path = f"/api/webhooks/{endpoint.pk}"
        assert as_bo.get("/api/webhooks").json()["items"] == []
        for method, rest in (("post", "/ping"), ("get", "/deliveries"), ("post", "/secret"), ("delete", "")):
            assert getattr(as_bo, method)(path + rest).status_code == 404
        assert as_ada.delete(path).status_code == 204
        assert as_ada.get(path + "/deliveries").status_code == 404


class TestDeliver:
    def test_tells_each_user_s_program_what_its_nodes_got(self, hook, bo, receiver):
        other, _ = operations.register(user=bo, url=receiver.url, kinds=["order.result"], at=now())
        inbox.receive(events=[published("N001", "N002")], at=now())
        assert courier.deliver_due(at=now()) == 3
        by_type = {}
        for body in bodies(receiver):
            by_type.setdefault(body["type"], []).append(body["data"])
        assert len(by_type["auction.published"]) == 1
        shown = [[node["nodeId"] for node in data["nodes"]] for data in by_type["order.result"]]
        assert sorted(shown) == [["N001"], ["N002"]]
        assert not Delivery.objects.filter(endpoint=other, kind="auction.published").exists()

    def test_signs_each_message(self, hook, receiver):
        endpoint, secret = hook
        operations.ping(endpoint=endpoint, at=now())
        courier.deliver_due(at=now())
        headers, body = receiver.calls[0]
        assert is_signed(secret, headers, body)
        assert not is_signed(secret, headers, body + b" ")
        assert json.loads(body)["type"] == "ping"

    def test_signs_with_both_secrets_for_a_day_after_a_rotation(self, hook, receiver):
        endpoint, old = hook
        new = operations.rotate(endpoint=endpoint, at=now())
        for later in (timedelta(), timedelta(days=1, seconds=1)):
            operations.ping(endpoint=endpoint, at=now() + later)
            courier.deliver_due(at=now() + later)
        signed = [(is_signed(old, *call), is_signed(new, *call)) for call in receiver.calls]
        assert signed == [(True, True), (False, True)]

    def test_tells_the_same_event_once(self, hook, receiver):
        event = published("N001")
        for _ in range(2):
            inbox.receive(events=[event], at=now())
        inbox.receive(events=[published("N001")], at=now())  # the same auction, more of its nodes
        courier.deliver_due(at=now())
        assert [body["type"] for body in bodies(receiver)].count("auction.published") == 1

    @pytest.mark.parametrize("status", [500, 404, 302])
    def test_tries_again_later_and_later_under_one_id(self, hook, receiver, status):
        receiver.status, receiver.headers = status, {"Location": receiver.url}
        at = now()
        inbox.receive(events=[published(kind="auction-cancelled")], at=at)
        for pause in (0, 5, 30, 120):
            at += timedelta(seconds=pause)
            assert courier.deliver_due(at=at - timedelta(milliseconds=1)) == 0
            assert courier.deliver_due(at=at) == 1
        receiver.status = 200
        courier.deliver_due(at=at + timedelta(seconds=600))
        assert len({headers["webhook-id"] for headers, _ in receiver.calls}) == 1
        delivery = Delivery.objects.get()
        assert (delivery.state, delivery.attempts) == ("delivered", len(receiver.calls))
        assert list(Attempt.objects.order_by("pk").values_list("status", flat=True))[-2:] == [status, 200]

    def test_gives_up_in_the_end_and_can_be_told_to_start_over(self, hook, as_ada, receiver):
        endpoint, _ = hook
        receiver.status = 500
        inbox.receive(events=[published(kind="auction-cancelled")], at=now())
        at = now()
        for _ in range(len(courier.PAUSES_S) + 1):
            courier.deliver_due(at=at)
            at += timedelta(days=1)
        log = as_ada.get(f"/api/webhooks/{endpoint.pk}/deliveries?state=dead").json()["items"]
        assert len(log[0]["attempts"]) == len(courier.PAUSES_S) + 1
        receiver.status = 204
        path = f"/api/webhooks/{endpoint.pk}/deliveries/{log[0]['deliveryId']}/replay"
        assert as_ada.post(path).status_code == 202
        courier.deliver_due(at=now() + timedelta(seconds=1))
        assert Delivery.objects.get().state == "delivered"

    def test_does_not_hammer_a_receiver_that_is_away(self, hook, settings):
        Endpoint.objects.update(url="http://127.0.0.1:1")
        settings.WEBHOOKS_TO_PRIVATE_ADDRESSES = True
        Endpoint.objects.update(url="http://127.0.0.1:8")
        for _ in range(5):
            inbox.receive(events=[published("N001", auction=f"dam-{uuid.uuid4()}")], at=now())
        assert courier.deliver_due(at=now()) == 1
        assert Attempt.objects.count() == 1

    def test_takes_a_few_of_each_endpoint_at_a_time(self, hook, receiver):
        for _ in range(courier.OF_ONE + 2):
            inbox.receive(events=[published("N001", auction=f"dam-{uuid.uuid4()}")], at=now())
        waiting = Delivery.objects.count()
        assert courier.deliver_due(at=now()) == courier.OF_ONE < waiting
        while courier.deliver_due(at=now()):
            pass
        assert Delivery.objects.filter(state="delivered").count() == waiting == len(receiver.calls)

    def test_an_endpoint_that_cannot_be_signed_for_holds_up_no_other(self, hook, bo, receiver):
        operations.ping(endpoint=hook[0], at=now())
        Endpoint.objects.update(sealed_secret="of another key")
        other, _ = operations.register(user=bo, url=receiver.url, kinds=KINDS, at=now())
        operations.ping(endpoint=other, at=now())
        assert courier.deliver_due(at=now()) == 2
        assert len(receiver.calls) == 1
        assert Attempt.objects.get(delivery__endpoint=hook[0]).error == "failed"

    def test_a_person_tries_an_address_so_often_and_no_more(self, hook, as_ada):
        path = f"/api/webhooks/{hook[0].pk}/ping"
        found = [as_ada.post(path).status_code for _ in range(throttles.LIMITS["webhook-test"].most + 1)]
        assert set(found[:-1]) == {202} and found[-1] == 429

    def test_refuses_to_call_a_host_that_has_become_private(self, hook, receiver, settings):
        settings.WEBHOOKS_TO_PRIVATE_ADDRESSES = False
        operations.ping(endpoint=hook[0], at=now())
        courier.deliver_due(at=now())
        assert not receiver.calls
        assert Attempt.objects.get().error == "not-allowed"

    def test_sends_nothing_after_removal(self, hook, receiver):
        inbox.receive(events=[published("N001")], at=now())
        operations.remove(endpoint=hook[0], at=now())
        inbox.receive(events=[published("N001")], at=now())
        assert courier.deliver_due(at=now()) == 0

    def test_stops_waiting_for_a_receiver_that_says_nothing(self, monkeypatch, settings):
        settings.WEBHOOKS_TO_PRIVATE_ADDRESSES = True
        monkeypatch.setattr(sender, "TOTAL_S", 0.2)
        with socket.create_server(("127.0.0.1", 0)) as silent:
            target = targets.resolve(f"http://127.0.0.1:{silent.getsockname()[1]}/")
            assert sender.post(target, headers={}, body=b"{}").error == "too-slow"


class TestOthers:
    def test_a_gate_is_told_of_shortly_before_it_closes_and_once(self, hook, trading, receiver):
        gates = [
            {
                "marketId": market,
                "auctionId": f"{market}-1",
                "gateClosesAt": f"2026-11-22T10:{minute}:00Z",
                "deliveryStartsAt": "2026-11-22T23:00:00Z",
                "deliveryEndsAt": "2026-11-23T23:00:00Z",
            }
            for market, minute in (("dam", "25"), ("rtm", "25"))
        ]
        trading.answer("GET", "/clock", 200, {"now": "2026-11-22T10:00:00Z", "speed": 1, "nextGates": gates})
        for _ in range(2):
            courier.watch_gates(at=now())
        assert [each.body["data"]["auctionId"] for each in Delivery.objects.all()] == ["dam-1"]

    def test_a_schedule_is_pushed_to_the_staff_of_its_grid_until_it_is_taken(self, dso_clerk, hook, receiver):
        operations.register(user=dso_clerk, url=receiver.url, kinds=KINDS, at=now())
        Appointment.objects.create(user=dso_clerk, dso_id="village", appointed_at=now())
        event = {
            "eventId": uuid.uuid4(),
            "kind": "schedule-published",
            "at": now(),
            "auctionId": "rtm-1",
            "dsoId": "village",
            "scheduleHash": "ab",
            "answerBy": "2026-11-22T11:00:00Z",
        }
        inbox.receive(events=[event], at=now())
        receiver.status = 503
        at = now()
        for _ in range(30):
            courier.deliver_due(at=at)
            at += timedelta(minutes=1)
        assert Delivery.objects.get().state == "waiting"
        assert len(receiver.calls) == 30

    def test_an_incident_is_told_to_those_who_run_things(self, operator, hook, receiver):
        operations.register(user=operator, url=receiver.url, kinds=["incident.opened"], at=now())
        event = {"eventId": uuid.uuid4(), "kind": "incident-opened", "at": now(), "code": "late"}
        inbox.receive(events=[event | {"auctionId": None}], at=now())
        assert Delivery.objects.get().endpoint.user == operator

    def test_an_incident_of_an_auction_is_told_to_the_staff_of_its_grid(self, dso_clerk, hook, receiver):
        Appointment.objects.create(user=dso_clerk, dso_id="village", appointed_at=now())
        operations.register(user=dso_clerk, url=receiver.url, kinds=["incident.opened"], at=now())
        for number, dso in enumerate(("town", "village", None)):
            event = {
                "eventId": uuid.uuid4(),
                "kind": "incident-opened",
                "at": now(),
                "code": f"late-{number}",
            }
            inbox.receive(events=[event | {"auctionId": "a", "dsoId": dso}], at=now())
        assert Delivery.objects.get().body["data"]["code"] == "late-1"
