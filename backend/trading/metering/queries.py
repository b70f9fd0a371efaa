"""Readings as arrays: node × quarter hour."""

from datetime import timedelta

import numpy as np
from django.db import connection
from django.db.models import Q

from trading import binary_copy
from trading.grid.models import Node
from trading.metering.models import CorrectedQuarter, MeterReading, QuarantinedReading, ReplacedReading
from trading.strategies import forecast

QUARTER = timedelta(minutes=15)
METERED = Q(customer__is_utility=False, customer__is_flexibility=False)  # nodes with a meter


def metered_nodes(*, dso):
    """The keys of all nodes with a meter, ascending; the utility's own nodes have none."""
    nodes = Node.objects.filter(METERED, bus__dso=dso)
    return np.array(nodes.order_by("pk").values_list("pk", flat=True), np.int64)


def readings(*, nodes, starts_at, periods, received_until=None):
    """What nodes metered in consecutive quarter hours; −1 where nothing was received (by then).

    Returns an int32 array, node × quarter hour, in the order of `nodes`.
    """
    nodes = np.asarray(nodes, np.int64)
    ordered, places = np.unique(nodes, return_inverse=True)
    wh = np.full((len(ordered), periods), -1, np.int32)
    ends_at = starts_at + periods * QUARTER
    metered_nodes, quarters, metered_wh = _read(ordered, starts_at, ends_at, received_until)
    wh[np.searchsorted(ordered, metered_nodes), quarters - forecast.quarter_of(starts_at)] = metered_wh
    return wh[places]


def history(*, nodes, until, days=forecast.HISTORY_DAYS, received_until=None):
    """The readings of the days before an instant, as a forecast wants them."""
    nodes = np.unique(np.asarray(nodes, np.int64))
    ends_at = forecast.utc(forecast.quarter_of(until))
    starts_at = ends_at - timedelta(days=days)
    wh = readings(
        nodes=nodes,
        starts_at=starts_at,
        periods=days * forecast.QUARTERS_A_DAY,
        received_until=received_until,
    )
    return forecast.History(nodes=nodes, starts_at=starts_at, wh=wh)


def missing(*, nodes, starts_at, ends_at):
    """Which of these nodes lack a reading in a span of time."""
    nodes = np.asarray(nodes, np.int64)
    metered_nodes, _, _ = _read(np.unique(nodes), starts_at, ends_at, None)
    counted = dict(zip(*np.unique(metered_nodes, return_counts=True), strict=True))
    expected = (ends_at - starts_at) // QUARTER
    return [int(node) for node in nodes if counted.get(node, 0) < expected]


def recorded_until(*, nodes):
    """The end of the last quarter hour that every one of these nodes has reported; None if one never did."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT min(latest), bool_or(latest IS NULL) FROM unnest(%s::bigint[]) node LEFT JOIN LATERAL ("
            "SELECT starts_at AS latest FROM metering_meterreading WHERE node_id = node "
            "ORDER BY starts_at DESC LIMIT 1) last ON true",
            [list(map(int, nodes))],
        )
        latest, never = cursor.fetchone()
    return None if never or latest is None else latest + QUARTER


def shown(*, node, starts_at, ends_at):
    """A node's readings as people see them: with their quality and the number of their correction."""
    return MeterReading.objects.filter(
        node_id=node.pk, starts_at__gte=starts_at, starts_at__lt=ends_at
    ).order_by("starts_at")


def unsure(*, nodes, starts_at, ends_at):
    """Whether a reading of these nodes in a span of time is not final."""
    read = MeterReading.objects.filter(node__in=nodes, starts_at__gte=starts_at, starts_at__lt=ends_at)
    return read.exclude(quality=MeterReading.Quality.FINAL).exists()


def replaced(*, node, starts_at, ends_at):
    """What was replaced by corrections, the oldest of each quarter hour first."""
    return ReplacedReading.objects.filter(
        node_id=node.pk, starts_at__gte=starts_at, starts_at__lt=ends_at
    ).order_by("starts_at", "number")


def quarantined(*, dso, limit=1000):
    """The doubted readings of a grid on which nobody has decided, the oldest first."""
    waiting = QuarantinedReading.objects.filter(node__bus__dso=dso, decision="")
    return waiting.select_related("node").order_by("pk")[:limit]


def corrected_quarters(*, dso):
    """The quarter hours in which readings were corrected and that settlement has not seen since."""
    rows = CorrectedQuarter.objects.filter(dso=dso).order_by("starts_at")
    return list(rows.values_list("starts_at", flat=True))


def _read(nodes, starts_at, ends_at, received_until):
    received = "" if received_until is None else "AND received_at <= %(received)s "
    with connection.cursor() as cursor:
        query = cursor.mogrify(
            "SELECT node_id, starts_at, metered_wh FROM metering_meterreading "  # nosec B608: two fixed texts
            "WHERE node_id = ANY(%(nodes)s) AND starts_at >= %(starts)s AND starts_at < %(ends)s " + received,
            {"nodes": nodes.tolist(), "starts": starts_at, "ends": ends_at, "received": received_until},
        ).decode()
        rows = binary_copy.read(cursor, query, {"node": "i8", "starts_at": "i8", "wh": "i4"})
    quarters = binary_copy.epoch_us(rows["starts_at"]) // (forecast.QUARTER_S * 10**6)
    return rows["node"].astype(np.int64), quarters, rows["wh"]
