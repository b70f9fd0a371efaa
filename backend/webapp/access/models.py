import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q


class Pairing(models.Model):
    """A user who acts for a customer of a DSO, and so for the customer's nodes, until unpaired."""

    pairing_id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="pairings")
    dso_id = models.CharField(max_length=64)
    dso_name = models.CharField(max_length=120)
    customer_number = models.CharField(max_length=64)
    consumer_node_id = models.CharField(max_length=64)
    producer_node_id = models.CharField(max_length=64, null=True)  # noqa: DJ001 – unique needs null
    paired_at = models.DateTimeField()
    # Kept: who acted for a node at an earlier time must stay answerable.
    unpaired_at = models.DateTimeField(null=True)

    class Meta:  # a customer, and each of the customer's nodes, has one user at a time
        constraints = [
            models.UniqueConstraint(
                name="customer_paired_once",
                fields=["dso_id", "customer_number"],
                condition=Q(unpaired_at=None),
            ),
            models.UniqueConstraint(
                name="consumer_node_paired_once", fields=["consumer_node_id"], condition=Q(unpaired_at=None)
            ),
            models.UniqueConstraint(
                name="producer_node_paired_once", fields=["producer_node_id"], condition=Q(unpaired_at=None)
            ),
            models.CheckConstraint(
                name="pairing_times_in_order",
                condition=Q(unpaired_at=None) | Q(unpaired_at__gte=F("paired_at")),
            ),
        ]


class Appointment(models.Model):
    """A user of a DSO's staff, who acts for its grid."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="appointments")
    dso_id = models.CharField(max_length=64)
    appointed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(name="appointed_once", fields=["user", "dso_id"])]
