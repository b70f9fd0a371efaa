"""Markets, auctions, and what time it is."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from shared import problems
from trading.markets import calendar
from trading.markets.models import Auction, ExchangeClock, Market

# What the exchange's clock shows, as an expression of SQL; `moment` tells the same.
SHOWN = """
(SELECT coalesce(clock.shows_at + (clock_timestamp() - clock.real_at) * clock.speed, clock_timestamp())
 FROM (SELECT 1) one LEFT JOIN markets_exchangeclock clock ON true)"""


class AuctionNotFound(Exception):
    """There is no such auction."""


problems.register(AuctionNotFound, status=404, code="not-found", title="Not found")


@dataclass(frozen=True, slots=True)
class Moment:
    """One reading of the clock: the exchange's time, the database's, and the speed of the former."""

    at: datetime
    real_at: datetime
    speed: int

    def real_time_of(self, at):
        """When the database's clock will show what the exchange's shows at `at`."""
        return self.real_at + (at - self.at) / self.speed


def moment():
    """Read the clock. For doors and commands only: below them the time is an argument."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT clock_timestamp(), real_at, shows_at, speed FROM (SELECT 1) one "
            "LEFT JOIN markets_exchangeclock ON true"
        )
        real_now, real_at, shows_at, speed = cursor.fetchone()
    if speed is None:
        return Moment(real_now, real_now, 1)
    return Moment(shows_at + (real_now - real_at) * speed, real_now, speed)


def now():
    """The exchange's time."""
    return moment().at


def today():
    """The exchange's local day."""
    return calendar.day_of(now())


def shown_by(clock, real_at):
    """What a clock shows at an instant of the database's time."""
    return clock.shows_at + (real_at - clock.real_at) * clock.speed


def clock():
    """How the clock is set; None if it shows the database's time."""
    return ExchangeClock.objects.first()


def markets(*, dso=None):
    """Every market, or those of one grid operator."""
    rows = Market.objects.order_by("pk")
    return rows if dso is None else rows.filter(dso=dso)


def auction(*, code, dso_id=None):
    """An auction with its market; one of another grid operator's than the one asked for is as good as none.

    :raises AuctionNotFound: there is none
    """
    rows = Auction.objects.select_related("market")
    if dso_id is not None:
        rows = rows.filter(market__dso_id=dso_id)
    try:
        return rows.get(code=code)
    except Auction.DoesNotExist as error:
        raise AuctionNotFound from error


def auctions(*, market=None, starts_from=None, starts_before=None, states=None):
    """Auctions in the order of their delivery."""
    rows = Auction.objects.select_related("market").order_by("delivery_starts_at", "pk")
    if market is not None:
        rows = rows.filter(market__code=market)
    if starts_from is not None:
        rows = rows.filter(delivery_starts_at__gte=starts_from)
    if starts_before is not None:
        rows = rows.filter(delivery_starts_at__lt=starts_before)
    return rows if states is None else rows.filter(state__in=states)


def auctions_named(*, codes):
    """Auctions by their public names; those that do not exist are left out."""
    return Auction.objects.select_related("market").filter(code__in=codes)


def next_gates(*, at):
    """Of each market the auction whose gate closes next."""
    waiting = Auction.objects.filter(gate_closes_at__gt=at, state__in=["scheduled", "open"])
    return waiting.select_related("market").order_by("market_id", "gate_closes_at").distinct("market_id")


def codes_of(*, auction_ids):
    """The public names of auctions, by key."""
    return dict(Auction.objects.filter(pk__in=auction_ids).values_list("pk", "code"))


def period_starts(auction):
    """The instants at which the delivery periods of an auction start."""
    step = timedelta(minutes=auction.market.period_minutes)
    return [auction.delivery_starts_at + step * period for period in range(auction.period_count)]


def expected_publication_at(auction):
    """Until when the result is published, if nothing goes wrong."""
    return auction.gate_closes_at + timedelta(seconds=auction.market.publish_within_s)
