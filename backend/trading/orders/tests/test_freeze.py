import hashlib

import pytest
from django.db import IntegrityError, transaction

from trading.ledger import operations as ledger
from trading.markets import operations as markets
from trading.orders import operations, queries
from trading.orders.models import Order
from trading.tests.cast import NOON_BEFORE, auction, points


@pytest.fixture
def book(street, dam):
    """An order of Ada's, one of Bo's, and one that Bo took back."""
    for node, side, rows in (
        (street.ada, "sell", [(40, 6_000, 900), (41, 7_000, 800)]),
        (street.bo, "buy", [(40, 20_000, 500), (40, 22_000, 100)]),
        (street.bo, "buy", [(60, 1_000, 1)]),
    ):
        order = operations.place(
            auction=dam, node=node, side=side, curve="step", points=points(*rows), actor="x", at=NOON_BEFORE
        )
    operations.cancel(order=order, actor="x", at=NOON_BEFORE)
    return dam


class TestFreeze:
    def test_closes_the_gate_and_freezes_what_is_open(self, book):
        book_hash = operations.freeze(auction=book, at=book.gate_closes_at)
        closed = auction()
        assert (closed.state, closed.closed_at, closed.book_hash) == (
            "closed",
            book.gate_closes_at,
            book_hash,
        )
        assert sorted(Order.objects.values_list("state", flat=True)) == ["cancelled", "frozen", "frozen"]

    def test_hashes_the_documented_form_of_the_book(self, street, book):
        lines = [
            f"{order.pk},{order.public_id},{order.node.public_id},{order.node.bus.name},{order.side},step,1,"
            f"{order.fee_rp_per_mwh},2026-11-22T09:00:00.000000Z,"
            f"{text(order.periods)},{text(order.prices_rp_per_mwh)},{text(order.quantities_wh)}\n"
            for order in Order.objects.filter(state="open").order_by("pk")
        ]
        assert len(lines) == 2
        expected = hashlib.sha256("".join(lines).encode()).hexdigest()
        assert operations.freeze(auction=book, at=book.gate_closes_at) == expected

    def test_the_hash_stays_the_same_when_orders_are_cleared(self, book):
        book_hash = operations.freeze(auction=book, at=book.gate_closes_at)
        frozen = queries.book_of(auction=book)
        ledger.release_holds(order_numbers=frozen.order_ids, at=book.gate_closes_at)
        operations.mark_cleared(auction=book, order_ids=frozen.order_ids, accepted_wh=[900, 0])
        assert queries.book_hash(auction=book) == book_hash

    def test_the_hash_changes_with_any_figure(self, book):
        before = queries.book_hash(auction=book)
        Order.objects.filter(side="buy", state="open").update(quantities_wh=[500, 101])
        assert queries.book_hash(auction=book) != before

    def test_refuses_a_sleeper(self, book):
        markets.claim_due(worker="other", at=book.gate_closes_at, real_at=NOON_BEFORE, limit=99)
        with pytest.raises(markets.LostClaim), transaction.atomic():
            operations.freeze(auction=book, at=book.gate_closes_at)
        assert auction().state == "open"
        assert not Order.objects.filter(state="frozen").exists()

    def test_happens_once(self, book):
        operations.freeze(auction=auction(), at=book.gate_closes_at)
        with pytest.raises(markets.LostClaim):
            operations.freeze(auction=auction(), at=book.gate_closes_at)


class TestMarkCleared:
    def test_tells_how_much_of_each_order_was_accepted(self, street, book):
        operations.freeze(auction=book, at=book.gate_closes_at)
        ada, bo = queries.book_of(auction=book).order_ids
        assert operations.mark_cleared(auction=book, order_ids=[ada, bo], accepted_wh=[1_000, 600]) == 2
        assert queries.outcome(Order.objects.get(pk=ada)) == "partly-accepted"
        assert queries.outcome(Order.objects.get(pk=bo)) == "accepted"
        found = {name: queries.orders_of(street.ada, outcomes=[name]).count() for name in queries.OUTCOMES}
        assert [name for name, count in found.items() if count] == ["partly-accepted"]

    def test_the_database_refuses_more_than_was_ordered(self, book):
        operations.freeze(auction=book, at=book.gate_closes_at)
        ada, _ = queries.book_of(auction=book).order_ids
        with pytest.raises(IntegrityError, match="order_accepted_within_ordered"), transaction.atomic():
            operations.mark_cleared(auction=book, order_ids=[ada], accepted_wh=[1_701])


class TestRelease:
    def test_lets_orders_and_money_of_a_cancelled_auction_go(self, street, book):
        assert street.account(street.bo).held_urp > 0
        assert operations.release(auction=book, at=book.gate_closes_at) == 2
        assert street.account(street.bo).held_urp == 0
        assert sorted(Order.objects.values_list("state", flat=True)) == ["cancelled", "released", "released"]


def text(values):
    return " ".join(map(str, values))
