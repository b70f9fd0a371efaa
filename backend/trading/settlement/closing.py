"""Closing a month: levies, the guarantee and VAT of each household, from its settled days.

*Levies* are due on what was withdrawn. *The guarantee*: a household that let Market Benefit bid for it all
month is compared with the utility alone, for the same readings at the published tariffs; what it paid more is
credited to it. *VAT* is due on what the household buys – energy, grid and levies, less the guarantee – since
the exchange stands between every buyer and seller; what it sells is without.

Closing a month again, after readings were corrected, books the differences as corrections.
"""

from dataclasses import dataclass, replace

from django.db import connection, transaction

from shared import problems
from trading.ledger import operations as ledger
from trading.ledger.models import LedgerAccount, LedgerEntry
from trading.markets.models import Auction
from trading.orders import queries as orders
from trading.settlement import queries
from trading.settlement.models import Statement

KIND, ENTRY = LedgerAccount.Kind, LedgerEntry.Kind
DOCUMENT = "statement"


class MonthNotSettled(Exception):
    """Not every day of this month is settled yet."""


problems.register(MonthNotSettled, status=409, code="month-not-settled", title="Month not settled")


@dataclass(frozen=True, slots=True)
class Month:
    """What a household's month comes to, whether or not it is booked."""

    customer: int
    withdrawn_wh: int
    bought_urp: int  # what its consumer node cost
    cost_urp: int  # the same less what its producer node earned
    utility_bought_urp: int
    utility_cost_urp: int
    levies_urp: int
    vat_permille: int
    guaranteed: bool

    @property
    def guarantee_urp(self):
        """What it paid more than with the utility alone."""
        return max(self.cost_urp - self.utility_cost_urp, 0) if self.guaranteed else 0

    @property
    def vat_urp(self):
        """The tax on what it bought."""
        return vat_urp(self.bought_urp + self.levies_urp - self.guarantee_urp, self.vat_permille)

    @property
    def utility_vat_urp(self):
        """The tax that it would have paid with the utility alone."""
        return vat_urp(self.utility_bought_urp + self.levies_urp, self.vat_permille)


def vat_urp(base_urp, permille):
    """The tax on a positive amount, halves up.

    >>> vat_urp(1_000, 81), vat_urp(-5, 81)
    (81, 0)
    """
    return (2 * max(base_urp, 0) * permille + 1000) // 2000


# Per household: days as they were added up, at the tariffs of each.
MONTHS = """
WITH tariff AS (
    SELECT each.day::date AS day, valid.*
    FROM generate_series(%(first)s::date, %(last)s::date, interval '1 day') AS each (day)
    CROSS JOIN LATERAL (
        SELECT * FROM grid_tariff WHERE dso_id = %(dso)s AND valid_from <= each.day
        ORDER BY valid_from DESC LIMIT 1
    ) valid
), of_node AS (
    SELECT node.id, node.customer_id, node.side, sum(day.metered_wh) AS wh,
           sum(day.cost_urp) AS cost_urp,
           sum(day.metered_wh * (CASE node.side
               WHEN 'consumer'
               THEN tariff.retail_energy_rp_per_mwh + fees.down + node.withdrawal_fee_rp_per_mwh
               ELSE fees.up - tariff.feed_in_rp_per_mwh END)) AS utility_urp,
           sum(CASE node.side WHEN 'consumer'
               THEN day.metered_wh * tariff.levies_rp_per_mwh ELSE 0 END) AS levies,
           max(tariff.vat_permille) AS vat_permille
    FROM settlement_nodeday day
    JOIN tariff ON tariff.day = day.day
    JOIN grid_node node ON node.id = day.node_id
     AND node.customer_id = coalesce(%(customer)s, node.customer_id)
    JOIN grid_bus bus ON bus.id = node.bus_id AND bus.dso_id = %(dso)s
    JOIN unnest(%(down)s::bigint[], %(up)s::bigint[]) WITH ORDINALITY AS fees (down, up, place)
      ON fees.place = bus.position + 1
    GROUP BY node.id
)
SELECT customer_id,
       coalesce(sum(wh) FILTER (WHERE side = 'consumer'), 0)::bigint,
       coalesce(sum(cost_urp) FILTER (WHERE side = 'consumer'), 0)::bigint, sum(cost_urp)::bigint,
       coalesce(sum(utility_urp) FILTER (WHERE side = 'consumer'), 0)::bigint, sum(utility_urp)::bigint,
       sum(levies)::bigint, max(vat_permille)::int,
       bool_and(chosen.benefit)
       AND bool_and(NOT EXISTS (
           SELECT FROM orders_order placed JOIN markets_auction auction ON auction.id = placed.auction_id
           WHERE placed.node_id = of_node.id AND placed.source = ANY(%(own)s)
             AND auction.delivery_day BETWEEN %(first)s AND %(last)s))
FROM of_node CROSS JOIN LATERAL (
    -- Whether Market Benefit is all that held in the month; a first choice held from the beginning.
    SELECT coalesce(min(held.since) <= %(starts_at)s AND bool_and(
               held.since >= %(ends_at)s OR held.until <= %(starts_at)s
               OR held.strategy = 'market_benefit' AND held.active), false) AS benefit
    FROM (
        SELECT version.strategy, version.active,
               CASE version.number WHEN 1 THEN '-infinity' ELSE version.changed_at END AS since,
               coalesce(lead(version.changed_at) OVER (ORDER BY version.number), 'infinity') AS until
        FROM strategies_strategyversion version WHERE version.node_id = of_node.id
    ) held
) chosen
GROUP BY customer_id ORDER BY customer_id
"""


