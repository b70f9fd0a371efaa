"""What a household waits for when it opens its year."""

import time
from datetime import UTC, date, datetime, timedelta

from bench.harness import Value, row

AT_A_TIME = 20
ROUNDS = 3
WARMING_S = 15
NOW = datetime(2026, 11, 22, 14, 10, tzinfo=UTC)
TODAY = date(2026, 11, 22)
DAYS = 365
FIRST_DAY = TODAY - timedelta(days=DAYS)

# The settled days of a year in which all came from the utility: as many rows as a year of trades leaves.
SETTLED_DAYS = """
INSERT INTO settlement_nodeday (node_id, day, metered_wh, community_wh, cost_urp, fees_urp)
SELECT node.id, (reading.starts_at AT TIME ZONE 'Europe/Zurich')::date AS day, sum(reading.metered_wh), 0,
       sum(reading.metered_wh) * (CASE node.side WHEN 'consumer' THEN 22860 ELSE -6000 END), 0
FROM metering_meterreading reading JOIN grid_node node ON node.id = reading.node_id
WHERE reading.starts_at >= %(starts_at)s AND reading.starts_at < %(ends_at)s GROUP BY node.id, day
"""
MARKET_DAYS = """
INSERT INTO metrics_marketday (dso_id, day, traded_wh, periods, amounts_urp, prices_rp_per_mwh)
SELECT %(dso)s, day, 10 ^ 6, 96, array_fill(11000 * 10 ^ 6, ARRAY[%(buses)s]),
       array_fill(11000 * 96, ARRAY[%(buses)s])
FROM generate_series(%(first)s::date, %(last)s::date, interval '1 day') AS each (day)
"""


@row(
    "dashboard.p95",
    n=DAYS,
    versus="50 ms at 20 requests at a time",
    at_most=0.05,
    seconds=400,
)
def dashboard():
    """A year of metrics, day by day, of all the village's households in turn, its year of readings stored."""
    from bench import exchange

    exchange.start("dashboard")
    dso, notes = fill()
    from bench import load

    url = load.server("trading.wsgi", "/health/live")
    asked = {"connections": AT_A_TIME, "asked": _asked(dso)}
    load.wrk(url, **asked, seconds=WARMING_S)  # so that every worker was asked for each before
    runs = [load.wrk(url, **asked) for _ in range(ROUNDS)]
    return Value(
        [each.p95_s for each in runs],
        checks={
            "the village's year loads in under a minute": notes["loading_s"] < 60,
            "no request failed": all(each.failed == 0 for each in runs),
        },
        notes=notes | {"p50_s": runs[-1].p50_s, "per_second": runs[-1].per_second},
    )


def fill():
    """The year's readings, its days settled, and a day that is still being traded."""
    from django.db import connection

    from trading.markets import calendar
    from trading.metering import village_meters
    from trading.operations import history
    from trading.operations.management.commands import load_village

    dso = load_village.load(at=NOW)
    ends_at = calendar.delivery_day(TODAY)[0]
    starts_at = calendar.delivery_day(FIRST_DAY)[0]
    started = time.perf_counter()
    readings = village_meters.record_village(dso=dso, from_=starts_at, to=ends_at)
    notes = {"readings": readings, "loading_s": time.perf_counter() - started}
    days = {"first": FIRST_DAY, "last": TODAY - timedelta(days=1)}
    with connection.cursor() as cursor:
        cursor.execute(SETTLED_DAYS, {"starts_at": starts_at, "ends_at": ends_at})
        cursor.execute(MARKET_DAYS, {"dso": dso.pk, "buses": dso.buses.count(), **days})
        cursor.execute("ANALYZE")
    notes["auctions"] = history.trade(days=0, now=NOW, progress=lambda at: None)
    with connection.cursor() as cursor:
        # As they are after some nights: what a year at once leaves to be done is not the requests' to bear.
        cursor.execute("VACUUM (ANALYZE)")
        cursor.execute("CHECKPOINT")
    return dso, notes


def show_today():
    """Let the exchange's clock show the day that is being traded."""
    from shared import identity
    from trading.markets import operations as markets

    markets.set_clock(speed=1, shows_at=NOW, real_at=identity.real_time())


def _asked(dso):
    """What the pages of all households ask for."""
    from bench import load
    from trading.grid.models import Node
    from trading.markets import calendar

    show_today()
    nodes = Node.objects.filter(bus__dso=dso, side="consumer", customer__is_utility=False)
    # As the page asks: whole local days, today the last.
    starts_at, ends_at = (calendar.delivery_day(day)[0] for day in (FIRST_DAY, TODAY + timedelta(days=1)))
    span = f"startDate={int(starts_at.timestamp())}000&endDate={int(ends_at.timestamp())}000"
    return [
        load.Asked(f"/node/{node}/metrics?{span}", _headers(node), "")
        for node in nodes.order_by("pk").values_list("public_id", flat=True)
    ]


def _headers(node):
    from shared import environment, identity

    token = identity.sign(
        environment.file_text("CEEX_WEBAPP_PRIVATE_KEY_FILE"),
        issuer="webapp",
        audience="trading",
        subject="a-user",
        role="household",
        nodes=[node],
        at=identity.real_time(),
        lifetime_s=300,
    )
    return {"Authorization": f"Bearer {token}"}
