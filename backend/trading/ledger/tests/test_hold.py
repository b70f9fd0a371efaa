import threading
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from trading.ledger import operations
from trading.ledger.models import Hold
from trading.tests.cast import CHF, NOON_BEFORE, build_street

AUCTION = 7


def hold(account, change_urp, auction_id=AUCTION):
    return operations.hold(
        account_id=account.pk, auction_id=auction_id, change_urp=change_urp, at=NOON_BEFORE
    )


class TestHold:
    def test_sets_money_aside(self, street):
        hold(street.account(street.bo), 20 * CHF)
        assert street.account(street.bo).held_urp == 20 * CHF

    def test_goes_to_the_limit_and_not_beyond(self, street):
        account = street.account(street.bo)
        hold(account, 500 * CHF)
        with pytest.raises(operations.LimitExceeded) as refused:
            hold(account, 1, auction_id=8)
        assert refused.value.params == {"freeUrp": 0, "neededUrp": 1}
        assert street.account(street.bo).held_urp == 500 * CHF

    def test_adds_up_per_auction_and_gives_back(self, street):
        account = street.account(street.bo)
        for change_urp in (400 * CHF, 100 * CHF, -490 * CHF):
            hold(account, change_urp)
        assert street.account(street.bo).held_urp == 10 * CHF
        assert Hold.objects.get(account=account, auction_number=AUCTION).amount_urp == 10 * CHF

    def test_never_gives_back_more_than_it_holds(self, street):
        account = street.account(street.bo)
        hold(account, CHF)
        with pytest.raises(IntegrityError, match="hold_not_negative"), transaction.atomic():
            hold(account, -CHF - 1)
        with pytest.raises(operations.HoldReleased), transaction.atomic():
            hold(account, -1, auction_id=8)

    def test_of_nothing_is_none(self, street):
        hold(street.account(street.ada), 0)
        assert not Hold.objects.exists()

    def test_knows_no_end_where_there_is_no_limit(self, street):
        hold(street.account(street.utility_sells), 10**15)
        assert street.account(street.utility_sells).held_urp == 10**15

    def test_of_an_auction_that_is_over_is_refused(self, street):
        account = street.account(street.bo)
        hold(account, CHF)
        operations.release_holds(auction_id=AUCTION, at=NOON_BEFORE)
        with pytest.raises(operations.HoldReleased), transaction.atomic():
            hold(account, CHF)


class TestHoldMany:
    def test_leaves_out_what_does_not_fit(self, street):
        ada, bo = street.account(street.ada), street.account(street.bo)
        fits = operations.hold_many(
            account_ids=[bo.pk, bo.pk, ada.pk, bo.pk],
            auction_id=AUCTION,
            amounts_urp=[300 * CHF, 201 * CHF, 500 * CHF, 200 * CHF],
            at=NOON_BEFORE,
        )
        assert fits.tolist() == [True, False, True, True]
        assert street.account(street.bo).held_urp == street.account(street.ada).held_urp == 500 * CHF
        assert Hold.objects.count() == 2


class TestReleaseHolds:
    def test_frees_what_is_held_for_this_auction_alone(self, street):
        account = street.account(street.bo)
        for number in (1, 2, 3):
            hold(account, number * CHF, auction_id=number)
        later = NOON_BEFORE + timedelta(hours=1)
        assert [operations.release_holds(auction_id=number, at=later) for number in (1, 3, 99)] == [1, 1, 0]
        assert street.account(street.bo).held_urp == 2 * CHF

    def test_frees_nothing_twice(self, street):
        hold(street.account(street.bo), CHF)
        operations.release_holds(auction_id=AUCTION, at=NOON_BEFORE)
        assert operations.release_holds(auction_id=AUCTION, at=NOON_BEFORE) == 0
        assert street.account(street.bo).held_urp == 0


@pytest.mark.django_db(transaction=True)
def test_two_at_once_for_one_balance_one_wins():
    street = build_street()
    account, ready, outcomes = street.account(street.bo), threading.Barrier(2), []

    def reach_for_it(number):
        ready.wait()
        try:
            hold(account, 300 * CHF, auction_id=number)
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
