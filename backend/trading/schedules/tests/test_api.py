"""The grid operator's doors: what is right, what is foreign, what is late."""

from datetime import timedelta

import pytest

from trading.grid.models import Bus, Customer
from trading.markets import operations as markets
from trading.markets import queries as clock
from trading.metering import queries as metering
from trading.operations.tests.conftest import place
from trading.schedules.tests.conftest import NOON
from trading.tests.caller import Caller
from trading.tests.cast import DAY

MINUTE = timedelta(minutes=1)
DAM = f"dam-{DAY}"
HOUR = ("2026-11-23T11:00:00Z", "2026-11-23T12:00:00Z")
HEADER = "line,direction,starts_at,ends_at,capacity_w\n"
LATE = HEADER + "N003,up,2026-11-21T11:00:00Z,2026-11-21T12:00:00Z,0\n"


@pytest.fixture
def seat(client, street):
    """The grid operator's place, as the gateway lets it in; `at` sets the exchange's clock."""

    class Seat(Caller):
        here = f"/dso/{street.dso.public_id}"

        def at(self, instant):
            markets.set_clock(speed=1, shows_at=instant, real_at=clock.moment().real_at)
            return self

    return Seat(client, role="dso", subject="dso-user")


@pytest.fixture
def soon(seat, published):
    seat.at(published.gate_closes_at + MINUTE)
    return published


def code(answer, status):
    assert answer.status_code == status, answer.content
    return answer.json()["code"]


class TestCapacities:
    def post(self, seat, body):
        return seat.post(f"{seat.here}/capacities", body)

    def test_posts_and_shows(self, seat, dam):
        seat.at(dam.gate_closes_at - MINUTE)
        row = {
            "line": "N003",
            "direction": "down",
            "startsAt": "2026-11-23T11:00:00Z",
            "endsAt": "2026-11-23T12:00:00Z",
        }
        assert self.post(seat, {"rows": [row | {"capacityW": 4_000}]}).json()["number"] == 1
        again = self.post(seat, {"csv": f"{HEADER}N003,up,{HOUR[0]},{HOUR[1]},0\n"}).json()
        assert (again["number"], again["rows"]) == (2, 1)
        shown = seat.get(f"{seat.here}/capacities").json()
        assert [(each["number"], each["rows"][0]["capacityW"]) for each in shown["posts"]] == [
            (2, 0),
            (1, 4_000),
        ]
        assert shown["lines"][0] == {
            "line": "N000",
            "towards": "GRID",
            "ratingUpW": 400_000,
            "ratingDownW": 400_000,
        }

    @pytest.mark.parametrize(
        ("body", "status", "problem"),
        [
            ({}, 400, "invalid"),
            ({"rows": [], "csv": ""}, 400, "invalid"),
            ({"rows": [{"line": "N003"}]}, 400, "invalid"),
            ({"csv": "line\n"}, 400, "invalid"),
            ({"csv": LATE}, 409, "gate-closed"),
        ],
    )  # fmt: skip
    def test_refuses(self, seat, dam, body, status, problem):
        seat.at(dam.gate_closes_at - MINUTE)
        assert code(self.post(seat, body), status) == problem

    def test_is_not_for_households_nor_for_foreign_grids(self, client, street, seat, dam):
        assert code(Caller(client, street.bo).get(f"{seat.here}/capacities"), 403) == "forbidden"
        assert code(seat.get("/dso/nowhere/capacities"), 404) == "not-found"


class TestSchedule:
    def test_shows_what_each_node_must_do(self, street, seat, soon):
        [item, *_] = [
            each for each in seat.get(f"{seat.here}/schedules").json()["items"] if each["marketId"] == "dam"
        ]
        assert (item["auctionId"], item["state"], item["curtailedWh"]) == (DAM, "waiting", 0)
        nodes = seat.get(f"{seat.here}/schedules/{DAM}").json()["nodes"]
        assert {each["nodeId"]: each["scheduledWh"][NOON] for each in nodes}[street.bo.public_id] == -600
        file = seat.get(f"{seat.here}/schedules/{DAM}/csv").json()
        assert f"{street.bo.public_id},C0026,N002,consumer,2026-11-23T11:00:00Z,-600,0\n" in file["csv"]

    def test_is_a_file_without_formulas(self, street, seat, soon):
        Customer.objects.filter(pk=street.bo.customer_id).update(number="=1+1")
        Bus.objects.filter(pk=street.bo.bus_id).update(name="@SUM")
        file = seat.get(f"{seat.here}/schedules/{DAM}/csv").json()
        assert f"{street.bo.public_id},'=1+1,'@SUM,consumer,2026-11-23T11:00:00Z,-600,0\n" in file["csv"]

    def test_shows_flows_prices_and_what_binds(self, seat, soon):
        flows = seat.get(f"{seat.here}/lines/flows", auction=DAM).json()
        line = {each["fromBus"]: each for each in flows["items"]}["N001"]
        assert (line["flowsWh"][NOON], line["capacitiesUpWh"][NOON], line["bindingPeriods"]) == (
            1_000,
            25_000,
            [],
        )
        assert line["pricesRpPerMwh"][NOON] == flows["borderPricesRpPerMwh"][NOON] == 6_000

    def test_what_is_not_there_or_foreign_is_not_found(self, seat, soon):
        assert code(seat.get(f"{seat.here}/schedules/dam-1999-01-01"), 404) == "not-found"
        assert code(seat.get(f"{seat.here}/schedules/rtm-{DAY}-30"), 404) == "not-published"
        assert code(seat.get(f"{seat.here}/schedules", day="yesterday"), 400) == "invalid"


