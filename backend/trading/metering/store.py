"""How readings reach their table: in one COPY where nothing is known yet, else set by set.

Whatever replaces a reading keeps the old one under its number and names the quarter hour to settlement; so
does a reading that comes when its quarter hour is settled already.
Callers are inside a transaction. One delivery is stored at a time, so that two of them cannot both be first.
"""

from dataclasses import dataclass

import numpy as np
from django.db import connection

from trading import binary_copy

TABLE = "metering_meterreading"
QUALITIES = ("estimated", "provisional", "final")  # from the least to the best
STORING = 0x0CE1  # names the lock
AT_ONCE = 500_000  # rows in one COPY: so that a year does not have to fit into memory twice
COLUMNS = "node_id, starts_at, metered_wh, quality, received_at"

# A later reading counts where it says something else and is of no lesser quality.
BETTER = """
CREATE TEMPORARY TABLE better ON COMMIT DROP AS
SELECT arrived.* FROM arrived JOIN metering_meterreading known USING (node_id, starts_at)
WHERE (known.metered_wh, known.quality) IS DISTINCT FROM (arrived.metered_wh, arrived.quality)
  AND known.received_at <= arrived.received_at
  AND array_position(%(qualities)s::text[], known.quality::text)
      <= array_position(%(qualities)s::text[], arrived.quality::text)
"""
KEEP = """
INSERT INTO metering_replacedreading
    (node_id, starts_at, number, metered_wh, quality, received_at, replaced_at)
SELECT known.node_id, known.starts_at, known.number, known.metered_wh, known.quality, known.received_at,
       better.received_at
FROM better JOIN metering_meterreading known USING (node_id, starts_at)
"""
TELL = """
INSERT INTO metering_correctedquarter (dso_id, starts_at, corrected_at)
SELECT bus.dso_id, better.starts_at, max(better.received_at)
FROM better JOIN metering_meterreading known USING (node_id, starts_at)
JOIN grid_node node ON node.id = better.node_id JOIN grid_bus bus ON bus.id = node.bus_id
WHERE known.metered_wh <> better.metered_wh
GROUP BY bus.dso_id, better.starts_at
ON CONFLICT (dso_id, starts_at) DO UPDATE SET corrected_at = excluded.corrected_at
"""
REPLACE = """
UPDATE metering_meterreading known
SET metered_wh = better.metered_wh, quality = better.quality, received_at = better.received_at,
    number = known.number + 1
FROM better WHERE known.node_id = better.node_id AND known.starts_at = better.starts_at
"""
ADD = f"""
WITH added AS (
    INSERT INTO {TABLE} ({COLUMNS}) SELECT {COLUMNS} FROM arrived ON CONFLICT (node_id, starts_at) DO NOTHING
    RETURNING starts_at
)
SELECT extract(epoch FROM starts_at)::bigint, count(*) FROM added GROUP BY starts_at
"""  # nosec B608: names of our own columns
# Of some quarter hours with new readings those that are settled, for whichever operators the nodes belong to.
TELL_LATE = """
INSERT INTO metering_correctedquarter (dso_id, starts_at, corrected_at)
SELECT DISTINCT market.dso_id, late.starts_at, to_timestamp(%(received_us)s / 1e6)
FROM markets_auction auction
JOIN markets_market market ON market.id = auction.market_id AND market.delivery_minutes IS NOT NULL
 AND market.dso_id IN (SELECT bus.dso_id FROM grid_node node JOIN grid_bus bus ON bus.id = node.bus_id
                       WHERE node.id = ANY(%(nodes)s))
CROSS JOIN LATERAL (
    SELECT to_timestamp(each.at) AS starts_at FROM unnest(%(starts)s::bigint[]) AS each (at)
    WHERE to_timestamp(each.at) >= auction.delivery_starts_at
      AND to_timestamp(each.at) < auction.delivery_ends_at
) late
WHERE auction.settled_at IS NOT NULL AND auction.delivery_ends_at > to_timestamp(%(first)s)
  AND auction.delivery_starts_at <= to_timestamp(%(last)s)
ON CONFLICT (dso_id, starts_at) DO UPDATE SET corrected_at = excluded.corrected_at
"""
KNOWN = f"""
SELECT EXISTS (SELECT FROM {TABLE} WHERE starts_at >= to_timestamp(%s) AND starts_at <= to_timestamp(%s)
               AND node_id = ANY(%s))
"""  # nosec B608: a constant


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a delivery, in rows."""

    new: int = 0
    corrected: int = 0
    unchanged: int = 0
    quarantined: int = 0

    @property
    def changed(self):
        """How many readings are now other than before."""
        return self.new + self.corrected


def write(*, nodes, starts, wh, ranks, received_us):
    """Store readings that were checked.

    :param starts: seconds since 1970; `ranks`: places in `QUALITIES`; `received_us`: microseconds since 1970
    """
    if len(nodes) == 0:
        return Taken()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [STORING])
        cursor.execute(KNOWN, [int(starts.min()), int(starts.max()), np.unique(nodes).tolist()])
        if not cursor.fetchone()[0]:
            copy(cursor, TABLE, nodes, starts, wh, ranks, received_us)
            _tell_late(cursor, np.unique(starts).tolist(), nodes, received_us)
            return Taken(new=len(nodes))
        cursor.execute("DROP TABLE IF EXISTS arrived, better")
        cursor.execute(
            f"CREATE TEMPORARY TABLE arrived ON COMMIT DROP AS SELECT {COLUMNS} FROM {TABLE} LIMIT 0"  # nosec B608
        )
        copy(cursor, "arrived", nodes, starts, wh, ranks, received_us)
        taken, added = _merge(cursor, len(nodes))
        _tell_late(cursor, added, nodes, received_us)
        return taken


def _merge(cursor, rows):
    """Replace what is better known now, and add what was not known at all; also says when that starts."""
    cursor.execute("ANALYZE arrived")
    cursor.execute(BETTER, {"qualities": list(QUALITIES)})
    corrected = cursor.rowcount
    if corrected:
        for statement in (KEEP, TELL, REPLACE):
            cursor.execute(statement)
    cursor.execute(ADD)
    added = dict(cursor.fetchall())
    new = sum(added.values())
    return Taken(new=new, corrected=corrected, unchanged=rows - new - corrected), list(added)


def _tell_late(cursor, starts, nodes, received_us):
    """Name new readings' quarter hours to settlement where they are settled already."""
    if starts:
        values = {"starts": starts, "first": min(starts), "last": max(starts)}
        values |= {"nodes": np.unique(nodes).tolist(), "received_us": int(received_us.max())}
        cursor.execute(TELL_LATE, values)


def copy(cursor, table, nodes, starts, wh, ranks, received_us):
    """Append readings to a table, a part at a time."""
    for rank in np.unique(ranks).tolist():
        chosen = np.flatnonzero(ranks == rank)
        for first in range(0, len(chosen), AT_ONCE):
            rows = chosen[first : first + AT_ONCE]
            # In the order of the key: the tree of keys then grows page by page.
            rows = rows[np.lexsort((starts[rows], nodes[rows]))]
            columns = {
                "node_id": nodes[rows],
                "starts_at": binary_copy.timestamps(starts[rows] * 10**6),
                "metered_wh": wh[rows].astype(np.int32),
                "quality": np.full(len(rows), QUALITIES[rank].encode()),
                "received_at": binary_copy.timestamps(received_us[rows]),
            }
            binary_copy.write(cursor, table, columns)
