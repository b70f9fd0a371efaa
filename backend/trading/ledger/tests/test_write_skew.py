"""Two transactions that would each pass alone, for one balance: one wins, whatever they forget to lock.

Each looks, sees enough, and writes a row of its own, so that nothing but the account brings them together.
"""

import threading

import psycopg2
import pytest
from django.db import connection

from trading.tests.cast import CHF, build_street

HOLD = (
    "INSERT INTO ledger_hold (auction_number, account_id, amount_urp, changed_at) VALUES (%s, %s, %s, now())"
)
FREE = "SELECT balance_urp - held_urp - limit_urp FROM ledger_ledgeraccount WHERE id = %s"
PAYMENT = (
    "INSERT INTO ledger_ledgerentry (debit_id, credit_id, amount_urp, kind, document_kind, document_id,"
    " reference, correction, booked_at) SELECT %s, id, %s, 'payment', 'payment', %s, 0, 0, now()"
    " FROM ledger_ledgeraccount WHERE kind = 'payments'"
)


def write(cursor, number, account, deed):
    if deed == "hold":
        cursor.execute(HOLD, [number, account, 300 * CHF])
    else:
        cursor.execute(PAYMENT, [account, 300 * CHF, number])


@pytest.fixture
def sessions(transactional_db):
    """Two connections of their own."""
    both = [psycopg2.connect(**connection.get_connection_params()) for _ in range(2)]
    yield both
    for each in both:
        each.close()


@pytest.mark.parametrize("level", ["READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"])
@pytest.mark.parametrize("deeds", [("hold", "hold"), ("hold", "withdrawal"), ("withdrawal", "withdrawal")])
def test_of_two_for_one_balance_one_wins(sessions, level, deeds):
    street, outcome = build_street(), []
    account = street.account(street.bo).pk
    first, second = (session.cursor() for session in sessions)
    for cursor in (first, second):
        cursor.execute(f"SET TRANSACTION ISOLATION LEVEL {level}")
        cursor.execute(FREE, [account])
        assert cursor.fetchone()[0] == 500 * CHF  # enough for either
    write(first, 1, account, deeds[0])

    def follow():
        try:
            write(second, 2, account, deeds[1])
            sessions[1].commit()
            outcome.append("passed")
        except (psycopg2.errors.CheckViolation, psycopg2.errors.SerializationFailure) as error:
            outcome.append(type(error).__name__)
            sessions[1].rollback()

    following = threading.Thread(target=follow)
    following.start()
    following.join(0.2)
    assert following.is_alive()  # it waits for the first to end
    sessions[0].commit()
    following.join()
    assert outcome == ["CheckViolation" if level == "READ COMMITTED" else "SerializationFailure"]
    after = street.account(street.bo)
    assert after.balance_urp - after.held_urp == -300 * CHF
