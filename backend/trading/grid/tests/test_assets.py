from datetime import timedelta

import numpy as np
import pytest

from trading.grid import assets
from trading.grid.models import Asset
from trading.strategies import operations as strategies
from trading.strategies import queries as plans
from trading.tests.caller import Caller
from trading.tests.cast import NOON_BEFORE

ROOF = {"kind": "pv", "name": "Barn", "ratedW": 12_000, "tiltDeg": 30, "azimuthDeg": 180}
NEVER_LEAVES = {"homeFromMinute": None, "homeUntilMinute": None}
CAR = {"kind": "ev_charger", "name": "Garage", "ratedW": 11_000}
WAITS = {"capacityWh": 60_000, "homeFromMinute": 18 * 60, "homeUntilMinute": 7 * 60}
BATTERY = {"kind": "battery", "name": "Cellar", "ratedW": 5_000, "capacityWh": 10_000}


@pytest.fixture
def ada(client, street):
    return Caller(client, street.ada, street.ada_at_home)


@pytest.fixture
def door(street):
    return f"/node/{street.ada.public_id}/assets"


@pytest.fixture
def home_door(street):
    return f"/node/{street.ada_at_home.public_id}/assets"


def choose(node, strategy, at=NOON_BEFORE):
    strategies.choose(
        node=node, strategy=strategy, active=True, limit_price_rp_per_mwh=10_000, actor="a-user", at=at
    )


