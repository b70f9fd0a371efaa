import json

import pytest

from trading.markets import operations as markets
from trading.markets import queries as clock
from trading.orders import operations
from trading.orders.models import Order
from trading.tests.caller import Caller
from trading.tests.cast import DAY, NOON_BEFORE, points

BODY = {
    "auctionId": f"dam-{DAY}",
    "side": "buy",
    "curve": "step",
    "points": [{"period": 40, "priceRpPerMwh": 20_000, "quantityWh": 500}],
}


@pytest.fixture
def bo(client, street, dam):
    """Bo asks, an hour before the gate closes."""
    markets.set_clock(speed=1, shows_at=NOON_BEFORE, real_at=clock.moment().real_at)
    return Caller(client, street.bo, subject="bo")


@pytest.fixture
def path(street):
    return f"/node/{street.bo.public_id}/orders"


def found(answer):
    return answer.status_code, [(error["field"], error["code"]) for error in answer.json()["errors"]]


class TestPlace:
    def test_answers_with_the_order(self, bo, path, street):
        answer = bo.post(path, BODY)
        assert answer.status_code == 201
        order = answer.json()
        assert order["auctionId"] == f"dam-{DAY}"
        assert (order["marketId"], order["state"], order["source"]) == ("dam", "open", "household")
        assert order["points"] == BODY["points"]
        assert (order["heldUrp"], order["version"], order["acceptedWh"]) == (10_000_000, 1, None)
        assert Order.objects.get().actor == "bo"

    def test_the_same_key_twice_is_one_order(self, bo, path):
        first, again = (bo.post(path, BODY, Idempotency_Key="k-1") for _ in range(2))
        assert first.json() == again.json()
        other = bo.post(path, BODY | {"side": "sell"}, Idempotency_Key="k-1")
        assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")

    def test_at_the_gate_is_refused(self, bo, path, dam):
        markets.set_clock(speed=1, shows_at=dam.gate_closes_at, real_at=clock.moment().real_at)
        answer = bo.post(path, BODY)
        assert (answer.status_code, answer.json()["code"]) == (409, "gate-closed")

    def test_beyond_the_limit_says_what_is_free_and_needed(self, bo, path):
        dear = [{"period": p, "priceRpPerMwh": 400_000, "quantityWh": 2_500} for p in range(96)]
        answer = bo.post(path, BODY | {"points": dear})
        assert (answer.status_code, answer.json()["code"]) == (422, "limit-exceeded")
        assert answer.json()["freeUrp"] == 50_000_000_000
        assert answer.json()["neededUrp"] == 96_000_000_000

    def test_beyond_the_connection_says_where(self, bo, path):
        answer = bo.post(path, BODY | {"points": [BODY["points"][0] | {"quantityWh": 2_501}]})
        assert (answer.status_code, answer.json()["code"]) == (422, "capacity-exceeded")
        assert (answer.json()["period"], answer.json()["capacityWh"]) == (40, 2_500)

    def test_at_a_foreign_node_is_nowhere(self, bo, street):
        answer = bo.post(f"/node/{street.ada.public_id}/orders", BODY)
        assert (answer.status_code, answer.json()["code"]) == (404, "not-found")
        assert not Order.objects.exists()

    @pytest.mark.parametrize(
        ("change", "field", "code"),
        [
            ({"auctionId": "dam-1999-01-01"}, "auctionId", "unknown"),
            ({"side": "hold"}, "side", "invalid-choice"),
            ({"curve": True}, "curve", "invalid-choice"),
            ({"price": 5}, "price", "unknown-field"),
            ({"points": []}, "points", "required"),
            ({"points": {}}, "points", "invalid"),
            ({"points": [5]}, "points.0", "invalid"),
            ({"points": [BODY["points"][0] | {"quantityWh": 500.0}]}, "points.0.quantityWh", "invalid"),
            ({"points": [BODY["points"][0] | {"quantityWh": True}]}, "points.0.quantityWh", "invalid"),
            ({"points": [BODY["points"][0] | {"quantityWh": 2**40}]}, "points.0.quantityWh", "invalid"),
            ({"points": [BODY["points"][0] | {"period": 96}]}, "points.0.period", "out-of-range"),
            ({"points": [BODY["points"][0] | {"limit": 1}]}, "points.0.limit", "unknown-field"),
            ({"points": [{"period": 1, "priceRpPerMwh": 1}]}, "points.0.quantityWh", "required"),
        ],
    )
    def test_names_the_field_that_is_wrong(self, bo, path, change, field, code):
        assert found(bo.post(path, BODY | change)) == (400, [(field, code)])
        assert not Order.objects.exists()

    def test_names_the_field_that_is_missing(self, bo, path):
        body = {name: value for name, value in BODY.items() if name != "side"}
        assert found(bo.post(path, body)) == (400, [("side", "required")])

    def test_refuses_a_key_that_nobody_could_print(self, bo, path):
        assert found(bo.post(path, BODY, Idempotency_Key="k 1")) == (400, [("Idempotency-Key", "invalid")])

    def test_refuses_what_is_no_plain_json(self, bo, path):
        twice = json.dumps(BODY)[:-1] + ', "side": "sell"}'
        assert bo.post(path, twice).json()["code"] == "duplicate-key"
        assert bo.post(path, "{").json()["code"] == "malformed-json"
        assert bo.post(path, "[1]").status_code == 400

    def test_takes_a_whole_day_of_long_curves(self, bo, path):
        rows = [
            {"period": period, "priceRpPerMwh": price, "quantityWh": 10}
            for period in range(96)
            for price in range(100)
        ]
        assert bo.post(path, BODY | {"points": rows}).status_code == 201


