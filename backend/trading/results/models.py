"""Prices, accepted quantities, flows and partners of each cleared auction.

Arrays over buses follow `Bus.position`. Where an index of several columns begins with a foreign key,
that key has none of its own.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from trading.grid.models import Node
from trading.markets.models import Auction
from trading.orders.models import Order


class Result(models.Model):
    """The outcome of one auction; corrections are new, numbered rows."""

    class Rung(models.TextChoices):
        FULL = "full"
        WITHOUT_BLOCKS = "without_blocks"

    auction = models.ForeignKey(Auction, models.PROTECT, related_name="results")
    number = models.PositiveSmallIntegerField(default=1)
    final = models.BooleanField(default=True)
    epoch = models.PositiveIntegerField()
    rung = models.CharField(max_length=16, choices=Rung, default=Rung.FULL)
    book_hash = models.CharField(max_length=64)
    result_hash = models.CharField(max_length=64)
    welfare_urp = models.BigIntegerField()
    gap_urp = models.BigIntegerField(default=0)
    traded_wh = models.BigIntegerField()
    line_fees_urp = models.BigIntegerField()
    congestion_rent_urp = models.BigIntegerField()
    cleared_at = models.DateTimeField()
    clearing_ms = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["auction", "number"], name="result_number_once"),
            models.UniqueConstraint(fields=["auction"], condition=Q(final=True), name="result_one_final"),
        ]


class PeriodResult(models.Model):
    """Prices at every bus in one period, and the flow over each bus's line, up positive."""

    result = models.ForeignKey(Result, models.PROTECT, db_index=False, related_name="periods")
    period = models.PositiveSmallIntegerField()
    starts_at = models.DateTimeField()
    prices_rp_per_mwh = ArrayField(models.IntegerField())
    prices_low_rp_per_mwh = ArrayField(models.IntegerField())
    prices_high_rp_per_mwh = ArrayField(models.IntegerField())
    flows_wh = ArrayField(models.BigIntegerField())
    traded_wh = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["result", "period"], name="period_result_once")]
        indexes = [models.Index(fields=["starts_at"], name="period_result_by_start")]


class OrderResult(models.Model):
    """What of an order was accepted, per period that it covers, at which price at its bus."""

    result = models.ForeignKey(Result, models.PROTECT, db_index=False, related_name="orders")
    order = models.ForeignKey(Order, models.PROTECT, related_name="results")
    node = models.ForeignKey(Node, models.PROTECT, db_index=False, related_name="order_results")
    periods = ArrayField(models.SmallIntegerField())
    ordered_wh = ArrayField(models.IntegerField())
    accepted_wh = ArrayField(models.IntegerField())
    prices_rp_per_mwh = ArrayField(models.IntegerField())
    energy_urp = models.BigIntegerField()  # Σ accepted × price at the bus
    fee_urp = models.BigIntegerField()  # Σ accepted × withdrawal fee

    class Meta:
        constraints = [models.UniqueConstraint(fields=["result", "order"], name="order_result_once")]
        indexes = [models.Index(fields=["node", "result"], name="order_result_by_node")]


class Partner(models.Model):
    """Who supplied whom in an auction: energy per period, and how far it went."""

    result = models.ForeignKey(Result, models.PROTECT, db_index=False, related_name="partners")
    seller = models.ForeignKey(Node, models.PROTECT, db_index=False, related_name="supplied")
    buyer = models.ForeignKey(Node, models.PROTECT, db_index=False, related_name="supplied_by")
    distance_m = models.PositiveIntegerField()
    periods = ArrayField(models.SmallIntegerField())
    energy_wh = ArrayField(models.IntegerField())
    prices_rp_per_mwh = ArrayField(models.IntegerField())  # at the buyer's bus

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["result", "seller", "buyer"], name="partner_once"),
            models.CheckConstraint(name="partner_of_another", condition=~Q(seller=F("buyer"))),
        ]
        indexes = [
            models.Index(fields=["seller", "result"], name="partner_by_seller"),
            models.Index(fields=["buyer", "result"], name="partner_by_buyer"),
        ]
