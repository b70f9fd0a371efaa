"""Delivery days and gates as instants: local days of Europe/Zurich, everything else in UTC."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Zurich")


def local(day, time):
    """The instant of a local time on a day.

    Where clocks change, a time that exists twice means the first one, and a time that does not exist
    is read with the offset of before the change.
    """
    return datetime.combine(day, time, tzinfo=ZONE).astimezone(UTC)


def day_of(at):
    """The local day of an instant."""
    return at.astimezone(ZONE).date()


@lru_cache(maxsize=4096)  # a page of a year asks for each of its days several times
def delivery_day(day):
    """The instants at which a delivery day starts and ends: 23, 24 or 25 hours apart."""
    return local(day, datetime.min.time()), local(day + timedelta(days=1), datetime.min.time())


def slices(day, minutes):
    """The delivery spans of the auctions of one day: the whole day, or slices of it."""
    starts, ends = delivery_day(day)
    if minutes is None:
        return [(starts, ends)]
    step = timedelta(minutes=minutes)
    return [(starts + step * k, starts + step * (k + 1)) for k in range((ends - starts) // step)]


def gates(market, day, delivery_starts_at):
    """The instants at which a market's gate opens and closes for one auction."""
    if market.gate_closes_minutes_before is None:
        closes_on = day - timedelta(days=market.gate_closes_days_before)
        closes_at = local(closes_on, market.gate_closes_local)
    else:
        closes_at = delivery_starts_at - timedelta(minutes=market.gate_closes_minutes_before)
    if market.session_minutes is None:
        opens_at = local(day - timedelta(days=market.gate_opens_days_before), market.gate_opens_local)
    else:
        opens_at = closes_at - timedelta(minutes=market.session_minutes)
    return opens_at, closes_at


def bids_at(market, day, delivery_starts_at):
    """The instant at which strategies begin to bid in one auction."""
    closes_at = gates(market, day, delivery_starts_at)[1]
    return closes_at - timedelta(seconds=market.strategies_bid_s_before)
