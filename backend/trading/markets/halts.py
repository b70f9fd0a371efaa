"""Halting a market: orders are still taken, but no auction is cleared until two people let it go on."""

from django.db import transaction

from shared import problems
from trading.markets.models import Halt, Market


class AlreadyHalted(Exception):
    """The market is halted already."""


class NotHalted(Exception):
    """The market is not halted."""


class SecondPersonNeeded(Exception):
    """Whoever asked to resume cannot also confirm it."""


problems.register(AlreadyHalted, status=409, code="already-halted", title="Already halted")
problems.register(NotHalted, status=409, code="not-halted", title="Not halted")
problems.register(SecondPersonNeeded, status=409, code="second-person-needed", title="Second person needed")


@transaction.atomic
def halt(*, market, reason, actor, at):
    """Halt a market: auctions whose gate closes from now on are cancelled with notice.

    :raises AlreadyHalted: it is
    """
    _lock(market)
    if of(market=market) is not None:
        raise AlreadyHalted
    return Halt.objects.create(market=market, reason=reason, halted_by=actor, halted_at=at)


@transaction.atomic
def resume(*, market, actor, at):
    """Ask to resume, or confirm what another operator asked for; returns the halt.

    :raises NotHalted: there is nothing to resume
    :raises SecondPersonNeeded: the same person asked already
    """
    _lock(market)
    found = of(market=market)
    if found is None:
        raise NotHalted
    if not found.resume_asked_by:
        found.resume_asked_by, found.resume_asked_at = actor, at
    elif found.resume_asked_by == actor:
        raise SecondPersonNeeded
    else:
        found.resumed_by, found.resumed_at = actor, at
    found.save()
    return found


def of(*, market):
    """The halt that a market is in, or None."""
    return Halt.objects.filter(market=market, resumed_at=None).first()


def open_ones():
    """Every halt that lasts, by market."""
    return Halt.objects.filter(resumed_at=None).select_related("market").order_by("market_id")


def _lock(market):
    Market.objects.select_for_update(no_key=True).get(pk=market.pk)
