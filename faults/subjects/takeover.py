"""A worker is killed or stopped; another does its work."""

import os
import signal
import threading
import time

from faults.exchange import Exchange, wait_until
from faults.harness import Runs, row

BIDDING = ("claimed", "bid-written")
CLOSING = ("claimed", "book-frozen", "closed", "proven", "result-written", "booked")
STOPPED_S = 60


@row("takeover.kill.worst_s", at_most=5, seconds=480)
def kill(short):
    """One of two workers is killed as by kill -9 in each phase of an auction, until the other has done it."""
    exchange = Exchange("takeover-kill")
    keep_two(exchange)
    seconds = {}
    for turn in range(1 if short else 3):
        for bidding, places in ((True, BIDDING), (False, CLOSING)):
            for place in places:
                number, seconds[place, bidding, turn] = strike(exchange, "kill", place, bidding)
                exchange.bury(number)
                keep_two(exchange)
    return _runs(exchange, seconds)


@row("takeover.pause.worst_s", at_most=15, seconds=540)
def pause(short):
    """One of two workers is stopped by SIGSTOP for 60 s in each phase, until the other has done its work."""
    exchange = Exchange("takeover-pause")
    keep_two(exchange)
    seconds = {}
    for turn in range(1 if short else 3):
        for bidding, places in ((True, BIDDING), (False, CLOSING)):
            for place in places:
                number, seconds[place, bidding, turn] = strike(exchange, "stop", place, bidding)
                exchange.workers.pop(number, None)  # a woken one may be struck again
                threading.Timer(STOPPED_S, wake, [number]).start()
                keep_two(exchange)
    wait_until(lambda: threading.active_count() == 1, STOPPED_S + 10)
    time.sleep(2)  # what the woken would still do, they do now
    return _runs(exchange, seconds)


def keep_two(exchange):
    """Have two workers that are ready."""
    from trading.operations.models import WorkerPulse

    while len(exchange.workers) < 2:
        name = f"fault-{exchange.fork(apart=True)}"
        wait_until(WorkerPulse.objects.filter(worker=name).exists, 60)
    time.sleep(3)  # their clearing's processes begin


def strike(exchange, deed, place, bidding):
    """Strike one worker at a place; returns which, and after how many seconds its work was done."""
    if bidding:
        exchange.arm(deed, place)
    auction = exchange.auction(closes_in_s=250 if bidding else 1.2)
    if not bidding:
        wait_until(lambda: exchange.state(auction)[1], 20)  # the strategies have bid
        exchange.arm(deed, place)
    number, at = exchange.struck()

    def is_done():
        state, bid_at = exchange.state(auction)
        return bid_at is not None if bidding else state == "published"

    return number, wait_until(is_done, 60) - at


def wake(number):
    """Let a stopped worker go on."""
    os.kill(number, signal.SIGCONT)


def _runs(exchange, seconds):
    from trading.markets.models import Auction

    closed = Auction.objects.filter(number__gt=1_000, state="published")
    worst = max(seconds, key=seconds.get)
    doubled = [auction.code for auction in closed if exchange.results_of(auction) != 1]
    return Runs(
        values=list(seconds.values()),
        checks={
            "each auction has one result": not doubled,
            "every invariant holds": not exchange.broken(),
        },
        notes={"worst at": f"{worst[0]} ({'bid' if worst[1] else 'gate'})"},
    )
