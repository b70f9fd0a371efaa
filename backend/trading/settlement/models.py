"""Imbalances, settled days, each household's monthly statement, and payments."""

from django.contrib.postgres.indexes import BrinIndex
from django.db import models

from trading.grid.models import Customer, DistributionSystemOperator, Node


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


class NodeDay(models.Model):
    """The figures of a node on one settled local day; added up anew whenever a correction changes them."""

    pk = models.CompositePrimaryKey("node_id", "day")
    node = models.ForeignKey(Node, models.PROTECT, db_index=False, related_name="days")
    day = models.DateField()
    metered_wh = models.BigIntegerField()
    community_wh = models.BigIntegerField()
    cost_urp = models.BigIntegerField()  # negative where the node earns
    fees_urp = models.BigIntegerField()
    # Another one, and a higher one, each time that it is stored: given by the database itself.
    revision = models.BigIntegerField(db_default=0, editable=False)

    class Meta:
        indexes = [  # rows are stored day by day: a node's year is read from here, in one piece
            models.Index(
                fields=["node", "day"],
                include=["metered_wh", "community_wh", "cost_urp", "fees_urp", "revision"],
                name="node_day_and_revision",
            )
        ]


class Statement(models.Model):
    """What a month costs a household beside its trades: booked when the month is closed, corrected later.

    The amounts are all that was booked so far; `number` counts how often.
    """

    customer = models.ForeignKey(Customer, models.PROTECT, db_index=False, related_name="statements")
    month = models.DateField()  # its first day
    number = models.PositiveSmallIntegerField(default=0)
    withdrawn_wh = models.BigIntegerField(default=0)
    cost_urp = models.BigIntegerField(default=0)  # of energy and its way here; negative where it earned
    utility_cost_urp = models.BigIntegerField(default=0)  # the same readings at the utility's tariff alone
    levies_urp = models.BigIntegerField(default=0)
    vat_urp = models.BigIntegerField(default=0)
    guarantee_urp = models.BigIntegerField(default=0)
    utility_vat_urp = models.BigIntegerField(default=0)
    closed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer", "month"], name="statement_once_a_month"),
            models.CheckConstraint(
                name="statement_amounts_not_negative",
                condition=models.Q(levies_urp__gte=0, vat_urp__gte=0, guarantee_urp__gte=0),
            ),
        ]


class BankAccount(models.Model):
    """Where the exchange of a grid operator is paid, and from where it pays."""

    dso = models.OneToOneField(DistributionSystemOperator, models.PROTECT, related_name="bank_account")
    holder = models.CharField(max_length=70)
    street = models.CharField(max_length=70, blank=True)
    house_number = models.CharField(max_length=16, blank=True)
    postcode = models.CharField(max_length=16)
    town = models.CharField(max_length=35)
    country = models.CharField(max_length=2, default="CH")
    iban = models.CharField(max_length=34)
    qr_iban = models.CharField(max_length=34)


class PayoutAccount(models.Model):
    """Where a household wants its money paid out to."""

    customer = models.OneToOneField(Customer, models.PROTECT, related_name="payout_account")
    holder = models.CharField(max_length=70)
    iban = models.CharField(max_length=34)
    actor = models.CharField(max_length=64)
    changed_at = models.DateTimeField()


class PayIn(models.Model):
    """Money that the bank says has come in; it waits until it is known whose it is."""

    dso = models.ForeignKey(DistributionSystemOperator, models.PROTECT, db_index=False, related_name="+")
    bank_reference = models.CharField(max_length=80)  # the bank's own, for this one entry
    reference = models.CharField(max_length=35, blank=True)  # as the payer gave it
    amount_urp = models.BigIntegerField()
    payer = models.CharField(max_length=140, blank=True)
    valued_on = models.DateField()
    received_at = models.DateTimeField()
    customer = models.ForeignKey(Customer, models.PROTECT, null=True, related_name="pay_ins")
    matched_by = models.CharField(max_length=64, blank=True)  # "reference", or who decided
    booked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["dso", "bank_reference"], name="pay_in_once"),
            models.CheckConstraint(name="pay_in_positive", condition=models.Q(amount_urp__gt=0)),
            models.CheckConstraint(
                name="pay_in_booked_for_someone",
                condition=models.Q(customer=None, booked_at=None)
                | models.Q(customer__isnull=False, booked_at__isnull=False),
            ),
        ]


class PayOut(models.Model):
    """Money that left a household's account; sent to the bank with the file that it names."""

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="pay_outs")
    amount_rp = models.BigIntegerField()
    holder = models.CharField(max_length=70)
    iban = models.CharField(max_length=34)
    booked_at = models.DateTimeField()
    message = models.CharField(max_length=35, blank=True)  # the file's number; empty until it is written
    written_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(name="pay_out_positive", condition=models.Q(amount_rp__gt=0))]
