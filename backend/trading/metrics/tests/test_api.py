from datetime import timedelta

import pytest

from trading.markets import calendar
from trading.markets import operations as markets
from trading.markets import queries as clock
from trading.tests.caller import Caller
from trading.tests.cast import DAY

STARTS, ENDS = calendar.delivery_day(DAY)
A_DAY_MS = 86_400_000


def milliseconds(at):
    return int(at.timestamp() * 1000)


SPAN = {"startDate": milliseconds(STARTS), "endDate": milliseconds(ENDS)}


@pytest.fixture
def bo(client, noon):
    """Bo asks the evening after."""
    markets.set_clock(speed=1, shows_at=ENDS + timedelta(hours=1), real_at=clock.moment().real_at)
    return Caller(client, noon.bo)


@pytest.fixture
def path(street):
    return f"/node/{street.bo.public_id}/metrics"


class TestMetrics:
    def test_speaks_the_originals_contract(self, bo, path):
        answer = bo.get(path, **SPAN)
        assert answer.status_code == 200
        assert answer.json() == {
            "averagePrice": "0.21402",
            "totalAmount": "1.950",
            "amountCommunity": "1.400",
            "amountNetwork": "0.550",
            "personalPriceHistory": [{"timestamp": SPAN["startDate"], "price": "0.21402"}],
            "marketPriceHistory": [{"timestamp": SPAN["startDate"], "price": "0.21089"}],
            "savingsUrp": 44_577_000 - 41_733_500,
            "utilityName": "Elektra Probe",
            "utilityCostUrp": 44_577_000,
            "costUrp": 41_733_500,
            "feesUrp": 1_950 * 6_450,
            "daily": [
                {
                    "timestamp": SPAN["startDate"],
                    "amountCommunityWh": 1_400,
                    "amountNetworkWh": 550,
                    "costUrp": 41_733_500,
                }
            ],
        }

    def test_of_nothing_is_nothing(self, bo, path):
        answer = bo.get(path, startDate=0, endDate=A_DAY_MS).json()
        assert (answer["averagePrice"], answer["totalAmount"], answer["daily"]) == (None, "0.000", [])

    @pytest.mark.parametrize(
        ("query", "field"),
        [
            ({"endDate": 5}, "startDate"),
            ({"startDate": 5}, "endDate"),
            ({"startDate": "yesterday", "endDate": 5}, "startDate"),
            ({"startDate": "1.5", "endDate": 5}, "startDate"),
            ({"startDate": -1, "endDate": 5}, "startDate"),
            ({"startDate": 5, "endDate": "9" * 40}, "endDate"),
            ({"startDate": 5, "endDate": 4_102_444_800_001}, "endDate"),
            ({"startDate": 5, "endDate": 5}, "endDate"),
            ({"startDate": 6, "endDate": 5}, "endDate"),
            ({"startDate": 0, "endDate": 400 * A_DAY_MS + 1}, "endDate"),
            ({"startDate": 0, "endDate": 5, "unit": "kWh"}, "unit"),
            ({"startDate": [0, 1], "endDate": 5}, "startDate"),
        ],
    )
    def test_names_the_field_that_is_wrong(self, bo, path, query, field):
        answer = bo.get(path, **query)
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
        assert [error["field"] for error in answer.json()["errors"]] == [field]

    def test_400_days_are_allowed(self, bo, path):
        assert bo.get(path, startDate=0, endDate=400 * A_DAY_MS).status_code == 200

    def test_a_foreign_node_is_not_there(self, client, street, path):
        assert Caller(client, street.ada).get(path, **SPAN).status_code == 404


class TestTrading:
    def test_shows_the_node_and_whom_it_was_connected_with(self, bo, street):
        answer = bo.get(f"/node/{street.bo.public_id}/trading").json()
        ada, utility = answer.pop("connectedNodes")
        assert answer == {
            "nodeId": street.bo.public_id,
            "name": "",
            "day": "2026-11-23",
            "distance": 0,
            "price": "0.21402",
            "amount": "1.950",
            "strategy": None,
            "lat": 47.4,
            "long": 8.5,
        }
        assert ada.pop("nodeId") not in (street.ada.public_id, None)
        # 1,000 Wh at 16,410 and 400 at 8,000
        assert ada == {
            "kind": "community",
            "name": "Ahorn 1",
            "distance": 240,
            "price": "0.14007",
            "amount": "1.400",
            "lat": 47.4,
            "long": 8.5,
        }
        assert (utility["kind"], utility["name"], utility["lat"]) == ("network", "Elektra Probe", None)

    def test_before_the_first_day_shows_nobody(self, client, street):
        answer = Caller(client, street.bo).get(f"/node/{street.bo.public_id}/trading").json()
        assert (answer["day"], answer["price"], answer["connectedNodes"]) == (None, None, [])

    def test_a_foreign_node_is_not_there(self, client, street):
        assert Caller(client, street.ada).get(f"/node/{street.bo.public_id}/trading").status_code == 404
