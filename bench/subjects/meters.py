"""Loading meter readings, beside the plainest COPY of the same rows."""

from bench.harness import Pair, row

DAYS = 60
NODES = 143
ROWS = DAYS * 96 * NODES


@row(
    "meter.load",
    n=ROWS,
    versus="a binary COPY of the same rows into a bare table",
    at_most=4,
    seconds=120,
)
def load():
    """Readings of 60 days and 143 nodes: checked, compared with what is known, stored by their key."""
    from datetime import UTC, datetime, timedelta

    import numpy as np

    from bench import exchange

    exchange.start("meters")
    from django.db import connection

    from trading.metering import operations, store, village_meters
    from trading.metering.models import MeterReading
    from trading.operations.management.commands import load_village

    to = datetime(2026, 11, 22, tzinfo=UTC)
    dso = load_village.load(at=to)
    keys, wh = village_meters.village_readings(dso=dso, from_=to - timedelta(days=DAYS), to=to)
    starts = np.datetime64("2026-11-22") - np.arange(1, DAYS * 96 + 1)[::-1] * np.timedelta64(15, "m")
    # As they come: day by day, and within a day node by node.
    day = np.repeat(np.arange(DAYS), len(keys) * 96)
    nodes = np.tile(np.repeat(keys, 96), DAYS)
    column = np.tile(np.arange(96), DAYS * len(keys)) + day * 96
    rows = np.tile(np.repeat(np.arange(len(keys)), 96), DAYS)
    readings = operations.Readings(nodes, starts.astype("datetime64[s]")[column], wh[rows, column])
    seconds = readings.starts_at.astype(np.int64)
    ranks, received = np.full(ROWS, 2, np.int8), np.zeros(ROWS, np.int64)

    def ours():
        with connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE {MeterReading._meta.db_table}")
        operations.record(readings=readings, at=to)

    def theirs():
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS bare")
            cursor.execute(
                "CREATE TABLE bare (node_id bigint, starts_at timestamptz, metered_wh integer,"
                " quality text, received_at timestamptz)"
            )
            store.copy(cursor, "bare", nodes, seconds, readings.wh, ranks, received)

    return Pair(ours, theirs, runs=5)
