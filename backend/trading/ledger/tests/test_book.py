import numpy as np
import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import Sum

from trading.ledger import operations
from trading.ledger.models import LedgerAccount, LedgerEntry
from trading.tests.cast import CHF, NOON_BEFORE


def book(*rows, document_id=1, correction=0):
    """Book rows of (debit, credit, amount, reference)."""
    debit, credit, amount, reference = zip(*rows, strict=True)
    entries = operations.Entries(
        np.array([account.pk for account in debit]),
        np.array([account.pk for account in credit]),
        np.array(amount),
        ["energy"] * len(rows),
        np.array(reference),
    )
    return operations.book(
        entries=entries,
        document_kind="auction",
        document_id=document_id,
        at=NOON_BEFORE,
        correction=correction,
    )


@pytest.fixture
def accounts(street):
    return street.account(street.ada), street.account(street.bo), street.operator_account("exchange")


class TestBook:
    def test_moves_money_and_balances_follow(self, street, accounts):
        ada, bo, exchange = accounts
        assert book((bo, exchange, 30 * CHF, 1), (exchange, ada, 30 * CHF, 2)) == 2
        assert street.account(street.bo).balance_urp == -30 * CHF
        assert street.account(street.ada).balance_urp == 30 * CHF
        assert street.operator_account("exchange").balance_urp == 0
        assert LedgerAccount.objects.aggregate(total=Sum("balance_urp"))["total"] == 0

    def test_a_negative_amount_flows_the_other_way(self, street, accounts):
        ada, bo, exchange = accounts
        book((bo, exchange, -5, 1))
        entry = LedgerEntry.objects.get()
        assert (entry.debit, entry.credit, entry.amount_urp) == (exchange, bo, 5)
        assert street.account(street.bo).balance_urp == 5

    def test_leaves_zeros_out(self, accounts):
        ada, bo, exchange = accounts
        assert book((bo, exchange, 0, 1)) == 0
        assert not LedgerEntry.objects.exists()

    def test_balances_follow_whoever_writes_the_entry(self, street, accounts):
        ada, bo, exchange = accounts
        LedgerEntry.objects.create(
            debit=bo, credit=ada, amount_urp=7, kind="energy", document_kind="auction", document_id=1,
            booked_at=NOON_BEFORE,
        )  # fmt: skip
        assert street.account(street.bo).balance_urp == -7
        assert street.account(street.ada).balance_urp == 7

    def test_refuses_to_go_below_the_limit_and_books_nothing(self, street, accounts):
        ada, bo, exchange = accounts
        with pytest.raises(operations.LimitExceeded) as refused:
            book((ada, exchange, 1, 1), (bo, exchange, 501 * CHF, 2))
        assert (refused.value.free_urp, refused.value.needed_urp) == (500 * CHF, 501 * CHF)
        assert not LedgerEntry.objects.exists()
        assert street.account(street.ada).balance_urp == 0

    def test_money_on_hold_is_not_free(self, accounts):
        ada, bo, exchange = accounts
        operations.hold(account_id=bo.pk, auction_id=1, change_urp=400 * CHF, at=NOON_BEFORE)
        with pytest.raises(operations.LimitExceeded):
            book((bo, exchange, 101 * CHF, 1))

    def test_the_same_reason_is_booked_once(self, accounts):
        ada, bo, exchange = accounts
        book((bo, exchange, 1, 1))
        with pytest.raises(IntegrityError, match="entry_once_per_reason"), transaction.atomic():
            book((bo, exchange, 1, 1))
        assert book((exchange, bo, 1, 1), correction=1) == 1

    def test_the_database_refuses_to_change_or_delete_an_entry(self, accounts):
        ada, bo, exchange = accounts
        book((bo, exchange, 1, 1))
        for change in (lambda rows: rows.update(amount_urp=2), lambda rows: rows.delete()):
            with pytest.raises(DatabaseError, match="never changed or deleted"), transaction.atomic():
                change(LedgerEntry.objects.all())


class TestPayIn:
    def test_brings_money_in_once_per_payment(self, street, accounts):
        ada, bo, exchange = accounts
        operations.pay_in(account=bo, amount_urp=20 * CHF, payment_number=4711, at=NOON_BEFORE)
        with pytest.raises(IntegrityError, match="entry_once_per_reason"), transaction.atomic():
            operations.pay_in(account=bo, amount_urp=20 * CHF, payment_number=4711, at=NOON_BEFORE)
        assert street.account(street.bo).balance_urp == 20 * CHF
        assert street.operator_account("payments").balance_urp == -20 * CHF
