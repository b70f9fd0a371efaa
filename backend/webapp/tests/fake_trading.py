"""A trading service that counts who asks and answers as a test tells it, over real sockets."""

import json
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Seen:
    """A request as it came over the wire."""

    method: str
    target: str
    headers: list
    body: bytes
    port: int

    @property
    def names(self):
        """The headers' names in lower case."""
        return [name.lower() for name, _ in self.headers]

    def header(self, name):
        """A header's value."""
        return dict(self.headers)[name]


class FakeTrading(ThreadingHTTPServer):
    """Answers {} unless told otherwise: by a (status, value), or by a function that writes to the socket."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.seen, self.answers, self.default = [], {}, (200, {})

    @property
    def url(self):
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def answer(self, method, path, status, value):
        """Answer this path with a status and a JSON value."""
        self.answers[method, path] = (status, value)

    def script(self, write):
        """Answer everything by calling write(handler)."""
        self.default = write

    def knows_customer(self, dso, number, consumer, producer=None):
        """Know one customer, as the service's /pairing does."""
        customer = {"consumerNodeId": consumer, "producerNodeId": producer, "customerName": "x", "dsoId": dso}
        self.answers["GET", f"/pairing?dso={dso}&dsoClientId={number}"] = (200, customer)
        self.answers["GET", "/dso/all"] = (200, {"items": [{"dsoId": dso, "name": "Village Grid"}]})

    def __enter__(self):
        threading.Thread(target=self.serve_forever, args=[0.01], daemon=True).start()
        return self

    def __exit__(self, *error):
        self.shutdown()
        self.server_close()

    def handle_error(self, request, client_address):
        """Callers that hang up are part of the tests."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def _handle(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.seen.append(
            Seen(self.command, self.path, list(self.headers.items()), body, self.client_address[1])
        )
        answers = self.server.answers
        plain = (self.command, self.path.partition("?")[0])
        answer = answers.get((self.command, self.path)) or answers.get(plain) or self.server.default
        if callable(answer):
            self.close_connection = True
            answer(self)
        else:
            self.reply(*answer)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = _handle  # noqa: N815

    def reply(self, status, value=None, *, content_type=None, headers=(), raw=None):
        """Send one well-formed answer."""
        body = raw if raw is not None else b"" if status == 204 else json.dumps(value).encode()
        default_type = "application/problem+json" if status >= 400 else "application/json"
        self.send_response(status)
        self.send_header("Content-Type", content_type or default_type)
        self.send_header("Content-Length", str(len(body)))
        for name, content in headers:
            self.send_header(name, content)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        """Say nothing."""
