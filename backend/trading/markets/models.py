"""Rulebooks, their dated auctions, and the exchange's clock."""

from django.db import models
from django.db.models import F, Q

from trading.grid.models import DistributionSystemOperator


class Market(models.Model):
    """A rulebook. The timetable is data: whole days or slices of them, gates by local time or by lead."""

    dso = models.ForeignKey(DistributionSystemOperator, models.PROTECT, related_name="markets")
    code = models.CharField(max_length=8)  # dam, rtm
    name = models.CharField(max_length=60)
    period_minutes = models.PositiveSmallIntegerField(default=15)
    delivery_minutes = models.PositiveSmallIntegerField(null=True)  # of one auction; null = the whole day
    gate_opens_days_before = models.PositiveSmallIntegerField()  # at the local time below, or else:
    gate_opens_local = models.TimeField()
    session_minutes = models.PositiveSmallIntegerField(null=True)  # … so long before it closes
    gate_closes_days_before = models.PositiveSmallIntegerField(null=True)  # at the local time below, or:
    gate_closes_local = models.TimeField(null=True)
    gate_closes_minutes_before = models.PositiveSmallIntegerField(null=True)  # … so long before delivery
    strategies_bid_s_before = models.PositiveIntegerField()  # before gate closure
    publish_within_s = models.PositiveIntegerField()  # all below: after gate closure
    accept_within_s = models.PositiveIntegerField()
    solver_limit_s = models.PositiveIntegerField()
    fallback_after_s = models.PositiveIntegerField()
    cancel_after_s = models.PositiveIntegerField()
    price_floor_rp_per_mwh = models.IntegerField(default=-50_000)
    price_cap_rp_per_mwh = models.IntegerField(default=400_000)
    tick_rp_per_mwh = models.PositiveIntegerField(default=1)
    min_quantity_wh = models.PositiveIntegerField(default=1)
    max_points_per_period = models.PositiveSmallIntegerField(default=200)
    blocks_allowed = models.BooleanField(default=True, db_default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["dso", "code"], name="market_code_once"),
            models.CheckConstraint(
                name="market_bounds_in_order",
                condition=Q(price_floor_rp_per_mwh__lt=F("price_cap_rp_per_mwh"), tick_rp_per_mwh__gte=1),
            ),
            models.CheckConstraint(
                name="market_one_way_to_close",
                condition=Q(
                    gate_closes_minutes_before=None,
                    gate_closes_days_before__isnull=False,
                    gate_closes_local__isnull=False,
                )
                | Q(
                    gate_closes_minutes_before__isnull=False,
                    gate_closes_days_before=None,
                    gate_closes_local=None,
                ),
            ),
            models.CheckConstraint(
                name="market_deadlines_in_order",
                condition=Q(
                    solver_limit_s__lte=F("fallback_after_s"),
                    fallback_after_s__lte=F("cancel_after_s"),
                ),
            ),
        ]


class Halt(models.Model):
    """A time in which a market's auctions do not take place; ended by two people."""

    market = models.ForeignKey(Market, models.PROTECT, related_name="halts")
    reason = models.CharField(max_length=200)
    halted_at = models.DateTimeField()
    halted_by = models.CharField(max_length=64)
    resume_asked_at = models.DateTimeField(null=True)
    resume_asked_by = models.CharField(max_length=64, blank=True)
    resumed_at = models.DateTimeField(null=True)
    resumed_by = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["market"], condition=Q(resumed_at=None), name="market_halted_once"
            ),
            models.CheckConstraint(
                name="halt_ended_by_two",
                condition=Q(resumed_at=None)
                | (~Q(resume_asked_by="") & ~Q(resumed_by="") & ~Q(resumed_by=F("resume_asked_by"))),
            ),
        ]


class MarketChange(models.Model):
    """Parameters of a market that hold from a day on."""

    market = models.ForeignKey(Market, models.PROTECT, related_name="changes")
    valid_from = models.DateField()
    values = models.JSONField()  # column: value
    decided_at = models.DateTimeField()
    decided_by = models.CharField(max_length=64)
    applied_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["market", "valid_from"], name="market_changed_once_a_day"),
        ]


class Auction(models.Model):
    """One dated run of a market: orders in, one clearing, results out. `epoch` fences a sleeper's writes."""

    class State(models.TextChoices):
        SCHEDULED = "scheduled"
        OPEN = "open"
        CLOSED = "closed"
        CLEARED = "cleared"
        PUBLISHED = "published"
        SETTLED = "settled"
        CANCELLED = "cancelled"

    market = models.ForeignKey(Market, models.PROTECT, related_name="auctions")
    code = models.CharField(max_length=32, unique=True)  # the API's auctionId, such as rtm-2026-11-23-17
    delivery_day = models.DateField()
    number = models.PositiveSmallIntegerField()
    gate_opens_at = models.DateTimeField()
    gate_closes_at = models.DateTimeField()
    delivery_starts_at = models.DateTimeField()
    delivery_ends_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State, default=State.SCHEDULED)
    epoch = models.PositiveIntegerField(default=0)
    claimed_by = models.CharField(max_length=64, blank=True)
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    strategies_bid_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    published_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)
    cancel_reason = models.CharField(max_length=200, blank=True)
    book_hash = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["market", "delivery_day", "number"], name="auction_once"),
            models.CheckConstraint(  # the times cannot be out of order
                name="auction_times_in_order",
                condition=Q(
                    gate_opens_at__lt=F("gate_closes_at"),
                    gate_closes_at__lte=F("delivery_starts_at"),
                    delivery_starts_at__lt=F("delivery_ends_at"),
                ),
            ),
            models.CheckConstraint(  # cancelled always with a reason
                name="auction_cancelled_with_reason",
                condition=~Q(state="cancelled") | (~Q(cancel_reason="") & Q(cancelled_at__isnull=False)),
            ),
            models.CheckConstraint(  # a book that was closed has a hash
                name="auction_closed_with_hash",
                condition=~Q(state__in=["closed", "cleared", "published", "settled"]) | ~Q(book_hash=""),
            ),
            models.CheckConstraint(
                name="auction_published_after_closure",
                condition=Q(published_at=None) | Q(published_at__gte=F("gate_closes_at")),
            ),
        ]
        indexes = [
            models.Index(fields=["state", "gate_closes_at"], name="auction_due"),
            models.Index(fields=["market", "delivery_starts_at"], name="auction_by_delivery"),
        ]

    def takes_orders(self, at):
        """Whether `at` falls inside the session; the gate itself is outside."""
        return self.state == self.State.OPEN and self.gate_opens_at <= at < self.gate_closes_at

    @property
    def period_count(self):
        """How many delivery periods the auction sells."""
        minutes = (self.delivery_ends_at - self.delivery_starts_at).total_seconds() // 60
        return int(minutes) // self.market.period_minutes


class ExchangeClock(models.Model):
    """The exchange's time: at `real_at` it showed `shows_at`, and runs `speed` times as fast."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    real_at = models.DateTimeField()
    shows_at = models.DateTimeField()
    speed = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.CheckConstraint(name="clock_only_one", condition=Q(id=1)),
            models.CheckConstraint(name="clock_runs_forward", condition=Q(speed__gte=1, speed__lte=3600)),
        ]
