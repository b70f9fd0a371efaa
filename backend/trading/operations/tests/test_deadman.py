"""The outside address hears of each auction that ended, and never holds one up."""

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from trading.operations import deadman
from trading.tests.cast import auction


@pytest.fixture
def outside(settings):
    """An address that notes what it is told."""
    heard = []

    class Noting(BaseHTTPRequestHandler):
        def do_POST(self):
            heard.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Noting)
    threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
    settings.PING_URL = f"http://127.0.0.1:{server.server_port}/ping"
    yield heard
    server.shutdown()
    server.server_close()


class TestPing:
    def test_is_sent_when_an_auction_ends(self, traded, worker, outside):
        worker(at=traded.gate_closes_at)
        assert f"{traded.code} published" in outside

    def test_that_nobody_hears_changes_nothing(self, traded, worker, settings):
        settings.PING_URL = "http://127.0.0.1:9/ping"
        worker(at=traded.gate_closes_at)
        assert auction().state == "published"

    def test_is_not_sent_where_no_address_is_set(self, settings):
        settings.PING_URL = ""
        assert deadman.ping(auction_code="dam-2026-11-23", end="published") is False
