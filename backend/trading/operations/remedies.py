"""The steps that may be taken without a person: each is safe to repeat, and says what it did."""

from django.db import transaction

from trading.markets.models import Auction
from trading.operations import pulse
from trading.operations.models import OutboxMessage

BEYOND = 3  # attempts: from here on an auction is cleared without block orders


def step_down(*, auction, moment):
    """Let the next attempt begin on the lower rung of the ladder, and at once if nobody is at it."""
    late = Auction.objects.filter(pk=auction.pk, state__in=["open", "closed", "cleared"])
    lower = late.filter(attempts__lt=BEYOND).update(attempts=BEYOND)
    return {"lower": lower, "freed": late.filter(lease_until__lte=moment.real_at).update(lease_until=None)}


def reclaim(*, auction, moment):
    """End the sessions of workers that have no pulse."""
    return {"ended": pulse.end_silent(me="watchdog")}


def resend(*, auction, moment):
    """Send now what waits for another attempt."""
    waiting = OutboxMessage.objects.filter(sent_at=None, dead_at=None, next_attempt_at__gt=moment.real_at)
    return {"resent": waiting.update(next_attempt_at=moment.real_at)}


def requeue(*, auction, moment):
    """Try again what was given up: it keeps its id, so whoever had it already takes it once."""
    dead = OutboxMessage.objects.exclude(dead_at=None)
    return {"requeued": dead.update(dead_at=None, attempts=0, next_attempt_at=moment.real_at)}


@transaction.atomic
def estimate(*, auction, moment):
    """Estimate the readings that an auction's quarter hours lack."""
    # As console: loaded by whoever acts.
    from trading.operations import life

    return {"estimated": int(life.estimate(auction_id=auction.pk, at=moment.at))}
