"""Quarter-hour meter readings per node."""

from django.db import models
from django.db.models import Q

from trading.grid.models import Node


class MeterReading(models.Model):
    """What a node's meter counted in one period; a consumer's is withdrawn, a producer's is injected."""

    class Quality(models.TextChoices):
        ESTIMATED = "estimated"
        PROVISIONAL = "provisional"
        FINAL = "final"

    pk = models.CompositePrimaryKey("node_id", "starts_at")
    # A foreign key checked row by row takes five times as long as all else of a bulk load: a trigger per
    # statement checks it (migration 0002).
    node = models.ForeignKey(
        Node, models.PROTECT, related_name="readings", db_constraint=False, db_index=False
    )
    starts_at = models.DateTimeField()
    metered_wh = models.IntegerField()
    quality = models.CharField(max_length=11, choices=Quality, default=Quality.FINAL)
    received_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="reading_not_negative", condition=Q(metered_wh__gte=0)),
        ]
