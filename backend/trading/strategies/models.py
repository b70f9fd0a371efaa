"""Which strategy bids for a node."""

from django.db import models
from django.db.models import Q

from trading.grid.models import Node


class StrategyChoice(models.Model):
    """What a household chose for a node; the limit is at its meter."""

    class Strategy(models.TextChoices):  # each is the module of its name in this room
        MARKET_BENEFIT = "market_benefit"
        NEVER_LOSE = "never_lose"
        FLEXIBILITY = "flexibility"
        MANUAL = "manual"
        LAST_RESORT = "last_resort"  # the utility's own: without limit, at its tariffs

    node = models.OneToOneField(Node, models.PROTECT, related_name="strategy_choice")
    strategy = models.CharField(max_length=16)
    active = models.BooleanField(default=False)
    limit_price_rp_per_mwh = models.IntegerField(null=True)
    version = models.PositiveIntegerField(default=1)
    changed_at = models.DateTimeField()
    actor = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="strategy_manual_has_limit",
                condition=~Q(strategy="manual") | Q(limit_price_rp_per_mwh__isnull=False),
            ),
        ]


OF_HOUSEHOLDS = [
    name for name in StrategyChoice.Strategy.values if name != StrategyChoice.Strategy.LAST_RESORT
]


class StrategyVersion(models.Model):
    """A choice as it was up to the next change. The database itself keeps one of each (migration 0002)."""

    node = models.ForeignKey(Node, models.PROTECT, db_index=False, related_name="strategy_versions")
    number = models.PositiveIntegerField()
    strategy = models.CharField(max_length=16)
    active = models.BooleanField()
    limit_price_rp_per_mwh = models.IntegerField(null=True)
    changed_at = models.DateTimeField()
    actor = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["node", "number"], name="strategy_version_once")]
