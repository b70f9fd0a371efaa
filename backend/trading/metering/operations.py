"""Taking in what the meters counted, and deciding on what is doubted."""

from dataclasses import dataclass

import numpy as np
from django.db import connection, transaction

from shared import problems
from trading.grid.models import Node
from trading.metering import queries, store
from trading.metering.models import MeterReading, QuarantinedReading
from trading.metering.store import Taken
from trading.strategies import forecast

TOLERANCE_PERCENT = 110  # of what the connection carries: fuses let a little more through for a while
ABSURD_TIMES = 10  # what the connection carries: another unit, or another meter
EARLIEST_S = 946_684_800  # the year 2000


class ImplausibleReading(Exception):
    """A reading cannot be true; nothing of its delivery is kept."""

    def __init__(self, index, column, detail):
        super().__init__(f"Reading {index + 1}, {column}: {detail}")
        self.params = {"row": index, "column": column}
        self.row, self.column, self.detail = index, column, detail


class AlreadyDecided(Exception):
    """Somebody has decided on this reading before."""


problems.register(ImplausibleReading, status=422, code="implausible-reading", title="Implausible reading")
problems.register(AlreadyDecided, status=409, code="already-decided", title="Already decided")


@dataclass(frozen=True, slots=True, eq=False)
class Readings:
    """Parallel columns: node keys, starts of quarter hours (datetime64[s], UTC), Wh, and the quality.

    The quality is one for all, or an array of places in `store.QUALITIES`.
    """

    nodes: np.ndarray
    starts_at: np.ndarray
    wh: np.ndarray
    quality: object = MeterReading.Quality.FINAL


@transaction.atomic
def record(*, readings, at, dso=None):
    """Take in readings received at `at`, all or none; `Taken` says what became of them.

    A later reading of the same quarter hour replaces an earlier one of the same or a lesser quality
    (estimated < provisional < final) and counts as a correction; the same again changes nothing. A reading
    beyond what the connection carries is quarantined with its reason.

    :param dso: whose nodes they must be, if not anyone's
    :raises ImplausibleReading: naming the first row and the column that cannot be true
    """
    starts = np.asarray(readings.starts_at, "datetime64[s]").astype(np.int64)
    nodes, wh = np.asarray(readings.nodes, np.int64), np.asarray(readings.wh, np.int64)
    ranks = _ranks(readings.quality, len(nodes))
    most_wh = _most_wh(nodes, dso)
    _check_times(nodes, starts, at)
    _check_quantities(wh, most_wh)
    doubted = wh > most_wh * TOLERANCE_PERCENT // 100
    kept = ~doubted
    received_us = np.full(int(kept.sum()), int(at.timestamp() * 10**6), np.int64)
    taken = store.write(
        nodes=nodes[kept], starts=starts[kept], wh=wh[kept], ranks=ranks[kept], received_us=received_us
    )
    if not doubted.any():
        return taken
    count = _quarantine(nodes[doubted], starts[doubted], wh[doubted], ranks[doubted], most_wh[doubted], at)
    unchanged = taken.unchanged + int(doubted.sum()) - count
    return Taken(taken.new, taken.corrected, unchanged, quarantined=count)


@transaction.atomic
def decide(*, quarantined, accept, actor, at):
    """Let a doubted reading count after all, or discard it.

    :raises AlreadyDecided: somebody was first
    """
    decision = QuarantinedReading.Decision.ACCEPTED if accept else QuarantinedReading.Decision.DISCARDED
    undecided = QuarantinedReading.objects.filter(pk=quarantined.pk, decision="")
    if not undecided.update(decision=decision, decided_by=actor, decided_at=at):
        raise AlreadyDecided
    if accept:
        store.write(
            nodes=np.array([quarantined.node_id]),
            starts=np.array([int(quarantined.starts_at.timestamp())]),
            wh=np.array([quarantined.metered_wh]),
            ranks=_ranks(quarantined.quality, 1),
            received_us=np.array([int(at.timestamp() * 10**6)]),
        )
    quarantined.refresh_from_db()
    return quarantined


