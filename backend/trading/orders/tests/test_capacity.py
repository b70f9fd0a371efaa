"""One connection, two markets: the day-ahead and the real-time auction of one noon share it."""

import threading
from datetime import timedelta

import numpy as np
import pytest
from django.db import connection

from trading.markets.models import Auction
from trading.operations.tests.conftest import worker
from trading.operations.tests.invariants import books
from trading.orders import blocks, intake, operations
from trading.orders.blocks import Block
from trading.orders.capacity import CapacityExceeded
from trading.orders.models import Order
from trading.orders.points import Points
from trading.tests.cast import DAY, NOON_BEFORE, auction, build_street, open_auctions, points

__all__ = ["books", "worker"]

NOON = 48  # in the day-ahead auction; 0 in the real-time auction 25
RTM = f"rtm-{DAY}-25"


def place(where, node, *rows, side="buy", at=NOON_BEFORE):
    said = {"side": side, "curve": "step", "points": points(*rows), "actor": "a-user"}
    return operations.place(auction=where, node=node, at=at, **said)


def open_both():
    """Open the real-time auction of noon beside the day-ahead one: a matter of the market's data."""
    rows = Auction.objects.filter(code=RTM)
    rows.update(state="open", gate_opens_at=NOON_BEFORE - timedelta(hours=1))
    return auction(RTM)


@pytest.fixture
def both(dam):
    return dam, open_both()


class TestOffered:
    def test_in_another_auction_is_not_free(self, street, both):
        dam, rtm = both
        place(dam, street.bo, (NOON, 1_000, 2_000))
        with pytest.raises(CapacityExceeded) as refused:
            place(rtm, street.bo, (0, 1_000, 501))
        assert refused.value.params == {"period": 0, "capacityWh": 2_500, "freeWh": 500, "askedWh": 501}
        assert place(rtm, street.bo, (0, 1_000, 500), (1, 1_000, 2_500)).state == "open"
        with pytest.raises(CapacityExceeded) as refused:
            place(dam, street.bo, (NOON + 1, 1_000, 1))
        assert refused.value.params["period"] == NOON + 1

    def test_by_an_exclusive_group_counts_once(self, street, both):
        dam, rtm = both
        either = [
            Block(name, "buy", 1_000, 1000, (NOON,), (wh,), exclusive_group="g")
            for name, wh in (("A", 2_000), ("B", 1_500))
        ]
        blocks.place(auction=dam, node=street.bo, blocks=either, actor="a-user", at=NOON_BEFORE)
        assert place(rtm, street.bo, (0, 1_000, 500)).state == "open"

    def test_the_other_way_takes_nothing(self, street, both):
        dam, rtm = both
        place(dam, street.bo, (NOON, 1_000, 2_500), side="sell")
        assert place(rtm, street.bo, (0, 1_000, 2_500)).state == "open"

    def test_and_taken_back_is_free_again(self, street, both):
        dam, rtm = both
        order = place(dam, street.bo, (NOON, 1_000, 2_500))
        operations.cancel(order=order, actor="a-user", at=NOON_BEFORE)
        assert place(rtm, street.bo, (0, 1_000, 2_500)).state == "open"

    def test_is_counted_when_an_order_is_replaced(self, street, both):
        dam, rtm = both
        place(dam, street.bo, (NOON, 1_000, 2_000))
        order = place(rtm, street.bo, (0, 1_000, 500))
        change = {"order": order, "version": 1, "curve": "step", "actor": "a-user", "at": NOON_BEFORE}
        with pytest.raises(CapacityExceeded) as refused:
            operations.replace(points=points((0, 1_000, 501)), **change)
        assert (refused.value.params["freeWh"], refused.value.params["askedWh"]) == (500, 501)
        assert operations.replace(points=points((0, 2_000, 499)), **change).version == 2

    def test_is_counted_for_blocks(self, street, both):
        dam, rtm = both
        place(rtm, street.bo, (0, 1_000, 2_000))
        block = Block("A", "buy", 1_000, 1000, (NOON,), (501,))
        with pytest.raises(CapacityExceeded) as refused:
            blocks.place(auction=dam, node=street.bo, blocks=[block], actor="a-user", at=NOON_BEFORE)
        assert refused.value.params == {"period": NOON, "capacityWh": 2_500, "freeWh": 500, "askedWh": 501}

    def test_is_counted_in_bulk(self, street, both):
        dam, rtm = both
        place(dam, street.bo, (NOON, 1_000, 2_000))
        two = points((0, 1_000, 400), (1, 1_000, 400))
        asked = intake.Sheet(
            rows=np.arange(2),
            node_ids=np.array([street.bo.pk] * 2),
            is_buy=np.array([True, True]),
            is_linear=np.array([False, False]),
            points=Points(np.array([0, 1, 2]), np.array([0, 0]), two.prices_rp_per_mwh, two.quantities_wh),
        )
        locked = intake.lock(auction_ids=[rtm.pk], node_ids=asked.node_ids)
        said = {"actor": "a-user", "source": "member", "at": NOON_BEFORE, "locked": locked}
        assert intake.place(auction=rtm, asked=asked, **said).refused == {1: "capacity-exceeded"}

    def test_is_counted_for_strategies_but_not_for_the_supplier_of_last_resort(self, street, both):
        dam, rtm = both

        def bid(where, *offers):
            one = points(*((period, 1_000, wh) for _, period, wh in offers))
            return operations.place_many(
                auction=where,
                node_ids=[node.pk for node, _, _ in offers],
                is_buy=[True] * len(offers),
                points=Points(
                    np.arange(len(offers) + 1), one.periods, one.prices_rp_per_mwh, one.quantities_wh
                ),
                sources=["market_benefit"] * len(offers),
                actor="strategy",
                at=NOON_BEFORE,
            )

        assert bid(dam, (street.bo, NOON, 2_000), (street.utility_buys, NOON, 200_000)).refused == {}
        placed = bid(rtm, (street.bo, 0, 501), (street.utility_buys, 0, 200_000))
        assert placed.refused == {0: "capacity-exceeded"}


