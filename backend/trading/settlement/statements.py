"""A household's month as people and accountants read it: figures, their lines, and the balance.

A month holds what was delivered in it, as far as it was first booked so; corrections and payments belong to
the month in which they were booked. So no month changes once it is settled and closed, and each opens with
what the last closed with. The lines of trades are told by partner and distance; together they are what the
ledger booked for the auction, and every figure is the sum of its lines, to the µRp.
"""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection

from shared import problems
from trading.markets import calendar
from trading.settlement import closing, discount, queries, snapshot
from trading.settlement.models import Statement

NEAR_M, MIDDLE_M = 100, 300
FIGURES = (
    "bought_near",
    "bought_middle",
    "bought_far",
    "bought_network",
    "sold_near",
    "sold_middle",
    "sold_far",
    "sold_network",
    "traded_otherwise",
    "netting",
    "imbalance",
    "curtailed",
    "grid_fee",
    "levies",
    "guarantee",
    "vat",
    "corrections",
    "payment",
)


class NoSuchMonth(Exception):
    """There is no statement of this month."""


class BooksDiffer(Exception):
    """The lines of a statement are not what the ledger booked."""


problems.register(NoSuchMonth, status=404, code="not-found", title="Not found")


@dataclass(frozen=True, slots=True)
class Line:
    """One line: what, of which auction or document, how much energy, and what it brought (+) or cost (−)."""

    at: datetime
    figure: str
    document: str  # an auction's code, or what else it comes from
    node: str  # the node's public name, if it is one node's
    energy_wh: int | None
    amount_urp: int


@dataclass(frozen=True, slots=True)
class Account:
    """A month of a household: balances at its ends and the lines between."""

    month: date
    opening_urp: int
    closing_urp: int
    lines: tuple[Line, ...]
    statement: Statement | None  # once the month is closed
    discount_urp: int  # what the community's energy saved of the grid fee
    comes_to: Statement | closing.Month | None  # what was booked; while it is open, what it comes to so far

    def figures(self):
        """(figure, energy, amount) for each figure that has lines, in the order of `FIGURES`."""
        for figure in FIGURES:
            lines = [line for line in self.lines if line.figure == figure]
            if lines:
                yield (
                    figure,
                    sum(line.energy_wh or 0 for line in lines),
                    sum(line.amount_urp for line in lines),
                )


MONTH_OF_ENTRY = """
CASE WHEN entry.document_kind IN ('auction', 'curtailment')
       OR entry.document_kind = 'imbalance' AND entry.correction = 0
     THEN date_trunc('month', auction.delivery_day)::date
     WHEN entry.document_kind = 'statement' AND entry.correction = 0 THEN statement.month
     ELSE date_trunc('month', entry.booked_at AT TIME ZONE %(zone)s)::date END
"""

# Every entry of a household's two accounts, signed as it sees it, with the month that it belongs to.
ENTRIES = f"""
WITH mine AS (
    SELECT id FROM ledger_ledgeraccount WHERE customer_id = %(customer)s
), entry AS (
    SELECT entry.*, entry.amount_urp AS urp
    FROM ledger_ledgerentry entry JOIN mine ON mine.id = entry.credit_id
    UNION ALL
    SELECT entry.*, -entry.amount_urp FROM ledger_ledgerentry entry JOIN mine ON mine.id = entry.debit_id
), dated AS (
    SELECT entry.*, auction.code, auction.delivery_starts_at, auction.delivery_ends_at,
           {MONTH_OF_ENTRY} AS month
    FROM entry
    LEFT JOIN markets_auction auction
      ON entry.document_kind IN ('auction', 'curtailment', 'imbalance') AND auction.id = entry.document_id
    LEFT JOIN settlement_statement statement
      ON entry.document_kind = 'statement' AND statement.id = entry.document_id
)
"""  # nosec B608: one statement of ours within another

BALANCES = f"""
{ENTRIES}
SELECT month, sum(urp)::bigint, coalesce(sum(urp) FILTER (WHERE document_kind = 'auction'), 0)::bigint
FROM dated GROUP BY month ORDER BY month
"""  # nosec B608: as above

# Lines that are entries: all but trades, which are told by partner below.
OTHERS = f"""
{ENTRIES}
SELECT coalesce(delivery_starts_at, booked_at),
       CASE WHEN document_kind = 'curtailment' THEN 'curtailed'
            WHEN correction > 0 THEN 'corrections'
            WHEN kind = 'withdrawal_fee' THEN 'grid_fee'
            ELSE kind END,
       coalesce(code, document_kind || ' ' || document_id),
       coalesce(CASE WHEN document_kind = 'imbalance' THEN node.public_id END, ''),
       CASE WHEN correction > 0 OR document_kind <> 'imbalance' THEN NULL
            WHEN kind = 'netting' THEN deviated.netted_wh
            WHEN kind = 'imbalance' THEN deviated.rest_wh END,
       urp
FROM dated
LEFT JOIN grid_node node ON node.id = dated.reference
LEFT JOIN LATERAL (
    SELECT sum(netted_wh)::bigint AS netted_wh, sum(imbalance_wh - netted_wh)::bigint AS rest_wh
    FROM settlement_imbalance
    WHERE dated.document_kind = 'imbalance' AND node_id = dated.reference
      AND starts_at >= dated.delivery_starts_at AND starts_at < dated.delivery_ends_at
) deviated ON true
WHERE month = %(month)s AND document_kind <> 'auction'
ORDER BY 1, dated.id
"""  # nosec B608: as above

