import numpy as np
import pytest

from trading.ledger.models import Hold
from trading.orders import operations, queries
from trading.orders.models import Order, OrderVersion
from trading.orders.points import Points
from trading.tests.cast import NOON_BEFORE, WITHDRAWAL_FEE, auction, points


def place(dam, *orders, at=NOON_BEFORE):
    """Place many orders, each given as (node, is_buy, rows of (period, price, quantity))."""
    rows = [row for _, _, mine in orders for row in mine]
    first = np.cumsum([0] + [len(mine) for _, _, mine in orders])
    return operations.place_many(
        auction=dam,
        node_ids=[node.pk for node, _, _ in orders],
        is_buy=[is_buy for _, is_buy, _ in orders],
        points=Points(first, *np.array(rows, np.int64).reshape(-1, 3).T),
        sources=["market_benefit"] * len(orders),
        actor="strategy",
        at=at,
    )


class TestPlaceMany:
    def test_enters_all_orders_with_versions_and_holds(self, street, dam):
        placed = place(
            dam,
            (street.ada, False, [(40, 6_000, 900), (41, 6_000, 1_000)]),
            (street.bo, True, [(40, 22_860, 500), (41, 22_860, 600)]),
        )
        assert placed.refused == {}
        ada, bo = (Order.objects.get(pk=pk) for pk in placed.order_ids.tolist())
        assert (ada.side, ada.periods, ada.quantities_wh, ada.held_urp) == ("sell", [40, 41], [900, 1_000], 0)
        assert (bo.side, bo.fee_rp_per_mwh, bo.held_urp) == ("buy", WITHDRAWAL_FEE, 22_860 * 1_100)
        assert street.account(street.bo).held_urp == 22_860 * 1_100
        assert Hold.objects.get(released_at=None).amount_urp == 22_860 * 1_100  # Ada's offer can cost nothing
        assert [version.deed for version in queries.versions(bo)] == ["placed"]

    def test_takes_back_what_strategies_entered_before(self, street, dam):
        first = place(dam, (street.bo, True, [(40, 22_860, 500)]))
        second = place(dam, (street.bo, True, [(40, 20_000, 700)]))
        assert Order.objects.get(pk=first.order_ids[0]).state == "cancelled"
        assert Order.objects.get(pk=second.order_ids[0]).state == "open"
        assert street.account(street.bo).held_urp == 20_000 * 700
        assert [v.deed for v in OrderVersion.objects.order_by("pk")] == ["placed", "cancelled", "placed"]

    def test_leaves_a_household_alone_that_ordered_itself(self, street, dam):
        own = operations.place(
            auction=dam, node=street.bo, side="buy", curve="step", points=points((40, 15_000, 400)),
            actor="bo", at=NOON_BEFORE,
        )  # fmt: skip
        placed = place(dam, (street.bo, True, [(40, 22_860, 500)]))
        assert placed.refused == {0: "has-own-order"}
        assert Order.objects.filter(state="open").get() == own

    def test_an_order_that_the_household_changed_is_its_own(self, street, dam):
        (number,) = place(dam, (street.bo, True, [(40, 22_860, 500)])).order_ids
        strategys = Order.objects.select_related("auction__market", "node").get(pk=number)
        operations.replace(
            order=strategys,
            version=1,
            curve="step",
            points=points((40, 9_000, 100)),
            actor="bo",
            at=NOON_BEFORE,
        )
        placed = place(dam, (street.bo, True, [(40, 22_860, 500)]))
        assert placed.refused == {0: "has-own-order"}
        assert Order.objects.get(state="open").quantities_wh == [100]

    def test_leaves_out_what_the_connection_cannot_carry(self, street, dam):
        placed = place(
            dam, (street.bo, True, [(40, 22_860, 2_501)]), (street.ada, False, [(40, 6_000, 2_500)])
        )
        assert placed.refused == {0: "capacity-exceeded"}
        assert placed.order_ids[0] == 0
        assert Order.objects.get().node == street.ada

    def test_leaves_out_what_the_account_cannot_cover(self, street, dam):
        whole_day = [(period, 400_000, 2_500) for period in range(96)]  # 960 CHF
        placed = place(dam, (street.bo, True, whole_day), (street.ada, False, [(0, 6_000, 100)]))
        assert placed.refused == {0: "limit-exceeded"}
        assert street.account(street.bo).held_urp == 0

    def test_refuses_orders_at_gate_closure(self, street, dam):
        with pytest.raises(operations.GateClosed):
            place(dam, (street.bo, True, [(40, 22_860, 500)]), at=dam.gate_closes_at)


class TestBook:
    def test_is_what_was_frozen_with_limits_at_the_bus(self, street, dam):
        place(
            dam,
            (street.ada, False, [(40, 6_000, 900), (41, 6_000, 1_000)]),
            (street.bo, True, [(40, 22_860, 500)]),
        )
        operations.freeze(auction=dam, at=dam.gate_closes_at)
        book = queries.book_of(auction=dam)
        assert book.node_ids.tolist() == [street.ada.pk, street.bo.pk]
        assert book.buses.tolist() == [2, 3]  # GRID, N000, N001, N002, N003
        assert book.is_buy.tolist() == [False, True]
        assert book.first.tolist() == [0, 2, 3]
        assert book.periods.tolist() == [40, 41, 40]
        assert book.prices_rp_per_mwh.tolist() == [6_000, 6_000, 22_860 - WITHDRAWAL_FEE]
        assert book.quantities_wh.tolist() == [900, 1_000, 500]
        assert book.point_order.tolist() == [0, 0, 1]

    def test_may_be_empty(self, dam):
        operations.freeze(auction=dam, at=dam.gate_closes_at)
        book = queries.book_of(auction=dam)
        assert len(book.order_ids) == len(book.periods) == 0
        assert auction().state == "closed"
