"""What is still to be settled."""

from datetime import date, timedelta

from django.db import connection

from trading.grid import queries as grid
from trading.ledger import queries as ledger
from trading.markets import calendar

# Short auctions settle the periods that they deliver, once the meters of all nodes have reported: node by
# node, so that each is one look into the readings' key.
METERED = """
SELECT auction.id
FROM markets_auction auction JOIN markets_market market ON market.id = auction.market_id
WHERE auction.settled_at IS NULL AND auction.state IN ('published', 'cancelled')
  AND auction.delivery_ends_at <= %(at)s AND market.delivery_minutes IS NOT NULL
  AND NOT EXISTS (
      SELECT FROM grid_node node JOIN grid_customer customer ON customer.id = node.customer_id
      WHERE customer.dso_id = market.dso_id AND NOT customer.is_utility AND NOT customer.is_flexibility
        AND (SELECT count(*) FROM metering_meterreading reading
             WHERE reading.node_id = node.id AND reading.starts_at >= auction.delivery_starts_at
               AND reading.starts_at < auction.delivery_ends_at AND reading.received_at <= %(at)s)
          < extract(epoch FROM auction.delivery_ends_at - auction.delivery_starts_at)
            / 60 / market.period_minutes)
ORDER BY auction.delivery_ends_at, auction.id LIMIT %(limit)s
"""

# The same auctions, where the meters have not all reported though they had long enough.
OVERDUE = """
SELECT auction.id
FROM markets_auction auction JOIN markets_market market ON market.id = auction.market_id
WHERE auction.settled_at IS NULL AND auction.state IN ('published', 'cancelled')
  AND auction.delivery_ends_at <= %(at)s AND market.delivery_minutes IS NOT NULL
ORDER BY auction.delivery_ends_at, auction.id LIMIT %(limit)s
"""

# An auction of a whole day is settled when every short auction within its day is.
DONE_BY_OTHERS = """
SELECT auction.id
FROM markets_auction auction JOIN markets_market market ON market.id = auction.market_id
WHERE auction.settled_at IS NULL AND auction.state IN ('published', 'cancelled')
  AND auction.delivery_ends_at <= %(at)s AND market.delivery_minutes IS NULL
  AND NOT EXISTS (
      SELECT FROM markets_auction short JOIN markets_market of_short ON of_short.id = short.market_id
      WHERE of_short.dso_id = market.dso_id AND of_short.delivery_minutes IS NOT NULL
        AND short.delivery_starts_at >= auction.delivery_starts_at
        AND short.delivery_ends_at <= auction.delivery_ends_at AND short.settled_at IS NULL)
ORDER BY auction.delivery_ends_at, auction.id LIMIT %(limit)s
"""

# Whole days that are settled although a node's last quarter hour of them is in no day's figures: those were
# settled before days were added up.
NOT_ADDED_UP = """
SELECT auction.id
FROM markets_auction auction JOIN markets_market market ON market.id = auction.market_id
WHERE market.delivery_minutes IS NULL AND auction.settled_at IS NOT NULL AND EXISTS (
    SELECT FROM grid_node node JOIN grid_bus bus ON bus.id = node.bus_id
    JOIN settlement_imbalance imbalance ON imbalance.node_id = node.id
     AND imbalance.starts_at = auction.delivery_ends_at - make_interval(mins => market.period_minutes)
    WHERE bus.dso_id = market.dso_id AND NOT EXISTS (
        SELECT FROM settlement_nodeday day
        WHERE day.node_id = node.id AND day.day = auction.delivery_day))
ORDER BY auction.delivery_day
"""

# The grid operator's own accounts by their kind, and the supply account of its utility.
OWN_ACCOUNTS = """
SELECT CASE WHEN account.customer_id IS NULL THEN account.kind ELSE 'utility' END, account.id
FROM ledger_ledgeraccount account LEFT JOIN grid_customer customer ON customer.id = account.customer_id
WHERE account.dso_id = %s AND (customer.id IS NULL OR customer.is_utility AND account.kind = 'supply')
"""
UTILITY = "utility"
PAYMENTS = "payments"


def own_accounts(*, dso):
    """Keys of the grid operator's own accounts by kind, and under `UTILITY` its utility's supply account."""
    with connection.cursor() as cursor:
        cursor.execute(OWN_ACCOUNTS, [dso.pk])
        return dict(cursor.fetchall())


def supply_accounts(*, dso):
    """The key of each household's account with the utility, by the household's key."""
    return ledger.account_ids(dso=dso, kind="supply")


def first_and_last(month: date):
    """The first and the last day of a month, given by its first.

    >>> [day.isoformat() for day in first_and_last(date(2026, 2, 1))]
    ['2026-02-01', '2026-02-28']
    """
    return month, (month.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def tariff(*, customer, month):
    """The tariff at the end of a month."""
    return grid.tariff(dso=customer.dso_id, day=first_and_last(month)[1])


def month_asked(*, dso, month):
    """What a statement over a month's settled days wants to know."""
    first, last = first_and_last(month)
    tree = grid.tree(dso=dso)
    return {
        "dso": dso.pk,
        "first": first,
        "last": last,
        "starts_at": calendar.delivery_day(first)[0],
        "ends_at": calendar.delivery_day(last)[1],
        "down": tree.border_fees_down().tolist(),
        "up": tree.border_fees_up().tolist(),
    }


def metered(*, at, limit):
    """Keys of delivered auctions whose periods are metered and not settled, the oldest first."""
    return _keys(METERED, at, limit)


def overdue(*, at, limit):
    """Keys of auctions delivered before an instant and still not settled, the oldest first."""
    return _keys(OVERDUE, at, limit)


def done_by_others(*, at, limit):
    """Keys of delivered whole-day auctions whose periods the shorter auctions have settled."""
    return _keys(DONE_BY_OTHERS, at, limit)


def not_added_up():
    """Keys of the settled whole-day auctions whose days have no figures yet, the oldest first."""
    return _keys(NOT_ADDED_UP, None, None)


def _keys(sql, at, limit):
    with connection.cursor() as cursor:
        cursor.execute(sql, {"at": at, "limit": limit})
        return [key for (key,) in cursor.fetchall()]