# Trades by partner: each supply at the price of the node's own bus; what is left is told as such.
TRADES = """
WITH got AS MATERIALIZED (
    SELECT auction.code, auction.delivery_starts_at, node.public_id, part.*
    FROM markets_auction auction
    JOIN results_result result ON result.auction_id = auction.id AND result.final
    JOIN results_noderesult part ON part.result_id = result.id
    JOIN grid_node node ON node.id = part.node_id AND node.customer_id = %(customer)s
    WHERE auction.delivery_day BETWEEN %(first)s AND %(last)s AND auction.state IN ('published', 'settled')
), price AS (
    SELECT DISTINCT got.result_id, got.node_id, line.period, line.price
    FROM got CROSS JOIN LATERAL unnest(got.periods, got.prices_rp_per_mwh) AS line (period, price)
), supply AS (
    SELECT got.result_id, got.node_id, CASE WHEN each.supplies THEN 'bought' ELSE 'sold' END || '_' || CASE
               WHEN partner_customer.is_utility THEN 'network'
               WHEN each.distance_m <= %(near)s THEN 'near'
               WHEN each.distance_m <= %(middle)s THEN 'middle' ELSE 'far' END AS figure,
           sum(each.wh)::bigint AS wh,
           sum(CASE WHEN each.supplies THEN -each.wh ELSE each.wh END::bigint * price.price)::bigint AS urp
    FROM got
    CROSS JOIN LATERAL unnest(got.partner_nodes, got.partner_supplies, got.partner_periods, got.partner_wh,
                              got.partner_distances_m) AS each (node, supplies, period, wh, distance_m)
    JOIN price ON price.result_id = got.result_id AND price.node_id = got.node_id
     AND price.period = each.period
    JOIN grid_node partner ON partner.id = each.node
    JOIN grid_customer partner_customer ON partner_customer.id = partner.customer_id
    GROUP BY 1, 2, 3
), line AS (
    SELECT result_id, node_id, figure, wh, urp FROM supply
    UNION ALL
    SELECT got.result_id, got.node_id, 'traded_otherwise', NULL, got.energy_urp - coalesce(told.urp, 0)
    FROM got LEFT JOIN (
        SELECT result_id, node_id, sum(urp)::bigint AS urp FROM supply GROUP BY 1, 2
    ) told ON told.result_id = got.result_id AND told.node_id = got.node_id
    WHERE got.energy_urp <> coalesce(told.urp, 0)
    UNION ALL
    SELECT result_id, node_id, 'grid_fee', NULL, fee_urp FROM got WHERE fee_urp <> 0
)
SELECT got.delivery_starts_at, line.figure, got.code, got.public_id, line.wh, line.urp
FROM line JOIN got ON got.result_id = line.result_id AND got.node_id = line.node_id
ORDER BY got.delivery_starts_at, got.code, got.public_id, line.figure
"""


def months_of(customer):
    """The household's months, the newest first: (month, opening, closing, statement or None)."""
    statements = {each.month: each for each in Statement.objects.filter(customer=customer)}
    found, balance_urp = [], 0
    for month, urp, _ in _rows(BALANCES, _asked(customer)):
        found.append((month, balance_urp, balance_urp + urp, statements.get(month)))
        balance_urp += urp
    return found[::-1]


def of(customer, *, month):
    """One month of a household.

    :raises NoSuchMonth: nothing was booked in it
    :raises BooksDiffer: the lines are not what the ledger booked; never hide that
    """
    # What is booked between two of these reads must not look like a difference.
    with snapshot.taken():
        return _read(customer, month)


def _read(customer, month):
    balances = {row[0]: row for row in _rows(BALANCES, _asked(customer))}
    if month not in balances:
        raise NoSuchMonth
    opening_urp = sum(urp for each, urp, _ in balances.values() if each < month)
    _, moved_urp, traded_urp = balances[month]
    trades = [Line(*row) for row in _rows(TRADES, _asked(customer, month))]
    lines = sorted(
        trades + [Line(*row) for row in _rows(OTHERS, _asked(customer, month))],
        key=lambda line: (line.at, line.document),
    )
    if sum(line.amount_urp for line in trades) != traded_urp or sum(e.amount_urp for e in lines) != moved_urp:
        raise BooksDiffer(f"{customer.number} {month}")
    statement = Statement.objects.filter(customer=customer, month=month).first()
    return Account(
        month=month,
        opening_urp=opening_urp,
        closing_urp=opening_urp + moved_urp,
        lines=tuple(lines),
        statement=statement,
        discount_urp=discount.urp(customer=customer, month=month),
        comes_to=statement or _so_far(customer, month),
    )


def _so_far(customer, month):
    return next(iter(closing.months(dso=customer.dso, month=month, customer=customer)), None)


def _asked(customer, month=None):
    first, last = queries.first_and_last(month) if month else (None, None)
    return {
        "customer": customer.pk,
        "zone": calendar.ZONE.key,
        "month": month,
        "first": first,
        "last": last,
        "near": NEAR_M,
        "middle": MIDDLE_M,
    }


def _rows(sql, asked):
    with connection.cursor() as cursor:
        cursor.execute(sql, asked)
        return cursor.fetchall()
