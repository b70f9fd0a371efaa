"""Accounts, the immutable entries between them, and money set aside for open orders. All amounts in µRp."""

from django.db import models
from django.db.models import F, Q

from trading.grid.models import Customer, DistributionSystemOperator, opaque_id


class AccountKind(models.TextChoices):
    """What an account is for."""

    TRADING = "trading"  # a customer's account for what it trades: has a limit
    SUPPLY = "supply"  # a customer's account with the utility: imbalances, without limit
    EXCHANGE = "exchange"  # between buyers and sellers: zero after every auction
    GRID_FEES = "grid_fees"  # the grid operator's: withdrawal and line fees
    CONGESTION_RENT = "congestion_rent"  # the grid operator's
    PAYMENTS = "payments"  # money that came in and went out
    LEVIES = "levies"  # collected with the statements, for those whom the law names
    VAT = "vat"  # the same for the tax
    GUARANTEE = "guarantee"  # what the guarantee costs: the exchange's own


OF_CUSTOMERS = [AccountKind.TRADING.value, AccountKind.SUPPLY.value]


class EntryKind(models.TextChoices):
    """What an entry pays for."""

    ENERGY = "energy"
    WITHDRAWAL_FEE = "withdrawal_fee"
    LINE_FEE = "line_fee"
    CONGESTION_RENT = "congestion_rent"
    IMBALANCE = "imbalance"
    PAYMENT = "payment"
    NETTING = "netting"
    LEVIES = "levies"
    VAT = "vat"
    GUARANTEE = "guarantee"


class LedgerAccount(models.Model):
    """What a party has. The database itself moves `balance_urp` and `held_urp` with the entries and holds."""

    Kind = AccountKind

    public_id = models.CharField(max_length=32, unique=True, default=opaque_id)
    dso = models.ForeignKey(DistributionSystemOperator, models.PROTECT, related_name="accounts")
    customer = models.ForeignKey(Customer, models.PROTECT, null=True, related_name="accounts")
    kind = models.CharField(max_length=16, choices=Kind)
    balance_urp = models.BigIntegerField(default=0)
    held_urp = models.BigIntegerField(default=0)
    limit_urp = models.BigIntegerField(null=True)  # the lowest balance after holds; null = none

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer", "kind"], name="account_once_per_customer"),
            models.UniqueConstraint(
                fields=["dso", "kind"], condition=Q(customer=None), name="account_once_per_operator"
            ),
            models.CheckConstraint(
                name="account_kind_is_known",
                condition=Q(kind__in=AccountKind.values),
            ),
            models.CheckConstraint(
                name="account_of_its_party",
                condition=Q(kind__in=OF_CUSTOMERS, customer__isnull=False)
                | (~Q(kind__in=OF_CUSTOMERS) & Q(customer=None)),
            ),
            models.CheckConstraint(name="account_holds_not_negative", condition=Q(held_urp__gte=0)),
            models.CheckConstraint(
                name="account_within_limit",
                condition=Q(limit_urp=None) | Q(balance_urp__gte=F("limit_urp") + F("held_urp")),
            ),
        ]


class LedgerEntry(models.Model):
    """One immutable amount from the account that pays (debit) to the account that receives (credit)."""

    Kind = EntryKind

    debit = models.ForeignKey(LedgerAccount, models.PROTECT, related_name="debits", db_index=False)
    credit = models.ForeignKey(LedgerAccount, models.PROTECT, related_name="credits", db_index=False)
    amount_urp = models.BigIntegerField()
    kind = models.CharField(max_length=16, choices=Kind)
    document_kind = models.CharField(max_length=16)  # what it comes from: auction, imbalance, payment
    document_id = models.BigIntegerField()
    reference = models.BigIntegerField(default=0)  # the order, node or line within the document
    correction = models.PositiveSmallIntegerField(default=0)
    booked_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="entry_amount_positive", condition=Q(amount_urp__gt=0)),
            models.CheckConstraint(
                name="entry_kind_is_known",
                condition=Q(kind__in=EntryKind.values),
            ),
            models.CheckConstraint(name="entry_of_a_document", condition=~Q(document_kind="")),
            models.CheckConstraint(name="entry_between_two_accounts", condition=~Q(debit=F("credit"))),
            models.UniqueConstraint(
                fields=["document_kind", "document_id", "kind", "reference", "correction"],
                name="entry_once_per_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["debit", "-booked_at"], name="entry_by_debit"),
            models.Index(fields=["credit", "-booked_at"], name="entry_by_credit"),
        ]


class Hold(models.Model):
    """Money set aside for an account's open orders in one auction: the sum of their worst-case costs."""

    pk = models.CompositePrimaryKey("auction_number", "account_id")
    auction_number = models.BigIntegerField()  # Auction.pk: the markets room is above this one
    account = models.ForeignKey(LedgerAccount, models.PROTECT, related_name="holds", db_index=False)
    amount_urp = models.BigIntegerField()
    changed_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(name="hold_not_negative", condition=Q(amount_urp__gte=0))]
        indexes = [
            models.Index(fields=["account"], condition=Q(released_at=None), name="hold_open_by_account")
        ]
