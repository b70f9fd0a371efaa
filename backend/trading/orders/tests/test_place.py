import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from trading.ledger.models import Hold, LedgerAccount
from trading.ledger.operations import LimitExceeded
from trading.markets import operations as markets
from trading.orders import operations, queries
from trading.orders.models import Order, OrderVersion
from trading.orders.points import InvalidPoints
from trading.tests.cast import (
    CHF,
    DAY,
    NOON_BEFORE,
    WITHDRAWAL_FEE,
    auction,
    build_street,
    open_auctions,
    points,
)

MILLISECOND = timedelta(milliseconds=1)


def place(where, node, *rows, side="buy", curve="step", at=NOON_BEFORE, **more):
    return operations.place(
        auction=where,
        node=node,
        side=side,
        curve=curve,
        points=points(*rows),
        actor="a-user",
        at=at,
        **more,
    )


class TestPlace:
    def test_keeps_the_order_its_version_and_its_hold(self, street, dam):
        order = place(dam, street.bo, (40, 20_000, 500), (41, 20_000, 600))
        assert (order.state, order.version, order.source) == ("open", 1, "household")
        assert (order.fee_rp_per_mwh, order.held_urp, order.ordered_wh) == (WITHDRAWAL_FEE, 22_000_000, 1_100)
        assert street.account(street.bo).held_urp == 22_000_000
        (version,) = queries.versions(order)
        assert (version.deed, version.actor, version.at) == ("placed", "a-user", NOON_BEFORE)
        assert version.periods == [40, 41]

    def test_takes_an_order_a_millisecond_before_gate_closure(self, street, dam):
        assert place(dam, street.bo, (0, 1_000, 10), at=dam.gate_closes_at - MILLISECOND).state == "open"

    @pytest.mark.parametrize("late", [timedelta(0), MILLISECOND])
    def test_refuses_an_order_at_gate_closure(self, street, dam, late):
        with pytest.raises(operations.GateClosed):
            place(dam, street.bo, (0, 1_000, 10), at=dam.gate_closes_at + late)
        assert not Order.objects.exists()

    def test_refuses_an_order_before_the_gate_opens(self, street, dam):
        with pytest.raises(operations.GateClosed):
            place(dam, street.bo, (0, 1_000, 10), at=dam.gate_opens_at - MILLISECOND)

    def test_refuses_an_order_that_saw_the_auction_open_before_it_was_frozen(self, street, dam):
        operations.freeze(auction=auction(), at=dam.gate_closes_at)
        with pytest.raises(operations.GateClosed):
            place(dam, street.bo, (0, 1_000, 10))  # `dam` still says open

    def test_refuses_what_could_cost_more_than_is_free(self, street, dam):
        with pytest.raises(LimitExceeded) as refused:
            place(dam, street.bo, *[(period, 400_000, 2_500) for period in range(96)])
        assert refused.value.free_urp == 500 * CHF
        assert refused.value.needed_urp == 96 * 400_000 * 2_500
        assert not Order.objects.exists()
        assert not OrderVersion.objects.exists()

    def test_refuses_points_that_break_the_markets_rules(self, street, dam):
        with pytest.raises(InvalidPoints):
            place(dam, street.bo, (96, 1_000, 10))

    def test_refuses_more_than_the_connection_carries(self, street, dam):
        place(dam, street.bo, (40, 1_000, 1_500))
        place(dam, street.bo, (41, 1_000, 2_500))
        place(dam, street.bo, (40, 1_000, 2_500), side="sell")
        with pytest.raises(operations.CapacityExceeded) as refused:
            place(dam, street.bo, (39, 1_000, 10), (40, 1_000, 1_001))
        assert refused.value.params == {"period": 40, "capacityWh": 2_500, "freeWh": 1_000, "askedWh": 1_001}
        assert place(dam, street.bo, (40, 1_000, 1_000)).state == "open"

    def test_a_linear_curve_counts_with_its_most(self, street, dam):
        order = place(dam, street.bo, (40, 0, 2_500), (40, 1_000, 2_000), curve="linear")
        assert order.ordered_wh == 2_500

    def test_the_database_refuses_arrays_of_different_length(self, street, dam):
        order = place(dam, street.bo, (40, 1_000, 10))
        with pytest.raises(IntegrityError, match="order_arrays_of_one_length"), transaction.atomic():
            Order.objects.filter(pk=order.pk).update(prices_rp_per_mwh=[1, 2])

    def test_the_database_refuses_to_change_what_was_said(self, street, dam):
        place(dam, street.bo, (40, 1_000, 10))
        with pytest.raises(DatabaseError, match="never changed or deleted"), transaction.atomic():
            OrderVersion.objects.update(actor="somebody else")


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def race(self, *deeds):
        """Do things at the same time; returns what became of each."""
        ready, outcomes = threading.Barrier(len(deeds)), [None] * len(deeds)

        def do(index, deed):
            ready.wait()
            try:
                outcomes[index] = deed()
            except Exception as error:  # the test looks at what was raised
                outcomes[index] = error
            finally:
                connection.close()

        threads = [threading.Thread(target=do, args=pair) for pair in enumerate(deeds)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return outcomes

    def test_of_two_orders_for_one_balance_one_wins(self):
        street = build_street()
        open_auctions(street)
        dam = auction()
        dear = [(period, 400_000, 1_000) for period in range(75)]  # 300 CHF

        def order():
            return place(dam, street.bo, *dear)

        outcomes = self.race(order, order)
        assert sorted(type(each).__name__ for each in outcomes) == ["LimitExceeded", "Order"]
        assert street.account(street.bo).held_urp == 300 * CHF
        assert Order.objects.count() == Hold.objects.count() == 1

    def test_of_two_orders_in_two_auctions_for_one_balance_one_wins(self):
        street = build_street()
        open_auctions(street, at=NOON_BEFORE)
        markets.open_due(at=datetime(2026, 11, 22, 10, 5, tzinfo=UTC))
        dear = [(period, 400_000, 2_500) for period in range(2)]
        codes = [f"rtm-{DAY}-{number}" for number in (25, 26)]
        hold_urp = 2 * 400_000 * 2_500
        LedgerAccount.objects.filter(pk=street.account(street.bo).pk).update(limit_urp=1 - 2 * hold_urp)

        def order(code):
            return lambda: place(auction(code), street.bo, *dear, at=datetime(2026, 11, 22, 11, tzinfo=UTC))

        outcomes = self.race(*map(order, codes))
        assert sorted(type(each).__name__ for each in outcomes) == ["LimitExceeded", "Order"]
        (refused,) = (each for each in outcomes if isinstance(each, Exception))
        assert refused.params == {"freeUrp": hold_urp - 1, "neededUrp": hold_urp}
        assert street.account(street.bo).held_urp == hold_urp

    def test_of_two_orders_for_one_connection_one_wins(self):
        street = build_street()
        open_auctions(street)
        dam = auction()

        def order():
            return place(dam, street.bo, (40, 1_000, 2_000))

        outcomes = self.race(order, order)
        assert sorted(type(each).__name__ for each in outcomes) == ["CapacityExceeded", "Order"]

    def test_an_order_is_in_the_frozen_book_or_refused(self):
        street = build_street()
        open_auctions(street)
        dam = auction()

        def order():
            return place(dam, street.bo, (40, 1_000, 10), at=dam.gate_closes_at - MILLISECOND)

        def freeze():
            return operations.freeze(auction=auction(), at=dam.gate_closes_at)

        *orders, book_hash = self.race(order, order, order, freeze)
        entered = [each for each in orders if isinstance(each, Order)]
        refused = [each for each in orders if isinstance(each, operations.GateClosed)]
        assert len(entered) + len(refused) == 3
        book = queries.book_of(auction=dam)
        assert book.order_ids.tolist() == sorted(order.pk for order in entered)
        assert queries.book_hash(auction=dam) == book_hash


class TestReferences:
    """What keeps orders and their versions from pointing nowhere."""

    @pytest.fixture
    def order(self, street, dam):
        return place(dam, street.bo, (40, 20_000, 500))

    @pytest.mark.parametrize("column", ["auction_id", "node_id"])
    def test_an_order_of_nothing_is_refused(self, order, column):
        order.pk, order.public_id = None, "another"
        setattr(order, column, 2**40)
        with pytest.raises(IntegrityError), transaction.atomic():
            order.save(force_insert=True)

    def test_a_version_of_nothing_is_refused(self, order):
        version = order.versions.get()
        version.pk, version.order_id = None, 2**40
        with pytest.raises(IntegrityError), transaction.atomic():
            version.save(force_insert=True)

    @pytest.mark.parametrize("table", ["markets_auction", "grid_node"])
    def test_what_an_order_is_of_stays(self, order, table):
        number = order.auction_id if table == "markets_auction" else order.node_id
        refused = pytest.raises(IntegrityError, match="What orders are of stays")
        with refused, transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {table} WHERE id = %s", [number])  # noqa: S608 – names of our own