# Where nothing came: what the meter counted a week before, or else what it was scheduled to.
ESTIMATE = """
SELECT node.id, extract(epoch FROM period.starts_at)::bigint,
       coalesce(week_ago.metered_wh, greatest(
           CASE node.side WHEN 'producer' THEN scheduled.wh ELSE -scheduled.wh END, 0), 0)
FROM unnest(%(nodes)s::bigint[], %(scheduled)s::bigint[], %(starts)s::timestamptz[])
     AS scheduled (node_id, wh, starts_at)
JOIN grid_node node ON node.id = scheduled.node_id
CROSS JOIN LATERAL (SELECT scheduled.starts_at) AS period (starts_at)
LEFT JOIN metering_meterreading week_ago
  ON week_ago.node_id = node.id AND week_ago.starts_at = period.starts_at - interval '7 days'
WHERE NOT EXISTS (SELECT FROM metering_meterreading known
                  WHERE known.node_id = node.id AND known.starts_at = period.starts_at)
"""


@transaction.atomic
def estimate(*, nodes, starts_at, scheduled, at):
    """Estimate the readings that never came; returns how many. A real one replaces its estimate later.

    :param nodes, starts_at, scheduled: parallel; `scheduled` is signed, injection positive [Wh]
    """
    with connection.cursor() as cursor:
        values = {"nodes": list(nodes), "scheduled": list(scheduled), "starts": list(starts_at)}
        cursor.execute(ESTIMATE, values)
        rows = np.array(cursor.fetchall(), np.int64).reshape(-1, 3)
    taken = store.write(
        nodes=rows[:, 0],
        starts=rows[:, 1],
        wh=rows[:, 2],
        ranks=_ranks(MeterReading.Quality.ESTIMATED, len(rows)),
        received_us=np.full(len(rows), int(at.timestamp() * 10**6), np.int64),
    )
    return taken.new


def _ranks(quality, count):
    if isinstance(quality, str):
        return np.full(count, store.QUALITIES.index(quality), np.int8)
    return np.asarray(quality, np.int8)


def _most_wh(nodes, dso):
    """What each reading's connection carries in a quarter hour."""
    known, place = _distinct(nodes)
    metered = Node.objects.filter(queries.METERED, pk__in=known.tolist())
    if dso is not None:
        metered = metered.filter(bus__dso=dso)
    capacities = dict(metered.values_list("pk", "connection_capacity_w"))
    most_w = np.array([capacities.get(node, -1) for node in known.tolist()], np.int64)[place]
    _refuse(most_w < 0, "node", "is of a node that is not known here.")
    return most_w // 4


def _distinct(nodes):
    """The different nodes, and the place of each reading's among them; quick where nodes come in runs."""
    opens = np.flatnonzero(np.diff(nodes, prepend=-1))
    known, place = np.unique(nodes[opens], return_inverse=True)
    return known, np.repeat(place, np.diff(opens, append=len(nodes)))


def _check_times(nodes, starts, at):
    _refuse(starts < EARLIEST_S, "startsAt", "is of before the year 2000.")
    _refuse(starts % forecast.QUARTER_S != 0, "startsAt", "does not start on a quarter hour.")
    _refuse(starts + forecast.QUARTER_S > at.timestamp(), "startsAt", "had not ended when it was received.")
    # A key of both, so that one stable sort finds what stands there twice.
    keys = nodes * 2**31 + starts // forecast.QUARTER_S
    if (np.diff(keys) > 0).all():
        return
    order = np.argsort(keys, kind="stable")
    twice = np.zeros(len(nodes), bool)
    twice[order[1:]] = np.diff(keys[order]) == 0
    _refuse(twice, "startsAt", "overlaps another of the same node and quarter hour.")


def _check_quantities(wh, most_wh):
    _refuse(wh < 0, "wh", "is negative.")
    _refuse(wh > most_wh * ABSURD_TIMES, "wh", "is far beyond its connection: is the unit Wh?")


def _refuse(wrong, column, detail):
    if wrong.any():
        raise ImplausibleReading(int(wrong.argmax()), column, f"This reading {detail}")


def _quarantine(nodes, starts, wh, ranks, most_wh, at):
    """Keep doubted readings apart; returns how many of them are new."""
    reasons = [f"more than the {most} Wh that its connection carries" for most in most_wh.tolist()]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO metering_quarantinedreading
                (node_id, starts_at, metered_wh, quality, reason, received_at, decision, decided_by)
            SELECT node, to_timestamp(start), wh, (%s::text[])[rank + 1], reason, %s, '', ''
            FROM unnest(%s::bigint[], %s::bigint[], %s::int[], %s::int[], %s::text[])
                AS new (node, start, wh, rank, reason)
            ON CONFLICT (node_id, starts_at, metered_wh, quality) DO NOTHING
            """,
            [
                list(store.QUALITIES),
                at,
                *[column.tolist() for column in (nodes, starts, wh, ranks)],
                reasons,
            ],
        )
        return cursor.rowcount
