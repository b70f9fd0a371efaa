"""Everybody against every route: a new route without a row here fails."""

import json
import re
from datetime import timedelta

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
from webapp.webhooks.models import Delivery, Endpoint

# Whose is what a route of trading is about?
EVERYBODY, OWNER, OPERATOR = "everybody", "owner", "operator"
GRID_SEAT, DSO_ALONE = "grid seat", "grid operator alone"
TRADING = {
    ("GET", "/dso/all"): EVERYBODY,
    ("GET", "/node/{node}"): OWNER,
    ("PUT", "/node/{node}/strategy"): OWNER,
    ("PUT", "/node/{node}/profile"): OWNER,
    ("GET", "/node/{node}/metrics"): OWNER,
    ("GET", "/node/{node}/trading"): OWNER,
    ("GET", "/node/{node}/orders"): OWNER,
    ("POST", "/node/{node}/orders"): OWNER,
    ("GET", "/node/{node}/orders/{order}"): OWNER,
    ("PUT", "/node/{node}/orders/{order}"): OWNER,
    ("DELETE", "/node/{node}/orders/{order}"): OWNER,
    ("GET", "/node/{node}/orders/{order}/versions"): OWNER,
    # The nodes stand in the body: trading finds them among those that the gateway signs for.
    ("POST", "/orders/bulk"): EVERYBODY,
    # By its name alone, among one's own: trading finds it in the nodes that the gateway signs for.
    ("GET", "/orders/{order}"): EVERYBODY,
    ("GET", "/node/{node}/results"): OWNER,
    ("GET", "/node/{node}/account"): OWNER,
    ("GET", "/node/{node}/map"): OWNER,
    ("GET", "/markets"): EVERYBODY,
    ("GET", "/clock"): EVERYBODY,
    ("GET", "/auctions"): EVERYBODY,
    ("GET", "/auctions/{auction}"): EVERYBODY,
    ("GET", "/auctions/{auction}/prices"): EVERYBODY,
    ("GET", "/dso/{dso}/lines/flows"): GRID_SEAT,
    ("GET", "/node/{node}/readings"): OWNER,
    ("POST", "/dso/{dso}/readings"): GRID_SEAT,
    ("GET", "/dso/{dso}/readings/quarantine"): GRID_SEAT,
    ("PUT", "/dso/{dso}/readings/quarantine/{reading}"): GRID_SEAT,
    ("GET", "/dso/{dso}/capacities"): GRID_SEAT,
    ("POST", "/dso/{dso}/capacities"): GRID_SEAT,
    ("GET", "/dso/{dso}/schedules"): GRID_SEAT,
    ("GET", "/dso/{dso}/schedules/{auction}"): GRID_SEAT,
    ("GET", "/dso/{dso}/schedules/{auction}/csv"): GRID_SEAT,
    ("POST", "/dso/{dso}/schedules/{auction}/acceptance"): DSO_ALONE,
    ("POST", "/dso/{dso}/schedules/{auction}/curtailment"): DSO_ALONE,
    ("GET", "/dso/{dso}/flexibility"): GRID_SEAT,
    ("POST", "/dso/{dso}/flexibility"): DSO_ALONE,
    ("DELETE", "/dso/{dso}/flexibility/{order}"): DSO_ALONE,
    ("GET", "/node/{node}/statements"): OWNER,
    ("GET", "/node/{node}/statements/{month}"): OWNER,
    ("GET", "/node/{node}/statements/{month}/lines"): OWNER,
    ("GET", "/node/{node}/statements/{month}/file"): OWNER,
    ("GET", "/node/{node}/payout-account"): OWNER,
    ("PUT", "/node/{node}/payout-account"): OWNER,
    ("POST", "/dso/{dso}/payments/reports"): OPERATOR,
    ("GET", "/dso/{dso}/payments/waiting"): OPERATOR,
    ("PUT", "/dso/{dso}/payments/in/{pay_in}"): OPERATOR,
    ("POST", "/dso/{dso}/payments/out"): OPERATOR,
    ("GET", "/dso/{dso}/journal"): OPERATOR,
    ("GET", "/operator/auctions"): OPERATOR,
}
CAST = (
    "nobody",
    "cy",
    "bo",
    "ada",
    "clerk",
    "foreign clerk",
    "operator",
    "reading key",
    "trading key",
    "key of home",
)
PASSED = {
    EVERYBODY: {
        "cy",
        "bo",
        "ada",
        "clerk",
        "foreign clerk",
        "operator",
        "reading key",
        "trading key",
        "key of home",
    },
    OWNER: {"ada", "trading key"},
    GRID_SEAT: {"clerk", "operator"},
    DSO_ALONE: {"clerk"},
    OPERATOR: {"operator"},
}
# What an outsider gets: 404 where even the existence is none of their business, 403 where the role is wrong.
REFUSED = {
    OWNER: dict.fromkeys(("cy", "bo", "clerk", "foreign clerk", "operator", "key of home"), 404),
    GRID_SEAT: dict.fromkeys(("cy", "bo", "ada"), 403) | {"foreign clerk": 404},
    DSO_ALONE: dict.fromkeys(("cy", "bo", "ada", "operator"), 403) | {"foreign clerk": 404},
    OPERATOR: dict.fromkeys(("cy", "bo", "ada", "clerk", "foreign clerk"), 403),
}
KEYS = ("reading key", "trading key", "key of home")

