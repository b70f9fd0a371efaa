"""A stand-in for Portainer's webhook: 204 at once, whatever comes of it; then it pulls and redeploys."""

import secrets
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Receiver:
    """Listens on this machine's loopback under an address that is the credential."""

    def __init__(self, server, copy):
        self.server = server
        self.copy = copy
        self.path = f"/api/stacks/webhooks/{secrets.token_urlsafe(24)}"
        self.failure = None
        self.seconds = None
        self._busy = threading.Lock()
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.http.server_port}{self.path}"

    def close(self):
        """Stop listening."""
        self.http.shutdown()

    def wait(self):
        """Wait until the redeployment that was asked for has ended."""
        with self._busy:
            return self.failure

    def _handler(self):
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                known = self.path == receiver.path
                self.send_response(204 if known else 404)
                self.end_headers()
                if known:
                    receiver._busy.acquire()
                    threading.Thread(target=receiver._redeploy, daemon=True).start()

            def log_message(self, *args):
                """Say nothing: the address is a credential."""

        return Handler

    def _redeploy(self):
        started = time.monotonic()
        try:
            self.server.compose(self.copy, "pull", "--quiet", "ui", "webapp", "trading")
            self.server.compose(self.copy, "up", "--detach", "--remove-orphans", timeout=600)
            self.failure = None
        except Exception as error:  # what went wrong stands in Portainer's log and nowhere else
            self.failure = error
        finally:
            self.seconds = time.monotonic() - started
            self._busy.release()
