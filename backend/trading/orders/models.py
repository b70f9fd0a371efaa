"""Orders and their versions: one row for all delivery periods, points as parallel arrays."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from trading.grid.models import Node, opaque_id
from trading.markets.models import Auction



class Points(models.Model):
    """Points of a curve: at `prices[i]` (at the meter, Rp/MWh) `quantities[i]` (Wh) in the auction's period `periods[i]`."""

    periods = ArrayField(models.SmallIntegerField())
    prices_rp_per_mwh = ArrayField(models.IntegerField())
    quantities_wh = ArrayField(models.IntegerField())

    class Meta:
        abstract = True


class Order(Points):
    """An offer to sell or a bid to buy at a node; its current version."""

    class Side(models.TextChoices):
        BUY = "buy"
        SELL = "sell"

    class Curve(models.TextChoices):
        STEP = "step"
        LINEAR = "linear"

    class State(models.TextChoices):
        OPEN = "open"
        CANCELLED = "cancelled"
        FROZEN = "frozen"
        CLEARED = "cleared"
        RELEASED = "released"  # its auction was cancelled

    public_id = models.CharField(max_length=32, unique=True, default=opaque_id)
    auction = models.ForeignKey(Auction, models.PROTECT, related_name="orders")
    node = models.ForeignKey(Node, models.PROTECT, related_name="orders")
    side = models.CharField(max_length=4, choices=Side)
    curve = models.CharField(max_length=6, choices=Curve, default=Curve.STEP)
    state = models.CharField(max_length=9, choices=State, default=State.OPEN)
    source = models.CharField(max_length=32)  # household, member, or the strategy that bid
    actor = models.CharField(max_length=64)  # who placed the current version
    version = models.PositiveIntegerField(default=1)
    fee_rp_per_mwh = models.IntegerField()  # withdrawal fee when placed: limit at the bus = limit at the meter − fee
    held_urp = models.BigIntegerField()
    idempotency_key = models.CharField(max_length=255, null=True)
    received_at = models.DateTimeField()  # of the current version, exchange time
    cancelled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="order_arrays_of_one_length",
                condition=Q(periods__len__gte=1),
            ),
            models.CheckConstraint(
                name="order_cancelled_with_time",
                condition=~Q(state="cancelled") | Q(cancelled_at__isnull=False),
            ),
            models.CheckConstraint(name="order_hold_not_negative", condition=Q(held_urp__gte=0)),
            models.UniqueConstraint(
                fields=["node", "idempotency_key"],
                condition=Q(idempotency_key__isnull=False),
                name="order_key_once_per_node",
            ),
        ]
        indexes = [
            models.Index(fields=["auction", "node"], name="order_by_auction"),
            models.Index(fields=["node", "-received_at"], name="order_by_node"),
        ]


class OrderVersion(Points):
    """What an order said, who said it, and when. Never changed."""

    class Deed(models.TextChoices):
        PLACED = "placed"
        REPLACED = "replaced"
        CANCELLED = "cancelled"

    order = models.ForeignKey(Order, models.PROTECT, related_name="versions")
    version = models.PositiveIntegerField()
    deed = models.CharField(max_length=9, choices=Deed)
    actor = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order", "version"], name="order_version_once")]
