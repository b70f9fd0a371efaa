"""What the operator of the exchange may do: nothing here reads or changes an order."""

from datetime import timedelta

from django.db import transaction

from shared import problems
from trading.grid import queries as grid
from trading.grid.models import Node
from trading.markets import operations as markets
from trading.markets.models import Auction
from trading.operations import incidents, notices
from trading.operations.models import Incident, OutboxMessage
from trading.orders import pauses

LISTED = 100  # of each list
PAUSED = timedelta(days=1)  # by a person, unless one ends it


class AuctionEnded(Exception):
    """The auction has a result or was cancelled: it is final."""


class IncidentNotFound(Exception):
    """There is no such incident."""


class NodeNotFound(Exception):
    """There is no such node."""


class NeverPaused(Exception):
    """The supplier of last resort is not paused: with its orders there is always a price."""


problems.register(AuctionEnded, status=409, code="auction-ended", title="It is final")
problems.register(IncidentNotFound, status=404, code="not-found", title="Not found")
problems.register(NodeNotFound, status=404, code="not-found", title="Not found")
problems.register(NeverPaused, status=409, code="never-paused", title="Never paused")


@transaction.atomic
def cancel(*, auction, reason, actor, at):
    """Cancel an auction before its publication, with notice; whoever is clearing it finds its claim lost.

    :raises AuctionEnded: it is published or cancelled
    """
    locked = markets.lock_for_closure(auction=auction)
    if locked.state in (Auction.State.PUBLISHED, Auction.State.SETTLED, Auction.State.CANCELLED):
        raise AuctionEnded
    # It loads the clearing's machine code, which a service does without at its start.
    from trading.operations import life

    life.cancel(auction=locked, reason=reason, at=at, seen={"actor": actor})
    return Auction.objects.select_related("market").get(pk=auction.pk)


@transaction.atomic
def acknowledge(*, incident_id, note, is_over, actor, at):
    """Note that a person knows of an incident; `is_over` closes it too. What still holds is seen again.

    :raises IncidentNotFound: there is none
    """
    incident = Incident.objects.select_for_update(of=("self",)).filter(pk=incident_id).first()
    if incident is None:
        raise IncidentNotFound
    incidents.acknowledge(incident=incident, actor=actor, note=note, at=at)
    if is_over:
        incidents.end(incident=incident, at=at)
    return _told().get(pk=incident.pk)


@transaction.atomic
def pause_intake(*, node_id, reason, actor, at):
    """Take no order of a node for a day, and tell its household why; returns the pause.

    :raises NodeNotFound: there is none of this name
    :raises NeverPaused: it is the supplier of last resort's
    """
    try:
        node = grid.node(public_id=node_id)
    except Node.DoesNotExist as error:
        raise NodeNotFound from error
    if node.customer.is_utility:
        raise NeverPaused
    pause = pauses.begin(node=node, reason=reason, actor=actor, at=at, lasts=PAUSED)
    notices.paused(pause=pause, at=at)
    return pause


def incidents_listed(*, is_open=None):
    """The newest incidents with what the remedies did, the open ones first."""
    rows = _told()
    if is_open is not None:
        rows = rows.filter(closed_at__isnull=is_open)
    return rows.order_by("-opened_at", "-pk")[:LISTED]


def outbox():
    """How many messages wait, and the ones that were given up or tried in vain."""
    waiting = OutboxMessage.objects.filter(sent_at=None, dead_at=None)
    stuck = OutboxMessage.objects.filter(sent_at=None, attempts__gt=0).order_by("pk")[:LISTED]
    return waiting.count(), list(stuck)


def _told():
    return Incident.objects.select_related("auction", "node").prefetch_related("remedies")
