"""What the grid operator allows over its lines, as it said so; and what each auction was cleared with."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from trading.grid.models import DistributionSystemOperator, Line
from trading.markets.models import Auction


class CapacityPost(models.Model):
    """What a grid operator said at one time. A post is never changed: a later one replaces what it covers."""

    dso = models.ForeignKey(DistributionSystemOperator, models.PROTECT, db_index=False)
    number = models.PositiveIntegerField()  # counts an operator's posts from 1
    posted_at = models.DateTimeField()  # exchange time
    actor = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["dso", "number"], name="capacity_post_number_once")]


class PostedCapacity(models.Model):
    """The most that may flow over a line in one direction from one instant to another."""

    class Direction(models.TextChoices):
        UP = "up"  # towards the border
        DOWN = "down"

    post = models.ForeignKey(CapacityPost, models.PROTECT, related_name="rows")
    line = models.ForeignKey(Line, models.PROTECT, db_index=False)
    direction = models.CharField(max_length=4, choices=Direction)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    capacity_w = models.PositiveBigIntegerField()
    reason = models.CharField(max_length=200, blank=True)  # required above the line's rating

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="posted_capacity_times_in_order", condition=Q(starts_at__lt=F("ends_at"))
            ),
        ]
        indexes = [models.Index(fields=["line", "ends_at"], name="posted_capacity_by_end")]


class FrozenCapacities(models.Model):
    """What an auction may use of each line: posted by its gate, less what earlier auctions scheduled. [Wh]

    Arrays run over buses by `Bus.position`, one row for all periods or one row each, end to end.
    """

    auction = models.OneToOneField(Auction, models.PROTECT, primary_key=True, related_name="capacities")
    up_wh = ArrayField(models.BigIntegerField())
    down_wh = ArrayField(models.BigIntegerField())
