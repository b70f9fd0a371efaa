import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q


class ReceivedEvent(models.Model):
    """An event of trading that was dealt with; it may arrive more than once."""

    event_id = models.UUIDField(primary_key=True)
    received_at = models.DateTimeField()


class Notification(models.Model):
    """What happened, for one user; the page finds the words."""

    notification_id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notifications")
    event = models.ForeignKey(ReceivedEvent, on_delete=models.PROTECT)
    kind = models.CharField(max_length=32)
    at = models.DateTimeField()
    params = models.JSONField()
    read_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(name="notification_newest", fields=["user", "-at"]),
            models.Index(name="notification_unread", fields=["user"], condition=Q(read_at=None)),
        ]
        constraints = [models.UniqueConstraint(name="notified_once", fields=["user", "event"])]
