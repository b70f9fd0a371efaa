"""Quarter-hour meter readings per node, their corrections, and those that are doubted."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from trading.grid.models import Asset, DistributionSystemOperator, Node


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
    number = models.PositiveSmallIntegerField(default=1, db_default=1)  # corrections count up from 1

    class Meta:
        constraints = [
            models.CheckConstraint(name="reading_not_negative", condition=Q(metered_wh__gte=0)),
        ]


class ReplacedReading(models.Model):
    """What a reading said before a correction replaced it, under the number that it had."""

    pk = models.CompositePrimaryKey("node_id", "starts_at", "number")
    node = models.ForeignKey(Node, models.PROTECT, related_name="+", db_index=False)
    starts_at = models.DateTimeField()
    number = models.PositiveSmallIntegerField()
    metered_wh = models.IntegerField()
    quality = models.CharField(max_length=11, choices=MeterReading.Quality)
    received_at = models.DateTimeField()
    replaced_at = models.DateTimeField()


class QuarantinedReading(models.Model):
    """A reading that can hardly be true; it counts for nothing until the grid operator decides."""

    class Decision(models.TextChoices):
        ACCEPTED = "accepted"
        DISCARDED = "discarded"

    node = models.ForeignKey(Node, models.PROTECT, related_name="+", db_index=False)
    starts_at = models.DateTimeField()
    metered_wh = models.IntegerField()
    quality = models.CharField(max_length=11, choices=MeterReading.Quality)
    reason = models.CharField(max_length=200)
    received_at = models.DateTimeField()
    decision = models.CharField(max_length=9, choices=Decision, blank=True)
    decided_by = models.CharField(max_length=64, blank=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["node", "starts_at", "metered_wh", "quality"], name="quarantined_once"
            ),
            models.CheckConstraint(
                name="quarantine_decided_by_someone",
                condition=Q(decision="", decided_at=None) | (~Q(decision="") & Q(decided_at__isnull=False)),
            ),
        ]


class CorrectedQuarter(models.Model):
    """A quarter hour in which readings were corrected, until settlement has looked at it again."""

    pk = models.CompositePrimaryKey("dso_id", "starts_at")
    dso = models.ForeignKey(DistributionSystemOperator, models.PROTECT, related_name="+", db_index=False)
    starts_at = models.DateTimeField()
    corrected_at = models.DateTimeField()


class BatteryReading(models.Model):
    """What a home's battery did in one period, as the home itself reports it; kept at its consumer node.

    `flow_wh` is what entered it (+) or left it (−) at the meter, `level_wh` what it holds at the end.
    """

    pk = models.CompositePrimaryKey("node_id", "starts_at")
    node = models.ForeignKey(Node, models.PROTECT, related_name="battery_readings", db_index=False)
    starts_at = models.DateTimeField()
    flow_wh = models.IntegerField()
    level_wh = models.IntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="battery_level_not_negative", condition=Q(level_wh__gte=0)),
        ]


class LoadReading(models.Model):
    """What a car or a heat pump did in one period, as the home itself reports it; only where something did.

    `drawn_wh` is what it lacked anew at the beginning: what was driven, or the heat that was needed;
    `taken_wh` what it took, and `level_wh` what it holds at the end.
    """

    pk = models.CompositePrimaryKey("asset_id", "starts_at")
    asset = models.ForeignKey(Asset, models.CASCADE, related_name="load_readings", db_index=False)
    starts_at = models.DateTimeField()
    drawn_wh = models.IntegerField()
    taken_wh = models.IntegerField()
    level_wh = models.IntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="load_takes_and_holds", condition=Q(drawn_wh__gte=0, taken_wh__gte=0, level_wh__gte=0)
            ),
        ]


class LoadPlan(models.Model):
    """What stored energy is worth to a car or a heat pump in one period, by its level."""

    pk = models.CompositePrimaryKey("asset_id", "starts_at")
    asset = models.ForeignKey(Asset, models.CASCADE, related_name="load_plans", db_index=False)
    starts_at = models.DateTimeField()
    worth_rp_per_mwh = ArrayField(models.IntegerField())


class BatteryPlan(models.Model):
    """What stored energy is worth to a home in one period, by its battery's level (`strategies.storage`).

    It is what its strategy planned when it bid for the last time, and what its battery then acts by.
    """

    pk = models.CompositePrimaryKey("node_id", "starts_at")
    node = models.ForeignKey(Node, models.PROTECT, related_name="battery_plans", db_index=False)
    starts_at = models.DateTimeField()
    worth_rp_per_mwh = ArrayField(models.IntegerField())
