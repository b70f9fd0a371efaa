"""Money set aside, and money moved. Balances and holds follow in the same transaction.

Locks: whatever touches accounts locks them first, in the order of their keys, in one statement. Who also
needs an auction or orders locks those before: auction, accounts, orders.
"""

from dataclasses import dataclass

import numpy as np
from django.db import connection, transaction
from django.db.models import F

from shared import problems
from trading.ledger import queries
from trading.ledger.models import Hold, LedgerAccount, LedgerEntry

MOST_URP = 2**62  # an amount beyond it is a mistake, and sums of such might leave 64 bits


class LimitExceeded(Exception):
    """This could cost more than the account has free."""

    def __init__(self, *, free_urp, needed_urp):
        super().__init__(f"This needs {needed_urp} µRp, and {free_urp} µRp are free.")
        self.params = {"freeUrp": free_urp, "neededUrp": needed_urp}
        self.free_urp, self.needed_urp = free_urp, needed_urp


problems.register(LimitExceeded, status=422, code="limit-exceeded", title="Limit exceeded")


@dataclass(frozen=True, slots=True, eq=False)
class Entries:
    """Parallel columns of entries; a negative amount flows the other way, a zero is left out."""

    debit: np.ndarray
    credit: np.ndarray
    amount_urp: np.ndarray
    kind: list
    reference: np.ndarray


def open_account(*, dso, kind, customer=None, limit_urp=None):
    """Open an empty account."""
    return LedgerAccount.objects.create(dso=dso, customer=customer, kind=kind, limit_urp=limit_urp)


def open_accounts(*, dso, kind, limits_urp):
    """Open one account of a kind for each customer, given as {customer: lowest balance or None}."""
    return LedgerAccount.objects.bulk_create(
        LedgerAccount(dso=dso, customer=customer, kind=kind, limit_urp=limit)
        for customer, limit in limits_urp.items()
    )


@transaction.atomic
def hold(*, account_id, order_number, amount_urp, at):
    """Set money aside for an order, instead of what was set aside for it so far.

    :raises LimitExceeded: the account has less than this free
    """
    free_urp = lock(account_ids=[account_id])[account_id]
    earlier = Hold.objects.filter(order_number=order_number, released_at=None).first()
    more_urp = amount_urp - (earlier.amount_urp if earlier else 0)
    if free_urp is not None and more_urp > max(free_urp, 0):
        raise LimitExceeded(free_urp=free_urp, needed_urp=more_urp)
    if earlier:
        Hold.objects.filter(pk=earlier.pk).update(released_at=at)
    LedgerAccount.objects.filter(pk=account_id).update(held_urp=F("held_urp") + more_urp)
    return Hold.objects.create(
        account_id=account_id, order_number=order_number, amount_urp=amount_urp, placed_at=at
    )


@transaction.atomic
def hold_many(*, account_ids, order_numbers, amounts_urp, at):
    """Set money aside for orders that have no hold yet, in the order given; what does not fit is left out.

    Returns a boolean array: for which orders it was set aside.
    """
    account_ids, amounts_urp = np.asarray(account_ids, np.int64), np.asarray(amounts_urp, np.int64)
    fits = _fitting(lock(account_ids=account_ids), account_ids, amounts_urp)
    _change_held(account_ids[fits], amounts_urp[fits])
    numbers = np.asarray(order_numbers, np.int64)[fits]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO ledger_hold (account_id, order_number, amount_urp, placed_at)
            SELECT account, number, amount, %s
            FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[]) AS new (account, number, amount)
            """,
            [at, account_ids[fits].tolist(), numbers.tolist(), amounts_urp[fits].tolist()],
        )
    return fits


@transaction.atomic
def release_holds(*, order_numbers, at):
    """Free what is set aside for these orders; returns how many holds that were."""
    numbers = np.asarray(order_numbers, np.int64).tolist()
    open_holds = Hold.objects.filter(order_number__in=numbers, released_at=None)
    lock(account_ids=np.array(open_holds.values_list("account_id", flat=True), np.int64))
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE ledger_hold SET released_at = %s
            WHERE order_number = ANY(%s::bigint[]) AND released_at IS NULL
            RETURNING account_id, amount_urp
            """,
            [at, numbers],
        )
        released = np.array(cursor.fetchall(), np.int64).reshape(-1, 2)
    _change_held(released[:, 0], -released[:, 1])
    return len(released)


