"""Single orders over HTTP at a steady rate, from one thread, so cheap that the exchange has the cores.

So many a second shall be acknowledged: what an outage or a gate refuses is made up for, by other orders. The
names of those that were are written down.
"""

import json
import os
import re
import selectors
import signal
import socket
import time
from urllib.parse import urlsplit

from faults.door import die_with_parent

CONNECTIONS, NEXT_AUCTIONS = 16, 4
TIMEOUT_S, LOOK_EVERY_S, SIGN_EVERY_S = 5, 2, 60
HASTE = 1.5  # of the rate, when something is to be made up for
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
ORDER_ID = re.compile(rb'"orderId": *"([^"]+)"')
REQUEST = "{method} {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n"
BODY = "Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"


def start(url, nodes, *, per_s, folder):
    """Begin to order; returns the process's number."""
    from django.db import connections

    connections.close_all()
    number = os.fork()
    if number == 0:
        die_with_parent()
        _Crowd(urlsplit(url), nodes, folder).send(per_s)
        os._exit(0)
    return number


def stop(number):
    """Stop ordering."""
    os.kill(number, signal.SIGTERM)
    os.waitpid(number, 0)


def sent(folder):
    """How many orders were sent, whatever was answered; known after `stop`."""
    return int((folder / "sent").read_text())


def acknowledged(folder):
    """The public names of all orders that were acknowledged."""
    return set((folder / "acknowledged").read_text().split())


class _Crowd:
    """Households, of whom each connection serves some."""

    def __init__(self, place, nodes, folder):
        self.folder, self.host = folder, place.netloc
        self.selector = selectors.DefaultSelector()
        self.lines = [
            _Line((place.hostname, place.port), self.selector, nodes[k::CONNECTIONS])
            for k in range(CONNECTIONS)
        ]
        self.auctions, self.sent, self.acknowledged = [], 0, 0
        self.signed_at, self.looked_at, self.stopping = 0.0, 0.0, False
        signal.signal(signal.SIGTERM, self._stop)

    def send(self, per_s):
        """Have so many orders a second acknowledged until told to stop."""
        began = next_at = time.monotonic()
        with (self.folder / "acknowledged").open("wb") as self.noted:
            while not self.stopping:
                now = time.monotonic()
                self._renew(now)
                free = [line for line in self.lines if line.is_free(now)]
                owed = per_s * (now - began) - self.acknowledged - (len(self.lines) - len(free))
                if free and owed >= 1 and now >= next_at and self.auctions:
                    next_at = max(next_at, now - 0.1) + 1 / (HASTE * per_s)
                    self._order(free[0])
                else:
                    self._listen(0.5 / per_s)
        (self.folder / "sent").write_text(str(self.sent))

    def _stop(self, *_):
        self.stopping = True

    def _listen(self, seconds):
        for key, _ in self.selector.select(seconds):
            key.data.read()

    def _renew(self, now):
        """Sign and look for auctions anew, now and then."""
        if now > self.signed_at + SIGN_EVERY_S:
            self.signed_at = now
            for line in self.lines:
                line.token = _token(line.nodes)
        if now > self.looked_at + LOOK_EVERY_S:
            for line in self.lines:
                if line.is_free(now):
                    self.looked_at = now
                    line.ask(self._head(line, "GET", "/auctions?market=rtm&state=open") + "\r\n", self._saw)
                    break

    def _order(self, line):
        node = line.nodes[self.sent % len(line.nodes)]
        side, price = ("sell", 6_500) if node.side == "producer" else ("buy", 24_000)
        body = json.dumps({
            "auctionId": self.auctions[self.sent % len(self.auctions)], "side": side, "curve": "step",
            "points": [{"period": 0, "priceRpPerMwh": price, "quantityWh": 1}],
        })  # fmt: skip
        head = self._head(line, "POST", f"/node/{node.public_id}/orders")
        line.ask(head + BODY.format(length=len(body), body=body), self._ordered)
        self.sent += 1

    def _head(self, line, method, path):
        return REQUEST.format(method=method, path=path, host=self.host, token=line.token)

    def _saw(self, status, body):
        if status == 200:
            self.auctions = [each["auctionId"] for each in json.loads(body)["items"][:NEXT_AUCTIONS]]

    def _ordered(self, status, body):
        if status == 201:
            self.acknowledged += 1
            self.noted.write(ORDER_ID.search(body)[1] + b"\n")
            self.noted.flush()


class _Line:
    """A connection that is kept, with one request under way at most."""

    def __init__(self, place, selector, nodes):
        self.place, self.selector, self.nodes, self.token = place, selector, nodes, ""
        self.socket, self.then, self.came, self.asked_at = None, None, b"", 0.0

    def is_free(self, now):
        """Whether the last request is answered, or given up."""
        if self.then is not None and now > self.asked_at + TIMEOUT_S:
            self._close()
        return self.then is None

    def ask(self, request, then):
        """Send a request; `then` is told the answer's status and body, and nothing if none comes."""
        try:
            if self.socket is None:
                self.socket = socket.create_connection(self.place, timeout=TIMEOUT_S)
                self.selector.register(self.socket, selectors.EVENT_READ, self)
            self.socket.sendall(request.encode())
        except OSError:
            self._close()
        else:
            self.then, self.came, self.asked_at = then, b"", time.monotonic()

    def read(self):
        """Take what came."""
        try:
            piece = self.socket.recv(1 << 16)
        except OSError:
            piece = b""
        if not piece:
            self._close()
            return
        self.came += piece
        head, between, body = self.came.partition(b"\r\n\r\n")
        if between and len(body) >= int(LENGTH.search(head)[1]):
            then, self.then = self.then, None
            then(int(head[9:12]), body)

    def _close(self):
        self.then = None
        if self.socket is not None:
            self.selector.unregister(self.socket)
            self.socket.close()
            self.socket = None


def _token(nodes):
    from shared import environment, identity

    return identity.sign(
        environment.file_text("CEEX_WEBAPP_PRIVATE_KEY_FILE"),
        issuer="webapp", audience="trading", subject="a-user", role="household",
        nodes=[node.public_id for node in nodes], at=identity.real_time(), lifetime_s=300,
    )  # fmt: skip
