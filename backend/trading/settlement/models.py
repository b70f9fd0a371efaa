"""Imbalances: metered minus scheduled, and what they cost."""

from django.contrib.postgres.indexes import BrinIndex
from django.db import models

from trading.grid.models import Node


class Imbalance(models.Model):
    """Metered minus scheduled of a node in one period, injection positive; see `imbalances`."""

    pk = models.CompositePrimaryKey("node_id", "starts_at")
    node = models.ForeignKey(Node, models.PROTECT, db_index=False, related_name="imbalances")
    starts_at = models.DateTimeField()
    scheduled_wh = models.IntegerField()
    metered_wh = models.IntegerField()  # signed: injection positive
    imbalance_wh = models.IntegerField()
    # What of it met a neighbour's deviation of the other sign, at the last real-time price of the bus.
    netted_wh = models.IntegerField(default=0, db_default=0)
    netting_price_rp_per_mwh = models.IntegerField(default=0, db_default=0)
    price_rp_per_mwh = (
        models.IntegerField()
    )  # of the rest, at the bus: retail and fees down, or feed-in less up
    netting_urp = models.BigIntegerField(
        default=0, db_default=0
    )  # all signed: the node receives (+) or pays (−)
    energy_urp = models.BigIntegerField()  # of the rest
    fee_urp = models.BigIntegerField()  # withdrawal fee refunded or paid
    settled_at = models.DateTimeField()
    number = models.PositiveSmallIntegerField(default=1, db_default=1)  # corrections count up from 1

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="imbalance_is_the_difference",
                condition=models.Q(imbalance_wh=models.F("metered_wh") - models.F("scheduled_wh")),
            ),
            models.CheckConstraint(
                name="imbalance_netting_is_a_part",
                condition=models.Q(netted_wh__gte=0, netted_wh__lte=models.F("imbalance_wh"))
                | models.Q(netted_wh__lte=0, netted_wh__gte=models.F("imbalance_wh")),
            ),
        ]
        indexes = [BrinIndex(fields=["starts_at"], name="imbalance_by_start")]  # stored in the order of time


class ReplacedImbalance(models.Model):
    """What an imbalance was before a correction replaced it, under the number that it had."""

    pk = models.CompositePrimaryKey("node_id", "starts_at", "number")
    node = models.ForeignKey(Node, models.PROTECT, db_index=False, related_name="+")
    starts_at = models.DateTimeField()
    number = models.PositiveSmallIntegerField()
    scheduled_wh = models.IntegerField()
    metered_wh = models.IntegerField()
    netted_wh = models.IntegerField()
    netting_urp = models.BigIntegerField()
    energy_urp = models.BigIntegerField()
    fee_urp = models.BigIntegerField()
    settled_at = models.DateTimeField()
    replaced_at = models.DateTimeField()
