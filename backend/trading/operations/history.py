"""The past, traded through the same steps as the present, by a clock that is played."""

import time
from datetime import datetime, timedelta

from trading.grid import queries as grid
from trading.markets import calendar
from trading.markets import operations as markets
from trading.markets import queries as clock
from trading.markets.models import Auction
from trading.metering import operations as metering
from trading.metering import queries as readings
from trading.operations import operations
from trading.operations.meters import MeterWindows

WORKER = "history"
KNOWN_BEFORE = timedelta(days=14)  # readings from before the first auction, so that its forecasts have a past
AHEAD = timedelta(days=8)
TOLD_BACK = timedelta(days=2)  # older results send no notices: nobody was there to be told
LATEST_STEPS = timedelta(minutes=40)  # the last delivered quarter hours are metered and settled in this time


def trade(*, days, now, progress):
    """Trade what has not been traded from some days ago until now; return how many steps that took.

    It begins where the last run, or the last live auction, ended. Repeating it changes nothing.

    :param progress: called with a simulated instant each time one is done
    """
    for dso in grid.operators():
        _prepare(dso, days, now)
    meters, steps, started = MeterWindows(), 0, time.monotonic()
    real_now = clock.moment().real_at
    for at in _instants(now):
        real_at = real_now + timedelta(seconds=time.monotonic() - started)
        steps += operations.run_due(
            worker=WORKER,
            moment=clock.Moment(at=at, real_at=real_at, speed=1),
            meters=meters,
            told=at >= now - TOLD_BACK,
            checked=False,
            limit=100,
        )
        progress(at)
    return steps


def _prepare(dso, days, now):
    """Schedule the auctions of the past and ahead, and let the meters have reported."""
    ended = Auction.objects.filter(market__dso=dso, state__in=["published", "settled", "cancelled"])
    last = ended.order_by("gate_closes_at").last()
    first_day, _ = calendar.delivery_day(calendar.day_of(now) - timedelta(days=days))
    begins_at = last.gate_closes_at if last else first_day
    markets.schedule(dso=dso, until_day=calendar.day_of(now + AHEAD), at=begins_at)
    nodes = readings.metered_nodes(dso=dso)
    metered_until = readings.recorded_until(nodes=nodes) or begins_at - KNOWN_BEFORE
    to = _quarter_hour(now)
    if metered_until < to:
        metering.record_village(dso=dso, from_=metered_until, to=to)


def _instants(now):
    """Every instant up to now at which some auction has a step to take, in order."""
    waiting = Auction.objects.filter(state__in=["scheduled", "open", "closed"], gate_closes_at__lte=now)
    instants = {now}
    for closes_at, before_s in waiting.values_list("gate_closes_at", "market__strategies_bid_s_before"):
        instants |= {closes_at, closes_at - timedelta(seconds=before_s)}
    return sorted(instants)


def _quarter_hour(at):
    return datetime.fromtimestamp(at.timestamp() // 900 * 900, at.tzinfo)
