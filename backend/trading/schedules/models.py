"""What each node must inject (+) or withdraw (−) after accepted orders, and the operator's word on it."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from trading.grid.models import Node
from trading.markets.models import Auction
from trading.orders.models import Order


class Schedule(models.Model):
    """One auction's part of a node's schedule, signed, per period; its schedule is the sum.

    What the grid operator curtailed is taken off already.
    """

    auction = models.ForeignKey(Auction, models.PROTECT, db_index=False, related_name="schedules")
    node = models.ForeignKey(Node, models.PROTECT, db_index=False, related_name="schedules")
    starts_at = models.DateTimeField()  # of the auction's first period
    scheduled_wh = ArrayField(models.IntegerField())  # one per period of the auction

    class Meta:
        constraints = [models.UniqueConstraint(fields=["auction", "node"], name="schedule_once")]
        indexes = [models.Index(fields=["node", "starts_at"], name="schedule_by_node")]


class Acceptance(models.Model):
    """What the grid operator said to an auction's schedule, or by when it may."""

    class State(models.TextChoices):
        WAITING = "waiting"
        ACCEPTED = "accepted"
        SILENT = "silent"  # taken as accepted, with an incident
        CURTAILED = "curtailed"

    auction = models.OneToOneField(Auction, models.PROTECT, primary_key=True, related_name="acceptance")
    answer_by = models.DateTimeField()  # exclusive
    state = models.CharField(max_length=9, choices=State, default=State.WAITING)
    answered_at = models.DateTimeField(null=True)
    actor = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="acceptance_answered_at_once",
                condition=Q(state="waiting", answered_at=None)
                | ~Q(state="waiting") & Q(answered_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["answer_by"], condition=Q(state="waiting"), name="acceptance_waiting"),
        ]


class Curtailment(models.Model):
    """What the grid operator took off an auction's schedule, why, and what that undoes of its line income."""

    auction = models.OneToOneField(Auction, models.PROTECT, related_name="curtailment")
    reason = models.CharField(max_length=200)
    actor = models.CharField(max_length=64)
    at = models.DateTimeField()
    said = models.JSONField()  # the limits, as they were asked for
    cut_wh = models.BigIntegerField()
    line_fees_urp = models.BigIntegerField()
    congestion_rent_urp = models.BigIntegerField()

    class Meta:
        constraints = [models.CheckConstraint(name="curtailment_cuts", condition=Q(cut_wh__gt=0))]


class CurtailedOrder(models.Model):
    """What of an accepted order may not flow, per period, and what it cost or earned."""

    curtailment = models.ForeignKey(Curtailment, models.PROTECT, db_index=False, related_name="orders")
    order = models.ForeignKey(Order, models.PROTECT, db_index=False, related_name="curtailed")
    node = models.ForeignKey(Node, models.PROTECT, db_index=False, related_name="curtailed")
    periods = ArrayField(models.SmallIntegerField())
    cut_wh = ArrayField(models.IntegerField())
    energy_urp = models.BigIntegerField()  # Σ cut × price at the bus
    fee_urp = models.BigIntegerField()  # Σ cut × withdrawal fee

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["curtailment", "order"], name="curtailed_order_once"),
        ]
        indexes = [models.Index(fields=["node", "curtailment"], name="curtailed_order_by_node")]
