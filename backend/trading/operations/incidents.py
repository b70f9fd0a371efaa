"""What went out of bounds: opened once however often it is seen, closed when it is over."""

import structlog

from shared import fields
from trading.operations import outbox
from trading.operations.models import Incident

log = structlog.get_logger(__name__)


def open_once(*, code, seen, at, auction=None, node=None, severity=Incident.Severity.CALL):
    """Open an incident, unless one with this code is open for the auction or node; returns the open one."""
    incident, is_new = Incident.objects.get_or_create(
        code=code,
        auction=auction,
        node=node,
        closed_at=None,
        defaults={"seen": seen, "opened_at": at, "severity": severity},
    )
    if is_new:
        _tell(code, incident, at)
        log.error("incident", code=code, **_subject(incident), seen=seen)
    return incident


def note(*, incident, seen):
    """Note what is seen now of an incident that goes on, beside what was seen at first."""
    latest = incident.seen.get("latest", incident.seen["figures"])
    if latest != seen["figures"]:
        incident.seen |= {"latest": seen["figures"]}
        incident.save(update_fields=["seen"])


def call(*, incident, at):
    """Call a person: the remedies have not helped."""
    called = Incident.objects.filter(pk=incident.pk, severity=Incident.Severity.WARN)
    if called.update(severity=Incident.Severity.CALL):
        _tell(f"{incident.code}-needs-a-person", incident, at)
        log.error("person_called", code=incident.code, **_subject(incident))


def acknowledge(*, incident, actor, note, at):
    """Note that a person knows of it, and what they say."""
    incident.acknowledged_at, incident.acknowledged_by, incident.note = at, actor, note
    incident.save(update_fields=["acknowledged_at", "acknowledged_by", "note"])
    return incident


def end(*, incident, at):
    """Close an incident that is over."""
    Incident.objects.filter(pk=incident.pk, closed_at=None).update(closed_at=at)


def close(*, codes, at):
    """Close the open incidents with these codes that are of the whole; return how many there were."""
    of_the_whole = Incident.objects.filter(code__in=codes, auction=None, node=None, closed_at=None)
    return of_the_whole.update(closed_at=at)


def _subject(incident):
    return {
        "auction": incident.auction and incident.auction.code,
        "node": incident.node and incident.node.public_id,
    }


def _tell(code, incident, at):
    auction, node = incident.auction, incident.node
    dso = auction.market.dso if auction else node and node.customer.dso
    event = {
        "at": fields.utc_text(at),
        "code": code,
        "auctionId": auction and auction.code,
        "dsoId": dso and dso.public_id,
    }
    outbox.write(kind="incident-opened", payload=event, at=at)
