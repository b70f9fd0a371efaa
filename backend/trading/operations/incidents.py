"""What went out of bounds: opened once however often it is seen, closed when it is over."""

import structlog

from shared import fields
from trading.operations import outbox
from trading.operations.models import Incident

log = structlog.get_logger(__name__)


def open_once(*, code, seen, at, auction=None):
    """Open an incident, unless one with this code is already open for the auction."""
    _, is_new = Incident.objects.get_or_create(
        code=code, auction=auction, closed_at=None, defaults={"seen": seen, "opened_at": at}
    )
    if is_new:
        event = {"at": fields.utc_text(at), "code": code, "auctionId": auction and auction.code}
        outbox.write(kind="incident-opened", payload=event, at=at)
    log.error("incident", code=code, auction=auction and auction.code, seen=seen)


def close(*, codes, at):
    """Close the open incidents with these codes that are of no auction; return how many there were."""
    return Incident.objects.filter(code__in=codes, auction=None, closed_at=None).update(closed_at=at)
