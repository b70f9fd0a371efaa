"""Everybody against every route: a new route without a row here fails."""

import json
import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import URLPattern
from rest_framework.test import APIClient

from webapp import urls
from webapp.access import operations as access
from webapp.access.models import Pairing
from webapp.audit.models import AuditEntry
from webapp.conftest import _user, now
from webapp.gateway import routes
from webapp.inbox.models import Notification, ReceivedEvent
from webapp.keys import operations as keys
from webapp.neighbours import operations as neighbours
from webapp.neighbours.models import Message
from webapp.tests.matrix import (
    A_UUID,
    CAST,
    DOORS,
    DSO_ALONE,
    FILES,
    GRID_SEAT,
    KEYS,
    METHODS,
    NAMES,
    OPEN,
    OPERATOR,
    OWN,
    OWNER_HERSELF,
    PASSED,
    REFUSED,
    TRADING,
)
from webapp.webhooks.models import Delivery, Endpoint


def asked(client, method, address, body):
    if body is None:
        return client.generic(method, address)
    return client.generic(method, address, json.dumps(body), content_type="application/json")


@pytest.fixture
def everybody(ada, bo, cy, operator, log_in, trading):
    clerk, stranger = _user("clerk", role="dso"), _user("stranger", role="dso")
    access.appoint(user=clerk, dso_id="village", at=now())
    access.appoint(user=stranger, dso_id="elsewhere", at=now())

    def with_key(scopes, nodes=()):
        _, secret = keys.create(
            user=ada, name="k", scopes=scopes, nodes=nodes, valid_for=timedelta(days=1), at=now()
        )
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
        return client

    people = {"cy": cy, "bo": bo, "ada": ada, "clerk": clerk, "foreign clerk": stranger, "operator": operator}
    clients = {name: log_in(user) for name, user in people.items()}
    return clients | {
        "nobody": APIClient(),
        "reading key": with_key(["read"]),
        "trading key": with_key(["read", "trade"]),
        "key of home": with_key(["read", "trade"], ["C001"]),
    }


def expected(who, method, of_whom):
    """The status that someone gets, by the rules and not by the code."""
    if who == "nobody":
        return 401
    if who in KEYS and of_whom in (OWNER_HERSELF, GRID_SEAT, DSO_ALONE, OPERATOR):
        return 403
    if who == "reading key":
        return 200 if method == "GET" else 403
    return 200 if who in PASSED[of_whom] else REFUSED[of_whom][who]


class TestRoutesOfTrading:
    def test_each_has_a_row(self):
        assert sorted((route.method, route.template) for route in routes.ROUTES) == sorted(TRADING)

    @pytest.mark.parametrize("door", ["direct", "proxy"])
    def test_let_in_whom_they_are_for_and_nobody_else(self, everybody, trading, door):
        found, wanted = {}, {}
        for route in routes.ROUTES:
            row = route.method, route.template
            path = route.template.format(**NAMES)
            body = {} if route.body_bytes else None
            for who in CAST:
                trading.seen.clear()
                answer = self._ask(everybody[who], door, route.method, path, body)
                reached = bool(trading.seen)
                found[row, who] = (answer.status_code, reached)
                status = expected(who, route.method, TRADING[row])
                wanted[row, who] = (status, status == 200)
        assert found == wanted

    @staticmethod
    def _ask(client, door, method, path, body):
        if door == "direct":
            return asked(client, method, "/api/trading" + path, body)
        wish = {"url": path, "method": method} | ({} if body is None else {"body": body})
        return asked(client, "POST", "/api/proxy/", wish)

    def test_leave_one_line_for_each_deed_whoever_tried_it(self, everybody, trading):
        for route in routes.ROUTES:
            path = route.template.format(**NAMES)
            for who in ("ada", "bo", "operator"):
                before = AuditEntry.objects.count()
                body = {} if route.body_bytes else None
                answer = self._ask(everybody[who], "direct", route.method, path, body)
                lines = AuditEntry.objects.order_by("number")[before:]
                if route.method == "GET":
                    assert not lines
                else:
                    (line,) = lines
                    assert line.target == f"{route.method} {path}"
                    assert line.outcome.startswith(str(answer.status_code))


class TestDoors:
    def test_each_has_a_row(self):
        patterns = {str(each.pattern) for each in urls.urlpatterns if isinstance(each, URLPattern)}
        assert len(patterns) == len(urls.urlpatterns)
        assert patterns == set(DOORS) | FILES

    @pytest.mark.parametrize("door", DOORS)
    def test_know_their_methods_and_no_other(self, door):
        (pattern,) = (each for each in urls.urlpatterns if str(each.pattern) == door)
        known = {method for method in METHODS if hasattr(pattern.callback.cls, method.lower())}
        assert known == DOORS[door][0]

    @pytest.mark.parametrize("door", [door for door, (_, who) in DOORS.items() if who != OPEN])
    def test_are_shut_without_a_log_in(self, db, trading, door):
        address = "/" + re.sub(r"<uuid:\w+>", A_UUID, door).replace("<path:path>", "clock")
        for method in sorted(DOORS[door][0]):
            answer = asked(APIClient(), method, address, None if method in ("GET", "DELETE") else {})
            assert (method, answer.status_code) == (method, 401)
            assert answer.headers["Content-Type"] == "application/problem+json"
        assert not trading.seen

    @pytest.mark.parametrize("door", [door for door, (_, who) in DOORS.items() if who == OWN])
    def test_what_is_someone_elses_is_not_there(self, as_bo, trading, things_of_ada, door):
        address = re.sub(r"<uuid:(\w+)>", lambda found: str(things_of_ada[found.group(1)]), "/" + door)
        nowhere = re.sub(r"[0-9a-f-]{36}", A_UUID, address)
        for method in sorted(DOORS[door][0]):
            body = None if method in ("GET", "DELETE") else {}
            theirs, missing = asked(as_bo, method, address, body), asked(as_bo, method, nowhere, body)
            assert theirs.status_code == missing.status_code
            assert theirs.status_code in (400, 404)
            assert theirs.content == missing.content


@pytest.fixture
def things_of_ada(ada, as_ada, cy, trading):
    """One of everything that has an address of its own and belongs to Ada."""
    key, _ = keys.create(user=ada, name="k", scopes=["read"], nodes=[], valid_for=timedelta(days=1), at=now())
    endpoint = Endpoint.objects.create(
        user=ada, url="https://ada.example/hook", kinds=["order.result"], sealed_secret="x", created_at=now()
    )
    delivery = Delivery.objects.create(
        endpoint=endpoint, event_key="e", kind="ping", body={}, created_at=now(), due_at=now()
    )
    event = ReceivedEvent.objects.create(event_id=A_UUID, received_at=now())
    note = Notification.objects.create(user=ada, event=event, kind="auction-published", at=now(), params={})
    # Open, but Bo is not; and a message that Ada got.
    card = neighbours.describe(user=ada, name="Ada", is_open=True)
    cys = neighbours.describe(user=cy, name="Cy", is_open=True)
    message = Message.objects.create(message_id=uuid4(), sender=cys, receiver=card, text="?", at=now())
    return {
        "pairing_id": Pairing.objects.get(user=ada).pk,
        "key_id": key.pk,
        "session_id": ada.families.first().pk,
        "webhook_id": endpoint.pk,
        "delivery_id": delivery.pk,
        "notification_id": note.pk,
        "card_id": card.pk,
        "message_id": message.pk,
    }
