"""Prices, accepted quantities, flows and partners of each cleared auction.

Arrays over buses follow `Bus.position`. Where an index of several columns begins with a foreign key,
that key has none of its own.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from trading.grid.models import Node
from trading.markets.models import Auction


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


class NodeResult(models.Model):
    """What a result means for one node that took part in it.

    A line is one of its orders in one period; `orders` to `fees_rp_per_mwh` are parallel arrays over lines,
    sorted by order, then period. A supply is what another node supplied to this one (`partner_supplies`), or
    this one to it, in one period; the arrays `partner_…` are parallel over supplies.
    """

    pk = models.CompositePrimaryKey("result_id", "node_id")
    result = models.ForeignKey(Result, models.PROTECT, db_index=False, related_name="nodes")
    node = models.ForeignKey(Node, models.PROTECT, db_index=False, related_name="results")
    energy_urp = models.BigIntegerField()  # what the node receives (+) or pays (−) for energy, at its bus
    fee_urp = models.BigIntegerField()  # withdrawal fee refunded (+) or paid (−)
    orders = ArrayField(models.BigIntegerField())  # Order.pk
    buys = ArrayField(models.BooleanField())
    periods = ArrayField(models.SmallIntegerField())
    ordered_wh = ArrayField(models.IntegerField())
    accepted_wh = ArrayField(models.IntegerField())
    prices_rp_per_mwh = ArrayField(models.IntegerField())  # at the node's bus
    fees_rp_per_mwh = ArrayField(models.IntegerField())  # withdrawal fee, as it was when the order was placed
    partner_nodes = ArrayField(models.BigIntegerField())  # Node.pk
    partner_supplies = ArrayField(models.BooleanField())
    partner_periods = ArrayField(models.SmallIntegerField())
    partner_wh = ArrayField(models.IntegerField())
    partner_prices_rp_per_mwh = ArrayField(models.IntegerField())  # at the buyer's bus
    partner_distances_m = ArrayField(models.IntegerField())

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="node_result_lines_of_one_length",
                condition=Q(
                    buys__len=F("orders__len"),
                    periods__len=F("orders__len"),
                    ordered_wh__len=F("orders__len"),
                    accepted_wh__len=F("orders__len"),
                    prices_rp_per_mwh__len=F("orders__len"),
                    fees_rp_per_mwh__len=F("orders__len"),
                ),
            ),
            models.CheckConstraint(
                name="node_result_supplies_of_one_length",
                condition=Q(
                    partner_supplies__len=F("partner_nodes__len"),
                    partner_periods__len=F("partner_nodes__len"),
                    partner_wh__len=F("partner_nodes__len"),
                    partner_prices_rp_per_mwh__len=F("partner_nodes__len"),
                    partner_distances_m__len=F("partner_nodes__len"),
                ),
            ),
        ]
        indexes = [models.Index(fields=["node", "result"], name="node_result_by_node")]
