from datetime import timedelta

import pytest

from trading.ledger.operations import LimitExceeded
from trading.orders import operations, queries
from trading.orders.models import Order
from trading.tests.cast import NOON_BEFORE, points

LATER = NOON_BEFORE + timedelta(minutes=5)


@pytest.fixture
def order(street, dam):
    return operations.place(
        auction=dam,
        node=street.bo,
        side="buy",
        curve="step",
        points=points((40, 20_000, 2_000)),
        actor="bo",
        at=NOON_BEFORE,
    )


def replace(order, *rows, version=1, curve="step", at=LATER):
    return operations.replace(
        order=order, version=version, curve=curve, points=points(*rows), actor="bo-too", at=at
    )


class TestReplace:
    def test_says_something_else_in_one_step(self, street, order):
        changed = replace(order, (50, 10_000, 2_500))
        assert (changed.pk, changed.version, changed.periods) == (order.pk, 2, [50])
        assert (changed.held_urp, changed.ordered_wh) == (25_000_000, 2_500)
        assert street.account(street.bo).held_urp == 25_000_000
        assert changed.received_at == LATER
        said = [(each.version, each.deed, each.actor, each.periods) for each in queries.versions(order)]
        assert said == [(1, "placed", "bo", [40]), (2, "replaced", "bo-too", [50])]

    def test_does_not_count_what_it_replaces_against_the_connection(self, order):
        assert replace(order, (40, 20_000, 2_500)).ordered_wh == 2_500

    def test_refuses_a_version_that_is_not_the_current_one(self, order):
        replace(order, (40, 20_000, 1_000))
        with pytest.raises(operations.VersionConflict) as refused:
            replace(order, (40, 20_000, 500))
        assert refused.value.params == {"currentVersion": 2}
        assert Order.objects.get().quantities_wh == [1_000]

    def test_leaves_everything_as_it_was_when_the_new_one_is_too_dear(self, street, order):
        with pytest.raises(LimitExceeded):
            replace(order, *[(period, 400_000, 2_500) for period in range(96)])
        assert Order.objects.get().version == 1
        assert street.account(street.bo).held_urp == 40_000_000

    def test_refuses_at_gate_closure(self, dam, order):
        with pytest.raises(operations.GateClosed):
            replace(order, (40, 1_000, 10), at=dam.gate_closes_at)

    def test_refuses_a_cancelled_order(self, order):
        operations.cancel(order=order, actor="bo", at=LATER)
        with pytest.raises(operations.NotOpen):
            replace(order, (40, 1_000, 10), version=2)


class TestCancel:
    def test_keeps_the_order_on_record_and_frees_the_money(self, street, order):
        cancelled = operations.cancel(order=order, actor="bo", at=LATER)
        assert (cancelled.state, cancelled.cancelled_at, cancelled.held_urp) == ("cancelled", LATER, 0)
        assert street.account(street.bo).held_urp == 0
        assert [each.deed for each in queries.versions(order)] == ["placed", "cancelled"]

    def test_twice_changes_nothing(self, order):
        operations.cancel(order=order, actor="bo", at=LATER)
        again = operations.cancel(order=order, actor="bo", at=LATER + timedelta(minutes=1))
        assert (again.cancelled_at, again.version) == (LATER, 2)

    def test_refuses_at_gate_closure(self, dam, order):
        with pytest.raises(operations.GateClosed):
            operations.cancel(order=order, actor="bo", at=dam.gate_closes_at)
        assert Order.objects.get().state == "open"
