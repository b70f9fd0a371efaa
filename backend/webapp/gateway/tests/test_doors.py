import json

import pytest

from shared import environment, identity
from webapp.access import operations as access
from webapp.gateway.tests.test_addresses import HOSTILE
from webapp.users import throttles

ORDER = {"auctionId": "dam-2026-11-23", "side": "sell", "curve": "step", "points": []}


def through_proxy(client, method, url, body=None, **extra):
    asked = {"url": url, "method": method} | ({} if body is None else {"body": body})
    return client.post("/api/proxy/", asked, format="json", **extra)


def directly(client, method, url, body=None, **extra):
    path = "/api/trading" + url
    if body is None:
        return client.generic(method, path, **extra)
    return client.generic(method, path, json.dumps(body), content_type="application/json", **extra)


@pytest.fixture(params=[through_proxy, directly], ids=["proxy", "direct"])
def door(request):
    return request.param


def who(seen):
    public = environment.file_text("CEEX_WEBAPP_PUBLIC_KEY_FILE")
    header = seen.header("Authorization")
    return identity.verify_header(
        public, header, issuer="webapp", audience="trading", at=identity.real_time()
    )


class TestForward:
    def test_brings_tradings_answer(self, as_ada, trading, door):
        trading.answer("GET", "/node/N001", 200, {"nodeId": "N001"})
        response = door(as_ada, "GET", "/node/N001")
        assert (response.status_code, response.json()) == (200, {"nodeId": "N001"})
        assert response.headers["Content-Type"] == "application/json"
        assert response.headers["Cache-Control"] == "no-store"

    def test_says_who_asks_and_for_which_nodes(self, as_ada, ada, trading, door):
        door(as_ada, "GET", "/node/C001")
        assert who(trading.seen[0]) == identity.Identity(str(ada.pk), "household", ("C001", "N001"))

    def test_carries_a_checked_query_and_a_body(self, as_ada, trading, door):
        door(as_ada, "GET", "/node/N001/orders?from=2026-11-22T10%3A00Z&state=open,frozen")
        assert trading.seen[0].target == "/node/N001/orders?from=2026-11-22T10%3A00Z&state=open%2Cfrozen"
        trading.answer("POST", "/node/N001/orders", 201, {"orderId": "o1"})
        response = door(as_ada, "POST", "/node/N001/orders", ORDER, HTTP_IDEMPOTENCY_KEY="once-and-for-all")
        assert response.status_code == 201
        assert json.loads(trading.seen[1].body) == ORDER
        assert trading.seen[1].header("Idempotency-Key") == "once-and-for-all"

    def test_sends_headers_of_its_own_only(self, as_ada, trading, door):
        door(
            as_ada,
            "POST",
            "/node/N001/orders",
            ORDER,
            HTTP_COOKIE="a=b",
            HTTP_X_NODE_ID="N002",
            HTTP_X_USER_ID="bo",
            HTTP_X_FORWARDED_FOR="6.6.6.6",
            HTTP_X_FORWARDED_HOST="evil",
            HTTP_PROXY_AUTHORIZATION="Basic x",
            HTTP_TRANSFER_ENCODING="chunked",
            HTTP_CONNECTION="keep-alive, X-Node-Id",
            HTTP_X_HTTP_METHOD_OVERRIDE="DELETE",
            HTTP_ACCEPT_ENCODING="gzip",
            HTTP_X_REQUEST_ID="evil\tid",
        )
        seen = trading.seen[0]
        assert seen.method == "POST"
        assert sorted(seen.names) == sorted(
            ["host", "authorization", "accept", "accept-encoding", "user-agent", "content-type"]
            + ["content-length", "connection", "x-request-id"]
        )
        assert seen.header("Connection") == "close" and seen.header("Accept-Encoding") == "identity"
        assert seen.header("X-Request-ID").isalnum()
        assert seen.header("Authorization") != as_ada._credentials["HTTP_AUTHORIZATION"]

    def test_carries_the_requests_id(self, as_ada, trading, door):
        response = door(as_ada, "GET", "/clock", HTTP_X_REQUEST_ID="a-request-of-ada")
        assert (
            trading.seen[0].header("X-Request-ID") == "a-request-of-ada" == response.headers["X-Request-ID"]
        )

    @pytest.mark.parametrize("address", HOSTILE, ids=repr)
    def test_refuses_an_address_that_is_not_plain(self, as_ada, trading, address):
        response = through_proxy(as_ada, "GET", address)
        assert response.status_code == 400
        assert response.headers["Content-Type"] == "application/problem+json"
        assert not trading.seen

    @pytest.mark.parametrize(
        "raw",
        ["/api/trading/node/N001%2forders", "/api/trading/node/x/%2e%2e/N001", "/api/trading//node/N001"],
    )
    def test_refuses_escapes_and_doubled_slashes_as_they_were_written(self, as_ada, trading, raw):
        response = as_ada.get("/api/trading/node/N001/orders", RAW_URI=raw)
        assert response.status_code == 400
        assert not trading.seen

    @pytest.mark.parametrize(
        "query",
        ["node=N001&node=N002", "Node=N001", "node[]=N001", "_method=DELETE", "x=1", "node=N001%20", "node="],
    )
    def test_refuses_parameters_twice_or_unknown(self, as_ada, trading, door, query):
        response = door(as_ada, "GET", f"/auctions/dam-2026-11-23/prices?{query}")
        assert response.status_code == 400
        assert not trading.seen

    @pytest.mark.parametrize(
        "method", ["TRACE", "CONNECT", "FOO", "", "get", "GET ", "GET /x HTTP/1.1\r\nX: y", "ＧＥＴ"]
    )
    def test_knows_four_methods_exactly(self, as_ada, trading, method):
        assert through_proxy(as_ada, method, "/clock").status_code == 400
        assert not trading.seen

    @pytest.mark.parametrize(
        "value", [[], {}, 5, None, True, "x" * 60_000], ids=lambda value: repr(value)[:9]
    )
    def test_takes_text_for_address_and_method(self, as_ada, trading, value):
        for asked in ({"url": value, "method": "GET"}, {"url": "/clock", "method": value}):
            assert as_ada.post("/api/proxy/", asked, format="json").status_code == 400
        assert not trading.seen

    @pytest.mark.parametrize("name", ["headers", "host", "timeout", "verify", "_method"])
    def test_refuses_what_else_a_client_might_set(self, as_ada, trading, name):
        asked = {"url": "/clock", "method": "GET", name: {"a": "b"}}
        response = as_ada.post("/api/proxy/", asked, format="json")
        assert response.json()["errors"] == [
            {"field": name, "code": "unknown-field", "detail": "This field is not known."}
        ]

    def test_refuses_a_method_the_path_does_not_know(self, as_ada, trading, door):
        response = door(as_ada, "DELETE", "/node/N001/metrics")
        assert (response.status_code, response.headers["Allow"]) == (405, "GET")
        patched = directly(as_ada, "PATCH", "/node/N001/orders/o1")
        assert (patched.status_code, patched.headers["Allow"]) == (405, "DELETE, GET, PUT")
        assert not trading.seen

    @pytest.mark.parametrize(
        "path",
        [
            "/admin",
            "/metrics",
            "/internal/clear",
            "/api/schema",
            "/pairing",
            "/health/live",
            "/version",
            "/x",
        ],
    )
    def test_knows_no_path_outside_the_table(self, as_ada, trading, door, path):
        response = door(as_ada, "GET", path)
        assert (response.status_code, response.json()["code"]) == (404, "not-found")
        assert not trading.seen

    @pytest.mark.parametrize(
        "raw",
        [
            b"[" * 200_000,
            b'{"url": "/clock", "url": "/markets", "method": "GET"}',
            b'{"url": "/node/N001/orders", "method": "POST", "body": {"price": 1e400}}',
            b'{"url": "/node/N001/orders", "method": "POST", "body": {"price": NaN}}',
            b'{"url": "/node/N001/orders", "method": "POST", "body": [1]}',
            b'{"url": "/node/N001/orders", "method": "POST"}',
            b'{"url": "/clock", "method": "GET", "body": {}}',
            b"",
            b"\xff",
        ],
        ids=lambda raw: repr(raw[:40]),
    )
    def test_refuses_bodies_that_could_mean_harm_or_two_things(self, as_ada, trading, raw):
        response = as_ada.generic("POST", "/api/proxy/", raw, content_type="application/json")
        assert response.status_code == 400
        assert not trading.seen

    def test_refuses_a_body_that_is_too_long(self, as_ada, trading, door):
        response = door(as_ada, "POST", "/node/N001/orders", {"x": "y" * 2_000_000})
        assert (response.status_code, response.json()["code"]) == (413, "body-too-large")
        response = door(as_ada, "PUT", "/node/N001/strategy", {"x": "y" * 70_000})
        assert (response.status_code, response.json()["code"]) == (413, "body-too-large")
        assert not trading.seen

    def test_refuses_another_media_type(self, as_ada, trading):
        response = as_ada.generic("POST", "/api/proxy/", b"url=/clock&method=GET")
        assert (response.status_code, response.json()["code"]) == (415, "unsupported-media-type")

    @pytest.mark.parametrize("key", ["short", "x" * 65, "with blank 123", "a\tb12345678", "ü" * 10])
    def test_refuses_an_odd_idempotency_key(self, as_ada, trading, door, key):
        assert door(as_ada, "POST", "/node/N001/orders", ORDER, HTTP_IDEMPOTENCY_KEY=key).status_code == 400
        assert not trading.seen

    def test_stops_a_flood_of_writes(self, as_ada, trading, door, monkeypatch):
        monkeypatch.setitem(throttles.LIMITS, "write", throttles.Limit(3, 60))
        answers = [door(as_ada, "DELETE", "/node/N001/orders/o1").status_code for _ in range(5)]
        assert answers == [200] * 3 + [429] * 2
        assert door(as_ada, "GET", "/node/N001").status_code == 200


