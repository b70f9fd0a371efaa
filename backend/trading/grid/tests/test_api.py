import pytest

from shared import identity
from trading.tests.caller import Caller


@pytest.fixture
def ada(client, street):
    return Caller(client, street.ada, street.ada_at_home)


@pytest.fixture
def cy(client):
    return Caller(client)


class TestIdentity:
    def test_nobody_gets_in_without_a_signature(self, client, street):
        answer = client.get("/dso/all")
        assert answer.status_code == 401
        assert answer["WWW-Authenticate"] == "Bearer"
        assert answer["Content-Type"] == "application/problem+json"
        assert answer.json()["code"] == "not-authenticated"

    def test_a_forged_signature_is_refused(self, client, street):
        headers = {"Authorization": "Bearer aaaa.bbbb.cccc"}
        assert client.get("/dso/all", headers=headers).status_code == 401

    def test_foreign_and_missing_nodes_look_alike(self, cy, street):
        foreign, missing = cy.get(f"/node/{street.ada.public_id}"), cy.get("/node/nobody")
        assert foreign.status_code == missing.status_code == 404
        assert foreign.json() == missing.json()
        assert foreign.json()["code"] == "not-found"

    def test_every_path_of_a_node_is_closed_to_others(self, cy, street):
        for path in ("", "/map", "/account", "/orders", "/results"):
            assert cy.get(f"/node/{street.ada.public_id}{path}").status_code == 404, path


class TestOperators:
    def test_lists_them_with_their_tariff(self, cy, street):
        (item,) = cy.get("/dso/all").json()["items"]
        assert item["name"] == "Elektra Probe"
        assert item["tariff"] == {
            "retailEnergyRpPerMwh": 12_110,
            "gridRpPerMwh": 10_750,
            "leviesRpPerMwh": 5_400,
            "feedInRpPerMwh": 6_000,
            "vatPermille": 81,
        }


class TestPairing:
    def ask(self, client, street, role=identity.SERVICE, **query):
        return Caller(client, role=role).get("/pairing", **query)

    def test_gives_the_nodes_of_a_customer_number(self, client, street):
        answer = self.ask(client, street, dso=street.dso.public_id, dsoClientId="C0018").json()
        assert answer["producerNodeId"] == street.ada.public_id
        assert answer["consumerNodeId"] == street.ada_at_home.public_id
        answer = self.ask(client, street, dso=street.dso.public_id, dsoClientId="C0026").json()
        assert answer["producerNodeId"] is None

    def test_does_not_know_the_utility_or_a_wrong_number(self, client, street):
        for number in ("U0000", "C0019"):
            answer = self.ask(client, street, dso=street.dso.public_id, dsoClientId=number)
            assert (answer.status_code, answer.json()["code"]) == (404, "customer-not-found")

    def test_is_for_the_public_door_alone(self, client, street):
        query = {"dso": street.dso.public_id, "dsoClientId": "C0018"}
        answer = self.ask(client, street, role=identity.HOUSEHOLD, **query)
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")

    def test_refuses_unknown_and_missing_parts_of_the_query(self, client, street):
        answer = self.ask(client, street, dso=street.dso.public_id, number="C0018")
        assert answer.status_code == 400
        codes = {error["field"]: error["code"] for error in answer.json()["errors"]}
        assert codes["number"] == "unknown-field"


class TestNodePage:
    def test_shows_a_node_and_what_stands_behind_it(self, ada, street):
        answer = ada.get(f"/node/{street.ada.public_id}").json()
        assert (answer["side"], answer["busName"], answer["shared"]) == ("producer", "N001", True)
        assert answer["otherNodeId"] == street.ada_at_home.public_id
        assert [(asset["kind"], asset["ratedW"]) for asset in answer["assets"]] == [("pv", 9_000)]
        assert answer["strategy"] is None

    def test_the_map_shows_the_whole_street(self, ada, street):
        answer = ada.get(f"/node/{street.ada.public_id}/map").json()
        assert answer["home"] == "N001"
        assert [bus["name"] for bus in answer["buses"]] == ["GRID", "N000", "N001", "N002", "N003"]
        assert {"from": "N002", "to": "N003", "lengthM": 40, "capacityW": 100_000} in answer["lines"]


class TestProfile:
    def test_says_what_others_see(self, ada, street):
        body = {"displayName": "Zum Ahorn", "shared": False}
        assert ada.put(f"/node/{street.ada.public_id}/profile", body).json() == body
        street.ada.refresh_from_db()
        assert (street.ada.display_name, street.ada.shared) == ("Zum Ahorn", False)

    @pytest.mark.parametrize(
        ("body", "field", "code"),
        [
            ({"displayName": "A" * 61, "shared": True}, "displayName", "max-length"),
            ({"displayName": "Ada", "shared": "yes"}, "shared", "invalid"),
            ({"displayName": "Ada"}, "shared", "required"),
            ({"displayName": "Ada", "shared": True, "bus": 1}, "bus", "unknown-field"),
            ({"displayName": "A\u0000", "shared": True}, "displayName", "control"),
        ],
    )
    def test_refuses_anything_else(self, ada, street, body, field, code):
        answer = ada.put(f"/node/{street.ada.public_id}/profile", body)
        assert answer.status_code == 400
        assert [(error["field"], error["code"]) for error in answer.json()["errors"]] == [(field, code)]


class TestHealth:
    def test_is_told_to_anyone(self, client, db):
        assert client.get("/health/live").status_code == 200
        assert client.get("/health/ready").json()["status"] == "ready"
        assert "revision" in client.get("/version").json()