def months(*, dso, month, customer=None):
    """What a month comes to for every household with a settled day in it, or for one of them."""
    own = {"own": list(orders.OWN_SOURCES), "customer": customer and customer.pk}
    with connection.cursor() as cursor:
        cursor.execute(MONTHS, queries.month_asked(dso=dso, month=month) | own)
        return [Month(*row) for row in cursor.fetchall()]


@transaction.atomic
def close(*, dso, month, at):
    """Book what a settled month costs beside its trades, or what of it is other by now; how many statements.

    :param month: its first day
    :raises MonthNotSettled: a delivery day of the month is not settled
    """
    _check_settled(dso, month)
    own, supply = queries.own_accounts(dso=dso), queries.supply_accounts(dso=dso)
    # All that any settlement may touch, in the order of their keys.
    ledger.lock(
        account_ids=[*supply.values(), *(key for kind, key in own.items() if kind != queries.UTILITY)]
    )
    known = {each.customer_id: each for each in Statement.objects.filter(customer__dso=dso, month=month)}
    count = 0
    for each in months(dso=dso, month=month):
        statement = known.get(each.customer)
        count += _book(_still(each, statement), statement, supply[each.customer], own, month, at)
    return count


def _still(month, statement):
    """Who was given the guarantee for a month keeps it; only its amount follows corrected readings."""
    return replace(month, guaranteed=month.guaranteed or bool(statement and statement.guarantee_urp))


def _check_settled(dso, month):
    first, last = queries.first_and_last(month)
    of_month = Auction.objects.filter(market__dso=dso, delivery_day__gte=first, delivery_day__lte=last)
    # A month that began before the exchange did is closed for the days that there are.
    if not of_month.exists() or of_month.filter(settled_at=None).exists():
        raise MonthNotSettled


def _book(month, statement, supply, own, first, at):
    """Book the differences to what was booked; whether there were any."""
    is_new = statement is None
    statement = statement or Statement(customer_id=month.customer, month=first, closed_at=at)
    charged = {
        ENTRY.LEVIES: (KIND.LEVIES, month.levies_urp - statement.levies_urp),
        ENTRY.VAT: (KIND.VAT, month.vat_urp - statement.vat_urp),
        ENTRY.GUARANTEE: (KIND.GUARANTEE, statement.guarantee_urp - month.guarantee_urp),
    }
    figures = ("withdrawn_wh", "cost_urp", "utility_cost_urp", "levies_urp", "vat_urp", "guarantee_urp")
    for name in (*figures, "utility_vat_urp"):
        setattr(statement, name, getattr(month, name))
    if not is_new and not any(urp for _, urp in charged.values()):
        statement.save()
        return False
    statement.number += not is_new
    statement.closed_at = at
    statement.save()
    entries = ledger.Entries(
        debit=[supply] * len(charged),
        credit=[own[kind] for kind, _ in charged.values()],
        amount_urp=[urp for _, urp in charged.values()],
        kind=list(charged),
        reference=[0] * len(charged),
    )
    ledger.book(
        entries=entries,
        document_kind=DOCUMENT,
        document_id=statement.pk,
        at=at,
        correction=statement.number,
    )
    return True
