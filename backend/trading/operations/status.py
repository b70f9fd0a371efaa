"""How is the exchange doing? What every participant may know, read from the database."""

from datetime import timedelta

from django.db import connection
from django.db.models import Max

from trading.markets import halts
from trading.markets.models import Auction
from trading.operations.models import Incident, WorkerPulse
from trading.results.models import Result

LOOKS_BACK = timedelta(hours=48)
AS_PLANNED, LOWER_RUNG, CANCELLED, WAITING = "as-planned", "lower-rung", "cancelled", "waiting"
# A look into the index for each of the first nodes: enough to tell whether readings come in.
NEWEST_READING = """
SELECT max(newest.starts_at) FROM (SELECT id FROM grid_node ORDER BY id LIMIT 500) node
CROSS JOIN LATERAL (
    SELECT starts_at FROM metering_meterreading WHERE node_id = node.id ORDER BY starts_at DESC LIMIT 1
) newest
"""


def cells(*, at):
    """Every auction whose gate closed within 48 hours, and how it ended, in the order of the gates."""
    rows = Auction.objects.filter(gate_closes_at__gt=at - LOOKS_BACK, gate_closes_at__lte=at)
    rows = list(rows.select_related("market").order_by("gate_closes_at", "pk"))
    lower = set(
        Result.objects.filter(auction__in=rows, final=True)
        .exclude(rung=Result.Rung.FULL)
        .values_list("auction_id", flat=True)
    )
    return [(auction, _end(auction, lower)) for auction in rows]


def _end(auction, lower):
    if auction.state == Auction.State.CANCELLED:
        return CANCELLED
    if auction.published_at is None:
        return WAITING
    return LOWER_RUNG if auction.pk in lower else AS_PLANNED


def incidents_open():
    """What is out of bounds now; what was seen, and what is of one household, is for the operator."""
    return (
        Incident.objects.filter(closed_at=None, node=None)
        .select_related("auction")
        .order_by("-opened_at")[:50]
    )


def freshness(*, at, real_at):
    """When the newest result and reading came, and how many auctioneers showed a pulse lately."""
    with connection.cursor() as cursor:
        cursor.execute(NEWEST_READING)
        (reading,) = cursor.fetchone()
    published = Auction.objects.filter(gate_closes_at__gt=at - LOOKS_BACK).aggregate(
        newest=Max("published_at")
    )
    alive = WorkerPulse.objects.filter(seen_at__gt=real_at - timedelta(seconds=10)).count()
    return {"published": published["newest"], "reading": reading, "auctioneers": alive}


def halted():
    """Markets that are halted."""
    return halts.open_ones()
