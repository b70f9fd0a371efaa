"""What the exchange reports leaves after the commit: at least once, under one id, to one address."""

import json
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from shared import environment, identity
from trading.operations import outbox
from trading.operations.tests.conftest import BEGAN


class Receiver(BaseHTTPRequestHandler):
    """A public door that answers as the test wishes and keeps what it got."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((self.path, self.headers["Authorization"], body))
        status = self.server.answer(json.loads(body))
        self.send_response(status)
        if status == 307:
            self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args):
        """Keep the test's output clean."""


@pytest.fixture
def receiver(settings):
    server = HTTPServer(("127.0.0.1", 0), Receiver)
    server.got, server.answer = [], lambda body: 204
    settings.WEBAPP_URL = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=[0.01])
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def write(count=1, size=0):
    return [
        outbox.write(kind="news", payload={"number": k, "text": "x" * size}, at=BEGAN) for k in range(count)
    ]


def ids(body):
    return [event["eventId"] for event in json.loads(body)["events"]]


@pytest.mark.django_db
class TestRelay:
    def test_sends_with_stable_ids_and_proves_who_sends(self, receiver):
        messages = write(2)
        assert outbox.relay(at=BEGAN) == 2
        [(path, header, body)] = receiver.got
        assert path == "/internal/events"
        assert ids(body) == [str(each.event_id) for each in messages]
        public_key = environment.file_text("CEEX_TRADING_PUBLIC_KEY_FILE")
        who = identity.verify_header(
            public_key, header, issuer="trading", audience="webapp", at=identity.real_time()
        )
        assert who.role == identity.SERVICE

    def test_sends_nothing_twice(self, receiver):
        write()
        outbox.relay(at=BEGAN)
        assert outbox.relay(at=BEGAN + timedelta(days=1)) == 0
        assert len(receiver.got) == 1

    def test_sends_at_most_a_hundred_events_at_once(self, receiver):
        write(101)
        assert [outbox.relay(at=BEGAN) for _ in range(3)] == [100, 1, 0]

    def test_keeps_requests_small(self, receiver):
        write(3, size=300_000)
        assert [outbox.relay(at=BEGAN) for _ in range(3)] == [1, 1, 1]

    def test_waits_longer_after_each_failure_and_sends_the_same_id(self, receiver):
        [message] = write()
        receiver.answer = lambda body: 500
        assert outbox.relay(at=BEGAN) == 0
        assert outbox.relay(at=BEGAN + timedelta(milliseconds=900)) == 0
        assert len(receiver.got) == 1
        outbox.relay(at=BEGAN + timedelta(seconds=1))
        message.refresh_from_db()
        assert message.next_attempt_at == BEGAN + timedelta(seconds=3)
        receiver.answer = lambda body: 204
        assert outbox.relay(at=BEGAN + timedelta(seconds=3)) == 1
        assert {tuple(ids(body)) for _, _, body in receiver.got} == {(str(message.event_id),)}

    def test_an_unreachable_receiver_costs_nothing_but_time(self, settings):
        settings.WEBAPP_URL = "http://127.0.0.1:9"
        [message] = write()
        assert outbox.relay(at=BEGAN) == 0
        message.refresh_from_db()
        assert (message.attempts, message.sent_at, message.dead_at) == (1, None, None)

    def test_one_refused_message_does_not_hold_up_the_others(self, receiver):
        good, bad = write(2)
        receiver.answer = lambda body: 400 if any(e["number"] == 1 for e in body["events"]) else 204
        assert outbox.relay(at=BEGAN) == 1
        good.refresh_from_db()
        assert good.sent_at == BEGAN

    def test_what_is_refused_again_and_again_dies(self, receiver):
        [message] = write()
        receiver.answer = lambda body: 400
        for attempt in range(outbox.REFUSALS_BEFORE_DEAD + 3):
            outbox.relay(at=BEGAN + timedelta(hours=attempt))
        message.refresh_from_db()
        assert message.attempts == len(receiver.got) == outbox.REFUSALS_BEFORE_DEAD
        assert message.dead_at

    def test_follows_no_redirect(self, receiver):
        write()
        receiver.answer = lambda body: 307
        assert outbox.relay(at=BEGAN) == 0
        assert [path for path, _, _ in receiver.got] == ["/internal/events"]

    def test_ignores_the_proxy_of_the_environment(self, receiver, monkeypatch):
        monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
        write()
        assert outbox.relay(at=BEGAN) == 1
