"""Down the ladder: a clearing that lies, crashes or hangs, and orders that no clearing can stand."""

from datetime import timedelta

import numpy as np
import pytest

from trading.ledger.models import LedgerEntry
from trading.markets.models import Auction
from trading.operations import ladder, life
from trading.operations.models import Incident, OutboxMessage
from trading.operations.tests.conftest import place
from trading.orders import queries as orders
from trading.orders.models import QuarantinedOrder
from trading.results import operations as results
from trading.results import solver
from trading.results.models import Result
from trading.tests.cast import auction

SECOND = timedelta(seconds=1)


@pytest.fixture
def closed(traded):
    """The book at its gate, frozen, with one more order of Bo's that the utility could serve."""
    place(traded_bo(traded), traded, "buy", (50, 26_450, 700), at=traded.gate_closes_at - timedelta(hours=1))
    claimed = auction()
    life.close(auction=claimed, at=traded.gate_closes_at)
    return claimed


def traded_bo(traded):
    return traded.orders.get(side="buy").node


def lying(offers, grid, *, limit_s, **options):
    """A solver whose prices are false."""
    result = solver.here(offers, grid, **options)
    result.price[:] += 1_000_000
    return result


def hurt_by(*poison, failure=solver.SolverFailed):
    """A solver that cannot stand some orders; it notes how many offers it was asked for."""
    asked = []

    def solve(offers, grid, *, limit_s, **options):
        asked.append((len(offers.order), limit_s))
        if np.isin(poison, offers.order).any():
            raise failure("it crashed")
        return solver.here(offers, grid, **options)

    solve.asked = asked
    return solve


def decide(closed, solve, *, later_s=0, **options):
    return life.decide(auction=closed, at=closed.gate_closes_at + later_s * SECOND, solve=solve, **options)


class TestRungs:
    def test_a_lie_is_never_stored_and_the_auction_is_cancelled_with_notice(self, closed):
        assert decide(closed, lying) is None
        assert auction().cancel_reason == "No result could be proven right."
        assert not Result.objects.exists()
        assert not LedgerEntry.objects.exists()
        assert not QuarantinedOrder.objects.exists()
        assert OutboxMessage.objects.filter(kind="auction-cancelled").count() == 1

    @pytest.mark.parametrize("failure", [solver.SolverFailed, solver.SolverHung, results.CertificateRefused])
    def test_one_failure_leads_to_the_next_rung(self, closed, failure):
        fails_once = iter([failure("not balanced")])

        def solve(offers, grid, *, limit_s, **options):
            for error in fails_once:
                raise error
            return solver.here(offers, grid, **options)

        assert decide(closed, solve).rung == Result.Rung.WITHOUT_BLOCKS
        assert Incident.objects.get(code="auction-fallback").seen["refused"] == "not balanced"

    def test_gives_each_rung_the_time_of_the_market(self, closed):
        limits_s = [ladder_limits(closed, later_s) for later_s in (0, 200, 241, 880)]
        assert limits_s == [(120, 120), (40, 120), (None, 120), (None, 10)]

    def test_a_fast_clock_leaves_as_much_real_time(self, closed):
        assert ladder_limits(closed, 200 * 10, speed=10) == (40, 120)

    def test_who_comes_late_begins_without_blocks(self, closed):
        assert decide(closed, solver.here, later_s=300).rung == Result.Rung.WITHOUT_BLOCKS

    def test_without_a_transaction_while_it_is_cleared(self, closed, transactional_db):
        def solve(offers, grid, *, limit_s, **options):
            assert not life.transaction.get_connection().in_atomic_block
            return solver.here(offers, grid, **options)

        assert decide(closed, solve).rung == Result.Rung.FULL


def ladder_limits(closed, later_s, speed=1):
    at = closed.gate_closes_at + later_s * SECOND
    last_at = life.deadline(auction=closed, speed=speed)
    patience = ladder.Patience(auction=closed, at=at, speed=speed, last_at=last_at)
    found = [patience.limit_s(rung) for rung in (ladder.FULL, ladder.WITHOUT_BLOCKS)]
    return tuple(None if each is None else round(each) for each in found)


class TestQuarantine:
    @pytest.mark.parametrize("failure", [solver.SolverFailed, solver.SolverHung, results.CertificateRefused])
    def test_the_others_are_cleared_and_the_owner_is_told(self, closed, books, failure):
        poison = closed.orders.get(side="buy", ordered_wh=700)
        result = decide(closed, hurt_by(poison.pk, failure=failure))
        assert (auction().state, result.traded_wh) == (Auction.State.PUBLISHED, 600)
        assert QuarantinedOrder.objects.get().order == poison
        notice = OutboxMessage.objects.get(kind="order-quarantined").payload
        assert [node["nodeId"] for node in notice["nodes"]] == [poison.node.public_id]
        assert Incident.objects.get(code="orders-quarantined").seen == {"orders": [poison.public_id]}

    def test_the_order_itself_stays_in_the_book_and_gets_nothing(self, closed):
        poison, before = closed.orders.get(side="buy", ordered_wh=700), closed.book_hash
        decide(closed, hurt_by(poison.pk))
        kept = orders.order(node=poison.node, public_id=poison.public_id)
        assert (kept.state, orders.outcome(kept), orders.accepted(kept)) == ("open", "not-accepted", 0)
        assert orders.book_hash(auction=closed) == before == Result.objects.get().book_hash

    def test_when_nothing_clears_no_order_is_to_blame(self, closed):
        def broken(offers, grid, *, limit_s, **options):
            raise solver.SolverFailed("no memory")

        assert decide(closed, broken) is None
        assert not QuarantinedOrder.objects.exists()
        assert auction().state == Auction.State.CANCELLED

    def test_looks_no_longer_than_there_is_time(self, closed):
        poison = closed.orders.get(side="buy", ordered_wh=700)
        solve = hurt_by(poison.pk)
        assert decide(closed, solve, later_s=899, first=ladder.WITHOUT_BLOCKS) is None
        assert len(solve.asked) == 1
        assert auction().state == Auction.State.CANCELLED


class TestCulprits:
    @pytest.mark.parametrize("poison", [[0], [99], [41, 42], [0, 50, 99]])
    def test_finds_each_by_halving(self, poison):
        asked = []

        def fails(places):
            asked.append(places)
            return bool(np.isin(poison, places).any())

        assert ladder.culprits(100, fails) == poison
        assert len(asked) <= 20 * len(poison)

    def test_gives_up_if_it_takes_two_together(self):
        assert ladder.culprits(100, lambda places: np.isin([3, 80], places).all()) == []

    def test_gives_up_if_too_many_are_to_blame(self):
        assert ladder.culprits(8, lambda places: np.isin([1, 3, 5], places).any()) == []
