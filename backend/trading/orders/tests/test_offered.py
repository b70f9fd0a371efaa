"""What open orders may get is kept added up, whatever is done with them; `books` compares it with them."""

import numpy as np

from trading.operations.tests.conftest import worker
from trading.operations.tests.invariants import books
from trading.orders import blocks, operations
from trading.orders.blocks import Block
from trading.orders.models import Offered
from trading.orders.points import Points
from trading.tests.cast import NOON_BEFORE, points

__all__ = ["books", "worker"]

MORNING, NOON = 40, 48


def place(dam, node, *rows, side="buy", curve="step"):
    said = {"side": side, "curve": curve, "points": points(*rows), "actor": "a-user"}
    return operations.place(auction=dam, node=node, at=NOON_BEFORE, **said)


def offered(dam, node):
    rows = Offered.objects.filter(auction=dam, node=node)
    return {row.is_buy: dict(zip(row.periods, row.wh, strict=True)) for row in rows}


class TestOffered:
    def test_adds_the_steps_of_all_orders_by_period_and_side(self, street, dam):
        place(dam, street.bo, (NOON, 9_000, 100), (NOON, 9_500, 20), (NOON + 1, 9_000, 7))
        place(dam, street.bo, (MORNING, 9_000, 5), (NOON, 8_000, 3))
        place(dam, street.bo, (NOON, 30_000, 40), side="sell")
        assert offered(dam, street.bo) == {
            True: {MORNING: 5, NOON: 123, NOON + 1: 7},
            False: {NOON: 40},
        }

    def test_takes_of_a_linear_curve_its_largest_quantity(self, street, dam):
        place(dam, street.bo, (NOON, 9_000, 100), (NOON, 9_500, 20), curve="linear")
        assert offered(dam, street.bo) == {True: {NOON: 100}}

    def test_follows_a_replacement_and_a_cancellation(self, street, dam):
        kept = place(dam, street.bo, (NOON, 9_000, 10))
        changed = place(dam, street.bo, (NOON, 9_000, 100), (NOON + 1, 9_000, 7))
        said = {"curve": "step", "actor": "a-user", "at": NOON_BEFORE}
        changed = operations.replace(
            order=changed, version=1, points=points((MORNING, 9_000, 30), (NOON, 9_000, 60)), **said
        )
        assert offered(dam, street.bo) == {True: {MORNING: 30, NOON: 70}}
        operations.cancel(order=changed, actor="a-user", at=NOON_BEFORE)
        assert offered(dam, street.bo) == {True: {NOON: 10}}
        operations.cancel(order=kept, actor="a-user", at=NOON_BEFORE)
        assert offered(dam, street.bo) == {True: {}}

    def test_follows_strategies_that_bid_again(self, street, dam):
        nodes = np.array([street.bo.pk, street.ada_at_home.pk])
        for wh in (10, 20):
            columns = [np.array([NOON, NOON]), np.array([9_000, 9_000]), np.array([wh, wh + 1])]
            operations.place_many(
                auction=dam,
                node_ids=nodes,
                is_buy=np.array([True, True]),
                points=Points(np.array([0, 1, 2]), *columns),
                sources=["market_benefit"] * 2,
                actor="strategies",
                at=NOON_BEFORE,
            )
        assert offered(dam, street.bo) == {True: {NOON: 20}}
        assert offered(dam, street.ada_at_home) == {True: {NOON: 21}}

    def test_leaves_out_exclusive_groups(self, street, dam):
        either = [
            Block(name, "buy", 1_000, 1000, (NOON,), (wh,), exclusive_group=group)
            for name, wh, group in (("A", 200, "g"), ("B", 150, "g"), ("C", 30, ""))
        ]
        blocks.place(auction=dam, node=street.bo, blocks=either, actor="a-user", at=NOON_BEFORE)
        assert offered(dam, street.bo) == {True: {NOON: 30}}

    def test_is_forgotten_when_the_auction_is_over(self, street, dam):
        order = place(dam, street.bo, (NOON, 9_000, 10))
        operations.cancel(order=order, actor="a-user", at=NOON_BEFORE)
        operations.forget_offers(auction=dam)
        assert offered(dam, street.bo) == {}
