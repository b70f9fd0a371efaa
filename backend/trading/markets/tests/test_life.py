import threading
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from trading.markets import operations
from trading.markets.models import Auction
from trading.tests.cast import DAY, NOON_BEFORE, auction, build_street, open_auctions

SECOND = timedelta(seconds=1)


def claim(worker="first", at=NOON_BEFORE, real_at=NOON_BEFORE, **options):
    return operations.claim_due(worker=worker, at=at, real_at=real_at, **options)


def codes(auctions):
    return [each.code for each in auctions]


class TestOpenDue:
    def test_opens_what_has_begun_and_nothing_else(self, street):
        operations.schedule(dso=street.dso, until_day=DAY + timedelta(days=9), at=NOON_BEFORE)
        operations.open_due(at=NOON_BEFORE)
        assert auction().state == "open"
        assert auction(f"dam-{DAY + timedelta(days=9)}").state == "scheduled"
        assert auction(f"rtm-{DAY}-01").state == "scheduled"
        operations.open_due(at=auction(f"rtm-{DAY}-01").gate_opens_at)
        assert auction(f"rtm-{DAY}-01").state == "open"

    def test_the_gate_is_open_from_its_first_instant_to_just_before_its_last(self, dam):
        assert dam.takes_orders(dam.gate_opens_at)
        assert dam.takes_orders(dam.gate_closes_at - timedelta(microseconds=1))
        assert not dam.takes_orders(dam.gate_closes_at)
        assert not dam.takes_orders(dam.gate_opens_at - timedelta(microseconds=1))


class TestClaimDue:
    def test_takes_what_is_due_for_bids_ten_minutes_before_the_gate(self, dam):
        bids_at = dam.gate_closes_at - timedelta(minutes=10)
        assert dam.code not in codes(claim(at=bids_at - SECOND, limit=99))
        assert dam.code in codes(claim(at=bids_at, limit=99))

    def test_takes_what_is_due_for_closure(self, dam):
        Auction.objects.filter(pk=dam.pk).update(strategies_bid_at=NOON_BEFORE)
        assert dam.code not in codes(claim(at=dam.gate_closes_at - SECOND, limit=99))
        assert dam.code in codes(claim(at=dam.gate_closes_at, limit=99))

    def test_gives_an_auction_to_one_worker_until_its_lease_ends(self, dam):
        (mine,) = claim("first", at=dam.gate_closes_at)
        assert (mine.claimed_by, mine.epoch, mine.attempts) == ("first", 1, 1)
        late = NOON_BEFORE + timedelta(seconds=29)
        assert mine.code not in codes(claim("second", at=dam.gate_closes_at, real_at=late, limit=99))
        gone = NOON_BEFORE + timedelta(seconds=30)
        (theirs,) = claim("second", at=dam.gate_closes_at, real_at=gone)
        assert (theirs.code, theirs.claimed_by, theirs.epoch) == (mine.code, "second", 2)

    def test_takes_the_earliest_gate_first(self, street):
        open_auctions(street, at=NOON_BEFORE)
        at = NOON_BEFORE + timedelta(hours=8)
        operations.open_due(at=at)
        claimed = claim(at=at, limit=3)
        gates = [each.gate_closes_at for each in claimed]
        assert gates == sorted(gates)
        assert gates[0] == Auction.objects.filter(state="open").earliest("gate_closes_at").gate_closes_at

    def test_a_claim_may_be_renewed_and_given_back(self, dam):
        (mine,) = claim(at=dam.gate_closes_at)
        assert operations.renew(auction=mine, epoch=1, real_at=NOON_BEFORE + timedelta(seconds=20))
        later = NOON_BEFORE + timedelta(seconds=45)
        assert mine.code not in codes(claim(at=dam.gate_closes_at, real_at=later, limit=99))
        assert operations.release(auction=mine, epoch=1)
        (again,) = claim(at=dam.gate_closes_at, real_at=later)
        assert (again.code, again.epoch, again.attempts) == (mine.code, 2, 1)


class TestAdvance:
    def test_moves_one_step_and_notes_when(self, dam):
        (mine,) = claim(at=dam.gate_closes_at)
        moved = operations.advance(
            auction=mine, from_state="open", to_state="closed", epoch=1, at=dam.gate_closes_at, book_hash="x"
        )
        assert moved
        closed = auction(mine.code)
        assert (closed.state, closed.closed_at) == ("closed", dam.gate_closes_at)

    def test_does_not_move_what_somebody_else_moved(self, dam):
        (mine,) = claim(at=dam.gate_closes_at)
        step = {"auction": mine, "from_state": "open", "to_state": "closed", "at": NOON_BEFORE}
        assert operations.advance(**step, epoch=1, book_hash="x")
        assert not operations.advance(**step, epoch=1, book_hash="y")
        assert auction(mine.code).book_hash == "x"

    def test_refuses_a_sleeper_whose_claim_went_to_another(self, dam):
        (sleeper,) = claim("first", at=dam.gate_closes_at)
        (awake,) = claim("second", at=dam.gate_closes_at, real_at=NOON_BEFORE + timedelta(minutes=1))
        assert awake.code == sleeper.code
        step = {"from_state": "open", "to_state": "closed", "at": NOON_BEFORE, "book_hash": "x"}
        assert not operations.advance(auction=sleeper, epoch=sleeper.epoch, **step)
        assert not operations.release(auction=sleeper, epoch=sleeper.epoch)
        with pytest.raises(operations.LostClaim):
            operations.note_strategies_bid(auction=sleeper, epoch=sleeper.epoch, at=NOON_BEFORE)
        assert operations.advance(auction=awake, epoch=awake.epoch, **step)

    def test_the_database_refuses_to_close_without_a_hash(self, dam):
        with pytest.raises(IntegrityError, match="auction_closed_with_hash"), transaction.atomic():
            operations.advance(
                auction=dam, from_state="open", to_state="closed", epoch=0, at=dam.gate_closes_at
            )


class TestCancel:
    def test_says_why_and_when(self, dam):
        assert operations.cancel(auction=dam, reason="nobody cleared it in time", epoch=0, at=NOON_BEFORE)
        cancelled = auction()
        assert (cancelled.state, cancelled.cancelled_at) == ("cancelled", NOON_BEFORE)
        assert cancelled.cancel_reason == "nobody cleared it in time"

    def test_comes_too_late_for_a_published_auction(self, dam):
        Auction.objects.filter(pk=dam.pk).update(
            state="published", book_hash="x", published_at=dam.gate_closes_at
        )
        assert not operations.cancel(auction=dam, reason="too late", epoch=0, at=NOON_BEFORE)
        assert auction().state == "published"

    def test_the_database_refuses_to_cancel_without_a_reason(self, dam):
        with pytest.raises(IntegrityError, match="auction_cancelled_with_reason"), transaction.atomic():
            operations.cancel(auction=dam, reason="", epoch=0, at=NOON_BEFORE)


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_never_claim_the_same_auction():
    street = build_street()
    open_auctions(street)
    at = auction().gate_closes_at + timedelta(days=2)  # everything is due
    operations.open_due(at=at)
    claimed = {"first": [], "second": []}
    ready = threading.Barrier(2)

    def work(name):
        ready.wait()
        for _ in range(12):
            claimed[name] += codes(claim(name, at=at, limit=2))
        connection.close()

    threads = [threading.Thread(target=work, args=(name,)) for name in claimed]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    both = claimed["first"] + claimed["second"]
    assert len(both) == len(set(both)) == 48
    assert set(Auction.objects.exclude(claimed_by="").values_list("epoch", flat=True)) == {1}
