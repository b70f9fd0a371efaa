"""Money that comes in and goes out: matched by reference, booked once, sent to the bank in one file."""

from dataclasses import dataclass

from django.db import transaction
from django.db.models import Count, Max, Sum
from django.db.models.functions import Coalesce
from stdnum import iban as ibans

from shared import problems
from trading.ledger import operations as ledger
from trading.ledger.models import LedgerAccount, LedgerEntry
from trading.markets import calendar
from trading.settlement import bills, camt, pain, queries
from trading.settlement.models import BankAccount, PayIn, PayOut, PayoutAccount

COUNTRIES = ("CH", "LI")
QR_IID = range(30_000, 32_000)  # accounts that only QR bills may be paid to
PAY_OUT = "payout"
WRITTEN_AT = Coalesce("written_at", "booked_at")  # of files from before their time was kept


class AlreadyBooked(Exception):
    """This payment is booked already."""


class NoSuchFile(Exception):
    """No file of pay-outs has this number."""


class NoBankAccount(Exception):
    """Nobody has said which bank account the exchange pays from."""


problems.register(AlreadyBooked, status=409, code="already-booked", title="Already booked")
problems.register(NoBankAccount, status=409, code="no-bank-account", title="No bank account")
problems.register(NoSuchFile, status=404, code="not-found", title="Not found")


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What became of the credits of a file."""

    booked: int
    waiting: int
    known: int
    taken_back: tuple = ()  # what came in earlier and the bank took back: for the operator to look into


@transaction.atomic
def take_in(*, dso, raw, at):
    """Take in a bank's report, all of it or nothing: credits that tell whose they are, are booked.

    The same credit again, in this or another file, changes nothing. A pay-out that came back waits like
    a payment of nobody; a payment that the bank took back is only told.

    :raises camt.BadPaymentFile: it cannot be taken in
    """
    report = camt.read(raw)
    customers = {each: _customer_of(each, dso) for each in report.credits}
    ledger.lock(account_ids=_accounts_of(dso, customers.values()))
    booked = waiting = 0
    for credit, customer in customers.items():
        pay_in, is_new = PayIn.objects.get_or_create(
            dso=dso,
            bank_reference=credit.bank_reference,
            defaults={
                "reference": credit.reference,
                "amount_urp": credit.amount_urp,
                "payer": credit.payer,
                "valued_on": credit.valued_on,
                "received_at": at,
            },
        )
        if not is_new:
            continue
        if customer is None:
            waiting += 1
        else:
            assign(pay_in=pay_in, customer=customer, actor="reference", at=at)
            booked += 1
    return TakenIn(booked, waiting, len(report.credits) - booked - waiting, report.taken_back)


def _customer_of(credit, dso):
    return None if credit.came_back else bills.customer_of(credit.reference, dso=dso)


def _accounts_of(dso, customers):
    """Every account that a report touches: locked together, else it waits in a ring with a publication."""
    known = [customer.pk for customer in customers if customer is not None]
    of_customers = LedgerAccount.objects.filter(customer__in=known, kind=LedgerAccount.Kind.TRADING)
    return [queries.own_accounts(dso=dso)[queries.PAYMENTS], *of_customers.values_list("pk", flat=True)]


@transaction.atomic
def assign(*, pay_in, customer, actor, at):
    """Book a payment for a household.

    :raises AlreadyBooked: it was before
    """
    unbooked = PayIn.objects.filter(pk=pay_in.pk, booked_at=None)
    if not unbooked.update(customer=customer, matched_by=actor, booked_at=at):
        raise AlreadyBooked
    account = LedgerAccount.objects.get(customer=customer, kind="trading")
    ledger.pay_in(account=account, amount_urp=pay_in.amount_urp, payment_number=pay_in.pk, at=at)
    pay_in.refresh_from_db()
    return pay_in


@transaction.atomic
def choose_payout_account(*, customer, holder, iban, actor, at):
    """Say where a household's money is paid out to.

    :raises Problem: not an account of Switzerland or Liechtenstein, or a name that no bank takes
    """
    _check_writable(holder)
    chosen = {"holder": holder, "iban": _payable(iban), "actor": actor, "changed_at": at}
    return PayoutAccount.objects.update_or_create(customer=customer, defaults=chosen)[0]


@transaction.atomic
def choose_bank_account(*, dso, holder, iban, qr_iban, **place):
    """Say where the exchange of a grid operator is paid, and from where it pays.

    :param place: street, house_number, postcode, town, country, as bills are to name them
    :raises Problem: not such accounts, or a name that no bank takes
    :raises ValidationError: something is too long, or missing
    """
    _check_writable(holder)
    account = BankAccount.objects.filter(dso=dso).first() or BankAccount(dso=dso)
    chosen = place | {"holder": holder, "iban": _payable(iban), "qr_iban": _account(qr_iban, "qr_iban")}
    if not _is_for_bills(chosen["qr_iban"]):
        raise problems.field_error("qr_iban", "no-qr-iban", "This is no QR-IBAN; QR bills need one.")
    for name, value in chosen.items():
        setattr(account, name, value)
    account.clean_fields()
    account.save()
    return account


def _check_writable(holder):
    if not pain.is_writable(holder):
        raise problems.field_error(
            "holder", "foreign-character", "Write the name in Latin letters, as your bank does."
        )


def _payable(iban):
    """The plain number of an account that anything may be paid to."""
    plain = _account(iban, "iban")
    if _is_for_bills(plain):
        raise problems.field_error(
            "iban", "qr-iban", "This is a QR-IBAN; nothing but QR bills is paid to it."
        )
    return plain


def _account(iban, field):
    plain = iban.replace(" ", "").upper()
    if not ibans.is_valid(plain) or plain[:2] not in COUNTRIES:
        raise problems.field_error(field, "invalid", "Write a Swiss or Liechtenstein IBAN.")
    return plain


def _is_for_bills(plain):
    return plain[4:9].isdigit() and int(plain[4:9]) in QR_IID


@transaction.atomic
def pay_out_all(*, dso, at):
    """Pay out to every household that said where, what it has free, in whole centimes; the pay-outs.

    What is set aside for orders stays, and so does less than a centime.

    :raises NoBankAccount: it is not known from where to pay
    """
    _bank_of(dso)
    own = queries.own_accounts(dso=dso)
    wanted = list(
        PayoutAccount.objects.filter(customer__dso=dso).select_related("customer").order_by("customer")
    )
    accounts = LedgerAccount.objects.filter(customer__in=[each.customer_id for each in wanted])
    ledger.lock(account_ids=[own[queries.PAYMENTS], *accounts.values_list("pk", flat=True)])
    by_customer = {(each.customer_id, each.kind): each for each in accounts}
    paid = [_pay_out(each, by_customer, own[queries.PAYMENTS], at) for each in wanted]
    return [each for each in paid if each is not None]


def _pay_out(wanted, accounts, payments, at):
    """Take what is free from the trading account first, the rest from the account with the utility."""
    trading, supply = (accounts[wanted.customer_id, kind] for kind in ("trading", "supply"))
    free_urp = trading.balance_urp - trading.held_urp
    amount_rp = max(free_urp + supply.balance_urp, 0) // bills.URP_PER_RP
    if amount_rp == 0:
        return None
    pay_out = PayOut.objects.create(
        customer_id=wanted.customer_id,
        amount_rp=amount_rp,
        holder=wanted.holder,
        iban=wanted.iban,
        booked_at=at,
    )
    amount_urp = amount_rp * bills.URP_PER_RP
    of_trading = min(amount_urp, max(free_urp, 0))
    entries = ledger.Entries(
        debit=[trading.pk, supply.pk],
        credit=[payments, payments],
        amount_urp=[of_trading, amount_urp - of_trading],
        kind=[LedgerEntry.Kind.PAYMENT] * 2,
        reference=[0, 1],
    )
    ledger.book(entries=entries, document_kind=PAY_OUT, document_id=pay_out.pk, at=at)
    return pay_out


@transaction.atomic
def write_payouts(*, dso, at):
    """The pay-outs that no file has carried yet: (file's number, pain.001), or None if there are none.

    :raises NoBankAccount: it is not known from where to pay
    """
    _bank_of(dso)
    waiting = list(
        PayOut.objects.select_for_update(of=("self",))
        .filter(customer__dso=dso, message="")
        .select_related("customer")
        .order_by("pk")
    )
    if not waiting:
        return None
    message = f"CEEX-{dso.pk}-{waiting[0].pk}-{waiting[-1].pk}"
    PayOut.objects.filter(pk__in=[each.pk for each in waiting]).update(message=message, written_at=at)
    return message, file_of(dso=dso, message=message)


def files(*, dso):
    """The files of pay-outs, the newest first: number, count, sum, and when each was written."""
    written = PayOut.objects.filter(customer__dso=dso).exclude(message="").values("message")
    figures = written.annotate(count=Count("pk"), amount_rp=Sum("amount_rp"), written_at=Max(WRITTEN_AT))
    return figures.order_by("-written_at", "-message")


def file_of(*, dso, message):
    """A file of pay-outs by its number: the same bytes as often as it is asked for.

    :raises NoSuchFile: there is none
    """
    pay_outs = PayOut.objects.filter(customer__dso=dso, message=message).exclude(message="")
    pay_outs = list(pay_outs.select_related("customer").annotate(at=WRITTEN_AT).order_by("pk"))
    if not pay_outs:
        raise NoSuchFile
    bank, at = _bank_of(dso), max(each.at for each in pay_outs)
    transfers = [
        pain.Transfer(
            f"CEEX-{each.pk}", each.holder, each.iban, each.amount_rp, f"CEEX {each.customer.number}"
        )
        for each in pay_outs
    ]
    return pain.write(
        message=message,
        debtor=bank.holder,
        iban=bank.iban,
        transfers=transfers,
        at=at,
        on=calendar.day_of(at),
    )


def _bank_of(dso):
    bank = BankAccount.objects.filter(dso=dso).first()
    if bank is None:
        raise NoBankAccount
    return bank


def waiting(*, dso):
    """Payments that came in and nobody knows whose they are, the oldest first."""
    return PayIn.objects.filter(dso=dso, booked_at=None).order_by("pk")
