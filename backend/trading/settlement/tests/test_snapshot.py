"""A statement that is read while something is booked."""

import threading

import pytest
from django.db import connection

from trading.ledger import operations as ledger
from trading.settlement import statements
from trading.tests.cast import CHF, NOON_BEFORE, build_street

NOVEMBER = NOON_BEFORE.date().replace(day=1)


@pytest.mark.django_db(transaction=True)
def test_shows_the_books_as_of_one_instant(monkeypatch):
    street = build_street()
    account = street.account(street.bo)

    def pay_in(number):
        ledger.pay_in(account=account, amount_urp=CHF, payment_number=number, at=NOON_BEFORE)
        connection.close()

    def read(sql, asked):
        rows = plainly(sql, asked)
        if sql == statements.BALANCES:
            meanwhile = threading.Thread(target=pay_in, args=(2,))
            meanwhile.start()
            meanwhile.join()
        return rows

    ledger.pay_in(account=account, amount_urp=CHF, payment_number=1, at=NOON_BEFORE)
    plainly = statements._rows
    monkeypatch.setattr(statements, "_rows", read)
    assert statements.of(street.bo.customer, month=NOVEMBER).closing_urp == CHF
    monkeypatch.setattr(statements, "_rows", plainly)
    assert statements.of(street.bo.customer, month=NOVEMBER).closing_urp == 2 * CHF