class TestAdd:
    def test_a_roof_stands_behind_the_node_from_then_on(self, ada, door, street):
        answer = ada.post(door, ROOF)
        assert answer.status_code == 201
        added = ada.get(f"/node/{street.ada.public_id}").json()["assets"][-1]
        assert added == answer.json()
        assert added == ROOF | NEVER_LEAVES | {
            "assetId": added["assetId"],
            "capacityWh": None,
            "measured": False,
        }

    def test_a_battery_is_planned_with(self, ada, door, street):
        choose(street.ada_at_home, "never_lose")
        assert ada.post(door, BATTERY).status_code == 201
        planned = plans.planning(dso=street.dso)
        assert planned.consumer.tolist() == [street.ada_at_home.pk]
        assert planned.batteries.power_wh.tolist() == [5_000 // 4]  # in a quarter hour
        assert planned.batteries.capacity_wh.tolist() == [10_000]
        later = NOON_BEFORE + timedelta(days=1)
        choose(street.ada_at_home, "manual", at=later)
        then = [plans.planning(dso=street.dso, at=at).consumer.tolist() for at in (NOON_BEFORE, later)]
        assert then == [[street.ada_at_home.pk], []]
        # What was chosen first was chosen before, too.
        before = plans.planning(dso=street.dso, at=NOON_BEFORE - timedelta(days=9))
        assert before.consumer.tolist() == [street.ada_at_home.pk]

    def test_a_car_and_a_heat_pump_are_planned_with_once_they_may_wait(self, ada, home_door, street):
        choose(street.ada_at_home, "never_lose")
        car = ada.post(home_door, CAR).json()
        ada.post(home_door, {"kind": "heat_pump", "name": "Pump", "ratedW": 4_000})
        assert len(plans.planning(dso=street.dso).consumer) == 0
        pump = ada.post(home_door, {"kind": "heat_pump", "name": "2", "ratedW": 4_000, "capacityWh": 8_000})
        assert pump.status_code == 201
        figures = {key: car[key] for key in ("name", "ratedW")}
        assert ada.put(f"{home_door}/{car['assetId']}", figures | WAITS).json() == car | WAITS
        planned = plans.planning(dso=street.dso)
        assert planned.consumer.tolist() == [street.ada_at_home.pk]
        loads = planned.loads
        assert loads.home.tolist() == [0, 0] and loads.is_car.tolist() == [True, False]
        assert loads.power_wh.tolist() == [2_750, 1_000] and loads.capacity_wh.tolist() == [60_000, 8_000]
        assert (loads.home_from[0], loads.home_until[0]) == (18 * 60, 7 * 60)
        assert planned.only(np.array([False])).loads.key.tolist() == []

    @pytest.mark.parametrize(
        ("change", "field", "code"),
        [
            ({"capacityWh": None}, "capacityWh", "required"),
            ({"homeUntilMinute": None}, "homeUntilMinute", "required"),
            ({"homeFromMinute": 1_440}, "homeFromMinute", "max-value"),
            ({"homeFromMinute": -1}, "homeFromMinute", "min-value"),
            ({"homeFromMinute": "18:00"}, "homeFromMinute", "invalid"),
            ({"kind": "heat_pump"}, "homeFromMinute", "not-here"),
            ({"kind": "load"}, "capacityWh", "not-here"),
        ],
    )
    def test_refuses_a_car_that_cannot_be(self, ada, home_door, change, field, code):
        answer = ada.post(home_door, CAR | WAITS | change)
        assert answer.status_code == 400
        [error] = answer.json()["errors"]
        assert (error["field"], error["code"]) == (field, code)

    @pytest.mark.parametrize(
        ("change", "field", "code"),
        [
            ({"ratedW": 0}, "ratedW", "min-value"),
            ({"ratedW": "12000"}, "ratedW", "invalid"),
            ({"tiltDeg": 91}, "tiltDeg", "max-value"),
            ({"azimuthDeg": 360}, "azimuthDeg", "max-value"),
            ({"capacityWh": 5_000}, "capacityWh", "not-here"),
            ({"kind": "windmill"}, "kind", "invalid-choice"),
            ({"name": ""}, "name", None),
            ({"profile": "H0"}, "profile", "unknown-field"),
        ],
    )
    def test_refuses_what_cannot_be(self, ada, door, change, field, code):
        answer = ada.post(door, ROOF | change)
        assert answer.status_code == 400
        [error] = answer.json()["errors"]
        assert error["field"] == field
        assert code is None or error["code"] == code

    def test_a_battery_needs_a_capacity_and_looks_nowhere(self, ada, door):
        answer = ada.post(door, BATTERY | {"capacityWh": None})
        assert answer.json()["errors"][0]["field"] == "capacityWh"
        answer = ada.post(door, BATTERY | {"tiltDeg": 10})
        assert answer.json()["errors"][0]["field"] == "tiltDeg"

    def test_what_makes_electricity_is_not_the_consumers(self, ada, home_door, door):
        answer = ada.post(home_door, ROOF)
        assert (answer.status_code, answer.json()["code"]) == (422, "other-side")
        pump = {"kind": "heat_pump", "name": "Pump", "ratedW": 4_000}
        assert ada.post(home_door, pump).status_code == 201
        assert ada.post(door, pump).json()["code"] == "other-side"

    def test_ends_at_twenty(self, ada, door, street):
        for _ in range(assets.MOST - street.ada.assets.count()):
            assert ada.post(door, ROOF).status_code == 201
        answer = ada.post(door, ROOF)
        assert (answer.status_code, answer.json()["code"]) == (409, "too-many-assets")


class TestChange:
    def test_says_the_figures_anew(self, ada, door):
        made = ada.post(door, ROOF).json()
        said = {"name": "Barn, new", "ratedW": 13_000, "tiltDeg": None, "azimuthDeg": 90}
        answer = ada.put(f"{door}/{made['assetId']}", said)
        assert answer.status_code == 200
        assert answer.json() == made | said

    def test_does_not_know_anothers(self, client, ada, door, street):
        made = ada.post(door, ROOF).json()
        bo = Caller(client, street.bo)
        path = f"/node/{street.bo.public_id}/assets/{made['assetId']}"
        for figures in ({"name": "Mine", "ratedW": 1}, {"name": "Mine", "ratedW": 1, "tiltDeg": 1}):
            assert bo.put(path, figures).status_code == 404
        assert bo.delete(path).status_code == 404
        assert Asset.objects.get(public_id=made["assetId"]).name == "Barn"

    def test_keeps_to_what_it_is(self, ada, door):
        made = ada.post(door, ROOF).json()
        figures = {"name": "Barn", "ratedW": 12_000, "capacityWh": 5_000}
        answer = ada.put(f"{door}/{made['assetId']}", figures)
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["field"] == "capacityWh"


class TestRemove:
    def test_takes_it_away(self, ada, door, street):
        made = ada.post(door, ROOF).json()
        assert ada.delete(f"{door}/{made['assetId']}").status_code == 204
        assert ada.delete(f"{door}/{made['assetId']}").status_code == 404

    def test_leaves_what_a_meter_measures(self, ada, door, street):
        measured = street.ada.assets.first()
        Asset.objects.filter(pk=measured.pk).update(profile="PV1")
        answer = ada.delete(f"{door}/{measured.public_id}")
        assert (answer.status_code, answer.json()["code"]) == (409, "asset-measured")
        assert Asset.objects.filter(pk=measured.pk).exists()
