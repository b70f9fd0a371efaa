"""Scheduling auctions and moving them from state to state, one worker at a time."""

from datetime import time, timedelta

from django.db import connection, transaction

from trading.markets import calendar, queries
from trading.markets.models import Auction, ExchangeClock, Market


class LostClaim(Exception):
    """Another worker has taken this auction over."""


class ClockRunsBackwards(Exception):
    """The clock would show a time that has already been."""


# The timetable of DESIGN §3; another exchange's is other rows.
DAY_AHEAD = {
    "code": "dam",
    "name": "Day-ahead market",
    "gate_opens_days_before": 7,
    "gate_opens_local": time(0),
    "gate_closes_days_before": 1,
    "gate_closes_local": time(11),
    "strategies_bid_s_before": 600,
    "publish_within_s": 300,
    "accept_within_s": 3600,
    "solver_limit_s": 120,
    "fallback_after_s": 240,
    "cancel_after_s": 900,
}
REAL_TIME = {
    "code": "rtm",
    "name": "Real-time market",
    "delivery_minutes": 30,
    "gate_opens_days_before": 1,
    "gate_opens_local": time(11, 5),  # when the day-ahead result of the day is published
    "gate_closes_minutes_before": 60,
    "strategies_bid_s_before": 300,
    "publish_within_s": 60,
    "accept_within_s": 1800,
    "solver_limit_s": 20,
    "fallback_after_s": 40,
    "cancel_after_s": 120,
}
# What is due: to bid for households, to close, or to clear.
CLAIM = """
WITH due AS (
    SELECT auction.id FROM markets_auction auction JOIN markets_market market ON market.id = auction.market_id
    WHERE (auction.state IN ('closed', 'cleared') OR auction.state = 'open' AND (
              auction.gate_closes_at <= %(at)s OR auction.strategies_bid_at IS NULL AND auction.gate_closes_at
              <= %(at)s + make_interval(secs => market.strategies_bid_s_before)))
      AND (auction.lease_until IS NULL OR auction.lease_until <= %(real_at)s)
    ORDER BY auction.gate_closes_at, auction.id LIMIT %(limit)s
    FOR NO KEY UPDATE OF auction SKIP LOCKED
)
UPDATE markets_auction auction
SET claimed_by = %(worker)s, lease_until = %(lease_until)s, epoch = epoch + 1, attempts = attempts + 1
FROM due WHERE due.id = auction.id RETURNING auction.id
"""
TIME_OF_STATE = {"closed": "closed_at", "published": "published_at", "settled": "settled_at"}


@transaction.atomic
def create_markets(*, dso, rulebooks=(DAY_AHEAD, REAL_TIME)):
    """Add the markets of a grid operator; those that are there already stay as they are."""
    for rulebook in rulebooks:
        Market.objects.get_or_create(dso=dso, code=rulebook["code"], defaults=rulebook)
    return list(queries.markets(dso=dso))


@transaction.atomic
def schedule(*, dso, until_day, at):
    """Add every auction up to a delivery day whose gate is still to close; returns how many are new."""
    before, mark = Auction.objects.filter(market__dso=dso).count(), _mark(dso)
    for market in queries.markets(dso=dso):
        day, auctions = calendar.day_of(at), []
        while day <= until_day:
            auctions += _auctions_of(market, mark, day, at)
            day += timedelta(days=1)
        Auction.objects.bulk_create(auctions, ignore_conflicts=True)
    return Auction.objects.filter(market__dso=dso).count() - before


def open_due(*, at):
    """Open every auction whose session has begun; returns how many."""
    waiting = Auction.objects.filter(state=Auction.State.SCHEDULED, gate_opens_at__lte=at)
    return waiting.update(state=Auction.State.OPEN)


def claim_due(*, worker, at, real_at, lease_s=30, limit=1):
    """Take auctions whose next step is due, in the order of their gates, away from all other workers.

    The lease runs in the database's time `real_at`, whatever the speed of the exchange's clock. Each claim
    has a new epoch: what a worker writes under an older one is refused.
    """
    asked = {
        "worker": worker,
        "at": at,
        "real_at": real_at,
        "lease_until": real_at + timedelta(seconds=lease_s),
        "limit": limit,
    }
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, asked)
        claimed = [key for (key,) in cursor.fetchall()]
    if not claimed:
        return []
    rows = Auction.objects.filter(pk__in=claimed).select_related("market__dso")
    return list(rows.order_by("gate_closes_at", "pk"))


