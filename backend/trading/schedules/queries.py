"""What each node must inject or withdraw, over all auctions."""

from datetime import timedelta

import numpy as np
from django.db import connection

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
