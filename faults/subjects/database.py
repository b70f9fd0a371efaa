"""The database goes away under everybody, just as an auction's gate closes."""

import random
import signal
import time

from faults.exchange import Exchange, wait_until
from faults.harness import Runs, row

KINDS = ("fast", "immediate", "kill -9")
SEED = 6


@row("database.restart.worst_s", at_most=10, seconds=420)
def restart(short):
    """PostgreSQL is restarted (fast, immediate, kill -9) around a gate, until the auction is published."""
    exchange, chance = Exchange("database-restart"), random.Random(SEED)
    for _ in range(2):
        exchange.fork()
    seconds, starts, auctions = [], [], []
    for turn in range(3 if short else 21):
        auction = exchange.auction(closes_in_s=1.5)
        auctions.append(auction)
        wait_until(lambda auction=auction: exchange.state(auction)[1], 30)
        gate = auction.gate_closes_at.timestamp()
        time.sleep(max(gate - time.time() + chance.uniform(-0.3, 0.1), 0))
        at = time.time()
        starts.append(again(exchange.server, KINDS[turn % 3]))
        done = wait_until(lambda auction=auction: exchange.ended(auction), 60)
        seconds.append(done - max(at, gate))
    return Runs(
        values=seconds,
        checks={
            "each auction is published once": all(exchange.results_of(each) == 1 for each in auctions),
            "every invariant holds": not exchange.broken(),
        },
        notes={"most attempts to start": max(starts)},
    )


def again(server, kind):
    """Take the database down and start it until it stays; returns how many attempts that took."""
    from django.db import connections

    from shared.embedded import DatabaseDidNotStart

    connections.close_all()  # ours, which would be broken
    if kind == "fast":
        server.stop()
    else:
        server.process.send_signal(signal.SIGKILL if kind == "kill -9" else signal.SIGQUIT)
        server.process.wait()
    for attempt in range(1, 100):
        try:
            server.start()
        except DatabaseDidNotStart:
            time.sleep(0.2)  # sessions of before are still there
        else:
            return attempt
    raise TimeoutError("the database did not start again")
