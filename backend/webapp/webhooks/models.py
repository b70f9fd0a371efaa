import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

PUBLISHED, CANCELLED, RESULT = "auction.published", "auction.cancelled", "order.result"
GATE, INCIDENT, SCHEDULE, PING = "auction.closing", "incident.opened", "schedule.published", "ping"
KINDS = (PUBLISHED, CANCELLED, RESULT, GATE, INCIDENT, SCHEDULE)


class Endpoint(models.Model):
    """An address of a user's that wants to be called, and the secret by which it recognises the caller."""

    endpoint_id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="endpoints")
    url = models.CharField(max_length=500)
    kinds = ArrayField(models.CharField(max_length=24))
    # Sealed with a key of this service: it is needed in clear for every signature.
    sealed_secret = models.CharField(max_length=200)
    # After a rotation both sign for a while, so that the receiver may change over when it likes.
    earlier_sealed_secret = models.CharField(max_length=200, blank=True)
    earlier_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="endpoint_kinds_known", condition=Q(kinds__contained_by=list(KINDS), kinds__len__gte=1)
            ),
            models.CheckConstraint(
                name="endpoint_earlier_secret_ends",
                condition=Q(earlier_sealed_secret="", earlier_until=None)
                | (~Q(earlier_sealed_secret="") & Q(earlier_until__isnull=False)),
            ),
        ]


class Delivery(models.Model):
    """A message to one endpoint, tried until it was taken or given up; its id is the same in every try."""

    class State(models.TextChoices):
        WAITING = "waiting"
        DELIVERED = "delivered"
        DEAD = "dead"

    delivery_id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="deliveries")
    # What happened; the same happening is told to an endpoint once.
    event_key = models.CharField(max_length=120)
    kind = models.CharField(max_length=24)
    body = models.JSONField()
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="delivered_once", fields=["endpoint", "event_key"]),
            models.CheckConstraint(
                name="delivery_ended_with_time",
                condition=Q(state="waiting", ended_at=None) | (~Q(state="waiting") & ~Q(ended_at=None)),
            ),
        ]
        indexes = [
            models.Index(name="delivery_due", fields=["due_at"], condition=Q(state="waiting")),
            models.Index(name="delivery_newest", fields=["endpoint", "-created_at"]),
        ]


class Attempt(models.Model):
    """One try to deliver: what the receiver answered, or why there was no answer."""

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="tries")
    at = models.DateTimeField()
    status = models.PositiveSmallIntegerField(null=True)
    error = models.CharField(max_length=40, blank=True)
    duration_ms = models.PositiveIntegerField()