class TestAnswer:
    def digest(self, seat):
        return seat.get(f"{seat.here}/schedules/{DAM}").json()["schedule"]["scheduleHash"]

    def curtail(self, seat, **changes):
        body = {
            "scheduleHash": self.digest(seat),
            "reason": "The cable is mended.",
            "items": [{"line": "N001", "limitWh": 400}],
        }
        return seat.post(f"{seat.here}/schedules/{DAM}/curtailment", body | changes)

    def accept(self, seat, digest=None):
        return seat.post(
            f"{seat.here}/schedules/{DAM}/acceptance", {"scheduleHash": digest or self.digest(seat)}
        )

    def test_accepts_twice_alike(self, seat, soon):
        assert self.accept(seat).json()["state"] == "accepted"
        assert self.accept(seat).status_code == 200
        assert code(self.curtail(seat), 409) == "already-answered"

    def test_not_by_another_hash(self, seat, soon):
        assert code(self.accept(seat, "f" * 64), 409) == "other-schedule"

    def test_curtails_once_and_shows_it(self, street, seat, soon):
        assert self.curtail(seat).json()["curtailedWh"] == 600
        assert self.curtail(seat).status_code == 201
        shown = seat.get(f"{seat.here}/schedules/{DAM}").json()
        assert (shown["schedule"]["state"], shown["schedule"]["reason"]) == (
            "curtailed",
            "The cable is mended.",
        )
        bo = {each["nodeId"]: each for each in shown["nodes"]}[street.bo.public_id]
        assert (bo["scheduledWh"][NOON], bo["curtailedWh"][NOON]) == (-240, 360)
        assert code(self.curtail(seat, reason="Another reason."), 409) == "already-answered"

    @pytest.mark.parametrize(
        "changes", [{"items": []}, {"reason": ""}, {"items": [{"line": "N001", "limitWh": -1}]}, {"more": 1}]
    )
    def test_refuses_what_it_cannot_read(self, seat, soon, changes):
        assert code(self.curtail(seat, **changes), 400) == "invalid"

    def test_too_late(self, seat, soon):
        seat.at(soon.gate_closes_at + 60 * MINUTE)
        assert code(self.accept(seat), 409) == "answer-too-late"
        assert code(self.curtail(seat), 409) == "answer-too-late"


class TestFlexibility:
    """The operator buys at Bo's bus, from Ada."""

    def order(self, seat, **changes):
        points = [{"period": NOON, "priceRpPerMwh": 20_000, "quantityWh": 300}]
        body = {"auctionId": DAM, "busName": "N002", "side": "buy", "points": points}
        return seat.post(f"{seat.here}/flexibility", body | changes)

    def test_orders_like_any_participant_and_sees_what_it_bought(self, street, seat, dam, worker):
        at = dam.gate_closes_at - 10 * MINUTE
        place(street.ada, dam, "sell", (NOON, 8_000, 1_000), at=at)
        made = self.order(seat.at(at))
        assert (made.status_code, made.json()["state"]) == (201, "open")
        worker(at=dam.gate_closes_at)
        [bought] = seat.get(f"{seat.here}/flexibility", auction=DAM).json()["items"]
        assert (bought["acceptedWh"], bought["periods"][0]["priceRpPerMwh"]) == (300, 8_000)

    def test_takes_it_back_before_the_gate(self, seat, dam):
        made = self.order(seat.at(dam.gate_closes_at - MINUTE)).json()
        assert seat.delete(f"{seat.here}/flexibility/{made['orderId']}").json()["state"] == "cancelled"
        assert code(seat.delete(f"{seat.here}/flexibility/unknown"), 404) == "not-found"

    def test_not_at_a_foreign_bus_nor_after_the_gate(self, seat, dam):
        assert code(self.order(seat.at(dam.gate_closes_at - MINUTE), busName="N999"), 404) == "unknown-bus"
        assert code(self.order(seat.at(dam.gate_closes_at)), 409) == "gate-closed"

    def test_needs_no_meter(self, street, seat, dam):
        before = metering.metered_nodes(dso=street.dso).tolist()
        self.order(seat.at(dam.gate_closes_at - MINUTE))
        assert metering.metered_nodes(dso=street.dso).tolist() == before
