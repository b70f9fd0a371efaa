"""A wrong row is impossible: each is tried in SQL, past all rooms, and the database refuses it."""

import pytest
from django.db import DatabaseError, connection, transaction

from trading.ledger import operations
from trading.tests.cast import CHF, NOON_BEFORE, build_street

ENTRY = (
    "INSERT INTO ledger_ledgerentry (debit_id, credit_id, amount_urp, kind, document_kind, document_id,"
    " reference, correction, booked_at) SELECT {debit}, {credit}, {amount}, {kind}, {document}, 1,"
    " {reference}, {correction}, now()"
)
RIGHT = {
    "debit": "(SELECT min(id) FROM ledger_ledgeraccount WHERE dso_id = %(dso)s AND kind = 'trading')",
    "credit": "(SELECT id FROM ledger_ledgeraccount WHERE dso_id = %(dso)s AND kind = 'exchange')",
    "amount": "5",
    "kind": "'energy'",
    "document": "'auction'",
    "reference": "2",
    "correction": "0",
}
WRONG_ENTRIES = {
    "entry_amount_positive": [{"amount": "0"}, {"amount": "-5"}],
    "entry_between_two_accounts": [{"credit": RIGHT["debit"]}],
    "entry_kind_is_known": [{"kind": "'gift'"}, {"kind": "''"}],
    "entry_of_a_document": [{"document": "''"}],
    "entry_correction_not_negative|_correction_check": [{"correction": "-1"}],
    "entry_once_per_reason": [{"reference": "1"}],
    "foreign key": [{"debit": "0"}, {"credit": "0"}],
    "null value": [{"amount": "NULL"}, {"debit": "NULL"}, {"document": "NULL"}],
    "out of range": [{"amount": "2::numeric ^ 63"}],
    "account_within_limit": [{"amount": str(501 * CHF)}],
    "one grid operator": [
        {"credit": "(SELECT id FROM ledger_ledgeraccount WHERE dso_id <> %(dso)s AND kind = 'exchange')"}
    ],
}
ACCOUNTS = "UPDATE ledger_ledgeraccount SET"
WRONG_CHANGES = [
    ("never changed or deleted", "UPDATE ledger_ledgerentry SET amount_urp = 6"),
    ("never changed or deleted", "UPDATE ledger_ledgerentry SET booked_at = now()"),
    ("never changed or deleted", "DELETE FROM ledger_ledgerentry"),
    ("follow entries and holds alone", f"{ACCOUNTS} balance_urp = balance_urp + 1"),
    ("follow entries and holds alone", f"{ACCOUNTS} held_urp = 1 WHERE kind = 'supply'"),
    ("follow entries and holds alone", f"{ACCOUNTS} balance_urp = 0, held_urp = 0"),
    ("follow entries and holds alone", "DELETE FROM ledger_ledgeraccount"),
    ("follow entries and holds alone", "DELETE FROM ledger_hold"),
    (
        "follow entries and holds alone",
        "INSERT INTO ledger_ledgeraccount (public_id, dso_id, kind, balance_urp, held_urp)"
        " VALUES ('x', %(dso)s, 'other', 1, 0)",
    ),
    ("account_within_limit", f"{ACCOUNTS} limit_urp = balance_urp - held_urp + 1 WHERE kind = 'trading'"),
    ("account_within_limit", "UPDATE ledger_hold SET amount_urp = amount_urp + 500 * 10^8::bigint"),
    ("hold_not_negative", "UPDATE ledger_hold SET amount_urp = -1"),
    ("ledger_hold_pkey", "INSERT INTO ledger_hold SELECT * FROM ledger_hold"),
    ("account_once_per_operator", f"{ACCOUNTS} kind = 'grid_fees' WHERE kind = 'exchange'"),
    ("account_kind_is_known", f"{ACCOUNTS} kind = 'other' WHERE kind = 'exchange'"),
    ("account_of_its_party", f"{ACCOUNTS} kind = 'trading' WHERE kind = 'exchange'"),
]


@pytest.fixture
def cursor(street):
    """Books with one entry and one hold, and a second grid operator's beside them."""
    build_street("Elektra Zwei")
    operations.hold(account_id=street.account(street.bo).pk, auction_id=1, change_urp=CHF, at=NOON_BEFORE)
    with connection.cursor() as cursor:
        cursor.execute(ENTRY.format(**RIGHT | {"reference": "1"}), {"dso": street.dso.pk})
        yield cursor


@pytest.mark.parametrize(
    ("reason", "wrong"), [(reason, each) for reason, cases in WRONG_ENTRIES.items() for each in cases]
)
def test_a_wrong_entry_is_refused(street, cursor, reason, wrong):
    with pytest.raises(DatabaseError, match=reason), transaction.atomic():
        cursor.execute(ENTRY.format(**RIGHT | wrong), {"dso": street.dso.pk})
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_a_right_entry_is_taken(street, cursor):
    cursor.execute(ENTRY.format(**RIGHT), {"dso": street.dso.pk})
    assert street.operator_account("exchange").balance_urp == 10


@pytest.mark.parametrize(("reason", "sql"), WRONG_CHANGES)
def test_a_wrong_change_is_refused(street, cursor, reason, sql):
    with pytest.raises(DatabaseError, match=reason), transaction.atomic():
        cursor.execute(sql, {"dso": street.dso.pk})
