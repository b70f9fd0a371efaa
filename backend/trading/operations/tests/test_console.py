"""The operator's doors: what is seen and done there, and that none leads into a closed book."""

import json
from datetime import timedelta

import pytest

from trading.grid import queries as grid
from trading.markets import changes, halts
from trading.markets import operations as markets
from trading.markets import queries as clock
from trading.markets.models import Market
from trading.operations import console, incidents, life, outbox, remedies
from trading.operations.models import Incident, OutboxMessage
from trading.operations.tests.conftest import place
from trading.orders.models import Order
from trading.tests.caller import Caller
from trading.tests.cast import DAY, NOON_BEFORE, auction

MINUTE = timedelta(minutes=1)


@pytest.fixture
def operator(client, db):
    """The operator at the console, at noon of the day before."""
    markets.set_clock(speed=1, shows_at=NOON_BEFORE, real_at=clock.moment().real_at)
    return Caller(client, role="operator", subject="first")


@pytest.fixture
def colleague(client, operator):
    """Another operator."""
    return Caller(client, role="operator", subject="second")


def close(due):
    """Freeze the book of an auction as a worker does, and return its claim."""
    at = due.gate_closes_at
    claims = markets.claim_due(worker="w1", at=at, real_at=at, limit=9)
    (claim,) = (each for each in claims if each.pk == due.pk)
    life.close(auction=claim, at=at)
    return claim


class TestHalt:
    def test_cancels_with_notice_what_closes_meanwhile_and_lets_the_others_be(self, street, traded, worker):
        market = Market.objects.get(code="dam")
        halts.halt(market=market, reason="A line is down.", actor="first", at=NOON_BEFORE)
        place(street.bo, traded, "buy", (49, 26_450, 400), at=traded.gate_closes_at - MINUTE)
        worker(traded.gate_closes_at)
        assert auction().cancel_reason == "The market is halted: A line is down."
        assert street.account(street.bo).held_urp == 0
        event = OutboxMessage.objects.get(payload__auctionId=traded.code, kind="auction-cancelled").payload
        assert event["reason"] == "The market is halted: A line is down."
        assert auction("rtm-2026-11-22-25").state == "published"

    def test_ends_when_a_second_person_confirms(self, operator, colleague, street, traded, worker):
        assert operator.post("/operator/markets/dam/halt", {"reason": "A line is down."}).status_code == 201
        again = operator.post("/operator/markets/dam/halt", {"reason": "Again."})
        assert (again.status_code, again.json()["code"]) == (409, "already-halted")
        asked = operator.post("/operator/markets/dam/resumption", "")
        assert asked.json()["resumeAskedBy"] == "first"
        alone = operator.post("/operator/markets/dam/resumption", "")
        assert (alone.status_code, alone.json()["code"]) == (409, "second-person-needed")
        assert colleague.post("/operator/markets/dam/resumption", "").json()["resumedAt"] is not None
        over = colleague.post("/operator/markets/dam/resumption", "")
        assert (over.status_code, over.json()["code"]) == (409, "not-halted")
        worker(traded.gate_closes_at)
        assert auction().state == "published"

    def test_is_told_to_everybody(self, operator, client, street):
        operator.post("/operator/markets/dam/halt", {"reason": "A line is down."})
        told = Caller(client, street.bo).get("/status").json()["halts"]
        assert [(each["marketId"], each["reason"]) for each in told] == [("dam", "A line is down.")]

    def test_stands_beside_the_countdown_of_its_market_alone(self, operator, client, street, dam):
        operator.post("/operator/markets/dam/halt", {"reason": "A line is down."})
        gates = Caller(client, street.bo).get("/clock").json()["nextGates"]
        told = {gate["marketId"]: gate["haltedBecause"] for gate in gates}
        assert told == {"dam": "A line is down.", "rtm": None}

    def test_is_of_a_market_that_there_is(self, operator, street):
        assert operator.post("/operator/markets/gas/halt", {"reason": "None."}).status_code == 404


