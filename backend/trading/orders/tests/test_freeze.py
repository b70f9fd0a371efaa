import hashlib

import numpy as np
import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from trading import binary_copy
from trading.ledger import operations as ledger
from trading.markets import operations as markets
from trading.markets.models import Auction
from trading.orders import operations, queries
from trading.orders.models import Acceptance, Order
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
        assert outcomes() == ["cancelled", "frozen", "frozen"]

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
        ledger.release_holds(auction_id=book.pk, at=book.gate_closes_at)
        mark_cleared(book, frozen, [900, 0])
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
        assert "frozen" not in outcomes()

    def test_happens_once(self, book):
        operations.freeze(auction=auction(), at=book.gate_closes_at)
        with pytest.raises(markets.LostClaim):
            operations.freeze(auction=auction(), at=book.gate_closes_at)


class TestMarkCleared:
    def test_tells_how_much_of_each_order_was_accepted(self, street, book):
        operations.freeze(auction=book, at=book.gate_closes_at)
        mark_cleared(book, queries.book_of(auction=book), [1_000, 600])
        Auction.objects.filter(pk=book.pk).update(state="published")
        assert outcomes() == ["accepted", "cancelled", "partly-accepted"]
        found = {
            name: queries.orders_of(nodes=[street.ada], outcomes=[name]).count() for name in queries.OUTCOMES
        }
        assert [name for name, count in found.items() if count] == ["partly-accepted"]
        (ada,) = queries.orders_of(nodes=[street.ada])
        assert (queries.accepted(ada), queries.held_urp(ada)) == (1_000, 0)

    @pytest.mark.parametrize("accepted_wh", [[1_701, 0], [-1, 0]])
    def test_the_database_refuses_more_than_was_ordered_and_less_than_nothing(self, book, accepted_wh):
        operations.freeze(auction=book, at=book.gate_closes_at)
        frozen = queries.book_of(auction=book)
        with pytest.raises(IntegrityError, match="within it"), transaction.atomic():
            mark_cleared(book, frozen, accepted_wh)

    def test_the_database_refuses_orders_of_others_and_those_taken_back(self, book):
        operations.freeze(auction=book, at=book.gate_closes_at)
        frozen, taken_back = queries.book_of(auction=book), Order.objects.get(state="cancelled")
        for nodes, orders in (
            (frozen.node_ids[::-1], frozen.order_ids),
            (frozen.node_ids, [frozen.order_ids[0], taken_back.pk]),
            (frozen.node_ids, [frozen.order_ids[0], taken_back.pk + 1]),
        ):
            with pytest.raises(IntegrityError, match="standing order"), transaction.atomic():
                note(book, nodes, orders, [0, 0])

    def test_what_was_noted_is_never_changed(self, book):
        operations.freeze(auction=book, at=book.gate_closes_at)
        mark_cleared(book, queries.book_of(auction=book), [0, 0])
        for change in (lambda rows: rows.update(accepted_wh=[1]), lambda rows: rows.delete()):
            with pytest.raises(DatabaseError, match="never changed or deleted"), transaction.atomic():
                change(Acceptance.objects.all())


class TestAfterClosure:
    """Nobody enters or changes an order after gate closure: the database refuses, whoever asks."""

    @pytest.mark.parametrize(
        "sql",
        [
            "UPDATE orders_order SET prices_rp_per_mwh = prices_rp_per_mwh",
            "UPDATE orders_order SET state = 'cancelled', cancelled_at = now()",
            "INSERT INTO orders_order SELECT * FROM jsonb_populate_recordset(NULL::orders_order, (SELECT"
            " jsonb_agg(to_jsonb(o) || jsonb_build_object('id', o.id + 1000, 'public_id', 'x'))"
            " FROM orders_order o WHERE side = 'sell'))",
        ],
    )
    def test_no_order_is_entered_or_changed(self, book, sql):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)  # before closure nothing is wrong with it
            transaction.set_rollback(True)
        operations.freeze(auction=book, at=book.gate_closes_at)
        after = pytest.raises(DatabaseError, match="After gate closure")
        with after, transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)

    def test_no_order_is_ever_deleted(self, book):
        refused = pytest.raises(DatabaseError, match="never changed or deleted")
        with refused, transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("DELETE FROM orders_order")


class TestRelease:
    def test_lets_orders_and_money_of_a_cancelled_auction_go(self, street, book):
        assert street.account(street.bo).held_urp > 0
        assert operations.release(auction=book, at=book.gate_closes_at) == 2
        assert street.account(street.bo).held_urp == 0
        markets.cancel(auction=book, reason="test", epoch=book.epoch, at=book.gate_closes_at)
        assert outcomes() == ["cancelled", "released", "released"]


def outcomes():
    return sorted(queries.outcome(order) for order in Order.objects.select_related("auction"))


def mark_cleared(book, frozen, accepted_wh):
    note(book, frozen.node_ids, frozen.order_ids, accepted_wh)


def note(book, nodes, orders, accepted_wh):
    sorting = np.argsort(nodes)
    orders = binary_copy.Ragged(np.array(orders)[sorting], np.arange(len(nodes) + 1))
    operations.mark_cleared(
        auction=book, node_ids=nodes[sorting], orders=orders, accepted_wh=np.array(accepted_wh)[sorting]
    )


def text(values):
    return " ".join(map(str, values))
