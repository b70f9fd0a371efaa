import contextlib
import gzip
import socket
import threading
import time

import pytest

from webapp.upstream import calls, guards, transport

BOMB = gzip.compress(b"0" * 10**6, mtime=0)
PROBLEM = {
    "type": "urn:ceex:problem:gate-closed",
    "title": "Gate closed",
    "status": 409,
    "code": "gate-closed",
}


def ask(client, path="/node/N001"):
    return client.get("/api/trading" + path)


def head(handler, *lines):
    handler.wfile.write(
        "\r\n".join(["HTTP/1.1 200 OK", "Content-Type: application/json", *lines, "", ""]).encode()
    )


@pytest.fixture
def _hurry(monkeypatch):
    monkeypatch.setattr(transport, "READ_S", 0.3)
    monkeypatch.setattr(transport, "TOTAL_S", 0.6)


def hang_up(handler):
    handler.connection.shutdown(socket.SHUT_RDWR)


class TestAnswer:
    def test_passes_a_problem_on(self, as_ada, trading):
        trading.answer("GET", "/node/N001", 409, PROBLEM)
        response = ask(as_ada)
        assert (response.status_code, response.json()) == (409, PROBLEM)
        assert response.headers["Content-Type"] == "application/problem+json"

    def test_passes_an_empty_answer_on(self, as_ada, trading):
        trading.answer("DELETE", "/node/N001/orders/o1", 204, None)
        response = as_ada.delete("/api/trading/node/N001/orders/o1")
        assert (response.status_code, response.content) == (204, b"")

    def test_passes_few_headers_on(self, as_ada, trading):
        headers = [
            ("Set-Cookie", "a=b"),
            ("Access-Control-Allow-Origin", "*"),
            ("Location", "http://evil.example"),
            ("X-Debug", "secret"),
            ("Content-Security-Policy", "default-src *"),
            ("Retry-After", "7"),
            ("ETag", '"v3"'),
        ]
        trading.script(lambda handler: handler.reply(200, {}, headers=headers))
        response = ask(as_ada)
        assert response.status_code == 200
        assert (response.headers["Retry-After"], response.headers["ETag"]) == ("7", '"v3"')
        assert response.headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert not {"Location", "X-Debug", "Access-Control-Allow-Origin"} & set(response.headers)
        assert not response.cookies

    def test_keeps_no_cookie_for_the_next_caller(self, as_ada, trading):
        trading.script(
            lambda handler: handler.reply(200, {}, headers=[("Set-Cookie", "session=adas; Path=/")])
        )
        ask(as_ada)
        ask(as_ada)
        assert "cookie" not in trading.seen[1].names

    @pytest.mark.parametrize(
        "reply",
        [
            {"status": 302, "value": {}, "headers": [("Location", "http://169.254.169.254/")]},
            {"status": 200, "raw": b"<script>alert(1)</script>", "content_type": "text/html"},
            {"status": 200, "raw": b"<script>", "content_type": "application/json"},
            {"status": 200, "raw": b"{'a': NaN}", "content_type": "application/json"},
            {"status": 200, "raw": b"[NaN]", "content_type": "application/json"},
            {"status": 200, "raw": b"[" * 100_000, "content_type": "application/json"},
            {"status": 200, "raw": b"\xff\xfe", "content_type": "application/json"},
            {"status": 200, "raw": b""},
            {"status": 200, "raw": BOMB, "headers": [("Content-Encoding", "gzip")]},
            {"status": 200, "raw": b'"' + b"a" * calls.LARGEST_BYTES + b'"'},
            {"status": 500, "raw": b"Traceback: secret", "content_type": "text/plain"},
            {"status": 500, "value": {"code": "x", "detail": "secret"}},
            {"status": 404, "raw": b"<h1>secret</h1>", "content_type": "text/html"},
            {"status": 404, "value": {"detail": "secret"}},
            {"status": 401, "value": {"code": "not-authenticated"}},
            {"status": 101, "value": {}},
            {"status": 999, "value": {}},
        ],
        ids=lambda reply: str(reply)[:60],
    )
    def test_passes_nothing_odd_on(self, as_ada, trading, reply, _hurry):
        trading.script(lambda handler: handler.reply(**{"value": None} | reply))
        response = ask(as_ada)
        assert response.status_code in (502, 504)
        assert response.json()["code"] in (
            "trading-not-understood",
            "trading-unreachable",
            "trading-too-slow",
        )
        assert b"secret" not in response.content
        assert len(trading.seen) == 1

    def test_follows_no_redirect_to_itself_either(self, as_ada, trading):
        headers = [("Location", trading.url + "/node/N002")]
        trading.script(lambda handler: handler.reply(307, {}, headers=headers))
        assert ask(as_ada).status_code == 502
        assert [seen.target for seen in trading.seen] == ["/node/N001"]

    def test_reads_more_where_the_route_says_so(self, as_ada, trading):
        table = {"base64": "a" * calls.LARGEST_BYTES}
        trading.script(lambda handler: handler.reply(200, table))
        assert ask(as_ada, "/node/N001/statements/2026-11/file?file=csv").json() == table

    @pytest.mark.parametrize("length", ["Content-Length: 999999999999", "Transfer-Encoding: chunked"])
    def test_stops_reading_what_has_no_end(self, as_ada, trading, length):
        def pour(handler):
            head(handler, length)
            with contextlib.suppress(OSError):
                for _ in range(200):
                    chunk = b"a" * 65_536
                    size = f"{len(chunk):x}\r\n".encode() if "chunked" in length else b""
                    handler.wfile.write(size + chunk + (b"\r\n" if size else b""))

        trading.script(pour)
        assert ask(as_ada).json()["code"] == "trading-not-understood"

    def test_does_not_take_half_an_answer_for_a_whole_one(self, as_ada, trading):
        def stop_early(handler):
            head(handler, "Content-Length: 100")
            handler.wfile.write(b"{}")

        trading.script(stop_early)
        assert ask(as_ada).status_code == 502

    @pytest.mark.parametrize("where", ["nothing", "status line", "headers", "body", "chunks"])
    def test_waits_for_a_slow_answer_so_long_and_no_longer(self, as_ada, trading, _hurry, where):
        def dribble(handler):
            begin = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
            start = {
                "nothing": b"",
                "status line": b"HTTP/1.1",
                "headers": begin + b"X: ",
                "body": begin + b"Content-Length: 100000\r\n\r\n",
                "chunks": begin + b"Transfer-Encoding: chunked\r\n\r\n",
            }[where]
            drop = {"nothing": b"", "chunks": b"1\r\n \r\n"}.get(where, b" ")
            with contextlib.suppress(OSError):
                handler.wfile.write(start)
                for _ in range(60):
                    handler.wfile.write(drop)
                    time.sleep(0.05)

        trading.script(dribble)
        began = time.monotonic()
        response = ask(as_ada)
        assert (response.status_code, response.json()["code"]) == (504, "trading-too-slow")
        assert time.monotonic() - began < 1.5

    def test_reads_again_once_when_a_copy_that_stops_hangs_up(self, as_ada, trading):
        def hang_up_once(handler):
            if len(trading.seen) % 2:
                handler.connection.shutdown(socket.SHUT_RDWR)
            else:
                handler.reply(200, {})

        trading.script(hang_up_once)
        assert ask(as_ada).status_code == 200
        assert len(trading.seen) == 2
        trading.script(hang_up)
        assert ask(as_ada).json()["code"] == "trading-unreachable"
        assert len(trading.seen) == 4

    def test_never_asks_twice(self, as_ada, trading):
        trading.script(hang_up)
        response = as_ada.post("/api/trading/node/N001/orders", {}, format="json")
        assert (response.status_code, response.json()["code"]) == (502, "trading-unreachable")
        assert len(trading.seen) == 1

    @pytest.fixture
    def kept(self, trading):
        """Trading leaves connections open after each answer; tells the ports that asked."""

        def leave_open(handler):
            handler.close_connection = False
            handler.reply(200, {})

        trading.script(leave_open)
        return lambda: [seen.port for seen in trading.seen]

    def test_reads_over_a_connection_that_is_kept(self, as_ada, kept):
        assert [ask(as_ada).status_code for _ in range(3)] == [200] * 3
        assert len(set(kept())) == 1

    def test_keeps_none_for_longer(self, as_ada, kept, monkeypatch):
        monkeypatch.setattr(transport, "KEPT_S", 0)
        assert [ask(as_ada).status_code for _ in range(3)] == [200] * 3
        assert len(set(kept())) == 3

    def test_writes_over_a_connection_of_its_own(self, as_ada, kept):
        ask(as_ada)
        writes = [as_ada.post("/api/trading/node/N001/orders", {}, format="json") for _ in range(2)]
        assert {response.status_code for response in writes} == {200}
        ask(as_ada)
        first, *writes, last = kept()
        assert first == last and len({first, *writes}) == 3

    @pytest.mark.parametrize("pause_s", [0, 0.05])
    @pytest.mark.parametrize("surplus", [b"x", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]"])
    def test_takes_nothing_for_an_answer_that_came_unasked(self, as_ada, trading, surplus, pause_s):
        def say_more(handler):
            handler.close_connection = False
            handler.reply(200, {"number": len(trading.seen)})
            time.sleep(pause_s)
            handler.wfile.write(surplus)
            said.set()

        said = threading.Event()
        trading.script(say_more)
        for number in (1, 2, 3):
            assert ask(as_ada).json() == {"number": number}
            assert said.wait(5)
            said.clear()

    def test_reads_anew_where_a_kept_connection_ends_in_between(self, as_ada, trading, kept):
        assert ask(as_ada).status_code == 200

        def end_then_answer(handler):
            if len(trading.seen) == 2:
                hang_up(handler)
            else:
                handler.reply(200, {})

        trading.script(end_then_answer)
        assert ask(as_ada).status_code == 200
        assert len(trading.seen) == 3

    def test_uses_no_proxy_of_the_environment(self, as_ada, trading, monkeypatch):
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, "http://127.0.0.1:1")
        monkeypatch.setenv("NO_PROXY", "")
        assert ask(as_ada).status_code == 200


