"""Keeping what a household's last week would have cost with each strategy: computed once a day, if asked for.

A question leaves a row; a worker computes it in its spare time, an auction at a step, so that nothing that is
due waits for it.
"""

import time
from datetime import timedelta

import structlog
from django.db import transaction
from django.db.models import Q

from trading.markets.models import Auction
from trading.operations.models import StrategyComparison

log = structlog.get_logger(__name__)

LONGEST_DAYS = 7
AT_A_STEP_S = 0.3  # of a worker's spare time
MOST_ATTEMPTS = 3
GIVEN_UP_AFTER = timedelta(minutes=5)  # so long a worker may be at it before another begins anew


@transaction.atomic
def ask(*, customer, real_at):
    """What the last settled days would have cost; the row may wait to be computed.

    None without such days, and for the utility, which has no meter.
    """
    days = _days_of(customer.dso)
    if not days or customer.is_utility or customer.is_flexibility:
        return None
    mine = StrategyComparison.objects.filter(customer=customer)
    row, is_new = mine.get_or_create(
        customer=customer, last_day=days[-1], defaults={"first_day": days[0], "asked_at": real_at}
    )
    if is_new:
        mine.exclude(pk=row.pk).delete()
    return row


def is_ready(row, *, real_at):
    """Whether no more is to come: it was computed, or given up."""
    given_up = row.attempts >= MOST_ATTEMPTS and row.begun_at < real_at - GIVEN_UP_AFTER
    return row.figures is not None or given_up


class Comparing:
    """The comparison that a worker is at."""

    def __init__(self):
        self.row = self.steps = None

    def advance(self, *, real_at):
        """Go on for a moment; returns 1 if there was something to do."""
        if self.row is None and not self._begin(real_at):
            return 0
        ends_s = time.monotonic() + AT_A_STEP_S
        try:
            next(self.steps)
            while time.monotonic() < ends_s:
                next(self.steps)
        except StopIteration as done:
            self._keep(done.value)
        except Exception:
            # Nobody's trade hangs on it: it is tried again a little later, a few times, and told loudly.
            log.exception("comparison_failed", customer=self.row.customer.number)
            self.row = self.steps = None
        return 1

    def _begin(self, real_at):
        """Claim the row that has waited longest."""
        # Here alone: whoever only asks for the figures clears no auction.
        from trading.operations import comparison

        waiting = Q(begun_at=None) | Q(begun_at__lt=real_at - GIVEN_UP_AFTER)
        rows = StrategyComparison.objects.filter(waiting, figures__isnull=True, attempts__lt=MOST_ATTEMPTS)
        with transaction.atomic():
            locked = rows.select_for_update(skip_locked=True, of=("self",)).select_related("customer__dso")
            row = locked.order_by("asked_at").first()
            if row is None:
                return False
            row.begun_at, row.attempts = real_at, row.attempts + 1
            row.save(update_fields=["begun_at", "attempts"])
        days = [row.first_day + timedelta(days=k) for k in range((row.last_day - row.first_day).days + 1)]
        self.row, self.steps = row, comparison.week(customer=row.customer, days=days)
        return True

    def _keep(self, figures):
        row, self.row, self.steps = self.row, None, None
        StrategyComparison.objects.filter(pk=row.pk).update(figures=figures)
        log.info("strategies_compared", customer=row.customer.number)


def _days_of(dso):
    """The last days in a row that are settled as a whole, at most a week."""
    whole = Auction.objects.filter(market__dso=dso, market__delivery_minutes=None, settled_at__isnull=False)
    days = list(whole.order_by("-delivery_day").values_list("delivery_day", flat=True)[:LONGEST_DAYS])
    in_a_row = [day for place, day in enumerate(days) if days[0] - day == timedelta(days=place)]
    return in_a_row[::-1]
