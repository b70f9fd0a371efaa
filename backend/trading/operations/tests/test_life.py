"""Every auction ends: cleared, cleared by fallback, or cancelled with notice; once, and never silently."""

import threading
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection

from trading.ledger.models import Hold, LedgerEntry
from trading.markets import operations as markets
from trading.markets.models import Auction
from trading.operations import life
from trading.operations.models import Incident, OutboxMessage
from trading.operations.tests.conftest import BEGAN
from trading.orders import queries
from trading.orders.models import Order
from trading.results.models import NodeResult, PeriodResult, Result
from trading.schedules.models import Schedule
from trading.tests.cast import auction


def claim(at, name="w1", later_s=0):
    """Claim the day-ahead auction and do nothing with it yet."""
    real_at = BEGAN + timedelta(seconds=later_s)
    claimed = markets.claim_due(worker=name, at=at, real_at=real_at, lease_s=10, limit=100)
    return next(each for each in claimed if each.market.code == "dam")


class TestPublish:
    def test_publishes_at_gate_closure(self, traded, worker):
        worker(at=traded.gate_closes_at)
        assert auction().state == Auction.State.PUBLISHED
        assert auction().published_at == traded.gate_closes_at
        assert Result.objects.get(auction=traded, final=True).traded_wh == 600

    def test_does_nothing_before(self, traded, worker):
        worker(at=traded.gate_closes_at - timedelta(microseconds=1))
        assert auction().state == Auction.State.OPEN

    def test_a_second_pass_changes_nothing(self, traded, worker):
        worker(at=traded.gate_closes_at)
        before = counts()
        assert worker(at=traded.gate_closes_at, name="w2", later_s=60) == 0
        assert counts() == before

    def test_tells_the_public_door_in_the_same_transaction(self, traded, worker, monkeypatch):
        def fail(**_):
            raise RuntimeError("after the result, before the notice")

        monkeypatch.setattr(life.notices, "published", fail)
        worker(at=traded.gate_closes_at)
        assert auction().state == Auction.State.CLOSED
        assert not Result.objects.filter(auction=traded).exists()
        assert not OutboxMessage.objects.filter(
            kind="auction-published", payload__auctionId=traded.code
        ).exists()


