"""Imbalances: metered minus scheduled, and what they cost."""

from django.contrib.postgres.indexes import BrinIndex
from django.db import models

from trading.grid.models import Node


class Imbalance(models.Model):
    """Metered minus scheduled of a node in one period, injection positive, settled at tariff."""

    pk = models.CompositePrimaryKey("node_id", "starts_at")
    node = models.ForeignKey(Node, models.PROTECT, db_index=False, related_name="imbalances")
    starts_at = models.DateTimeField()
    scheduled_wh = models.IntegerField()
    metered_wh = models.IntegerField()  # signed: injection positive
    imbalance_wh = models.IntegerField()
    price_rp_per_mwh = models.IntegerField()  # at the bus: retail and fees down, or feed-in less fees up
    energy_urp = models.BigIntegerField()  # signed: the node receives (+) or pays (−)
    fee_urp = models.BigIntegerField()  # signed: withdrawal fee refunded (+) or paid (−)
    settled_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="imbalance_is_the_difference",
                condition=models.Q(imbalance_wh=models.F("metered_wh") - models.F("scheduled_wh")),
            ),
        ]
        indexes = [BrinIndex(fields=["starts_at"], name="imbalance_by_start")]  # stored in the order of time
