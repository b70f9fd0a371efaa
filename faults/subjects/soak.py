"""Days of auctions with a fault every 20 seconds, and orders all the while."""

import contextlib
import os
import random
import signal
import time
from datetime import UTC, datetime, timedelta

from faults import load
from faults.exchange import Exchange, wait_until
from faults.harness import Runs, row
from faults.subjects.database import again

DAYS = int(os.environ.get("CEEX_SOAK_DAYS", "3"))
SPEED = int(os.environ.get("CEEX_SOAK_SPEED", "400"))  # why: docs/decisions/0012
BEGINS_AT = datetime(2026, 11, 29, 9, 55, tzinfo=UTC)  # five minutes before the first day-ahead gate
LASTS = timedelta(days=DAYS)  # each with 49 gates
FAULT_EVERY_S, STOPPED_S, WORKERS, HOUSEHOLDS = 20, 12, 3, 40
ORDERS_PER_S, ORDERS_ENOUGH = 200, 0.98  # what the last fault held up is still on its way at the end
SEED = int(os.environ.get("CEEX_SOAK_SEED", "147"))


@row("soak", at_most=0, seconds=int(600 + LASTS.total_seconds() / SPEED), alone=True)
def soak(short):
    """Whole days of both markets at speed, a fault every 20 s, 200 orders a second over HTTP beside them."""
    from bench import load as servers

    exchange = Exchange("soak", timetable=True)
    nodes = exchange.add_households(HOUSEHOLDS)
    exchange.jump(BEGINS_AT, speed=SPEED)
    exchange.schedule((BEGINS_AT + LASTS).date())
    url = servers.server("trading.wsgi", "/health/live")
    for _ in range(WORKERS):
        exchange.fork(apart=True)
    client, began = load.start(url, nodes, per_s=ORDERS_PER_S, folder=exchange.folder), time.monotonic()
    faults = storm(exchange, until=BEGINS_AT + LASTS)
    load.stop(client)
    return verdict(exchange, faults, lasted_s=time.monotonic() - began)


def storm(exchange, *, until):
    """Strike again and again until the exchange's clock shows a time; returns how often by what."""
    chance, struck, next_at = random.Random(SEED), {}, time.monotonic()
    deeds = {"kill": kill, "stop": stop, "drop sessions": drop, "fast": restart, "kill -9": restart}
    while exchange.now() < until:
        next_at += FAULT_EVERY_S
        time.sleep(max(next_at - time.monotonic(), 0))
        name = chance.choice(list(deeds))
        deeds[name](exchange, chance, name)
        struck[name] = struck.get(name, 0) + 1
    return struck


def kill(exchange, chance, _):
    """Kill a worker; its supervisor starts another."""
    number = chance.choice(list(exchange.workers))
    os.kill(number, signal.SIGKILL)
    exchange.bury(number)
    exchange.fork(apart=True)


def stop(exchange, chance, _):
    """Stop a worker for a while."""
    number = chance.choice(list(exchange.workers))
    os.kill(number, signal.SIGSTOP)
    time.sleep(STOPPED_S)
    with contextlib.suppress(ProcessLookupError):
        os.kill(number, signal.SIGCONT)


def drop(exchange, *_):
    """End every session but our own."""
    exchange.drop_sessions()


def restart(exchange, _, kind):
    """Restart the database."""
    again(exchange.server, kind)


def verdict(exchange, faults, *, lasted_s):
    """What became of every auction and every acknowledged order."""
    from trading.markets.models import Auction
    from trading.orders.models import Order

    auctions = Auction.objects.filter(gate_closes_at__lte=BEGINS_AT + LASTS, number__lt=1_000)
    open_ones = auctions.exclude(state__in=["published", "settled", "cancelled"])
    with contextlib.suppress(TimeoutError):
        wait_until(lambda: exchange.asked(lambda: not open_ones.exists()), 60)
    acknowledged = load.acknowledged(exchange.folder)
    rate = {
        "sent a second": round(load.sent(exchange.folder) / lasted_s, 1),
        "acknowledged": len(acknowledged),
        "acknowledged a second": round(len(acknowledged) / lasted_s, 1),
    }
    enough = len(acknowledged) >= ORDERS_ENOUGH * ORDERS_PER_S * lasted_s
    kept = set(Order.objects.values_list("public_id", flat=True))
    doubled = [each.code for each in auctions if exchange.results_of(each) > 1]
    broken = exchange.broken(since=BEGINS_AT)
    ends = {state: auctions.filter(state=state).count() for state in ("published", "settled", "cancelled")}
    notes = {"auctions": auctions.count(), "ends": ends, "faults": faults, "seed": SEED, "speed": SPEED}
    return {
        "orders.lost": Runs(
            [len(acknowledged - kept)],
            "orders",
            checks={f"{ORDERS_PER_S} orders a second were acknowledged": enough},
            notes=rate,
        ),
        "results.double": Runs([len(doubled)], "results", checks={"every invariant holds": not broken}),
        "auctions.unended": Runs([open_ones.count()], "auctions", notes=notes | {"broken": broken}),
    }