class TestClaims:
    def test_two_workers_race_for_one_result(self, transactional_db, traded, worker):
        start, errors = threading.Barrier(2), []

        def race(name):
            try:
                start.wait()
                worker(at=traded.gate_closes_at, name=name)
            except Exception as error:
                errors.append(error)
            finally:
                connection.close()

        threads = [threading.Thread(target=race, args=(name,)) for name in ("w1", "w2")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not errors
        assert Result.objects.filter(auction=traded).count() == 1
        assert auction().state == Auction.State.PUBLISHED

    def test_a_sleepers_late_write_is_refused(self, traded):
        sleeper = claim(traded.gate_closes_at, "w1")
        waking = claim(traded.gate_closes_at, "w2", later_s=11)
        life.close(auction=waking, at=traded.gate_closes_at)
        with pytest.raises(markets.LostClaim):
            life.decide(auction=sleeper, at=traded.gate_closes_at)
        life.decide(auction=waking, at=traded.gate_closes_at)
        with pytest.raises(markets.LostClaim):
            life.cancel(auction=sleeper, reason="too late", at=traded.gate_closes_at)
        assert Result.objects.get(auction=traded).epoch == waking.epoch

    def test_another_worker_resumes_after_a_kill_between_freeze_and_clearing(self, traded, worker):
        killed = claim(traded.gate_closes_at, "w1")
        life.close(auction=killed, at=traded.gate_closes_at)
        frozen = auction().book_hash
        assert worker(at=traded.gate_closes_at, name="w2", later_s=2) == 0  # the lease still runs
        worker(at=traded.gate_closes_at + timedelta(seconds=11), name="w2", later_s=11)
        assert auction().state == Auction.State.PUBLISHED
        assert Result.objects.get(auction=traded).book_hash == frozen

    def test_a_worker_killed_before_the_freeze_is_replaced_too(self, traded, worker):
        claim(traded.gate_closes_at, "w1")
        worker(at=traded.gate_closes_at + timedelta(seconds=11), name="w2", later_s=11)
        assert auction().state == Auction.State.PUBLISHED


class TestCancel:
    def test_cancels_with_notice_after_the_deadline(self, street, traded, worker):
        worker(at=traded.gate_closes_at + timedelta(seconds=traded.market.cancel_after_s))
        cancelled = auction()
        assert (cancelled.state, cancelled.cancel_reason) == ("cancelled", "No result was reached in time.")
        assert {queries.outcome(order) for order in Order.objects.select_related("auction")} == {"released"}
        assert not Hold.objects.filter(released_at=None).exists()
        assert street.account(street.bo).held_urp == 0
        notice = OutboxMessage.objects.get(kind="auction-cancelled", payload__auctionId=traded.code).payload
        assert [node["nodeId"] for node in notice["nodes"]] == [street.ada.public_id, street.bo.public_id]
        assert Incident.objects.filter(code="auction-cancelled", auction=traded).count() == 1

    def test_still_clears_just_before_the_deadline(self, traded, worker):
        late = timedelta(seconds=traded.market.cancel_after_s, microseconds=-1)
        worker(at=traded.gate_closes_at + late)
        assert auction().state == Auction.State.PUBLISHED

    def test_a_fast_clock_leaves_as_much_real_time(self, dam):
        patience = life.deadline(auction=dam, speed=10) - dam.gate_closes_at
        assert patience == 10 * timedelta(seconds=dam.market.cancel_after_s)

    def test_never_clears_once_delivery_has_begun(self, dam):
        assert life.deadline(auction=dam, speed=3600) == dam.delivery_starts_at

    def test_a_step_that_fails_is_tried_again_ever_more_slowly_until_the_deadline(
        self, traded, worker, monkeypatch
    ):
        tried = []

        def crash(**said):
            tried.append(said["auction"].code)
            raise ZeroDivisionError

        monkeypatch.setattr(life.settlement, "book_trades", crash)
        for later_s, attempts in ((0, 1), (2, 1), (3, 2), (8, 2), (9, 3)):
            worker(at=traded.gate_closes_at + timedelta(seconds=later_s), later_s=later_s)
            assert (auction().state, tried.count(traded.code)) == (Auction.State.CLOSED, attempts)
        worker(at=traded.gate_closes_at + timedelta(seconds=900), later_s=900)
        assert auction().cancel_reason == "No result was reached in time."
        assert Incident.objects.filter(code="step-failed", auction=traded).count() == 1


class TestRepetition:
    def test_every_step_of_a_published_auction_is_refused_or_changes_nothing(self, traded, worker):
        worker(at=traded.gate_closes_at)
        done, before = auction(), counts()
        for step in (life.close, life.decide):
            with pytest.raises(markets.LostClaim):
                step(auction=done, at=traded.gate_closes_at)
        with pytest.raises(markets.LostClaim):
            life.cancel(auction=done, reason="again", at=traded.gate_closes_at)
        assert counts() == before

    def test_no_part_of_a_result_is_written_twice(self, traded, worker, monkeypatch):
        written = record(
            monkeypatch, schedules=["write"], orders=["mark_cleared"], settlement=["book_trades"]
        )
        worker(at=traded.gate_closes_at)
        before = counts()
        of_this = [(again, said) for again, said in written if said["auction"].pk == traded.pk]
        for again, said in of_this:
            with pytest.raises(IntegrityError), life.transaction.atomic():
                again(**said)
        assert len(of_this) == 3
        assert counts() == before


def record(monkeypatch, **deeds):
    """Note with what these operations are called; returns the growing list of (operation, arguments)."""
    written = []

    def noting(operation):
        return lambda **said: written.append((operation, said)) or operation(**said)

    for room, names in deeds.items():
        for name in names:
            module = getattr(life, room)
            monkeypatch.setattr(module, name, noting(getattr(module, name)))
    return written


def counts():
    """How many rows there are of everything that an auction leaves behind."""
    models = (Result, PeriodResult, NodeResult, LedgerEntry, Schedule, OutboxMessage, Hold, Incident)
    return [model.objects.count() for model in models]