class TestCancel:
    def test_calls_an_open_auction_off_and_frees_what_was_held(self, operator, street, traded):
        answer = operator.post(
            f"/operator/auctions/{traded.code}/cancellation", {"reason": "A fault of ours."}
        )
        assert answer.json() == {
            "auctionId": traded.code,
            "state": "cancelled",
            "cancelReason": "A fault of ours.",
        }
        assert street.account(street.bo).held_urp == 0
        assert Incident.objects.get(code="auction-cancelled").seen["actor"] == "first"

    def test_takes_the_claim_from_whoever_is_clearing_it(self, street, traded):
        at = traded.gate_closes_at
        claimed = close(traded)
        console.cancel(auction=claimed, reason="A fault.", actor="first", at=at)
        with pytest.raises(markets.LostClaim):
            life.decide(auction=claimed, at=at)
        assert auction().state == "cancelled"

    def test_leaves_what_is_published_as_it_is(self, operator, street, traded, worker):
        worker(traded.gate_closes_at)
        answer = operator.post(f"/operator/auctions/{traded.code}/cancellation", {"reason": "Too late."})
        assert (answer.status_code, answer.json()["code"]) == (409, "auction-ended")
        assert auction().state == "published"


class TestChanges:
    def test_hold_from_their_day_on(self, operator, street, worker):
        asked = {"validFrom": f"{DAY}", "values": {"minQuantityWh": 5, "blocksAllowed": False}}
        answer = operator.post("/operator/markets/rtm/changes", asked)
        assert answer.json()["changes"][0]["values"] == {"minQuantityWh": 5, "blocksAllowed": False}
        assert answer.json()["values"]["minQuantityWh"] == 1
        changes.apply_due(at=NOON_BEFORE)
        assert Market.objects.get(code="rtm").min_quantity_wh == 1
        worker(NOON_BEFORE + timedelta(days=1))
        market = Market.objects.get(code="rtm")
        assert (market.min_quantity_wh, market.blocks_allowed) == (5, False)

    @pytest.mark.parametrize(
        ("day", "values", "code"),
        [
            (NOON_BEFORE.date(), {"minQuantityWh": 5}, "not-ahead"),
            (DAY, {"solverLimitS": 41}, "deadlines-out-of-order"),
            (DAY, {"priceCapRpPerMwh": 399_999}, "bounds-narrower"),
            (DAY, {"priceFloorRpPerMwh": -49_999}, "bounds-narrower"),
        ],
    )
    def test_are_refused_whole(self, operator, street, day, values, code):
        answer = operator.post("/operator/markets/rtm/changes", {"validFrom": f"{day}", "values": values})
        assert (answer.status_code, answer.json()["code"]) == (409, code)
        assert not changes.waiting(market=Market.objects.get(code="rtm"))

    def test_are_one_a_day_and_fit_each_other(self, operator, street):
        later = {"validFrom": f"{DAY + timedelta(days=2)}", "values": {"fallbackAfterS": 20}}
        assert operator.post("/operator/markets/rtm/changes", later).status_code == 201
        assert operator.post("/operator/markets/rtm/changes", later).json()["code"] == "changed-already"
        before = {"validFrom": f"{DAY}", "values": {"solverLimitS": 30}}
        answer = operator.post("/operator/markets/rtm/changes", before)
        assert answer.json()["code"] == "deadlines-out-of-order"

    @pytest.mark.parametrize("values", [{}, {"solverLimitS": 0}, {"name": "x"}, {"blocksAllowed": 1}])
    def test_name_what_is_wrong(self, operator, street, values):
        answer = operator.post("/operator/markets/rtm/changes", {"validFrom": f"{DAY}", "values": values})
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid")


class TestTariffs:
    def test_hold_from_their_day_on_and_keep_what_is_not_said(self, operator, street):
        day = DAY + timedelta(days=1)
        address = f"/operator/tariffs/{street.dso.public_id}"
        said = {"validFrom": f"{day}", "feedInRpPerMwh": 7_000}
        assert operator.post(address, said).status_code == 201
        newest, before = operator.get(address).json()["items"]
        assert (newest["feedInRpPerMwh"], before["feedInRpPerMwh"]) == (7_000, 6_000)
        assert newest["gridRpPerMwh"] == before["gridRpPerMwh"]
        assert grid.tariff(dso=street.dso, day=DAY).feed_in_rp_per_mwh == 6_000
        assert grid.tariff(dso=street.dso, day=day).feed_in_rp_per_mwh == 7_000
        assert operator.post(address, said).json()["code"] == "changed-already"

    def test_are_refused_for_a_day_whose_auction_may_be_cleared(self, operator, street):
        said = {"validFrom": f"{DAY}", "feedInRpPerMwh": 7_000}
        answer = operator.post(f"/operator/tariffs/{street.dso.public_id}", said)
        assert (answer.status_code, answer.json()["code"]) == (409, "not-ahead")

    def test_never_pay_more_for_feed_in_than_retail_costs(self, operator, street):
        said = {"validFrom": f"{DAY + timedelta(days=1)}", "feedInRpPerMwh": 12_111}
        answer = operator.post(f"/operator/tariffs/{street.dso.public_id}", said)
        assert (answer.status_code, answer.json()["code"]) == (409, "tariff-unsound")


