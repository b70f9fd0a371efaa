"""What each node must inject (+) or withdraw (−) as a result of accepted orders."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from trading.grid.models import Node
from trading.markets.models import Auction


class Schedule(models.Model):
    """One auction's part of a node's schedule, signed, per period; its schedule is the sum."""

    auction = models.ForeignKey(Auction, models.PROTECT, db_index=False, related_name="schedules")
    node = models.ForeignKey(Node, models.PROTECT, db_index=False, related_name="schedules")
    starts_at = models.DateTimeField()  # of the auction's first period
    scheduled_wh = ArrayField(models.IntegerField())  # one per period of the auction

    class Meta:
        constraints = [models.UniqueConstraint(fields=["auction", "node"], name="schedule_once")]
        indexes = [models.Index(fields=["node", "starts_at"], name="schedule_by_node")]
