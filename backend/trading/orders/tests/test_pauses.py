"""While a node's intake is paused nothing is taken from it, whoever bids; what stands there stays."""

from datetime import timedelta

import numpy as np
import pytest

from shared import identity
from trading.markets import operations as markets
from trading.orders import blocks, operations, pauses
from trading.orders.blocks import Block
from trading.orders.models import IntakePause, Order
from trading.orders.points import Points
from trading.tests.caller import Caller
from trading.tests.cast import DAY, NOON_BEFORE, points

MINUTE = timedelta(minutes=1)


def place(where, node, *, at=NOON_BEFORE):
    return operations.place(
        auction=where, node=node, side="buy", curve="step", points=points((40, 20_000, 500)),
        actor="a-user", at=at,
    )  # fmt: skip


def begin(node, *, at=NOON_BEFORE, minutes=15, reason="Too many.", actor="watchdog"):
    return pauses.begin(node=node, reason=reason, actor=actor, at=at, lasts=minutes * MINUTE)


def bid(where, street):
    """Strategies bid for Bo and for Ada."""
    return operations.place_many(
        auction=where, node_ids=[street.bo.pk, street.ada.pk], is_buy=[True, False],
        points=Points(*(np.array(each) for each in ([0, 1, 2], [40, 40], [20_000, 6_000], [5, 5]))),
        sources=["market_benefit"] * 2, actor="strategy", at=NOON_BEFORE,
    )  # fmt: skip


class TestPaused:
    @pytest.fixture
    def paused(self, street, dam):
        """Bo, who has one order and one list of blocks, may enter no more for a quarter of an hour."""
        order = place(dam, street.bo)
        said = [Block("A", "buy", 20_000, 1000, (50,), (100,))]
        listed = blocks.place(auction=dam, node=street.bo, blocks=said, actor="a-user", at=NOON_BEFORE)
        begin(street.bo)
        return order, listed, said

    def test_refuses_new_orders_and_changed_ones(self, street, dam, paused):
        order, listed, said = paused
        with pytest.raises(pauses.IntakePaused) as refused:
            place(dam, street.bo)
        assert refused.value.params == {"endsAt": "2026-11-22T09:15:00Z"}
        change = {"version": 1, "actor": "a-user", "at": NOON_BEFORE}
        with pytest.raises(pauses.IntakePaused):
            operations.replace(order=order, curve="step", points=points((40, 1, 1)), **change)
        with pytest.raises(pauses.IntakePaused):
            blocks.place(auction=dam, node=street.bo, blocks=said, actor="a-user", at=NOON_BEFORE)
        with pytest.raises(pauses.IntakePaused):
            blocks.replace(block_list=listed, blocks=said, **change)
        assert Order.objects.filter(state="open", version=1).count() == 2

    def test_takes_back_what_stands(self, street, dam, paused):
        order, listed, _ = paused
        assert operations.cancel(order=order, actor="a-user", at=NOON_BEFORE).state == "cancelled"
        blocks.cancel(block_list=listed, actor="a-user", at=NOON_BEFORE)
        assert not Order.objects.filter(state="open").exists()

    def test_leaves_strategies_of_this_node_out_and_takes_others(self, street, dam):
        begin(street.bo)
        assert bid(dam, street).refused == {0: "intake-paused"}
        assert Order.objects.get().node == street.ada

    def test_leaves_what_a_strategy_bid_before(self, street, dam):
        bid(dam, street)
        begin(street.bo)
        bid(dam, street)
        assert Order.objects.get(node=street.bo).state == "open"
        assert Order.objects.filter(node=street.ada, state="cancelled").count() == 1

    def test_takes_orders_again_from_the_instant_of_its_end(self, street, dam):
        begin(street.bo)
        with pytest.raises(pauses.IntakePaused):
            place(dam, street.bo, at=NOON_BEFORE + 15 * MINUTE - timedelta(milliseconds=1))
        assert place(dam, street.bo, at=NOON_BEFORE + 15 * MINUTE).state == "open"

    def test_takes_orders_again_when_a_person_ends_it(self, street, dam):
        made = begin(street.bo)
        assert pauses.end(pause_id=made.pk, actor="first", at=NOON_BEFORE + MINUTE).ended_by == "first"
        assert place(dam, street.bo, at=NOON_BEFORE + MINUTE).state == "open"
        with pytest.raises(pauses.PauseNotFound):
            pauses.end(pause_id=made.pk, actor="first", at=NOON_BEFORE + MINUTE)

    def test_is_one_that_is_prolonged_and_never_shortened(self, street):
        begin(street.bo, minutes=60)
        begin(street.bo, at=NOON_BEFORE + MINUTE, reason="Wild.", actor="first")
        kept = IntakePause.objects.get()
        assert (kept.ends_at, kept.reason) == (NOON_BEFORE + 60 * MINUTE, "Too many.")

    def test_is_of_whoever_prolonged_it_and_why(self, street):
        begin(street.bo)
        begin(street.bo, at=NOON_BEFORE + MINUTE, minutes=60, reason="A program runs wild.", actor="first")
        made = IntakePause.objects.get()
        assert (made.reason, made.begun_by) == ("A program runs wild.", "first")
        assert (made.began_at, made.ends_at) == (NOON_BEFORE, NOON_BEFORE + 61 * MINUTE)


class TestDoors:
    @pytest.fixture
    def bo(self, client, street, dam):
        """Bo at the doors, paused."""
        markets.set_clock(speed=1, shows_at=NOON_BEFORE, real_at=identity.real_time())
        begin(street.bo, minutes=60)
        return Caller(client, street.bo)

    def order(self):
        points = [{"period": 40, "priceRpPerMwh": 20_000, "quantityWh": 5}]
        return {"auctionId": f"dam-{DAY}", "side": "buy", "curve": "step", "points": points}

    def test_say_until_when(self, bo, street):
        answer = bo.post(f"/node/{street.bo.public_id}/orders", self.order())
        said = answer.json()
        assert (answer.status_code, said["code"]) == (409, "intake-paused")
        assert said["endsAt"] == "2026-11-22T10:00:00Z"

    def test_say_so_of_each_row(self, bo, street):
        rows = [self.order() | {"nodeId": street.bo.public_id}] * 2
        items = bo.post("/orders/bulk", {"orders": rows}).json()["items"]
        assert [each["code"] for each in items] == ["intake-paused"] * 2
        assert not Order.objects.exists()
