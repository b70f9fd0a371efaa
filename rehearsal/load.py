"""A constant load through Traefik, and what became of every request and every order."""

import http.client
import itertools
import json
import ssl
import threading
import time
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

from rehearsal.engine import Failed
from rehearsal.stacks import HOST

TIMEOUT_S = 15
AT_ONCE = 40
# A page's life: its files, what it asks of the exchange, and now and then an order.
READS = ("/", "/config.json", "/api/version", "/api/trading/clock", "/api/me", "/api/trading/markets")
ORDER_EVERY = 5


@dataclass(frozen=True)
class Seen:
    """One request: when, what, and how it was answered; where there was no answer, status 0 and why."""

    at: float
    what: str
    status: int
    seconds: float
    why: str


class Household:
    """A user that is logged in, and places orders for auctions that are far away."""

    def __init__(self, server, email, password):
        self.context = ssl.create_default_context(cafile=str(server.ca))
        self.email, self.password = email, password
        self.token, self.token_at, self.lock = None, 0.0, threading.Lock()
        self.kept = threading.local()
        self.node = self.ask("GET", "/api/me")[1]["pairings"][0]["consumerNodeId"]

    def ask(self, method, path, body=None, headers=None):
        """Send one request on the connection that this thread keeps; (status, JSON or None)."""
        sent = {"Authorization": f"Bearer {self.bearer()}", **(headers or {})}
        return self._send(method, path, body, sent)

    def bearer(self):
        """The access token, renewed by logging in before it ends."""
        with self.lock:
            if time.monotonic() - self.token_at > 200 or not self.token:
                body = {"email": self.email, "password": self.password}
                status, answer = self._send("POST", "/api/auth/login", body, {})
                if status == 200:
                    self.token, self.token_at = answer["accessToken"], time.monotonic()
            return self.token

    def _send(self, method, path, body, headers):
        connection = self._connection()
        try:
            data = None if body is None else json.dumps(body)
            connection.request(method, path, data, {"Content-Type": "application/json", **headers})
            answer = connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException):
            connection.close()  # the next request opens it again
            raise
        is_json = "json" in (answer.headers["Content-Type"] or "")
        return answer.status, json.loads(text) if is_json and text else None

    def _connection(self):
        if not hasattr(self.kept, "connection"):
            self.kept.connection = http.client.HTTPSConnection(HOST, timeout=TIMEOUT_S, context=self.context)
        return self.kept.connection


class Load:
    """Requests at a constant rate from `start` to `stop`, whether earlier ones were answered or not."""

    def __init__(self, household, per_second):
        self.household = household
        self.per_second = per_second
        self.seen, self.acknowledged = [], []
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._auctions = itertools.cycle(self._far_auctions())

    def start(self):
        """Begin."""
        self._thread.start()
        return self

    def stop(self):
        """End, when every request is answered."""
        self._stopping.set()
        self._thread.join()
        return self

    def statuses(self):
        """How often each status was answered."""
        return Counter(each.status for each in self.seen)

    def failures(self):
        """What was not answered as it should be, how, and how often."""
        failed = (each for each in self.seen if not 0 < each.status < 500)
        return Counter(f"{each.what} {each.status or each.why}" for each in failed)

    def share_5xx(self):
        """The share of requests that ended in a 5xx, or without an answer."""
        return sum(not 0 < each.status < 500 for each in self.seen) / len(self.seen)

    def lost(self):
        """Orders that were acknowledged with 201 and are not there any more."""
        with ThreadPoolExecutor(8) as pool:
            there = pool.map(self._is_there, self.acknowledged)
            return [order for order, is_there in zip(self.acknowledged, there, strict=True) if not is_there]

    def _is_there(self, order):
        path = f"/api/trading/node/{self.household.node}/orders/{order}/versions"
        for _ in range(10):  # no answer says nothing of the order
            try:
                status = self.household.ask("GET", path)[0]
            except (OSError, http.client.HTTPException):
                status = 0
            if 0 < status < 500 and status != 429:
                return status == 200
            time.sleep(1)
        return False

    def _run(self):
        reads = itertools.cycle(READS)
        started = time.monotonic()
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for number in itertools.count():
                if self._stopping.wait(max(0, started + number / self.per_second - time.monotonic())):
                    return
                deed = self._order if number % ORDER_EVERY == 0 else self._read
                pool.submit(self._note, deed, next(reads))

    def _note(self, deed, path):
        at, what = time.time(), path if deed == self._read else "order"
        started = time.monotonic()
        status, why = 0, ""
        try:
            status = deed(path)
        except (OSError, http.client.HTTPException) as error:
            why = type(error).__name__
        self.seen.append(Seen(at, what, status, time.monotonic() - started, why))

    def _read(self, path):
        return self.household.ask("GET", path)[0]

    def _order(self, path):
        point = {"period": 0, "priceRpPerMwh": 10_000, "quantityWh": 1}
        body = {"auctionId": next(self._auctions), "side": "buy", "curve": "step", "points": [point]}
        where = f"/api/trading/node/{self.household.node}/orders"
        status, answer = self.household.ask("POST", where, body, {"Idempotency-Key": uuid.uuid4().hex})
        if status == 201:
            self.acknowledged.append(answer["orderId"])
        return status

    def _far_auctions(self):
        """Day-ahead auctions that take orders, but the next one, whose gate may close while the load runs."""
        now = datetime.fromisoformat(self.household.ask("GET", "/api/trading/clock")[1]["now"])
        span = f"from={now:%Y-%m-%d}&to={now + timedelta(days=8):%Y-%m-%d}"
        found = self.household.ask("GET", f"/api/trading/auctions?market=dam&state=open&{span}")[1]["items"]
        far = [each["auctionId"] for each in sorted(found, key=lambda each: each["gateClosesAt"])][1:]
        if not far:
            raise Failed("no day-ahead auction takes orders")
        return far
