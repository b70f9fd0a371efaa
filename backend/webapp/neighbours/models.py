import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q


class Card(models.Model):
    """What a user shows to neighbours: nothing while it is not open, and never an address."""

    card_id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="card")
    name = models.CharField(max_length=60)
    is_open = models.BooleanField()
    picture = models.BinaryField(null=True)
    # So that nobody keeps an earlier picture.
    picture_digest = models.CharField(max_length=16, blank=True)
    # By the operator, after a report: neither seen nor able to write.
    silenced_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="open_card_named", condition=Q(is_open=False) | ~Q(name="")),
            models.CheckConstraint(
                name="picture_has_digest",
                condition=Q(picture=None, picture_digest="")
                | Q(picture__isnull=False) & ~Q(picture_digest=""),
            ),
        ]


class Message(models.Model):
    """A text from one neighbour to another; its id is the sender's, so that it arrives once."""

    message_id = models.UUIDField(primary_key=True)
    sender = models.ForeignKey(Card, on_delete=models.CASCADE, related_name="sent")
    receiver = models.ForeignKey(Card, on_delete=models.CASCADE, related_name="received")
    text = models.CharField(max_length=1000)
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(name="message_unread", fields=["receiver"], condition=Q(read_at=None)),
            models.Index(name="message_between", fields=["sender", "receiver", "-at"]),
        ]
        constraints = [models.CheckConstraint(name="message_to_another", condition=~Q(sender=F("receiver")))]


class Block(models.Model):
    """A neighbour from whom one wants to hear nothing, and who shall not see one."""

    card = models.ForeignKey(Card, on_delete=models.CASCADE, related_name="blocks")
    blocked = models.ForeignKey(Card, on_delete=models.CASCADE, related_name="blocked_by")

    class Meta:
        constraints = [models.UniqueConstraint(name="blocked_once", fields=["card", "blocked"])]


class Report(models.Model):
    """A message that its receiver wants the operator to see."""

    report_id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    message = models.OneToOneField(Message, on_delete=models.CASCADE, related_name="report")
    reason = models.CharField(max_length=500)
    at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(name="report_waiting_first", fields=["-settled_at", "-at"])]
