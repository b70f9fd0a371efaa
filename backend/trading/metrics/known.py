"""Figures that were worked out before: a month of settled days, a month of prices, what of a day is settled.

Each is kept in this process under what the database says of it at the moment of asking, so it is never older
than that: the settled days' own figures; of prices, which never change, their days; of what is not added up
yet, the numbers of its imbalances and results, which only grow. So a correction shows at once, and of a year
only the month it falls into is worked out anew. The least recently asked for are forgotten.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property, lru_cache

from django.db import connection

from shared.postgresql.prepared import Prepared
from trading.markets import calendar
from trading.metrics import spans, sql
from trading.settlement import days as settled_days

MONTHS = 4096  # 20 MB of days with what is written of them, or a year of 300 nodes
A_MINUTE = timedelta(minutes=1)

of_node = Prepared(sql.FACTS, node="text")
months_of = Prepared(sql.MONTHS, node="bigint", dso="bigint", first="date", end="date", begun="date")
state_of = Prepared(sql.STATE, node="bigint", dso="bigint", starts_at="timestamptz", ends_at="timestamptz")


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

    def price_rp_per_mwh(self, sign):
        """What the node paid (1) or earned (-1) per MWh, all in; None where nothing flowed."""
        return average(sign * self.cost_urp, self.metered_wh)


@dataclass(frozen=True, eq=False)
class Days:
    """Some days of a node, ascending. One such object is what was worked out once."""

    days: tuple[Day, ...]

    def total(self, figure):
        """The sum of one figure."""
        return self.totals[figure]

    @cached_property
    def totals(self):
        """The sum of each figure."""
        figures = ("metered_wh", "community_wh", "network_wh", "cost_urp", "fees_urp", "utility_cost_urp")
        return {figure: sum(getattr(day, figure) for day in self.days) for figure in figures}

    @cached_property
    def spans(self):
        """The time that they take."""
        return spans.of_days([day.day for day in self.days])


@dataclass(frozen=True, eq=False)
class Prices:
    """The market's price at a meter on some days, ascending."""

    days: tuple[tuple[date, int], ...]

    @cached_property
    def spans(self):
        """The time that they take."""
        return spans.of_days([day for day, _ in self.days])


@dataclass(frozen=True, slots=True)
class Facts:
    """What the figures of a node depend on beside its days; `utility` is (valid from, price at its meter)."""

    pk: int
    is_consumer: bool
    fee_rp_per_mwh: int
    place: int  # in arrays over buses, from 1
    dso_id: int
    utility_name: str
    utility: tuple[tuple[date, int], ...]


def facts(*, public_id):
    """What is known of a node itself; None if there is none."""
    for pk, side, fee, position, dso_id, name, down, up, *tariffs in of_node.rows(node=public_id):
        valid_from, retail, feed_in = tariffs
        is_consumer = side == "consumer"
        prices = [each + down + fee for each in retail] if is_consumer else [each - up for each in feed_in]
        utility = tuple(zip(valid_from, prices, strict=True))
        return Facts(pk, is_consumer, fee, position + 1, dso_id, name, utility)
    return None


def days(*, facts, starts_at, ends_at, at):
    """The node's `Days` and the market's `Prices` in a span, in parts that follow each other, and the rest.

    The rest are the spans in it of which anything was not added up before.
    """
    first, end = spans.whole_days(starts_at, ends_at)
    begun = min(end, calendar.day_of(at))
    own, market = [], []
    of = {"node": facts.pk, "dso": facts.dso_id}
    for dates, *figures in months_of.rows(**of, first=first, end=end, begun=begun):
        if figures[0] is None:
            market.append(_month_of_prices(facts.dso_id, facts.place, facts.fee_rp_per_mwh, dates))
        else:
            own.append(_month(facts.is_consumer, facts.utility, dates, *figures))
    own, market = _by_time(own), _by_time(market)
    own_rest = spans.left(starts_at, ends_at, _spans(own))
    market_rest = spans.left(starts_at, ends_at, _spans(market))
    # Mostly the same, namely today: each is asked for once.
    state = {
        each: state_of.rows(**of, starts_at=each[0], ends_at=each[1])[0] for each in {*own_rest, *market_rest}
    }
    own += [_rest(facts, *each, state[each]) for each in own_rest]
    for opens, closes in market_rest:
        until = min(closes, end_of_minute(at))
        market.append(_rest_of_prices(facts, opens, until, state[opens, closes]))
    return _in_order(own, Days), _in_order(market, Prices), tuple(sorted(state))