class TestIncidents:
    def test_are_listed_with_their_remedies_and_closed_by_a_person(self, operator, street, traded):
        made = incidents.open_once(code="step-failed", seen={"error": "X"}, at=NOON_BEFORE, auction=traded)
        (told,) = operator.get("/operator/incidents", state="open").json()["items"]
        assert (told["code"], told["auctionId"], told["remedies"]) == ("step-failed", traded.code, [])
        address = f"/operator/incidents/{made.pk}/acknowledgement"
        answer = operator.put(address, {"note": "I look."}).json()
        assert (answer["acknowledgedBy"], answer["note"], answer["closedAt"]) == ("first", "I look.", None)
        assert operator.put(address, {"note": "Done.", "isOver": True}).json()["closedAt"] is not None
        assert operator.get("/operator/incidents", state="open").json()["items"] == []
        assert operator.put("/operator/incidents/99/acknowledgement", {"note": ""}).status_code == 404
        assert operator.put("/operator/incidents/x/acknowledgement", {"note": ""}).status_code == 404


class TestPauses:
    def test_begin_and_end_by_a_person_and_are_told_to_the_household(self, operator, client, street, dam):
        said = {"nodeId": street.bo.public_id, "reason": "A program runs wild."}
        made = operator.post("/operator/pauses", said)
        assert (made.status_code, made.json()["customerNumber"], made.json()["begunBy"]) == (
            201,
            "C0026",
            "first",
        )
        assert OutboxMessage.objects.get(kind="intake-paused").payload["reason"] == "A program runs wild."
        (told,) = operator.get("/operator/pauses").json()["items"]
        assert told == made.json()
        address = f"/operator/pauses/{told['pauseId']}/end"
        assert operator.post(address, "").json()["endsAt"] < told["endsAt"]
        assert operator.get("/operator/pauses").json()["items"] == []
        assert operator.post(address, "").status_code == 404
        assert operator.post("/operator/pauses/x/end", "").status_code == 404
        place(street.bo, dam, "buy", (48, 26_450, 1), at=clock.now())

    def test_that_prolong_a_remedys_tell_the_household_the_operators_reason(self, operator, street):
        remedies.pause_intake(subject=street.bo, moment=clock.moment())
        made = operator.post("/operator/pauses", {"nodeId": street.bo.public_id, "reason": "It runs wild."})
        assert (made.json()["begunBy"], made.json()["reason"]) == ("first", "It runs wild.")
        newest = OutboxMessage.objects.filter(kind="intake-paused").latest("pk").payload
        assert (newest["reason"], newest["endsAt"]) == ("It runs wild.", made.json()["endsAt"])

    def test_are_of_a_node_that_there_is_and_for_a_reason(self, operator, street):
        assert operator.post("/operator/pauses", {"nodeId": "x", "reason": "None."}).status_code == 404
        answer = operator.post("/operator/pauses", {"nodeId": street.bo.public_id, "reason": ""})
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid")

    def test_are_never_of_the_supplier_of_last_resort(self, operator, street):
        said = {"nodeId": street.utility_buys.public_id, "reason": "A program runs wild."}
        answer = operator.post("/operator/pauses", said)
        assert (answer.status_code, answer.json()["code"]) == (409, "never-paused")
        assert operator.get("/operator/pauses").json()["items"] == []

    def test_of_one_household_are_no_news_for_the_others(self, operator, client, street):
        incidents.open_once(code="orders-flood", seen={}, at=NOON_BEFORE, node=street.bo)
        (told,) = operator.get("/operator/incidents").json()["items"]
        assert (told["nodeId"], told["auctionId"]) == (street.bo.public_id, None)
        assert Caller(client, street.ada).get("/status").json()["incidents"] == []


