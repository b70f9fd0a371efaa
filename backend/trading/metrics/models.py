"""Prices of days that are over, added up once, so that a year is read from 365 rows."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from trading.grid.models import DistributionSystemOperator


class MarketDay(models.Model):
    """The day-ahead prices of a day; arrays over buses follow `Bus.position`."""

    pk = models.CompositePrimaryKey("dso_id", "day")
    dso = models.ForeignKey(
        DistributionSystemOperator, models.PROTECT, db_index=False, related_name="market_days"
    )
    day = models.DateField()
    traded_wh = models.BigIntegerField()
    periods = models.PositiveSmallIntegerField()
    amounts_urp = ArrayField(models.BigIntegerField())  # Σ price × traded energy
    prices_rp_per_mwh = ArrayField(models.BigIntegerField())  # Σ price


class Revision(models.Model):
    """How often what the nodes of a grid operator share has changed: lines, tariffs, added-up prices.

    The database itself counts (migration 0002).
    """

    dso = models.OneToOneField(DistributionSystemOperator, models.CASCADE, primary_key=True, related_name="+")
    number = models.BigIntegerField()