def renew(*, auction, epoch, real_at, lease_s=30):
    """Keep a claim for longer; False if another worker has taken it over."""
    claimed = Auction.objects.filter(pk=auction.pk, epoch=epoch)
    return claimed.update(lease_until=real_at + timedelta(seconds=lease_s)) == 1


def release(*, auction, epoch):
    """Give a claim back after the step was done; False if another worker has taken it over."""
    claimed = Auction.objects.filter(pk=auction.pk, epoch=epoch)
    return claimed.update(lease_until=None, attempts=0) == 1


def advance(*, auction, from_state, to_state, epoch, at, **fields):
    """Move an auction one step; False if another worker moved it or took it over first."""
    if to_state in TIME_OF_STATE:
        fields[TIME_OF_STATE[to_state]] = at
    claimed = Auction.objects.filter(pk=auction.pk, state=from_state, epoch=epoch)
    return claimed.update(state=to_state, **fields) == 1


def note_strategies_bid(*, auction, epoch, at):
    """Remember that the strategies have bid in this auction.

    :raises LostClaim: another worker has taken it over
    """
    claimed = Auction.objects.filter(pk=auction.pk, state=Auction.State.OPEN, epoch=epoch)
    if claimed.update(strategies_bid_at=at) != 1:
        raise LostClaim


def cancel(*, auction, reason, epoch, at):
    """Cancel an unpublished auction; False if another worker moved it or took it over.

    What hangs on it – orders, holds, notices – is the caller's, in the same transaction.
    """
    Auction.objects.select_for_update().get(pk=auction.pk)  # no order slips in
    before = ["scheduled", "open", "closed", "cleared"]
    claimed = Auction.objects.filter(pk=auction.pk, state__in=before, epoch=epoch)
    return claimed.update(state=Auction.State.CANCELLED, cancel_reason=reason, cancelled_at=at) == 1


def lock_for_entry(*, auction_id):
    """Hold an auction's gate as it is until the end of the transaction: orders may be entered, not frozen.

    Any number of entries may do so at once; only freezing and cancelling wait for them.
    """
    rows = Auction.objects.raw("SELECT * FROM markets_auction WHERE id = %s FOR KEY SHARE", [auction_id])
    return next(iter(rows))


def lock_for_closure(*, auction):
    """Keep every entry out of an auction until the end of the transaction, and return it as it is now."""
    return Auction.objects.select_for_update(of=("self",)).select_related("market__dso").get(pk=auction.pk)


@transaction.atomic
def set_clock(*, speed, shows_at, real_at):
    """Let the exchange's clock show a time at an instant of the database's, and run at a speed from there.

    :raises ClockRunsBackwards: it has shown a later time already
    """
    clock = ExchangeClock.objects.select_for_update().first()
    if clock and queries.shown_by(clock, real_at) > shows_at:
        raise ClockRunsBackwards
    values = {"speed": speed, "shows_at": shows_at, "real_at": real_at}
    return ExchangeClock.objects.update_or_create(id=1, defaults=values)[0]


def _mark(dso):
    """What tells the codes of an operator's auctions from those of the exchange's first operator."""
    first = Market.objects.order_by("pk").values_list("dso_id", flat=True).first()
    return "" if dso.pk == first else f"{dso.pk}"


def _auctions_of(market, mark, day, at):
    spans = calendar.slices(day, market.delivery_minutes)
    whole_day = market.delivery_minutes is None
    auctions = []
    for number, (starts_at, ends_at) in enumerate(spans, start=1):
        opens_at, closes_at = calendar.gates(market, day, starts_at)
        if closes_at > at:
            auctions.append(
                Auction(
                    market=market,
                    code=f"{market.code}{mark}-{day}" + ("" if whole_day else f"-{number:02}"),
                    delivery_day=day,
                    number=number,
                    gate_opens_at=opens_at,
                    gate_closes_at=closes_at,
                    delivery_starts_at=starts_at,
                    delivery_ends_at=ends_at,
                )
            )
    return auctions
