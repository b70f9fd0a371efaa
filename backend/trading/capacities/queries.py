"""What may flow over each line, now and as auctions were cleared with."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
from django.db import connection

from trading.capacities.models import CapacityPost, FrozenCapacities, PostedCapacity
from trading.grid import queries as grid
from trading.grid.tree import UNLIMITED_WH

# In the order in which they were said, so that the last word is written last.
POSTED = """
SELECT bus.position, row.direction, row.starts_at, row.ends_at, row.capacity_w
FROM capacities_postedcapacity row
JOIN capacities_capacitypost post ON post.id = row.post_id AND post.dso_id = %(dso)s
JOIN grid_line line ON line.id = row.line_id
JOIN grid_bus bus ON bus.id = line.bus_id
WHERE row.ends_at > %(starts_at)s AND row.starts_at < %(ends_at)s
  AND (%(before)s::timestamptz IS NULL OR post.posted_at < %(before)s)
ORDER BY post.number, row.id
"""


def allowed(*, tree, dso_id, starts_at, periods, period_minutes, before=None):
    """What may flow up and down in each period: what was posted before an instant, else the line's rating.

    :param tree: the grid, with the ratings
    :returns: two int64 arrays, period × bus [Wh]
    """
    step = timedelta(minutes=period_minutes)
    up_wh = np.tile(tree.capacity_up_wh, (periods, 1))
    down_wh = np.tile(tree.capacity_down_wh, (periods, 1))
    values = {"dso": dso_id, "starts_at": starts_at, "ends_at": starts_at + periods * step, "before": before}
    with connection.cursor() as cursor:
        cursor.execute(POSTED, values)
        for bus, direction, row_starts_at, row_ends_at, capacity_w in cursor.fetchall():
            first = max((row_starts_at - starts_at) // step, 0)
            until = -((starts_at - row_ends_at) // step)
            side = up_wh if direction == PostedCapacity.Direction.UP else down_wh
            side[first:until, bus] = grid.energy_wh(capacity_w, period_minutes)
    return up_wh, down_wh


def left(up_wh, down_wh, flows_wh):
    """What is left of capacities where so much flows up already; where more does than may, nothing is."""
    return tuple(
        np.where(capacity_wh == UNLIMITED_WH, UNLIMITED_WH, np.clip(capacity_wh - used_wh, 0, UNLIMITED_WH))
        for capacity_wh, used_wh in ((up_wh, flows_wh), (down_wh, -flows_wh))
    )


def frozen(*, auction, tree):
    """The grid with the capacities that an auction was closed with, period × bus.

    Auctions of a time when they were not kept, and those still open, have the lines' ratings.
    """
    kept = FrozenCapacities.objects.filter(auction=auction).first()
    if kept is None:
        return tree
    buses = len(tree.parent)
    return replace(
        tree,
        capacity_up_wh=np.array(kept.up_wh, np.int64).reshape(-1, buses),
        capacity_down_wh=np.array(kept.down_wh, np.int64).reshape(-1, buses),
    )


def posts(*, dso, limit=20):
    """The newest posts of an operator with their rows."""
    rows = CapacityPost.objects.filter(dso=dso).order_by("-number")[:limit]
    return list(rows.prefetch_related("rows__line__bus"))
