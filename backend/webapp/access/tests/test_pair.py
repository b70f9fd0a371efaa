import uuid
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from webapp.access import operations, queries
from webapp.access.models import Pairing
from webapp.conftest import now


def pair(client, number="1003", dso="village"):
    return client.post("/api/pairings", {"dso": dso, "dsoClientId": number}, format="json")


class TestPair:
    def test_lets_a_user_act_for_a_customers_nodes(self, as_cy, cy, trading):
        trading.knows_customer("village", "1003", "C003", "P003")
        response = pair(as_cy)
        assert response.status_code == 201
        assert response.json() | {"pairingId": ""} == {
            "pairingId": "",
            "dsoId": "village",
            "dsoName": "Village Grid",
            "customerNumber": "1003",
            "consumerNodeId": "C003",
            "producerNodeId": "P003",
        }
        assert queries.nodes_of(cy) == {"C003", "P003"}
        assert as_cy.get("/api/me").json()["pairings"] == [response.json()]

    def test_asks_as_the_service_itself(self, as_cy, trading):
        trading.knows_customer("village", "1003", "C003")
        pair(as_cy)
        assert {seen.target for seen in trading.seen} == {"/pairing?dso=village&dsoClientId=1003", "/dso/all"}

    @pytest.mark.parametrize(
        ("status", "value"),
        [
            (404, {"code": "customer-not-found", "status": 404}),
            (400, {"code": "invalid", "status": 400}),
            (200, {"consumerNodeId": None, "producerNodeId": None, "customerName": "x", "dsoId": "village"}),
        ],
    )
    def test_refuses_a_customer_the_dso_does_not_know(self, as_cy, trading, status, value):
        trading.answer("GET", "/pairing", status, value)
        response = pair(as_cy)
        assert (response.status_code, response.json()["code"]) == (404, "customer-not-found")

    def test_refuses_a_customer_someone_acts_for(self, as_cy, ada, trading):
        trading.knows_customer("village", "1001", "C001", "N001")
        response = pair(as_cy, "1001")
        assert (response.status_code, response.json()["code"]) == (409, "already-paired")

    def test_refuses_a_node_someone_acts_for_under_another_spelling(self, as_cy, ada, trading):
        trading.knows_customer("village", "1001a", "C001", "N001")
        assert pair(as_cy, "1001a").status_code == 409

    def test_keeps_numbers_apart_that_look_alike_joined(self, as_cy, cy, trading):
        trading.knows_customer("1-2", "3", "C-x")
        trading.knows_customer("1", "2-3", "C-y")
        assert (pair(as_cy, "3", "1-2").status_code, pair(as_cy, "2-3", "1").status_code) == (201, 201)
        assert queries.nodes_of(cy) == {"C-x", "C-y"}

    @pytest.mark.parametrize(
        "body",
        [{}, {"dso": "village"}, {"dso": 5, "dsoClientId": "x"}, {"dso": "a\nb", "dsoClientId": "x"}]
        + [{"dso": "v&dsoClientId=1", "dsoClientId": "1"}, {"dso": "village", "dsoClientId": "1" * 65}]
        + [{"dso": "village", "dsoClientId": "1", "user": "ada"}, {"dso": "village", "dsoClientId": ""}],
        ids=repr,
    )
    def test_refuses_another_shape_without_asking(self, as_cy, trading, body):
        assert as_cy.post("/api/pairings", body, format="json").status_code == 400
        assert not trading.seen

    def test_stops_trying_one_number_after_the_other(self, as_cy, trading):
        trading.answer("GET", "/pairing", 404, {"code": "customer-not-found"})
        answers = [pair(as_cy, str(number)).status_code for number in range(22)]
        assert answers == [404] * 20 + [429] * 2

    @pytest.mark.parametrize(
        "customer",
        [{}, [], "x", {"consumerNodeId": 5, "dsoId": "v"}, {"consumerNodeId": "../x", "dsoId": "v"}],
    )
    def test_believes_no_odd_answer(self, as_cy, trading, customer):
        trading.answer("GET", "/pairing", 200, customer)
        response = pair(as_cy)
        assert (response.status_code, response.json()["code"]) == (502, "trading-not-understood")
        assert not Pairing.objects.exists()

    def test_needs_a_session(self, client, db):
        assert pair(client).status_code == 401


class TestPairing:
    def test_the_database_allows_a_customer_one_user(self, ada, cy):
        mine = Pairing.objects.get(user=ada)
        for changes in (
            {},
            {"customer_number": "other"},
            {"customer_number": "other", "consumer_node_id": "C9"},
        ):
            again = Pairing(
                user=cy,
                dso_id=mine.dso_id,
                customer_number=mine.customer_number,
                consumer_node_id=mine.consumer_node_id,
                producer_node_id=mine.producer_node_id,
                paired_at=now(),
            )
            for name, value in changes.items():
                setattr(again, name, value)
            with pytest.raises(IntegrityError), transaction.atomic():
                again.save()


class TestUnpair:
    def test_counts_from_the_next_request_on(self, as_ada, ada, trading):
        pairing = queries.pairings_of(ada).get()
        assert as_ada.get("/api/trading/node/N001").status_code == 200
        assert as_ada.delete(f"/api/pairings/{pairing.pairing_id}").status_code == 204
        assert as_ada.get("/api/trading/node/N001").status_code == 404
        assert queries.nodes_of(ada) == frozenset()

    def test_keeps_who_acted_when(self, ada):
        pairing = queries.pairings_of(ada).get()
        at = now() + timedelta(seconds=1)
        operations.unpair(user=ada, pairing_id=pairing.pairing_id, at=at)
        assert Pairing.objects.get(pk=pairing.pk).unpaired_at == at

    def test_frees_the_customer_for_someone_else(self, as_ada, as_cy, ada, trading):
        as_ada.delete(f"/api/pairings/{queries.pairings_of(ada).get().pairing_id}")
        trading.knows_customer("village", "1001", "C001", "N001")
        assert pair(as_cy, "1001").status_code == 201

    def test_answers_the_same_for_missing_and_someone_elses(self, as_cy, ada):
        theirs = queries.pairings_of(ada).get().pairing_id
        answers = [as_cy.delete(f"/api/pairings/{each}") for each in (theirs, uuid.uuid4())]
        assert {(answer.status_code, answer.content) for answer in answers} == {(404, answers[0].content)}
        assert queries.nodes_of(ada) == {"C001", "N001"}
