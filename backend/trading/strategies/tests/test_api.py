import pytest

from trading.strategies import queries
from trading.tests.caller import Caller

MANUAL = {"strategy": "manual", "active": True, "limitPriceRpPerMwh": 15_000}


@pytest.fixture
def bo(client, street):
    return Caller(client, street.bo, subject="bo")


@pytest.fixture
def path(street):
    return f"/node/{street.bo.public_id}/strategy"


class TestPut:
    def test_chooses(self, bo, path, street):
        answer = bo.put(path, MANUAL)
        assert (answer.status_code, answer.json()) == (200, MANUAL | {"version": 1})
        assert queries.of(street.bo).actor == "bo"

    def test_counts_versions(self, bo, path):
        bo.put(path, MANUAL)
        assert bo.put(path, MANUAL | {"active": False}).json()["version"] == 2

    @pytest.mark.parametrize(
        ("change", "field", "code"),
        [
            ({"strategy": "last_resort"}, "strategy", "invalid-choice"),
            ({"strategy": "always_win"}, "strategy", "invalid-choice"),
            ({"active": "yes"}, "active", "invalid"),
            ({"limitPriceRpPerMwh": "15000"}, "limitPriceRpPerMwh", "invalid"),
            ({"limitPriceRpPerMwh": 15_000.0}, "limitPriceRpPerMwh", "invalid"),
            ({"limitPriceRpPerMwh": None}, "limitPriceRpPerMwh", "required"),
            ({"limitPriceRpPerMwh": 400_001}, "limitPriceRpPerMwh", "out-of-range"),
            ({"limit": 3}, "limit", "unknown-field"),
        ],
    )
    def test_names_the_field_that_is_wrong(self, bo, path, change, field, code):
        answer = bo.put(path, MANUAL | change)
        assert answer.status_code == 400
        assert [(error["field"], error["code"]) for error in answer.json()["errors"]] == [(field, code)]

    def test_a_foreign_node_is_not_there(self, client, street, path):
        answer = Caller(client, street.ada).put(path, MANUAL)
        assert (answer.status_code, answer.json()["code"]) == (404, "not-found")
        assert queries.of(street.bo) is None