class TestScheduled:
    def test_counts_in_place_of_what_was_offered(self, street, dam, worker):
        at = dam.gate_closes_at - timedelta(minutes=10)
        place(dam, street.ada, (NOON, 8_000, 600), side="sell", at=at)
        place(dam, street.bo, (NOON, 26_450, 1_500), at=at)
        worker(at=dam.gate_closes_at)
        later = dam.gate_closes_at + timedelta(hours=1)
        worker(at=later)
        rtm = auction(RTM)
        with pytest.raises(CapacityExceeded) as refused:
            place(rtm, street.bo, (0, 26_450, 1_901), at=later)
        assert refused.value.params == {"period": 0, "capacityWh": 2_500, "freeWh": 1_900, "askedWh": 1_901}
        assert place(rtm, street.bo, (0, 26_450, 1_900), at=later).state == "open"
        # What was bought may be given back, all that the connection carries.
        assert place(rtm, street.bo, (0, 8_000, 2_500), side="sell", at=later).state == "open"


@pytest.mark.django_db(transaction=True)
def test_of_two_orders_in_two_auctions_for_one_connection_one_wins():
    street = build_street()
    open_auctions(street)
    asked = [(auction(), (NOON, 1_000, 2_000)), (open_both(), (0, 1_000, 2_000))]
    ready, outcomes = threading.Barrier(2), []

    def order(where, row):
        ready.wait()
        try:
            outcomes.append(place(where, street.bo, row))
        except CapacityExceeded as error:
            outcomes.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=order, args=each) for each in asked]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(type(each).__name__ for each in outcomes) == ["CapacityExceeded", "Order"]
    (refused,) = (each for each in outcomes if isinstance(each, CapacityExceeded))
    assert (refused.params["freeWh"], refused.params["askedWh"]) == (500, 2_000)
    assert Order.objects.count() == 1
