"""Every place of `crashpoint` × how many workers × when the next one comes: exhaustively."""

import sys
from datetime import timedelta

from faults.exchange import MINUTE, SECOND, Exchange, wait_until
from faults.harness import Runs, row

SHORT = ("book-frozen", "booked", "published", "cancel-written")
SCENES = {
    "bid-written": "bid",
    "bid-done": "bid",
    "cancel-written": "cancel",
    "cancelled": "cancel",
    "settle-written": "settle",
    "settled": "settle",
}


@row("crash.wrong", at_most=0, seconds=1400, short=True, counting=True)
def crashes(short):
    """A worker is killed at each boundary; alone, of 2, of 4; another comes at once or after the deadline."""
    from trading.operations import crashpoint

    exchange, wrong = Exchange("crashes"), {}
    places = SHORT if short else crashpoint.NAMES
    cases = [
        (place, workers, late)
        for place in places
        for workers in ((1,) if short else (1, 2, 4))
        for late in ((False,) if short else (False, True))
    ]
    for case in cases:
        wrong[case] = strike(exchange, *case)
        print(len(wrong), "of", len(cases), *case, wrong[case] or "right", file=sys.stderr, flush=True)
        exchange.end_workers()
    found = {" ".join(map(str, case)): why for case, why in wrong.items() if why}
    return Runs(
        values=[int(bool(why)) for why in wrong.values()],
        unit="wrong",
        checks={"every invariant holds": not exchange.broken()},
        notes={"wrong": found} if found else {},
    )


def strike(exchange, place, workers, late):
    """Play one case; returns what is wrong afterwards, or nothing."""
    scene = SCENES.get(place, "clear")
    auction = stage(exchange, scene, place)
    for _ in range(workers):
        exchange.fork()
    number, _ = exchange.struck()
    exchange.bury(number)
    if late:
        exchange.end_workers()
        exchange.jump(
            max(exchange.now(), auction.gate_closes_at) + (auction.market.cancel_after_s + 1) * SECOND
        )
    elif scene == "bid":
        exchange.jump(max(exchange.now(), auction.gate_closes_at))
    exchange.fork()
    wait_until(lambda: exchange.ended(auction, settled=scene == "settle"), 60)
    return verdict(exchange, auction, scene, late)


def stage(exchange, scene, place):
    """Bring an auction to where its worker shall be struck, and set the trap."""
    if scene == "settle":
        return stage_delivered(exchange, place)
    exchange.arm("kill", place)
    closes_in_s = {"bid": 250, "cancel": -exchange.market.cancel_after_s - 1, "clear": 0.2}[scene]
    return exchange.auction(closes_in_s=closes_in_s)


def stage_delivered(exchange, place):
    exchange.jump_past_deliveries()  # one real-time auction a quarter hour, as in the timetable
    auction = exchange.auction(closes_in_s=0.2)
    exchange.fork()
    wait_until(lambda: exchange.ended(auction), 60)
    exchange.end_workers()
    exchange.jump(auction.delivery_ends_at + 5 * MINUTE)
    exchange.read_meters(auction)
    exchange.arm("kill", place)
    return auction


def verdict(exchange, auction, scene, late):
    """What is wrong with an auction that has ended: a word, or nothing."""
    from trading.operations.models import OutboxMessage

    state, _ = exchange.state(auction)
    if exchange.results_of(auction) != int(state != "cancelled"):
        return "results"
    if scene != "cancel" and not late and state == "cancelled":
        return "cancelled without need"
    if exchange.ends_told(auction) != 1:
        return "told not once"
    told = OutboxMessage.objects.filter(payload__auctionId=auction.code)
    ids = {str(each) for each in told.values_list("event_id", flat=True)}
    wait_until(lambda: ids <= set(exchange.door.counted()), 30)
    return " ".join(exchange.broken(since=auction.gate_closes_at - timedelta(hours=1)))
