"""What a node used, made, paid and earned, and with whom; figures over all rooms below, nothing written."""

from dataclasses import dataclass
from datetime import date, datetime

from trading.grid.models import Node
from trading.markets import calendar
from trading.markets.models import Auction
from trading.metrics import known
from trading.metrics.known import Days, Prices, average
from trading.results import queries as results
from trading.results.models import Result
from trading.strategies import queries as strategies


@dataclass(frozen=True, slots=True)
class Metrics:
    """A node's days, the market's price at its meter per day, and whose tariff the savings are against.

    `rest` are the spans of which anything was not added up before.
    """

    is_consumer: bool
    parts: tuple[Days, ...]
    market: tuple[Prices, ...]
    utility_name: str
    rest: tuple[tuple[datetime, datetime], ...]

    @property
    def days(self):
        """All days, ascending."""
        return tuple(day for part in self.parts for day in part.days)

    @property
    def market_prices(self):
        """The market's price on each day, ascending."""
        return tuple(price for part in self.market for price in part.days)

    def total(self, figure):
        """The sum of one figure over all days."""
        return sum(part.total(figure) for part in self.parts)

    @property
    def price_rp_per_mwh(self):
        """What the node paid or earned per MWh, all in; None where nothing flowed."""
        cost_urp = self.total("cost_urp")
        return average(cost_urp if self.is_consumer else -cost_urp, self.total("metered_wh"))


@dataclass(frozen=True, slots=True)
class TradingDay:
    """What a node did on the last delivered day, and with whom."""

    day: date | None
    strategy: str | None
    metered_wh: int
    price_rp_per_mwh: int | None
    partners: tuple


def node_metrics(*, node_id, starts_at, ends_at, at):
    """The figures of a node, by its public name, for a span of time, per local day and settled quarter hour.

    Settled days that lie in the span as a whole are read as they were added up; only the rest is added now.

    :raises Node.DoesNotExist: there is none
    """
    facts = known.facts(public_id=node_id)
    if facts is None:
        raise Node.DoesNotExist
    parts, market, rest = known.days(facts=facts, starts_at=starts_at, ends_at=ends_at, at=at)
    return Metrics(facts.is_consumer, parts, market, facts.utility_name, rest)


def trading_day(*, node, at):
    """What a node traded on the last delivered day, with its partners; None and nothing before the first."""
    strategy = strategies.of(node)
    name = strategy.strategy if strategy else None
    day = _last_delivered_day(node, at)
    if day is None:
        return TradingDay(None, name, 0, None, ())
    starts_at, ends_at = calendar.delivery_day(day)
    metrics = node_metrics(node_id=node.public_id, starts_at=starts_at, ends_at=ends_at, at=at)
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
        price_rp_per_mwh=metrics.price_rp_per_mwh,
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
