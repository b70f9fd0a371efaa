"""Orders that come together share a transaction; what becomes of each is as if it had come alone."""

import threading
import time
from datetime import timedelta

import pytest
from django.db import IntegrityError, OperationalError, connection, connections

from trading.grid import operations as grid
from trading.grid.models import Node
from trading.markets import operations as markets
from trading.markets import queries as clock
from trading.orders import asking, entry, pauses, queries, together
from trading.orders.models import Order, OrderVersion
from trading.orders.said import Said
from trading.tests.cast import NOON_BEFORE, points

CHEAP = ((40, 20_000, 500),)
DEAR = tuple((period, 400_000, 1_000) for period in range(75))  # 300 of Bo's 500 CHF


@pytest.fixture
def ask(street, dam):
    """Say what is asked for, an hour before the gate closes."""
    markets.set_clock(speed=1, shows_at=NOON_BEFORE, real_at=clock.moment().real_at)

    def asked(node, *rows, side="buy", auction=dam.code):
        name = getattr(node, "public_id", node)
        return auction, Said(name, side, "step", points(*rows or CHEAP), "a-user")

    return asked


@pytest.fixture
def statements(monkeypatch):
    """How many orders each statement was to enter."""
    counts, enter = [], entry.enter

    def counted(orders, points, **waits):
        counts.append(len(orders))
        return enter(orders, points, **waits)

    monkeypatch.setattr(entry, "enter", counted)
    return counts


def kinds(outcomes):
    return [type(each).__name__ for each in outcomes]


class TestPlace:
    def test_enters_all_of_them_at_once(self, street, ask, statements):
        made = together.place([ask(street.bo), ask(street.ada, side="sell"), ask(street.bo, (41, 30_000, 7))])
        assert statements == [3]
        assert [order.node for order in made] == [street.bo, street.ada, street.bo]
        assert sorted(order.pk for order in made) == [order.pk for order in made]
        assert street.account(street.bo).held_urp == 500 * 20_000 + 7 * 30_000
        for order in made:
            stored = Order.objects.get(pk=order.pk)
            assert (stored.public_id, stored.periods) == (order.public_id, order.periods)
            assert [each.periods for each in queries.versions(stored)] == [order.periods]

    def test_tells_each_what_stands_against_it_and_enters_the_others(self, street, ask, statements):
        much = ask(street.ada, (40, 20_000, 10**9), side="sell")
        outcomes = together.place([much, ask(street.bo), ask("nowhere"), ask(street.bo, auction="never")])
        assert kinds(outcomes) == ["CapacityExceeded", "Order", "NodeNotYours", "AuctionNotFound"]
        assert statements == [2, 1]
        assert Order.objects.get().node == street.bo

    @pytest.mark.parametrize("rows", [(DEAR, DEAR), (DEAR, DEAR, CHEAP)])
    def test_gives_what_is_free_to_whoever_came_first(self, street, ask, rows):
        outcomes = together.place([ask(street.bo, *each) for each in rows])
        assert kinds(outcomes) == ["Order", "LimitExceeded", "Order"][: len(rows)]
        assert outcomes[1].free_urp == 200 * 10**8

    def test_gives_a_connection_to_whoever_came_first(self, street, ask):
        most = street.bo.connection_capacity_w // 4
        outcomes = together.place([ask(street.bo, (40, 100, wh)) for wh in (most - 10, 11, 10)])
        assert kinds(outcomes) == ["Order", "CapacityExceeded", "Order"]
        assert outcomes[1].params["freeWh"] == 10

    def test_enters_sound_orders_beside_an_unsound_one(self, street, ask):
        outcomes = together.place([ask(street.bo), ask(street.bo, (96, 1_000, 10)), ask(street.bo)])
        assert kinds(outcomes) == ["Order", "InvalidPoints", "Order"]

    def test_refuses_a_paused_node_alone(self, street, ask):
        pauses.begin(
            node=street.bo, reason="Too many.", actor="watchdog", at=NOON_BEFORE, lasts=timedelta(hours=1)
        )
        outcomes = together.place([ask(street.bo), ask(street.ada, side="sell")])
        assert kinds(outcomes) == ["IntakePaused", "Order"]

    def test_refuses_a_household_without_account_alone(self, street, ask):
        load = (grid.NewAsset("load", "Home", 3_000),)
        home = grid.NewCustomer("C0099", "Home", (grid.NewNode("consumer", "N002", 10_000, assets=load),))
        (customer,) = grid.add_customers(dso=street.dso, customers=[home])
        (node,) = Node.objects.filter(customer=customer)
        outcomes = together.place([ask(street.bo), ask(node), ask(street.bo)])
        assert kinds(outcomes) == ["Order", "NoAccount", "Order"]
        assert Order.objects.count() == 2

    def test_refuses_all_of_them_after_the_gate(self, street, dam, ask):
        markets.set_clock(speed=1, shows_at=dam.gate_closes_at, real_at=clock.moment().real_at)
        assert kinds(together.place([ask(street.bo), ask(street.bo)])) == ["GateClosed", "GateClosed"]
        assert not OrderVersion.objects.exists()

    def test_enters_each_alone_where_the_database_refuses_them_together(self, street, ask, monkeypatch):
        enter = entry.enter

        def enter_one(orders, points, **waits):
            if len(orders) > 1:
                raise IntegrityError
            return enter(orders, points, **waits)

        monkeypatch.setattr(entry, "enter", enter_one)
        assert kinds(together.place([ask(street.bo), ask(street.bo)])) == ["Order", "Order"]

    def test_tries_nothing_again_where_the_database_was_lost(self, street, ask, monkeypatch):
        def lose(orders, points, **waits):
            raise OperationalError

        monkeypatch.setattr(entry, "enter", lose)
        found = together.place([ask(street.bo), ask(street.bo)])
        assert kinds(found) == ["OperationalError", "OperationalError"]

    def test_tells_of_the_orders_that_were_entered_before_it_was_lost(self, street, dam, ask, monkeypatch):
        look = entry.look

        def lose_the_second(*, nodes, auction):
            if auction != dam.code:
                raise OperationalError
            return look(nodes=nodes, auction=auction)

        monkeypatch.setattr(entry, "look", lose_the_second)
        found = together.place([ask(street.bo, auction="rtm"), ask(street.bo)])
        assert kinds(found) == ["OperationalError", "Order"]


