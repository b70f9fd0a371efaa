"""A node's quarter hours and days beside its schedule and the market's price, and how sure each figure is."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection

from trading.grid.models import Node
from trading.markets import calendar
from trading.metering import queries as readings
from trading.metering.models import MeterReading
from trading.metrics import known, sql
from trading.settlement import days as settled

ESTIMATED, PROVISIONAL, FINAL = MeterReading.Quality.values
QUARTER = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Quarter:
    """One quarter hour, energy in the node's own direction; None until it is settled or has a price."""

    starts_at: datetime
    metered_wh: int
    mark: str
    scheduled_wh: int | None
    community_wh: int | None
    cost_urp: int | None
    price_rp_per_mwh: int | None
    market_price_rp_per_mwh: int | None


@dataclass(frozen=True, slots=True)
class Balance:
    """One local day: what the meter counted beyond and below the schedule, and what that cost."""

    day: date
    mark: str
    more_wh: int
    less_wh: int
    cost_urp: int


def quarters(*, node, starts_at, ends_at):
    """The metered quarter hours of a node in a span of time."""
    span = {"starts_at": starts_at, "ends_at": ends_at}
    paid = {each[0]: each for each in settled.quarters(node_id=node.pk, dso_id=node.bus.dso_id, **span)}
    prices = _prices(node, **span)
    sign = 1 if node.side == Node.Side.CONSUMER else -1
    return [
        _quarter(each, paid.get(each.starts_at), prices.get(each.starts_at), sign)
        for each in readings.shown(node=node, **span)
    ]


def _quarter(reading, paid, market_price, sign):
    _, wh, scheduled_wh, community_wh, cost_urp = paid or (None,) * 5
    return Quarter(
        starts_at=reading.starts_at,
        metered_wh=reading.metered_wh,
        mark=_mark(reading.quality == ESTIMATED, reading.quality == PROVISIONAL or paid is None),
        scheduled_wh=scheduled_wh,
        community_wh=community_wh,
        cost_urp=cost_urp,
        price_rp_per_mwh=known.average(sign * cost_urp, wh) if paid else None,
        market_price_rp_per_mwh=market_price,
    )


def _prices(node, *, starts_at, ends_at):
    place = node.bus.position + 1  # PostgreSQL counts from 1
    asked = {"dso": node.bus.dso_id, "place": place, "starts_at": starts_at, "ends_at": ends_at}
    with connection.cursor() as cursor:
        cursor.execute(sql.QUARTER_PRICES, asked)
        return {at: price + node.withdrawal_fee_rp_per_mwh for at, price in cursor.fetchall()}


def days(*, node, starts_at, ends_at):
    """The metered local days of a node in a span of time."""
    asked = {"node": node.pk, "zone": calendar.ZONE.key, "starts_at": starts_at, "ends_at": ends_at}
    # Withdrawal is negative in the books, and what a household means by more.
    sign = -1 if node.side == Node.Side.CONSUMER else 1
    with connection.cursor() as cursor:
        cursor.execute(sql.BALANCES, asked | {"sign": sign})
        return [_balance(*row) for row in cursor.fetchall()]


def _balance(day, estimated, provisional, settled_quarters, more_wh, less_wh, cost_urp):
    opens, closes = calendar.delivery_day(day)
    unsettled = settled_quarters < (closes - opens) // QUARTER
    return Balance(day, _mark(estimated, provisional or unsettled), more_wh, less_wh, cost_urp)


def _mark(estimated, provisional):
    if estimated:
        return ESTIMATED
    return PROVISIONAL if provisional else FINAL
