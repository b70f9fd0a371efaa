"""The past, traded through the same steps as the present, by a clock that is played.

Two processes share the work, since one would leave half of a small machine idle: this one closes gates and
publishes; its helper lets the strategies bid, a little ahead, and settles what is delivered.
"""

import multiprocessing
import os
import time
from collections import defaultdict
from datetime import datetime, timedelta

from django.db import connection, connections

from trading.grid import queries as grid
from trading.markets import calendar
from trading.markets import operations as markets
from trading.markets import queries as clock
from trading.markets.models import Auction
from trading.metering import queries as readings
from trading.metering import village_meters as metering
from trading.operations import life, operations
from trading.operations.meters import MeterWindows
from trading.schedules import operations as schedules
from trading.strategies.forecast import HISTORY_DAYS

WORKER = "history"
AHEAD = timedelta(days=8)
TOLD_BACK = timedelta(days=2)  # older results send no notices: nobody was there to be told
LEAD_S = 3600  # simulated: how far bids may be ahead of results; far less than from a DAM's result to its RTM
WORTH_HELP = 100  # auctions; with fewer the helper takes longer to start than it saves
LOOK_S = 0.001
NEVER = float("inf")


class HelperDied(Exception):
    """The process that bids and settles ended before its work was done."""


def trade(*, days, now, progress):
    """Trade what has not been traded from some days ago until now; return how many auctions that were.

    It begins where the last run, or the last live auction, ended. Repeating it changes nothing.

    :param progress: called with a simulated instant each time one is done
    """
    for dso in grid.operators():
        _prepare(dso, days, now)
    due = Auction.objects.filter(state__in=["scheduled", "open", "closed"], gate_closes_at__lte=now)
    auctions = list(due.select_related("market"))
    bids, gates = _bids(auctions), sorted({auction.gate_closes_at for auction in auctions})
    if len(auctions) < WORTH_HELP:
        _trade_alone(bids, gates, now, progress)
    else:
        _trade_with_helper(bids, gates, now, progress)
    while operations.settle_due(at=now):
        pass
    schedules.accept_past(actor=WORKER, at=now)  # as its grid operator would have, in a past that is played
    progress(now)
    return len(auctions)


def _prepare(dso, days, now):
    """Schedule the auctions of the past and ahead, and let the meters have reported."""
    ended = Auction.objects.filter(
        market__dso=dso, state__in=["published", "settled", "cancelled"], gate_closes_at__lte=now
    )
    last = ended.order_by("gate_closes_at").last()
    first_day, _ = calendar.delivery_day(calendar.day_of(now) - timedelta(days=days))
    begins_at = last.gate_closes_at if last else first_day
    markets.schedule(dso=dso, until_day=calendar.day_of(now + AHEAD), at=begins_at)
    nodes = readings.metered_nodes(dso=dso)
    # The first forecasts need a past too.
    metered_until = readings.recorded_until(nodes=nodes) or begins_at - timedelta(days=HISTORY_DAYS)
    to = datetime.fromtimestamp(now.timestamp() // 900 * 900, now.tzinfo)
    if metered_until < to:
        metering.record_village(dso=dso, from_=metered_until, to=to)


def _bids(auctions):
    """Which auctions' strategies bid when, in the order of time."""
    bids = defaultdict(list)
    for auction in auctions:
        if auction.strategies_bid_at is None:
            before = timedelta(seconds=auction.market.strategies_bid_s_before)
            bids[auction.gate_closes_at - before].append(auction.pk)
    return sorted(bids.items())


def _trade_alone(bids, gates, now, progress):
    meters, waiting = MeterWindows(), list(bids)
    for gate in gates:
        while waiting and waiting[0][0] <= gate:
            _bid(*waiting.pop(0), meters)
        _close(gate, now)
        progress(gate)


def _trade_with_helper(bids, gates, now, progress):
    # What lies before these instants is done.
    bids_before = multiprocessing.Value("d", 0)
    gates_before = multiprocessing.Value("d", gates[0].timestamp())
    connections.close_all()  # no process may use another's
    arguments = (bids, bids_before, gates_before, os.getpid())
    # Forked, so that it is as far set up as we are; nothing has been cleared yet, so no threads are lost.
    helper = multiprocessing.get_context("fork").Process(target=_help, args=arguments, daemon=True)
    helper.start()
    _do_not_wait_for_the_disk()
    for gate, following in zip(gates, [*gates[1:], None], strict=True):
        _wait(bids_before, gate.timestamp(), alive=helper.is_alive)
        _close(gate, now)
        gates_before.value = following.timestamp() if following else NEVER
        progress(gate)
    helper.join()
    if helper.exitcode:
        raise HelperDied


def _help(bids, bids_before, gates_before, parent):
    """Bid and settle, never further ahead of the results than `LEAD_S`; end when the parent does."""
    _do_not_wait_for_the_disk()
    meters = MeterWindows()
    for at, auctions in bids:
        bids_before.value = at.timestamp()
        _wait(gates_before, at.timestamp() - LEAD_S, alive=lambda: os.getppid() == parent)
        _bid(at, auctions, meters)
    bids_before.value = NEVER
    connections.close_all()


def _wait(value, until, *, alive):
    while value.value <= until:
        if not alive() and value.value <= until:
            raise HelperDied
        time.sleep(LOOK_S)


def _bid(at, auctions, meters):
    """Let the strategies bid in some auctions at their time, and settle what is delivered by then."""
    markets.open_due(at=at)
    for auction in Auction.objects.filter(pk__in=auctions).select_related("market__dso"):
        life.bid(auction=auction, meters=meters[auction.market.dso_id], at=at)
    operations.settle_due(at=at)


def _close(at, now):
    """Close what closes at an instant, and publish it."""
    moment = clock.Moment(at=at, real_at=clock.moment().real_at, speed=1)
    operations.step_due(
        worker=WORKER, moment=moment, meters={}, told=at >= now - TOLD_BACK, checked=False, limit=100
    )


def _do_not_wait_for_the_disk():
    """A crash may lose the last moment of a simulated past: it is traded again, the books stay whole."""
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit TO off")
