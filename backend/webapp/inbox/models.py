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
    in_app = models.BooleanField(default=True, db_default=True)
    mail_due = models.BooleanField(default=False, db_default=False)  # until the day's mail has told it
    mail_again_at = models.DateTimeField(null=True)  # not before this, once a mail was refused

    class Meta:
        indexes = [
            models.Index(name="notification_mail_due", fields=["user"], condition=Q(mail_due=True)),
            models.Index(name="notification_newest", fields=["user", "-at"]),
            models.Index(name="notification_unread", fields=["user"], condition=Q(read_at=None)),
        ]
        constraints = [models.UniqueConstraint(name="notified_once", fields=["user", "event"])]


class Wish(models.Model):
    """How a user wants to hear of one kind of event; without a row, in the app alone."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="wishes")
    kind = models.CharField(max_length=32)
    in_app = models.BooleanField()
    by_mail = models.BooleanField()

    class Meta:
        constraints = [models.UniqueConstraint(name="wish_once_a_kind", fields=["user", "kind"])]
