"""Pausing the intake of one node: no order is taken from it until the pause ends or a person ends it."""

import numpy as np
from django.db import transaction

from shared import problems
from shared.fields import utc_text
from trading.grid.models import Node
from trading.orders.models import IntakePause


class IntakePaused(Exception):
    """No order is taken from this node for a while."""

    def __init__(self, *, ends_at):
        super().__init__()
        self.params = {"endsAt": utc_text(ends_at)}


class PauseNotFound(Exception):
    """No pause of this name lasts."""


PAUSED = "intake-paused"
problems.register(IntakePaused, status=409, code=PAUSED, title="No orders from this node now")
problems.register(PauseNotFound, status=404, code="not-found", title="Not found")


@transaction.atomic
def begin(*, node, reason, actor, at, lasts):
    """Take no order of a node for a while; returns the pause.

    One that lasts already is prolonged, and is from then on of whom and for what it was prolonged.

    :param lasts: a timedelta of the exchange's clock
    """
    Node.objects.select_for_update(no_key=True).get(pk=node.pk)  # two at once would begin two
    pause = _told(at).filter(node=node).first()
    if pause is None:
        pause = IntakePause(node=node, began_at=at, ends_at=at)
    if at + lasts > pause.ends_at:
        pause.reason, pause.begun_by, pause.ends_at = reason, actor, at + lasts
        pause.save()
    return pause


@transaction.atomic
def end(*, pause_id, actor, at):
    """Take orders of a paused node again; returns the pause.

    :raises PauseNotFound: it is over, or there is none
    """
    pause = _told(at).select_for_update(of=("self",)).filter(pk=pause_id).first()
    if pause is None:
        raise PauseNotFound
    pause.ends_at, pause.ended_by = at, actor
    pause.save(update_fields=["ends_at", "ended_by"])
    return pause


def check(*, node, at):
    """Let pass a node whose orders are taken.

    :raises IntakePaused: they are not
    """
    pause = _lasting(at).filter(node=node).first()
    if pause is not None:
        raise IntakePaused(ends_at=pause.ends_at)


def among(node_ids, *, at):
    """The places of those of some nodes, an array of keys, from which no order is taken."""
    paused = list(_lasting(at).values_list("node_id", flat=True))  # few
    return np.flatnonzero(np.isin(node_ids, paused)).tolist()


def listed(*, at):
    """Every pause that lasts, the newest first."""
    return _told(at).order_by("-pk")


def _told(at):
    return _lasting(at).select_related("node__customer__dso")


def _lasting(at):
    return IntakePause.objects.filter(began_at__lte=at, ends_at__gt=at)