class TestOutbox:
    def test_lists_what_was_given_up_and_tries_it_again(self, operator, street):
        message = outbox.write(
            kind="auction-published", payload={"auctionId": "a", "nodes": [1]}, at=NOON_BEFORE
        )
        OutboxMessage.objects.update(attempts=20, dead_at=NOON_BEFORE)
        told = operator.get("/operator/outbox").json()
        assert (told["waiting"], told["items"][0]["eventId"]) == (0, str(message.event_id))
        assert "nodes" not in json.dumps(told)
        assert operator.post("/operator/outbox/requeueing", "").json() == {"requeued": 1}
        assert operator.get("/operator/outbox").json()["waiting"] == 1


class TestParticipants:
    def test_are_households_by_number(self, operator, street):
        told = operator.get("/operator/participants").json()["items"]
        assert [(each["customerNumber"], each["busName"], each["sides"]) for each in told] == [
            ("C0018", "N001", ["consumer", "producer"]),
            ("C0026", "N002", ["consumer"]),
        ]


class TestStatus:
    def test_tells_how_each_auction_ended(self, operator, client, street, traded, worker):
        worker(traded.gate_closes_at)
        real_at = clock.moment().real_at
        markets.set_clock(speed=1, shows_at=traded.gate_closes_at + MINUTE, real_at=real_at)
        told = Caller(client, street.bo).get("/status").json()
        ends = {each["auctionId"]: each["end"] for each in told["auctions"]}
        assert ends[traded.code] == "as-planned"
        assert told["newestResultAt"] is not None
        console.cancel(
            auction=auction(f"rtm-{DAY}-25"), reason="A fault.", actor="first", at=traded.gate_closes_at
        )
        assert Caller(client, street.bo).get("/status").json()["incidents"][0]["code"] == "auction-cancelled"


class TestClosedBook:
    """Between its gate and its publication nobody sees or changes a book, the operator included."""

    READS = (
        "incidents", "outbox", "markets", "participants", f"auctions?day={DAY}", f"findings?day={DAY}",
    )  # fmt: skip

    @pytest.fixture
    def closed(self, street, dam):
        """A book with one conspicuous order, taken back in the last second, and one that stays."""
        at = dam.gate_closes_at - MINUTE
        for price in (26_453, 26_457):
            place(street.bo, dam, "buy", (48, price, 1_173), at=at)
        close(dam)
        return auction()

    def test_has_no_door_for_the_operators_eyes(self, operator, street, closed):
        orders = Order.objects.filter(auction=closed)
        secrets = ["26453", "26457", "1173", "2346", *orders.values_list("public_id", flat=True)]
        for address in [f"/operator/{each}" for each in self.READS] + ["/status"]:
            answer = operator.client.get(address, headers=operator._signed({}))
            assert answer.status_code == 200, address
            assert not [secret for secret in secrets if secret in answer.content.decode()], address
        for order in orders:
            assert operator.get(f"/orders/{order.public_id}").status_code == 404
        assert operator.get(f"/node/{street.bo.public_id}/orders").status_code == 404

    def test_has_no_door_for_the_operators_hands(self, operator, street, closed):
        before = list(Order.objects.order_by("pk").values())
        node, order = street.bo.public_id, Order.objects.filter(auction=closed).first().public_id
        body = {"auctionId": closed.code, "side": "buy", "points": [], "version": 1, "curve": "step"}
        assert operator.post(f"/node/{node}/orders", body).status_code == 404
        assert operator.put(f"/node/{node}/orders/{order}", body).status_code == 404
        assert operator.delete(f"/node/{node}/orders/{order}").status_code == 404
        operator.post("/operator/markets/dam/halt", {"reason": "A line is down."})
        change = {"validFrom": f"{DAY}", "values": {"minQuantityWh": 5}}
        operator.post("/operator/markets/dam/changes", change)
        assert operator.post(f"/operator/auctions/{closed.code}/cancellation", {"reason": "Fault."})
        assert list(Order.objects.order_by("pk").values()) == before
        assert auction().book_hash == closed.book_hash
