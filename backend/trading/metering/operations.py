"""Taking in what the meters counted."""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from django.db import connection, transaction

from shared import problems
from trading.grid import households, village
from trading.grid.models import Asset, Node
from trading.metering import binary_copy, queries, village_series
from trading.metering.models import MeterReading
from trading.strategies import forecast

TOLERANCE_PERCENT = 110  # of what the connection carries: fuses let a little more through for a while
LONGEST_CATCH_UP = timedelta(days=7)  # in one transaction
VILLAGE_DELAY = timedelta(seconds=60)  # from the end of a quarter hour until its readings are there
TABLE = MeterReading._meta.db_table


class ImplausibleReading(Exception):
    """A reading cannot be true."""

    def __init__(self, row, detail):
        super().__init__(f"Row {row}: {detail}")
        self.params = {"row": row}
        self.row = row


problems.register(ImplausibleReading, status=422, code="implausible-reading", title="Implausible reading")


@dataclass(frozen=True, slots=True, eq=False)
class Readings:
    """Parallel columns: node keys, starts of quarter hours (datetime64[s], UTC), Wh; one quality for all."""

    nodes: np.ndarray
    starts_at: np.ndarray
    wh: np.ndarray
    quality: str = MeterReading.Quality.FINAL


@transaction.atomic
def record(*, readings, at):
    """Take in readings received at `at`; returns how many rows are new or changed.

    A later reading of the same quarter hour replaces an earlier one of the same or a lesser quality
    (estimated < provisional < final); the same reading again changes nothing.

    :raises ImplausibleReading: naming the first row that cannot be true
    """
    starts = np.asarray(readings.starts_at, "datetime64[s]").astype(np.int64)
    nodes, wh = np.asarray(readings.nodes, np.int64), np.asarray(readings.wh, np.int64)
    _check_times(nodes, starts, at)
    _check_quantities(nodes, wh)
    received_us = np.full(len(nodes), int(at.timestamp() * 10**6), np.int64)
    return _write(nodes, starts, wh, readings.quality, received_us)