def _by_time(parts):
    return sorted(parts, key=lambda part: part.spans[0])


def _spans(parts):
    return [span for part in parts for span in part.spans]


def _in_order(parts, kind):
    """The parts by their days; as one where one's days lie between another's."""
    parts = _by_time([part for part in parts if part.days])
    if all(one.spans[-1] <= next_.spans[0] for one, next_ in zip(parts, parts[1:], strict=False)):
        return tuple(parts)
    return (kind(tuple(sorted((day for part in parts for day in part.days), key=_date))),)


def _date(day):
    return day.day if isinstance(day, Day) else day[0]


def end_of_minute(at):
    """The next full minute, unless this is one: between them no period begins."""
    minute = at.replace(second=0, microsecond=0)
    return minute if minute == at else minute + A_MINUTE


@lru_cache(MONTHS)
def _month(is_consumer, utility, dates, *figures):
    columns = [_numbers(each) for each in figures]
    found = zip(map(date.fromisoformat, _texts(dates)), *columns, strict=True)
    return _days(is_consumer, utility, found)


@lru_cache(MONTHS)
def _rest(facts, starts_at, ends_at, state):
    found = settled_days.of(node_id=facts.pk, dso_id=facts.dso_id, starts_at=starts_at, ends_at=ends_at)
    return _days(facts.is_consumer, facts.utility, found)


def _days(is_consumer, utility, rows):
    sign = 1 if is_consumer else -1
    return Days(
        tuple(
            Day(day, metered, community, cost, fees, sign * metered * _price_on(day, utility))
            for day, metered, community, cost, fees in sorted(rows)
        )
    )


def _price_on(day, prices):
    # Before the first tariff nothing was traded; a range may begin there all the same.
    for valid_from, price in reversed(prices):
        if valid_from <= day:
            return price
    return prices[0][1]


@lru_cache(MONTHS)
def _month_of_prices(dso_id, place, fee, dates):
    days = _texts(dates)
    asked = {"dso": dso_id, "place": place, "first": min(days), "last": max(days)}
    return _prices(sql.SUMMARISED_PRICES, asked, fee)


@lru_cache(MONTHS)
def _rest_of_prices(facts, starts_at, ends_at, state):
    asked = {"dso": facts.dso_id, "place": facts.place, "starts_at": starts_at, "ends_at": ends_at}
    return _prices(sql.MARKET_PRICES, asked, facts.fee_rp_per_mwh)


def _prices(statement, asked, fee):
    with connection.cursor() as cursor:
        cursor.execute(statement, asked)
        rows = sorted(cursor.fetchall())
    return Prices(
        tuple(
            (day, fee + (average(amount, traded) if traded else average(prices, periods)))
            for day, amount, traded, prices, periods in rows
        )
    )


def average(amount_urp, energy_wh):
    """An exact average price, halves rounded away from zero; None without energy.

    >>> average(25, 10), average(-25, 10), average(24, 10)
    (3, -3, 2)
    """
    if energy_wh == 0:
        return None
    price = (2 * abs(int(amount_urp)) + int(energy_wh)) // (2 * int(energy_wh))
    return price if amount_urp >= 0 else -price


def _texts(array):
    """The members of an array of plain values, as the database writes it."""
    return array[1:-1].split(",")


def _numbers(array):
    return list(map(int, _texts(array)))