class TestReplaceAndCancel:
    def test_replaces_with_the_version_that_was_read(self, bo, path):
        order = bo.post(path, BODY).json()
        body = {"version": 1, "curve": "step", "points": [BODY["points"][0] | {"quantityWh": 700}]}
        changed = bo.put(f"{path}/{order['orderId']}", body).json()
        assert (changed["version"], changed["points"][0]["quantityWh"]) == (2, 700)
        conflict = bo.put(f"{path}/{order['orderId']}", body)
        assert (conflict.status_code, conflict.json()["code"]) == (409, "version-conflict")
        assert conflict.json()["currentVersion"] == 2

    def test_cancels_and_tells_the_history(self, bo, path):
        order = bo.post(path, BODY).json()
        cancelled = bo.delete(f"{path}/{order['orderId']}").json()
        assert (cancelled["state"], cancelled["heldUrp"]) == ("cancelled", 0)
        history = bo.get(f"{path}/{order['orderId']}/versions").json()["items"]
        assert [version["deed"] for version in history] == ["placed", "cancelled"]

    def test_knows_only_orders_of_the_node(self, bo, path, street, dam):
        adas = operations.place(
            auction=dam, node=street.ada, side="sell", curve="step", points=points((1, 1, 1)),
            actor="ada", at=NOON_BEFORE,
        )  # fmt: skip
        for method, *body in (
            (bo.delete,),
            (bo.put, {"version": 1, "curve": "step", "points": BODY["points"]}),
        ):
            answer = method(f"{path}/{adas.public_id}", *body)
            assert (answer.status_code, answer.json()["code"]) == (404, "not-found")
        assert bo.get(f"{path}/{adas.public_id}/versions").status_code == 404


class TestList:
    def test_shows_the_newest_first_a_page_at_a_time(self, bo, path, street, dam):
        for number in range(103):
            operations.place(
                auction=dam, node=street.bo, side="buy", curve="step", points=points((number % 96, 1, 1)),
                actor="bo", at=NOON_BEFORE,
            )  # fmt: skip
        first = bo.get(path).json()
        rest = bo.get(path, cursor=first["next"]).json()
        assert (len(first["items"]), len(rest["items"]), rest["next"]) == (100, 3, None)
        seen = [order["orderId"] for order in first["items"] + rest["items"]]
        assert len(set(seen)) == 103
        assert first["items"][0]["points"][0]["period"] == 102 % 96

    def test_filters_by_auction_delivery_and_state(self, bo, path):
        bo.post(path, BODY)
        assert len(bo.get(path, auction=f"dam-{DAY}", state="open,frozen").json()["items"]) == 1
        assert bo.get(path, auction=f"rtm-{DAY}-01").json()["items"] == []
        assert bo.get(path, state="accepted").json()["items"] == []
        assert bo.get(path, **{"from": str(DAY), "to": "2026-11-24"}).json()["items"] != []
        assert bo.get(path, **{"from": "2026-11-24"}).json()["items"] == []
        assert found(bo.get(path, state="lost")) == (400, [("state", "unknown")])