class TestBulkhead:
    def test_leaves_threads_for_others(self, trading, settings, monkeypatch):
        monkeypatch.setattr(guards, "bulkhead", guards.Bulkhead(2))
        gate, outcomes = threading.Event(), []
        trading.script(lambda handler: (gate.wait(5), handler.reply(200, {})))

        def call():
            try:
                calls.send("GET", "/clock", as_identity=calls.own_identity(), at=calls.identity.real_time())
                outcomes.append("answered")
            except guards.Busy:
                outcomes.append("busy")

        threads = [threading.Thread(target=call) for _ in range(10)]
        for thread in threads:
            thread.start()
        deadline = time.monotonic() + 5
        while outcomes.count("busy") < 8 and time.monotonic() < deadline:
            time.sleep(0.01)
        gate.set()
        for thread in threads:
            thread.join()
        assert sorted(outcomes) == ["answered"] * 2 + ["busy"] * 8
        assert len(trading.seen) == 2

    def test_says_when_to_come_back(self, as_ada, trading, monkeypatch):
        monkeypatch.setattr(guards, "bulkhead", guards.Bulkhead(1))
        with guards.bulkhead.place():
            response = ask(as_ada)
        assert (response.status_code, response.json()["code"]) == (503, "trading-busy")
        assert response.headers["Retry-After"] == "1"


