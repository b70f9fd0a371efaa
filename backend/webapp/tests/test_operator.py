"""The operator's doors of the public service: who acts for whom, and what operators did."""

import pytest


class TestOperatorsDoors:
    @pytest.mark.parametrize("door", ["/api/operator/pairings", "/api/operator/audit"])
    def test_are_for_operators_alone(self, as_ada, log_in, dso_clerk, door):
        for client in (as_ada, log_in(dso_clerk)):
            answer = client.get(door)
            assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")

    def test_tell_who_acts_for_which_customer(self, ada, bo, operator, log_in):
        (first, second) = log_in(operator).get("/api/operator/pairings").json()["items"]
        assert (first["customerNumber"], first["email"]) == ("1001", "ada@example.ch")
        assert (second["customerNumber"], second["email"]) == ("1002", "bo@example.ch")

    def test_show_each_deed_of_an_operator_and_of_nobody_else(self, as_ada, operator, log_in, trading):
        client = log_in(operator)
        client.post("/api/trading/operator/markets/dam/halt", {"reason": "A line is down."}, format="json")
        as_ada.put("/api/trading/node/N001/strategy", {"strategy": "manual"}, format="json")
        deeds = client.get("/api/operator/audit").json()["items"]
        assert deeds[0]["target"] == "POST /operator/markets/dam/halt"
        assert (deeds[0]["email"], deeds[0]["outcome"][:3]) == ("operator@example.ch", "200")
        assert {each["email"] for each in deeds} == {"operator@example.ch"}
