"""Orders over HTTP at a steady rate, in a process of its own; what was acknowledged is written down."""

import http.client
import json
import os
import signal
import threading
import time
from urllib.parse import urlsplit

THREADS = 16
TIMEOUT_S, LOOK_EVERY_S = 5, 2


def start(url, nodes, *, per_s, folder):
    """Begin to order; returns the process's number."""
    from django.db import connections

    connections.close_all()
    number = os.fork()
    if number == 0:
        stopping = threading.Event()
        signal.signal(signal.SIGTERM, lambda *_: stopping.set())
        senders = []
        for k in range(THREADS):
            given = (
                url,
                nodes[k::THREADS],
                per_s / THREADS,
                folder / f"ack-{k}",
                folder / f"sent-{k}",
                stopping,
            )
            senders.append(threading.Thread(target=_send, args=given))
        for each in senders:
            each.start()
        for each in senders:
            each.join()
        os._exit(0)
    return number


def stop(number):
    """Stop ordering."""
    os.kill(number, signal.SIGTERM)
    os.waitpid(number, 0)


def sent(folder):
    """How many orders were sent, whatever was answered; known after `stop`."""
    return sum(int(file.read_text()) for file in folder.glob("sent-*"))


def acknowledged(folder):
    """The public names of all orders that were acknowledged."""
    return {name for file in folder.glob("ack-*") for name in file.read_text().split()}


def _send(url, nodes, per_s, file, count, stopping):
    place, connection, due, token, signed_at = urlsplit(url), None, time.monotonic(), "", 0
    auctions, asked_at, turn, orders = [], 0, 0, 0
    with file.open("w") as noted:
        while not stopping.is_set():
            due += 1 / per_s
            stopping.wait(max(due - time.monotonic(), 0))
            if time.monotonic() > signed_at + 60:
                token, signed_at = _token(nodes), time.monotonic()
            node, turn = nodes[turn % len(nodes)], turn + 1
            try:
                if connection is None:
                    connection = http.client.HTTPConnection(place.hostname, place.port, timeout=TIMEOUT_S)
                headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
                if time.monotonic() > asked_at + LOOK_EVERY_S:
                    auctions, asked_at = _open_auctions(connection, headers), time.monotonic()
                if auctions:
                    orders += 1
                    _order(connection, headers, node, auctions[turn % len(auctions)], noted)
            except (OSError, http.client.HTTPException, ValueError, KeyError):
                connection = None  # not acknowledged
    count.write_text(str(orders))


def _token(nodes):
    from shared import environment, identity

    return identity.sign(
        environment.file_text("CEEX_WEBAPP_PRIVATE_KEY_FILE"),
        issuer="webapp", audience="trading", subject="a-user", role="household",
        nodes=[node.public_id for node in nodes], at=identity.real_time(), lifetime_s=300,
    )  # fmt: skip


def _open_auctions(connection, headers):
    connection.request("GET", "/auctions?market=rtm&state=open", headers=headers)
    answer = connection.getresponse()
    items = json.loads(answer.read())["items"]
    return [each["auctionId"] for each in items[:4]]


def _order(connection, headers, node, auction, noted):
    side, price = ("sell", 6_500) if node.side == "producer" else ("buy", 24_000)
    points = [{"period": 0, "priceRpPerMwh": price, "quantityWh": 1}]
    body = json.dumps({"auctionId": auction, "side": side, "curve": "step", "points": points})
    connection.request("POST", f"/node/{node.public_id}/orders", body, headers)
    answer = connection.getresponse()
    said = answer.read()
    if answer.status == 201:
        noted.write(json.loads(said)["orderId"] + "\n")
        noted.flush()
