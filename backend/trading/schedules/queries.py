"""What each node must inject or withdraw, over all auctions."""

from datetime import timedelta

import numpy as np
from django.db import connection

from shared import fields
from trading.grid import queries as grid

# The slice of each auction's schedule that falls into the window, and where in the window it begins.
SLICES = """
SELECT part.node_id, part.starts_at + part.lead * part.length, part.scheduled_wh[part.lead + 1 : part.until]
FROM (
    SELECT schedule.node_id, schedule.starts_at, schedule.scheduled_wh, auction.length,
           greatest(ceil(extract(epoch FROM %(starts_at)s - schedule.starts_at)
                         / extract(epoch FROM auction.length)), 0)::int AS lead,
           ceil(extract(epoch FROM %(ends_at)s - schedule.starts_at)
                / extract(epoch FROM auction.length))::int AS until
    FROM schedules_schedule schedule
    JOIN (
        SELECT auction.id, make_interval(mins => market.period_minutes) AS length
        FROM markets_auction auction JOIN markets_market market ON market.id = auction.market_id
        WHERE auction.delivery_starts_at < %(ends_at)s AND auction.delivery_ends_at > %(starts_at)s
          AND auction.state IN ('published', 'settled')
    ) auction ON auction.id = schedule.auction_id
    WHERE schedule.node_id = ANY(%(nodes)s)
) part
"""

# What published auctions let each bus inject in the periods of an auction, its own schedule left out.
INJECTED = """
SELECT bus.position, period.number, sum(schedule.scheduled_wh[1 + (
           extract(epoch FROM period.starts_at - schedule.starts_at) / %(period_s)s)::int])::bigint
FROM markets_auction auction
JOIN markets_market market ON market.id = auction.market_id AND market.dso_id = %(dso)s
JOIN schedules_schedule schedule ON schedule.auction_id = auction.id
JOIN (SELECT number, %(starts_at)s + number * make_interval(secs => %(period_s)s) AS starts_at
      FROM generate_series(0, %(periods)s - 1) AS each (number)) period
  ON auction.delivery_starts_at <= period.starts_at AND period.starts_at < auction.delivery_ends_at
JOIN grid_node node ON node.id = schedule.node_id
JOIN grid_bus bus ON bus.id = node.bus_id
WHERE auction.delivery_starts_at < %(ends_at)s AND auction.delivery_ends_at > %(starts_at)s
  AND auction.state IN ('published', 'settled') AND auction.id <> %(auction)s
GROUP BY bus.position, period.number
"""


def position(*, nodes, starts_at, periods, period=timedelta(minutes=15)):
    """Return what published auctions make of each node so far, injection positive.

    :param nodes: keys of nodes; the rows of the answer follow them
    :returns: int64 array of shape (len(nodes), periods) [Wh]
    """
    scheduled_wh = np.zeros((len(nodes), periods), np.int64)
    row_of = {node: row for row, node in enumerate(nodes)}
    ends_at = starts_at + periods * period
    with connection.cursor() as cursor:
        cursor.execute(SLICES, {"nodes": list(nodes), "starts_at": starts_at, "ends_at": ends_at})
        for node, first_at, part_wh in cursor:
            first = (first_at - starts_at) // period
            scheduled_wh[row_of[node], first : first + len(part_wh)] += np.array(part_wh, np.int64)
    return scheduled_wh


def flows(*, auction):
    """What other auctions let flow over each line in the periods of this one, up positive, period × bus.

    None if nothing is scheduled yet.
    """
    market = auction.market
    values = {
        "auction": auction.pk,
        "dso": market.dso_id,
        "starts_at": auction.delivery_starts_at,
        "ends_at": auction.delivery_ends_at,
        "period_s": market.period_minutes * 60,
        "periods": auction.period_count,
    }
    with connection.cursor() as cursor:
        cursor.execute(INJECTED, values)
        rows = np.array(cursor.fetchall(), np.int64).reshape(-1, 3)
    if not len(rows):
        return None
    tree = grid.tree(dso=market.dso_id, period_minutes=market.period_minutes)
    injected_wh = np.zeros((auction.period_count, len(tree.parent)), np.int64)
    injected_wh[rows[:, 1], rows[:, 0]] = rows[:, 2]
    return tree.flows(injected_wh)


def as_said(items):
    """Limits as they were asked for, to be kept and compared."""
    return [
        {
            name: fields.utc_text(value) if name in ("startsAt", "endsAt") else value
            for name, value in item.items()
        }
        for item in items
    ]
