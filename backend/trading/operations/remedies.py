"""The steps that may be taken without a person: each is safe to repeat, and says what it did."""

from datetime import timedelta

from django.db import transaction

from shared.fields import utc_text
from trading.markets.models import Auction
from trading.operations import notices, pulse
from trading.operations.models import OutboxMessage
from trading.orders import pauses

BEYOND = 3  # attempts: from here on an auction is cleared without block orders
PAUSED = timedelta(minutes=15)  # of real time
FLOOD = "Too many orders came within a minute."


def step_down(*, subject, moment):
    """Let the next attempt begin on the lower rung of the ladder, and at once if nobody is at it."""
    late = Auction.objects.filter(pk=subject.pk, state__in=["open", "closed", "cleared"])
    lower = late.filter(attempts__lt=BEYOND).update(attempts=BEYOND)
    return {"lower": lower, "freed": late.filter(lease_until__lte=moment.real_at).update(lease_until=None)}


def reclaim(*, subject, moment):
    """End the sessions of workers that have no pulse."""
    return {"ended": pulse.end_silent(me="watchdog")}


def resend(*, subject, moment):
    """Send now what waits for another attempt."""
    waiting = OutboxMessage.objects.filter(sent_at=None, dead_at=None, next_attempt_at__gt=moment.real_at)
    return {"resent": waiting.update(next_attempt_at=moment.real_at)}


def requeue(*, subject, moment):
    """Try again what was given up: it keeps its id, so whoever had it already takes it once."""
    dead = OutboxMessage.objects.exclude(dead_at=None)
    return {"requeued": dead.update(dead_at=None, attempts=0, next_attempt_at=moment.real_at)}


@transaction.atomic
def estimate(*, subject, moment):
    """Estimate the readings that an auction's quarter hours lack."""
    # As console: loaded by whoever acts.
    from trading.operations import life

    return {"estimated": int(life.estimate(auction_id=subject.pk, at=moment.at))}


@transaction.atomic
def pause_intake(*, subject, moment):
    """Take no order of one node for a quarter of an hour, and tell its household."""
    lasts = PAUSED * moment.speed
    pause = pauses.begin(node=subject, reason=FLOOD, actor="watchdog", at=moment.at, lasts=lasts)
    notices.paused(pause=pause, at=moment.at)
    return {"node": subject.public_id, "endsAt": utc_text(pause.ends_at)}
