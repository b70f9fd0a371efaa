"""Orders and their versions: one row for all delivery periods, points as parallel arrays."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from trading.grid.models import Node, opaque_id
from trading.markets.models import Auction


class Points(models.Model):
    """Points of a curve: `quantities_wh[i]` at the limit `prices_rp_per_mwh[i]` in period `periods[i]`.

    Limits are at the meter. A step's quantity is offered beside what the other steps of its period offer;
    a linear curve's quantity is all that is offered at this price.
    """

    periods = ArrayField(models.SmallIntegerField())
    prices_rp_per_mwh = ArrayField(models.IntegerField())
    quantities_wh = ArrayField(models.IntegerField())

    class Meta:
        abstract = True


class BlockList(models.Model):
    """Block orders of one node that are entered and changed together; each change is a version."""

    public_id = models.CharField(max_length=32, default=opaque_id, unique=True)
    auction = models.ForeignKey(Auction, models.PROTECT, related_name="block_lists", db_index=False)
    node = models.ForeignKey(Node, models.PROTECT, related_name="block_lists")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        indexes = [models.Index(fields=["auction", "node"], name="block_list_by_auction")]


class Order(Points):
    """An offer to sell or a bid to buy at a node; its current version.

    A block order has one point in each of its periods, all at its one limit: that of the average price. It
    stands in a list, under a name that its node's open blocks share with no other in this auction.
    """

    class Kind(models.TextChoices):
        CURVE = "curve"
        BLOCK = "block"

    class Side(models.TextChoices):
        BUY = "buy"
        SELL = "sell"

    class Curve(models.TextChoices):
        STEP = "step"
        LINEAR = "linear"

    class State(models.TextChoices):
        """What its owner did with it; what became of it follows from its auction (`queries.outcome`)."""

        OPEN = "open"
        CANCELLED = "cancelled"

    # Each index is paid for at every order: those of the foreign keys are the first columns of others. That
    # auction and node exist, triggers see to, once for all orders of a statement (migration 0009).
    public_id = models.CharField(max_length=32, default=opaque_id)
    auction = models.ForeignKey(
        Auction, models.PROTECT, related_name="orders", db_index=False, db_constraint=False
    )
    node = models.ForeignKey(Node, models.PROTECT, related_name="orders", db_index=False, db_constraint=False)
    side = models.CharField(max_length=4, choices=Side)
    curve = models.CharField(max_length=6, choices=Curve, default=Curve.STEP)
    state = models.CharField(max_length=9, choices=State, default=State.OPEN)
    source = models.CharField(max_length=32)  # household, member, or the strategy that bid
    actor = models.CharField(max_length=64)  # who placed the current version
    version = models.PositiveIntegerField(default=1)
    fee_rp_per_mwh = models.IntegerField()  # when placed; limit at the bus = limit at the meter − fee
    held_urp = models.BigIntegerField()  # by its current version, as long as the auction has no result
    received_at = models.DateTimeField()  # of the current version, exchange time
    cancelled_at = models.DateTimeField(null=True)
    ordered_wh = models.BigIntegerField()  # the most it may get over all periods
    kind = models.CharField(max_length=5, choices=Kind, default=Kind.CURVE, db_default=Kind.CURVE)
    # Of a block alone. No constraint of the database is on its keys: it would be paid for at every order.
    name = models.CharField(max_length=64, default="", db_default="")
    min_ratio_permille = models.PositiveSmallIntegerField(null=True)  # 1000: all or nothing
    exclusive_group = models.CharField(max_length=64, default="", db_default="")
    parent = models.ForeignKey("self", models.PROTECT, null=True, db_index=False, db_constraint=False)
    block_list = models.ForeignKey(
        BlockList, models.PROTECT, null=True, related_name="blocks", db_index=False, db_constraint=False
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="order_arrays_of_one_length",
                condition=Q(
                    periods__len__gte=1,
                    prices_rp_per_mwh__len=F("periods__len"),
                    quantities_wh__len=F("periods__len"),
                ),
            ),
            models.CheckConstraint(
                name="order_cancelled_with_time",
                condition=~Q(state="cancelled") | Q(cancelled_at__isnull=False),
            ),
            models.CheckConstraint(name="order_hold_not_negative", condition=Q(held_urp__gte=0)),
            models.UniqueConstraint(fields=["public_id"], name="order_public_id_once"),
            models.CheckConstraint(
                name="order_block_says_all",
                condition=Q(
                    kind="curve",
                    name="",
                    min_ratio_permille=None,
                    exclusive_group="",
                    parent=None,
                    block_list=None,
                )
                | (
                    Q(kind="block", min_ratio_permille__range=(0, 1000), curve="step")
                    & Q(block_list__isnull=False)
                    & ~Q(name="")
                ),
            ),
            models.UniqueConstraint(
                name="order_block_name_once",
                fields=["auction", "node", "name"],
                condition=Q(kind="block", state="open"),
            ),
        ]
        indexes = [
            models.Index(fields=["auction", "node"], name="order_by_auction"),
            models.Index(fields=["node", "-id"], name="order_by_node"),
            models.Index(fields=["block_list"], condition=Q(kind="block"), name="order_by_block_list"),
            models.Index(fields=["auction"], condition=Q(kind="block"), name="block_by_auction"),
            models.Index(fields=["auction", "node"], condition=~Q(exclusive_group=""), name="order_of_group"),
        ]


class Offered(models.Model):
    """The most that the open orders of a node may get in each period of an auction, on one side.

    Those of exclusive groups are left out: of them no more than the largest may be accepted. The database
    itself keeps it, whoever enters, changes or cancels orders (migration 0011).
    """

    pk = models.CompositePrimaryKey("auction_id", "node_id", "is_buy")
    auction = models.ForeignKey(
        Auction, models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False
    )
    node = models.ForeignKey(Node, models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False)
    is_buy = models.BooleanField()
    periods = ArrayField(models.SmallIntegerField())
    wh = ArrayField(models.BigIntegerField())

    class Meta:
        constraints = [
            models.CheckConstraint(name="offered_in_each_period", condition=Q(wh__len=F("periods__len")))
        ]


class AnsweredRequest(models.Model):
    """What was asked under an idempotency key, and the answer; kept for seven days."""

    pk = models.CompositePrimaryKey("subject", "key")
    subject = models.CharField(max_length=64)
    key = models.CharField(max_length=255)
    digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()  # 0 only inside the transaction that asks
    body = models.JSONField(null=True)
    at = models.DateTimeField()  # real time

    class Meta:
        indexes = [models.Index(fields=["subject", "at"], name="answered_by_age")]


class OrderVersion(Points):
    """What an order said, who said it, and when. Never changed."""

    class Deed(models.TextChoices):
        PLACED = "placed"
        REPLACED = "replaced"
        CANCELLED = "cancelled"

    order = models.ForeignKey(
        Order, models.PROTECT, related_name="versions", db_index=False, db_constraint=False
    )
    version = models.PositiveIntegerField()
    deed = models.CharField(max_length=9, choices=Deed)
    curve = models.CharField(max_length=6, choices=Order.Curve)
    actor = models.CharField(max_length=64)
    at = models.DateTimeField()
    # Of a block alone: the version of its list that said so, and what it said beside its points.
    list_version = models.PositiveIntegerField(null=True)
    min_ratio_permille = models.PositiveSmallIntegerField(null=True)
    exclusive_group = models.CharField(max_length=64, default="", db_default="")
    parent_name = models.CharField(max_length=64, default="", db_default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order", "version"], name="order_version_once")]


class Acceptance(models.Model):
    """What of a node's orders an auction accepted, side by side.

    The database refuses a row that names an order of another node or auction, a cancelled one, or more
    than was ordered.
    """

    pk = models.CompositePrimaryKey("auction_id", "node_id")
    auction = models.ForeignKey(Auction, models.PROTECT, db_index=False, related_name="accepted_orders")
    node = models.ForeignKey(Node, models.PROTECT, db_index=False, related_name="accepted_orders")
    orders = ArrayField(models.BigIntegerField())  # Order.pk
    accepted_wh = ArrayField(models.BigIntegerField())

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="acceptance_of_each_order",
                condition=Q(orders__len__gte=1, accepted_wh__len=F("orders__len")),
            )
        ]


class QuarantinedOrder(models.Model):
    """An order of a frozen book that the clearing could not stand: set aside, so that the others clear."""

    order = models.OneToOneField(Order, models.PROTECT, primary_key=True, related_name="quarantine")
    reason = models.CharField(max_length=200)
    at = models.DateTimeField()


class IntakePause(models.Model):
    """A time, by the exchange's clock, in which no order of a node is taken; what stands in books stays."""

    node = models.ForeignKey(Node, models.PROTECT, related_name="intake_pauses", db_index=False)
    reason = models.CharField(max_length=200)
    begun_by = models.CharField(max_length=64)
    began_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    ended_by = models.CharField(max_length=64, blank=True, db_default="")  # who let it end early

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="intake_pause_times_in_order", condition=Q(ends_at__gte=F("began_at"))
            )
        ]
        indexes = [models.Index(fields=["node", "ends_at"], name="intake_pause_by_node")]