class TestBreaker:
    def test_asks_nothing_while_trading_is_away_and_tries_again_later(
        self, as_ada, trading, settings, monkeypatch
    ):
        clock = [0.0]
        monkeypatch.setattr(guards, "breaker", guards.Breaker(clock=lambda: clock[0]))
        settings.TRADING_URL = "http://127.0.0.1:1"
        answers = [ask(as_ada).status_code for _ in range(7)]
        assert answers == [502] * 5 + [503] * 2
        settings.TRADING_URL = trading.url
        assert ask(as_ada).json()["code"] == "trading-unavailable"
        clock[0] += guards.PAUSE_S
        assert [ask(as_ada).status_code for _ in range(2)] == [200, 200]

    def test_lets_one_request_try(self):
        clock = [0.0]
        breaker = guards.Breaker(clock=lambda: clock[0])
        for _ in range(guards.FAILURES):
            breaker.enter()
            breaker.note(succeeded=False)
        clock[0] += guards.PAUSE_S
        breaker.enter()
        with pytest.raises(guards.Resting):
            breaker.enter()

    def test_one_callers_odd_requests_do_not_stop_the_others(self, as_ada, trading):
        trading.answer("GET", "/node/N001", 500, {"code": "x"})
        assert {ask(as_ada).status_code for _ in range(guards.FAILURES + 1)} == {502}
        assert ask(as_ada, "/clock").status_code == 200