@transaction.atomic
def record_village(*, dso, from_, to, at=None):
    """Record what the village's meters counted in a span of time; returns how many rows are new or changed.

    Received at `at`, or else one minute after each quarter hour's end, as if the meters had reported live.
    """
    nodes, wh = village_readings(dso=dso, from_=from_, to=to)
    quarters = np.arange(forecast.quarter_of(from_), forecast.quarter_of(to))
    starts = np.tile(quarters * forecast.QUARTER_S, len(nodes))
    every_node = np.repeat(nodes, len(quarters))
    # Day by day, and within a day node by node: quick to write, and a span of time lies in one place.
    order = np.lexsort((starts, every_node, starts // 86_400))
    starts = starts[order]
    ends_us = (starts + forecast.QUARTER_S) * 10**6
    delay_us = int(VILLAGE_DELAY.total_seconds() * 10**6)
    received_us = ends_us + delay_us if at is None else np.full(len(starts), int(at.timestamp() * 10**6))
    return _write(every_node[order], starts, wh.ravel()[order], MeterReading.Quality.FINAL, received_us)


def catch_up(*, dso, at):
    """Record what the village's meters have to report by now, at most a week; returns (rows, whether done).

    A quarter hour is reported one minute after its end. Where nothing is known yet it begins with the days
    that a forecast looks back on.
    """
    _, nodes = _homes(dso)
    if not nodes:
        return 0, True
    known_until = queries.recorded_until(nodes=[pk for pk, _, _ in nodes])
    to = forecast.utc(forecast.quarter_of(at - VILLAGE_DELAY))
    from_ = known_until or to - timedelta(days=forecast.HISTORY_DAYS)
    until = min(to, from_ + LONGEST_CATCH_UP)
    rows = record_village(dso=dso, from_=from_, to=until, at=at) if from_ < until else 0
    return rows, until >= to


def village_readings(*, dso, from_, to):
    """What the village's meters count: node keys, and Wh as node × quarter hour."""
    homes, nodes = _homes(dso)
    withdrawn, injected = village_series.years_of(homes, village.energies())
    positions = village_series.positions(np.arange(forecast.quarter_of(from_), forecast.quarter_of(to)))
    rows = {pk: (withdrawn if side == Node.Side.CONSUMER else injected)[home] for pk, home, side in nodes}
    keys = sorted(rows)
    wh = np.array([rows[key][positions] for key in keys], np.int32)
    return np.array(keys, np.int64), wh.reshape(len(keys), len(positions))


def _homes(dso):
    """The households as the series know them, and (node, its household's place, side) of every meter."""
    behind = {}
    for asset in Asset.objects.filter(node__bus__dso=dso).select_related("node").order_by("pk"):
        behind.setdefault(asset.node.customer_id, []).append(asset)
    # Only who has a series is played: a real meter reports for itself.
    played = sorted(customer for customer, assets in behind.items() if any(asset.profile for asset in assets))
    homes = tuple(_home(behind[customer]) for customer in played)
    places = {customer: place for place, customer in enumerate(played)}
    meters = Node.objects.filter(customer__in=played, customer__is_utility=False).order_by("pk")
    nodes = meters.values_list("pk", "customer_id", "side")
    return homes, [(pk, places[customer], side) for pk, customer, side in nodes]


def _home(assets):
    batteries = [asset for asset in assets if asset.kind == Asset.Kind.BATTERY]
    return village_series.Home(
        consuming=tuple(a.profile for a in assets if a.kind in households.CONSUMING and a.profile),
        producing=tuple(a.profile for a in assets if a.kind == Asset.Kind.PV and a.profile),
        battery_w=sum(asset.rated_w for asset in batteries),
        battery_wh=sum(asset.capacity_wh for asset in batteries),
    )


def _check_times(nodes, starts, at):
    _refuse(starts % forecast.QUARTER_S != 0, "does not start on a quarter hour.")
    _refuse(starts + forecast.QUARTER_S > at.timestamp(), "had not ended when it was received.")
    order = np.lexsort((starts, nodes))
    twice = np.zeros(len(nodes), bool)
    twice[order[1:]] = (np.diff(nodes[order]) == 0) & (np.diff(starts[order]) == 0)
    _refuse(twice, "stands there twice.")


def _check_quantities(nodes, wh):
    metered = Node.objects.filter(pk__in=set(nodes.tolist()))
    capacities = dict(metered.values_list("pk", "connection_capacity_w"))
    known, place = np.unique(nodes, return_inverse=True)
    most_w = np.array([capacities.get(node, -1) for node in known.tolist()], np.int64)[place]
    _refuse(most_w < 0, "is of an unknown node.")
    _refuse(wh < 0, "is negative.")
    most_wh = most_w * TOLERANCE_PERCENT // 400
    _refuse(wh > most_wh, "is more than the connection carries in a quarter hour.")


def _refuse(wrong, detail):
    if wrong.any():
        raise ImplausibleReading(int(wrong.argmax()), f"This reading {detail}")


def _write(nodes, starts, wh, quality, received_us):
    columns = {
        "node_id": nodes,
        "starts_at": binary_copy.timestamps(starts * 10**6),
        "metered_wh": wh.astype(np.int32),
        "quality": np.full(len(nodes), quality.encode()),
        "received_at": binary_copy.timestamps(received_us),
    }
    if len(nodes) == 0:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM metering_meterreading WHERE starts_at BETWEEN to_timestamp(%s) AND "
            "to_timestamp(%s) AND node_id = ANY(%s))",
            [int(starts.min()), int(starts.max()), np.unique(nodes).tolist()],
        )
        if cursor.fetchone()[0]:
            return _replace(cursor, columns)
        binary_copy.write(cursor, TABLE, columns)
    return len(nodes)


def _replace(cursor, columns):
    cursor.execute(f"CREATE TEMPORARY TABLE IF NOT EXISTS arrived (LIKE {TABLE}) ON COMMIT DROP")
    cursor.execute("TRUNCATE arrived")
    binary_copy.write(cursor, "arrived", columns)
    cursor.execute(
        f"INSERT INTO {TABLE} AS known ({', '.join(columns)}) "  # nosec B608: names of our own columns
        f"SELECT {', '.join(columns)} FROM arrived "
        "ON CONFLICT (node_id, starts_at) DO UPDATE SET (metered_wh, quality, received_at) = "
        "(excluded.metered_wh, excluded.quality, excluded.received_at) "
        "WHERE (known.metered_wh, known.quality) IS DISTINCT FROM (excluded.metered_wh, excluded.quality) "
        "AND known.received_at <= excluded.received_at AND "
        "array_position('{estimated,provisional,final}'::text[], known.quality::text) <= "
        "array_position('{estimated,provisional,final}'::text[], excluded.quality::text)"
    )
    return cursor.rowcount