@transaction.atomic
def book(*, entries, document_kind, document_id, at, correction=0):
    """Book the entries of one document; balances follow. Returns how many were booked.

    :raises LimitExceeded: an account would fall below its limit
    """
    columns = _flowing(entries)
    if not len(columns.amount_urp):
        return 0
    change = _changes(columns)
    _check_limits(lock(account_ids=np.fromiter(change, np.int64)), change)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO ledger_ledgerentry (debit_id, credit_id, amount_urp, kind, reference,
                                            document_kind, document_id, correction, booked_at)
            SELECT debit, credit, amount, kind, reference, %s, %s, %s, %s
            FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::text[], %s::bigint[])
                AS new (debit, credit, amount, kind, reference)
            """,
            [
                document_kind,
                document_id,
                correction,
                at,
                columns.debit.tolist(),
                columns.credit.tolist(),
                columns.amount_urp.tolist(),
                columns.kind,
                columns.reference.tolist(),
            ],
        )
        cursor.execute(
            """
            UPDATE ledger_ledgeraccount SET balance_urp = balance_urp + change
            FROM unnest(%s::bigint[], %s::bigint[]) AS new (account, change) WHERE id = account
            """,
            [list(change), list(change.values())],
        )
    return len(columns.amount_urp)


def pay_in(*, account, amount_urp, payment_number, at):
    """Book a payment that came in; the same payment number is booked only once.

    :raises django.db.IntegrityError: this payment was booked before
    """
    payments = LedgerAccount.objects.get(dso=account.dso_id, customer=None, kind="payments")
    entry = Entries(
        np.array([payments.pk]),
        np.array([account.pk]),
        np.array([amount_urp]),
        [LedgerEntry.Kind.PAYMENT],
        np.array([0]),
    )
    return book(entries=entry, document_kind="payment", document_id=payment_number, at=at)


def lock(*, account_ids):
    """Lock accounts in the order of their keys; returns what each has free, None where it has no limit."""
    keys = np.unique(np.asarray(account_ids, np.int64)).tolist()
    rows = LedgerAccount.objects.select_for_update(no_key=True).filter(pk__in=keys).order_by("pk")
    return queries.free_by_account(rows)


def _fitting(free, account_ids, amounts_urp):
    fits = np.ones(len(account_ids), bool)
    for index, (key, amount) in enumerate(zip(account_ids.tolist(), amounts_urp.tolist(), strict=True)):
        if free[key] is None:
            continue
        fits[index] = amount == 0 or amount <= free[key]
        free[key] -= amount if fits[index] else 0
    return fits


def _change_held(account_ids, changes_urp):
    keys, places = np.unique(account_ids, return_inverse=True)
    sums = np.zeros(len(keys), np.int64)
    np.add.at(sums, places, changes_urp)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE ledger_ledgeraccount SET held_urp = held_urp + change
            FROM unnest(%s::bigint[], %s::bigint[]) AS new (account, change) WHERE id = account
            """,
            [keys.tolist(), sums.tolist()],
        )


def _flowing(entries):
    amount = np.asarray(entries.amount_urp, np.int64)
    if (np.abs(amount) > MOST_URP).any():
        raise ValueError("an amount is beyond all reason")
    kept, backwards = np.flatnonzero(amount), amount < 0
    debit, credit = np.asarray(entries.debit), np.asarray(entries.credit)
    return Entries(
        np.where(backwards, credit, debit)[kept],
        np.where(backwards, debit, credit)[kept],
        np.abs(amount)[kept],
        [str(entries.kind[index]) for index in kept.tolist()],
        np.asarray(entries.reference)[kept],
    )


def _changes(entries):
    """What each account gains or loses, as {account: change}."""
    keys, places = np.unique(np.concatenate([entries.debit, entries.credit]), return_inverse=True)
    sums = np.zeros(len(keys), np.int64)
    np.add.at(sums, places, np.concatenate([-entries.amount_urp, entries.amount_urp]))
    return dict(zip(keys.tolist(), sums.tolist(), strict=True))


def _check_limits(free, change):
    for key, free_urp in free.items():
        if free_urp is not None and change[key] < 0 and -change[key] > free_urp:
            raise LimitExceeded(free_urp=free_urp, needed_urp=-change[key])