# Doors of the webapp itself, with the methods that each knows: who gets in?
OPEN, LOGGED_IN, OWN, SERVICE = "open", "logged in", "one's own", "the trading service"
DOORS = {
    "api/auth/register": ({"POST"}, OPEN),
    "api/auth/confirm": ({"POST"}, OPEN),
    "api/auth/login": ({"POST"}, OPEN),
    "api/auth/refresh": ({"POST"}, OPEN),
    "api/auth/logout": ({"POST"}, OPEN),
    "api/auth/password/reset-request": ({"POST"}, OPEN),
    "api/auth/password/reset": ({"POST"}, OPEN),
    "api/auth/password/change": ({"POST"}, LOGGED_IN),
    "api/me": ({"GET", "PATCH"}, LOGGED_IN),
    "api/pairings": ({"POST"}, LOGGED_IN),
    "api/pairings/<uuid:pairing_id>": ({"DELETE"}, OWN),
    "api/keys": ({"GET", "POST"}, LOGGED_IN),
    "api/keys/<uuid:key_id>": ({"DELETE"}, OWN),
    "api/proxy/": ({"POST"}, LOGGED_IN),
    "api/trading/<path:path>": ({"GET", "POST", "PUT", "DELETE"}, LOGGED_IN),
    "api/member/v1/auctions": ({"GET"}, LOGGED_IN),
    "api/member/v1/auctions/<str:auction_id>": ({"GET"}, LOGGED_IN),
    "api/member/v1/auctions/<str:auction_id>/orders": ({"GET"}, LOGGED_IN),
    "api/member/v1/auctions/<str:auction_id>/orders/cancelall": ({"DELETE"}, LOGGED_IN),
    "api/member/v1/auctions/<str:auction_id>/orders/cancel": ({"DELETE"}, LOGGED_IN),
    "api/member/v1/auctions/<str:auction_id>/trades": ({"GET"}, LOGGED_IN),
    "api/member/v1/auctions/<str:auction_id>/prices": ({"GET"}, LOGGED_IN),
    "api/member/v1/auctions/<str:auction_id>/portfoliovolumes": ({"GET"}, LOGGED_IN),
    "api/member/v1/curveorders": ({"POST"}, LOGGED_IN),
    "api/member/v1/curveorders/<str:order_id>": ({"GET", "PATCH"}, LOGGED_IN),
    "api/member/v1/curveorders/<str:order_id>/versions": ({"GET"}, LOGGED_IN),
    "api/prices": ({"GET"}, OPEN),
    "api/prices.csv": ({"GET"}, OPEN),
    "api/openadr3/programs": ({"GET"}, OPEN),
    "api/openadr3/programs/<str:program_id>": ({"GET"}, OPEN),
    "api/openadr3/events": ({"GET"}, OPEN),
    "api/openadr3/events/<str:event_id>": ({"GET"}, OPEN),
    "api/webhooks": ({"GET", "POST"}, LOGGED_IN),
    "api/webhooks/<uuid:webhook_id>": ({"DELETE"}, OWN),
    "api/webhooks/<uuid:webhook_id>/secret": ({"POST"}, OWN),
    "api/webhooks/<uuid:webhook_id>/ping": ({"POST"}, OWN),
    "api/webhooks/<uuid:webhook_id>/deliveries": ({"GET"}, OWN),
    "api/webhooks/<uuid:webhook_id>/deliveries/<uuid:delivery_id>/replay": ({"POST"}, OWN),
    "api/notifications": ({"GET"}, LOGGED_IN),
    "api/notifications/read-all": ({"POST"}, LOGGED_IN),
    "api/notifications/<uuid:notification_id>/read": ({"POST"}, OWN),
    "internal/events": ({"POST"}, SERVICE),
    "api/version": ({"GET"}, OPEN),
    "api/health/live": ({"GET"}, OPEN),
    "api/health/ready": ({"GET"}, OPEN),
}
# Plain functions that answer with a file or a refusal.
FILES = {
    "api/schema",
    "config.json",
    ".well-known/security.txt",
    "^(?:api|internal)(?:/|$)",
    "^(?P<path>.*)$",
}
METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE"}
# What stands for each name in a route of trading.
NAMES = {"node": "N001", "order": "o1", "auction": "a1", "dso": "village", "reading": "r1"}
NAMES |= {"month": "2026-11", "pay_in": "1"}
A_UUID = "6b8c2b9e-58d4-4bd2-9d6f-2f1c4b1a9f10"


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
    if who in KEYS and of_whom in (GRID_SEAT, DSO_ALONE, OPERATOR):
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
def things_of_ada(ada, as_ada, trading):
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
    return {
        "pairing_id": Pairing.objects.get(user=ada).pk,
        "key_id": key.pk,
        "webhook_id": endpoint.pk,
        "delivery_id": delivery.pk,
        "notification_id": note.pk,
    }