@pytest.fixture
def hold(django_db_blocker):
    """Hold a household's account, as another process would, until told to let go."""
    others = connections.create_connection("default")
    others.set_autocommit(False)

    def held(node):
        with others.cursor() as cursor:
            cursor.execute(
                "SELECT FROM ledger_ledgeraccount WHERE customer_id = %s FOR UPDATE", [node.customer_id]
            )
        return others.rollback

    yield held
    others.close()


@pytest.mark.django_db(transaction=True)
class TestHeld:
    def test_nobody_waits_long_for_another_account_than_the_own(self, street, dam, ask, hold):
        let_go = hold(street.ada)
        outcomes = together.place([ask(street.bo), ask(street.ada, side="sell")], waits=False)
        assert kinds(outcomes) == ["Held", "Held"]
        assert not Order.objects.exists()
        assert kinds(together.place([ask(street.bo)], waits=False)) == ["Order"]
        let_go()
        assert kinds(together.place([ask(street.ada, side="sell")], waits=False)) == ["Order"]

    def test_whose_account_it_is_waits_until_it_is_free(self, street, dam, ask, hold):
        let_go, made = hold(street.ada), []

        def sell():
            made.append(asking.place(*ask(street.ada, side="sell")))
            connection.close()

        seller = threading.Thread(target=sell)
        seller.start()
        made.append(asking.place(*ask(street.bo)))
        assert [order.node for order in made] == [street.bo]
        let_go()
        seller.join(10)
        assert [order.node for order in made] == [street.bo, street.ada]


class TestTurns:
    def test_works_for_all_who_waited_meanwhile(self):
        begun, may_end, worked = threading.Event(), threading.Event(), []

        def work(asked):
            worked.append(asked)
            begun.set()
            may_end.wait(10)
            return [each if each < 3 else ValueError(each) for each in asked]

        turns, answers = together.Turns(work), {}

        def take(number):
            try:
                answers[number] = turns.take(number)
            except ValueError as error:
                answers[number] = repr(error)

        threads = [threading.Thread(target=take, args=[number]) for number in range(5)]
        threads[0].start()
        begun.wait(10)
        for thread in threads[1:]:
            thread.start()
        while len(turns._waiting) < 4:
            time.sleep(0.001)
        may_end.set()
        for thread in threads:
            thread.join(10)
        assert worked[0] == [0]
        assert sorted(worked[1]) == [1, 2, 3, 4]
        assert answers == {0: 0, 1: 1, 2: 2, 3: "ValueError(3)", 4: "ValueError(4)"}

    def test_goes_on_after_work_that_failed(self):
        def work(asked):
            if asked == ["bad"]:
                raise ZeroDivisionError
            return asked

        turns = together.Turns(work)
        with pytest.raises(ZeroDivisionError):
            turns.take("bad")
        assert turns.take("good") == "good"

    @pytest.mark.django_db(transaction=True)
    def test_orders_of_many_threads_are_all_entered(self, street, dam, ask, statements):
        def many(count):
            for _ in range(count):
                made.append(together.turns.take(ask(street.bo, (40, 100, 1))).pk)
            connection.close()

        made = []
        threads = [threading.Thread(target=many, args=[10]) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert sorted(made) == list(Order.objects.order_by("pk").values_list("pk", flat=True))
        assert len(made) == sum(statements) == 40
        assert street.account(street.bo).held_urp == 40 * 100
