"""What leaves the exchange after a commit, and what went out of bounds."""

import uuid

from django.db import models
from django.db.models import Q

from trading.grid.models import Customer, Node
from trading.markets.models import Auction


class OutboxMessage(models.Model):
    """A message committed together with what it reports, sent afterwards at least once under one id."""

    event_id = models.UUIDField(unique=True, default=uuid.uuid4)
    kind = models.CharField(max_length=32)
    payload = models.JSONField()
    created_at = models.DateTimeField()
    next_attempt_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    dead_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["next_attempt_at"], condition=Q(sent_at=None, dead_at=None), name="outbox_waiting"
            )
        ]


class Incident(models.Model):
    """Something out of bounds, of an auction, a node or the whole: what was seen, and when it ended."""

    class Severity(models.TextChoices):
        WARN = "warn"  # a remedy is at it, or it can wait for the morning
        CALL = "call"  # a person is needed

    code = models.CharField(max_length=64)
    auction = models.ForeignKey(Auction, models.PROTECT, null=True, related_name="incidents")
    node = models.ForeignKey(Node, models.PROTECT, null=True, related_name="incidents")
    seen = models.JSONField()
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    severity = models.CharField(
        max_length=4, choices=Severity, default=Severity.CALL, db_default=Severity.CALL
    )
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.CharField(max_length=64, blank=True, db_default="")
    note = models.CharField(max_length=1000, blank=True, db_default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["code", "auction", "node"],
                condition=Q(closed_at=None),
                nulls_distinct=False,
                name="incident_open_once",
            ),
        ]


class RemedyRun(models.Model):
    """A written step that was run for an incident: what was seen, what was done, what was found later."""

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="remedies")
    remedy = models.CharField(max_length=32)
    real_at = models.DateTimeField()
    seen = models.JSONField()
    done = models.JSONField()
    found = models.JSONField(null=True)


class Backup(models.Model):
    """A dump of one database that could be read back; deploy/database/backup.sh notes it, in SQL."""

    database_name = models.CharField(max_length=63)
    kind = models.CharField(max_length=8)  # daily, or before a migration
    taken_at = models.DateTimeField()
    size_bytes = models.BigIntegerField()


class WorkerPulse(models.Model):
    """When a worker was last seen alive, by the database's time, and which revision it runs."""

    worker = models.CharField(max_length=64, primary_key=True)
    revision = models.CharField(max_length=64)
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()


class StrategyComparison(models.Model):
    """What a household's last settled days would have cost with each strategy; null: not computed yet."""

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+")
    first_day = models.DateField()
    last_day = models.DateField()
    asked_at = models.DateTimeField()
    begun_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    figures = models.JSONField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer", "last_day"], name="comparison_once_a_day"),
        ]
