"""Money set aside, and money moved. The database itself lets accounts follow (migration 0004).

Locks: whatever touches accounts locks them first, in the order of their keys, in one statement. Who also
needs an auction or orders locks those before: auction, accounts, orders.
"""

from dataclasses import dataclass

import numpy as np
from django.db import connection, transaction

from shared import problems
from trading.ledger.models import LedgerAccount, LedgerEntry

MOST_URP = 2**62  # an amount beyond it is a mistake, and sums of such might leave 64 bits


MORE = """
INSERT INTO ledger_hold (auction_number, account_id, amount_urp, changed_at)
SELECT %(auction)s, account, amount, %(at)s
FROM unnest(%(accounts)s::bigint[], %(amounts)s::bigint[]) AS more (account, amount)
ON CONFLICT (auction_number, account_id)
DO UPDATE SET amount_urp = ledger_hold.amount_urp + excluded.amount_urp, changed_at = excluded.changed_at
WHERE ledger_hold.released_at IS NULL
"""
LESS = """
UPDATE ledger_hold SET amount_urp = amount_urp - amount, changed_at = %(at)s
FROM unnest(%(accounts)s::bigint[], %(amounts)s::bigint[]) AS less (account, amount)
WHERE account_id = account AND auction_number = %(auction)s AND released_at IS NULL
"""


class HoldReleased(Exception):
    """What was set aside for this auction has been freed: it takes no more orders."""


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
def hold(*, account_id, auction_id, change_urp, at):
    """Set more money aside for an account's orders in an auction; with a negative change, less.

    :raises LimitExceeded: the account has less than this free
    """
    free_urp = lock(account_ids=[account_id])[account_id]
    if free_urp is not None and change_urp > max(free_urp, 0):
        raise LimitExceeded(free_urp=free_urp, needed_urp=change_urp)
    if change_urp:
        _change_holds(MORE if change_urp > 0 else LESS, [account_id], [abs(change_urp)], auction_id, at)


@transaction.atomic(savepoint=False)
def hold_many(*, account_ids, auction_id, amounts_urp, at, free=None):
    """Set money aside for new orders in an auction, in the order given; what does not fit is left out.

    Returns a boolean array: for which orders it was set aside.

    :param free: what `lock` said of the accounts, where they are locked already; it is used up
    """
    account_ids, amounts_urp = np.asarray(account_ids, np.int64), np.asarray(amounts_urp, np.int64)
    fits = fitting(lock(account_ids=account_ids) if free is None else free, account_ids, amounts_urp)
    _change_holds(MORE, *_by_account(account_ids[fits], amounts_urp[fits]), auction_id, at)
    return fits


@transaction.atomic(savepoint=False)
def give_back(*, account_ids, auction_id, amounts_urp, at):
    """Free what was set aside for orders that were taken back."""
    lock(account_ids=account_ids)
    _change_holds(LESS, *_by_account(account_ids, amounts_urp), auction_id, at)


@transaction.atomic(savepoint=False)
def release_holds(*, auction_id, at):
    """Free all that is set aside for an auction; returns for how many accounts that was."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT FROM ledger_ledgeraccount WHERE id IN (
                SELECT account_id FROM ledger_hold WHERE auction_number = %s AND released_at IS NULL)
            ORDER BY id FOR NO KEY UPDATE
            """,
            [auction_id],
        )
        cursor.execute(
            "UPDATE ledger_hold SET released_at = %s WHERE auction_number = %s AND released_at IS NULL",
            [at, auction_id],
        )
        return cursor.rowcount


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
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT id, balance_urp - held_urp - limit_urp FROM ledger_ledgeraccount
            WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE
            """,
            [np.unique(np.asarray(account_ids, np.int64)).tolist()],
        )
        return dict(cursor.fetchall())


def fitting(free, account_ids, amounts_urp):
    """Which of these amounts fit, one after the other, into what accounts have free; `free` is used up."""
    fits = np.ones(len(account_ids), bool)
    for index, (key, amount) in enumerate(zip(account_ids.tolist(), amounts_urp.tolist(), strict=True)):
        if free[key] is None:
            continue
        fits[index] = amount == 0 or amount <= free[key]
        free[key] -= amount if fits[index] else 0
    return fits


def _by_account(account_ids, amounts_urp):
    """Sums per account, those of nothing left out."""
    keys, places = np.unique(np.asarray(account_ids, np.int64), return_inverse=True)
    sums = np.zeros(len(keys), np.int64)
    np.add.at(sums, places, np.asarray(amounts_urp, np.int64))
    return keys[sums != 0].tolist(), sums[sums != 0].tolist()


def _change_holds(sql, accounts, amounts, auction_id, at):
    if not accounts:
        return
    values = {"auction": auction_id, "at": at, "accounts": accounts, "amounts": amounts}
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        if cursor.rowcount != len(accounts):
            raise HoldReleased


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