class TestStatements:
    def test_finds_session_user_and_nodes_in_one(self, as_ada, trading, django_assert_num_queries):
        assert directly(as_ada, "GET", "/node/N001").status_code == 200
        with django_assert_num_queries(1):
            assert directly(as_ada, "GET", "/node/C001").status_code == 200


class TestOwnership:
    NODE_ROUTES = (
        ("GET", "/node/{}", None),
        ("PUT", "/node/{}/strategy", {}),
        ("PUT", "/node/{}/profile", {}),
        ("GET", "/node/{}/metrics", None),
        ("GET", "/node/{}/trading", None),
        ("GET", "/node/{}/orders", None),
        ("POST", "/node/{}/orders", {}),
        ("PUT", "/node/{}/orders/o1", {}),
        ("DELETE", "/node/{}/orders/o1", None),
        ("GET", "/node/{}/orders/o1/versions", None),
        ("GET", "/node/{}/results", None),
        ("GET", "/node/{}/account", None),
        ("GET", "/node/{}/map", None),
        ("GET", "/auctions/a1/prices?node={}", None),
    )

    @pytest.mark.parametrize(("method", "path", "body"), NODE_ROUTES)
    def test_a_foreign_node_looks_like_a_missing_one(self, as_bo, ada, trading, door, method, path, body):
        answers = [door(as_bo, method, path.format(node), body) for node in ("N001", "C001", "N999", "n002")]
        assert {(answer.status_code, answer.content) for answer in answers} == {(404, answers[0].content)}
        assert not trading.seen
        assert door(as_bo, method, path.format("N002"), body).status_code == 200

    def test_who_has_no_rights_sees_public_things_only(self, as_cy, trading, door):
        assert door(as_cy, "GET", "/markets").status_code == 200
        assert door(as_cy, "GET", "/node/N001").status_code == 404

    def test_a_role_is_no_owner(self, operator, dso_clerk, ada, log_in, trading, door):
        for user in (operator, dso_clerk):
            assert door(log_in(user), "GET", "/node/N001").status_code == 404

    def test_the_console_is_for_operators(self, as_ada, dso_clerk, operator, log_in, trading, door):
        assert door(as_ada, "GET", "/operator/auctions?day=2026-11-22").status_code == 403
        assert door(log_in(dso_clerk), "GET", "/operator/auctions").status_code == 403
        assert not trading.seen
        assert door(log_in(operator), "GET", "/operator/auctions").status_code == 200

    def test_a_dso_sees_its_own_lines(self, as_ada, dso_clerk, operator, log_in, trading, door):
        as_clerk = log_in(dso_clerk)
        assert door(as_ada, "GET", "/dso/village/lines/flows").status_code == 403
        assert door(as_clerk, "GET", "/dso/village/lines/flows").status_code == 404
        access.appoint(user=dso_clerk, dso_id="village", at=identity.real_time())
        assert door(as_clerk, "GET", "/dso/village/lines/flows").status_code == 200
        assert door(as_clerk, "GET", "/dso/other/lines/flows").status_code == 404
        assert door(log_in(operator), "GET", "/dso/other/lines/flows").status_code == 200

    def test_a_role_that_is_taken_away_counts_at_once(self, operator, log_in, trading, door):
        client = log_in(operator)
        operator.role = "household"
        operator.save()
        assert door(client, "GET", "/operator/auctions").status_code == 403

    def test_nobody_gets_in_without_a_session(self, client, db, trading, door):
        response = door(client, "GET", "/markets")
        assert (response.status_code, response.json()["code"]) == (401, "not-authenticated")
        assert not trading.seen
