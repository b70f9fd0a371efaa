import threading
from datetime import timedelta

import numpy as np
import pytest
from django.db import connection

from trading.ledger import operations
from trading.ledger.models import Hold
from trading.tests.cast import CHF, NOON_BEFORE, build_street


def hold(account, order_number, amount_urp):
    return operations.hold(
        account_id=account.pk, order_number=order_number, amount_urp=amount_urp, at=NOON_BEFORE
    )


class TestHold:
    def test_sets_money_aside(self, street):
        hold(street.account(street.bo), 7, 20 * CHF)
        assert street.account(street.bo).held_urp == 20 * CHF

    def test_goes_to_the_limit_and_not_beyond(self, street):
        account = street.account(street.bo)
        hold(account, 7, 500 * CHF)
        with pytest.raises(operations.LimitExceeded) as refused:
            hold(account, 8, 1)
        assert refused.value.params == {"freeUrp": 0, "neededUrp": 1}
        assert street.account(street.bo).held_urp == 500 * CHF

    def test_again_for_the_same_order_needs_only_the_difference(self, street):
        account = street.account(street.bo)
        hold(account, 7, 400 * CHF)
        hold(account, 7, 500 * CHF)
        assert street.account(street.bo).held_urp == 500 * CHF
        hold(account, 7, 10 * CHF)
        assert street.account(street.bo).held_urp == 10 * CHF
        assert Hold.objects.get(order_number=7, released_at=None).amount_urp == 10 * CHF

    def test_of_nothing_is_kept_too(self, street):
        hold(street.account(street.ada), 7, 0)
        assert Hold.objects.get(order_number=7).amount_urp == 0

    def test_knows_no_end_where_there_is_no_limit(self, street):
        hold(street.account(street.utility_sells), 7, 10**15)
        assert street.account(street.utility_sells).held_urp == 10**15


class TestHoldMany:
    def test_leaves_out_what_does_not_fit(self, street):
        ada, bo = street.account(street.ada), street.account(street.bo)
        fits = operations.hold_many(
            account_ids=[bo.pk, bo.pk, ada.pk, bo.pk],
            order_numbers=[1, 2, 3, 4],
            amounts_urp=[300 * CHF, 201 * CHF, 500 * CHF, 200 * CHF],
            at=NOON_BEFORE,
        )
        assert fits.tolist() == [True, False, True, True]
        assert street.account(street.bo).held_urp == 500 * CHF
        assert set(Hold.objects.values_list("order_number", flat=True)) == {1, 3, 4}


class TestReleaseHolds:
    def test_frees_what_is_held_for_these_orders_alone(self, street):
        account = street.account(street.bo)
        for number in (1, 2, 3):
            hold(account, number, number * CHF)
        released = operations.release_holds(order_numbers=[1, 3, 99], at=NOON_BEFORE + timedelta(hours=1))
        assert released == 2
        assert street.account(street.bo).held_urp == 2 * CHF

    def test_frees_nothing_twice(self, street):
        hold(street.account(street.bo), 1, CHF)
        operations.release_holds(order_numbers=[1], at=NOON_BEFORE)
        assert operations.release_holds(order_numbers=[1], at=NOON_BEFORE) == 0
        assert street.account(street.bo).held_urp == 0

    def test_of_no_orders_is_nothing(self, street):
        assert operations.release_holds(order_numbers=np.zeros(0, np.int64), at=NOON_BEFORE) == 0


@pytest.mark.django_db(transaction=True)
def test_two_at_once_for_one_balance_one_wins():
    street = build_street()
    account, ready, outcomes = street.account(street.bo), threading.Barrier(2), []

    def reach_for_it(number):
        ready.wait()
        try:
            hold(account, number, 300 * CHF)
            outcomes.append("held")
        except operations.LimitExceeded:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=reach_for_it, args=(number,)) for number in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["held", "refused"]
    assert street.account(street.bo).held_urp == 300 * CHF
