"""What went out of bounds: opened once however often it is seen, closed when it is over."""

import structlog

from trading.operations.models import Incident

log = structlog.get_logger(__name__)


def open_once(*, code, seen, at, auction=None):
    """Open an incident, unless one with this code is already open for the auction."""
    incident = Incident(code=code, auction=auction, seen=seen, opened_at=at)
    Incident.objects.bulk_create([incident], ignore_conflicts=True)
    log.error("incident", code=code, auction=auction and auction.code, seen=seen)


def close(*, codes, at):
    """Close the open incidents with these codes that are of no auction; return how many there were."""
    return Incident.objects.filter(code__in=codes, auction=None, closed_at=None).update(closed_at=at)
