"""What a node used, made, paid and earned, and with whom; figures over all rooms below, nothing written."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db import connection

from trading.grid import queries as grid
from trading.grid.models import Node, Tariff
from trading.markets import calendar
from trading.markets.models import Auction
from trading.metrics import sql
from trading.results import queries as results
from trading.results.models import Result
from trading.settlement import days as settled_days
from trading.settlement.models import NodeDay
from trading.strategies import queries as strategies


@dataclass(frozen=True, slots=True)
class Day:
    """One local day of a node, as far as it is settled; costs are negative where the node earns."""

    day: date
    metered_wh: int
    community_wh: int
    cost_urp: int
    fees_urp: int
    utility_cost_urp: int

    @property
    def network_wh(self):
        """What came from or went to the utility."""
        return self.metered_wh - self.community_wh


@dataclass(frozen=True, slots=True)
class Metrics:
    """A node's days, the market's price at its meter per day, and whose tariff the savings are against."""

    is_consumer: bool
    days: tuple[Day, ...]
    market_prices: tuple[tuple[date, int], ...]
    utility_name: str

    def total(self, figure):
        """The sum of one figure over all days."""
        return sum(getattr(day, figure) for day in self.days)

    def price_rp_per_mwh(self, days):
        """What a node paid or earned per MWh on some days, all in; None where nothing flowed."""
        cost_urp = sum(day.cost_urp for day in days)
        return average(cost_urp if self.is_consumer else -cost_urp, sum(day.metered_wh for day in days))


@dataclass(frozen=True, slots=True)
class TradingDay:
    """What a node did on the last delivered day, and with whom."""

    day: date | None
    strategy: str | None
    metered_wh: int
    price_rp_per_mwh: int | None
    partners: tuple


def average(amount_urp, energy_wh):
    """An exact average price, halves rounded away from zero; None without energy.

    >>> average(25, 10), average(-25, 10), average(24, 10)
    (3, -3, 2)
    """
    if energy_wh == 0:
        return None
    price = (2 * abs(int(amount_urp)) + int(energy_wh)) // (2 * int(energy_wh))
    return price if amount_urp >= 0 else -price


def node_metrics(*, node, starts_at, ends_at, at):
    """The figures of a node for a span of time, per local day and settled quarter hour.

    Settled days that lie in the span as a whole are read as they were added up; only the rest is added now.
    """
    prices = _utility_prices(node)
    summarised, rest = _known_days(node, starts_at, ends_at)
    rows = summarised + [
        row for starts, ends in rest for row in settled_days.of(node=node, starts_at=starts, ends_at=ends)
    ]
    sign = 1 if node.side == Node.Side.CONSUMER else -1
    days = tuple(
        Day(day, metered, community, cost, fees, sign * metered * _price_on(day, prices))
        for day, metered, community, cost, fees in sorted(rows)
    )
    return Metrics(
        is_consumer=node.side == Node.Side.CONSUMER,
        days=days,
        market_prices=_market_prices(node, starts_at, ends_at, at),
        utility_name=node.customer.dso.name,
    )


def _known_days(node, starts_at, ends_at):
    """Rows of the days that were added up, and the spans that they leave."""
    first, end = _whole_days(starts_at, ends_at)
    rows = NodeDay.objects.filter(node_id=node.pk, day__gte=first, day__lt=end).order_by("day")
    rows = list(rows.values_list("day", "metered_wh", "community_wh", "cost_urp", "fees_urp"))
    return rows, _left(starts_at, ends_at, [row[0] for row in rows])


def _whole_days(starts_at, ends_at):
    """The first local day that starts in a span, and the one in which it ends."""
    first = calendar.day_of(starts_at)
    if calendar.delivery_day(first)[0] < starts_at:
        first += timedelta(days=1)
    return first, calendar.day_of(ends_at)


def _left(starts_at, ends_at, days):
    """The spans of time that some ascending local days leave of a longer one."""
    spans, reached = [], starts_at
    for day in days:
        opens, closes = calendar.delivery_day(day)
        if reached < opens:
            spans.append((reached, opens))
        reached = closes
    return [*spans, (reached, ends_at)] if reached < ends_at else spans


def trading_day(*, node, at):
    """What a node traded on the last delivered day, with its partners; None and nothing before the first."""
    strategy = strategies.of(node)
    name = strategy.strategy if strategy else None
    day = _last_delivered_day(node, at)
    if day is None:
        return TradingDay(None, name, 0, None, ())
    starts_at, ends_at = calendar.delivery_day(day)
    metrics = node_metrics(node=node, starts_at=starts_at, ends_at=ends_at, at=at)
    supplied = node.side == Node.Side.CONSUMER
    decided = Result.objects.filter(
        final=True,
        auction__market__dso=node.bus.dso_id,
        auction__delivery_day=day,
        auction__delivery_ends_at__lte=at,
        auction__state__in=[Auction.State.PUBLISHED, Auction.State.SETTLED],
    )
    cards = results.partners(node=node, results=decided.values_list("pk", flat=True))
    return TradingDay(
        day=day,
        strategy=name,
        metered_wh=metrics.total("metered_wh"),
        price_rp_per_mwh=metrics.price_rp_per_mwh(metrics.days),
        partners=tuple(card for card in cards if card.supplies == supplied),
    )


def _last_delivered_day(node, at):
    """The newest day that a day-ahead auction has delivered to its end."""
    delivered = Auction.objects.filter(
        market__dso=node.bus.dso_id,
        market__delivery_minutes=None,
        delivery_ends_at__lte=at,
        state__in=[Auction.State.PUBLISHED, Auction.State.SETTLED],
    )
    return delivered.order_by("-delivery_starts_at").values_list("delivery_day", flat=True).first()


def _market_prices(node, starts_at, ends_at, at):
    """The day-ahead market's price at the node's meter per local day, as far as its hours have begun."""
    first, end = _whole_days(starts_at, ends_at)
    asked = {"dso": node.bus.dso_id, "place": node.bus.position + 1}  # PostgreSQL counts from 1
    known = _rows(sql.SUMMARISED_PRICES, asked | {"first": first, "end": min(end, calendar.day_of(at))})
    rows = list(known)
    for opens, closes in _left(starts_at, ends_at, [row[0] for row in known]):
        rows += _rows(sql.MARKET_PRICES, asked | {"starts_at": opens, "ends_at": closes, "at": at})
    fee = node.withdrawal_fee_rp_per_mwh
    return tuple(
        (day, fee + (average(amount, traded) if traded else average(prices, periods)))
        for day, amount, traded, prices, periods in sorted(rows)
    )


def _utility_prices(node):
    """(valid from, what the utility would take or give for energy at the node's meter), the oldest first."""
    tree = grid.tree(dso=node.bus.dso_id)
    if node.side == Node.Side.CONSUMER:
        field = "retail_energy_rp_per_mwh"
        extra = int(tree.border_fees_down()[node.bus.position]) + node.withdrawal_fee_rp_per_mwh
    else:
        field, extra = "feed_in_rp_per_mwh", -int(tree.border_fees_up()[node.bus.position])
    tariffs = Tariff.objects.filter(dso=node.bus.dso_id).order_by("valid_from")
    return [(valid_from, price + extra) for valid_from, price in tariffs.values_list("valid_from", field)]


def _price_on(day, prices):
    # Before the first tariff nothing was traded; a range may begin there all the same.
    for valid_from, price in reversed(prices):
        if valid_from <= day:
            return price
    return prices[0][1]


def _rows(statement, asked):
    with connection.cursor() as cursor:
        cursor.execute(statement, asked)
        return cursor.fetchall()
