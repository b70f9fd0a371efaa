from datetime import timedelta

import pytest

from trading.markets import operations
from trading.tests.caller import Caller
from trading.tests.cast import DAY, NOON_BEFORE, open_auctions


@pytest.fixture
def cy(client, street):
    open_auctions(street)
    operations.set_clock(speed=1, shows_at=NOON_BEFORE, real_at=NOON_BEFORE)
    return Caller(client)


class TestMarkets:
    def test_tells_the_rules_that_an_order_must_keep(self, cy):
        dam, rtm = cy.get("/markets").json()["items"]
        assert (dam["marketId"], rtm["marketId"]) == ("dam", "rtm")
        assert (dam["priceFloorRpPerMwh"], dam["priceCapRpPerMwh"]) == (-50_000, 400_000)


class TestAuctions:
    def test_lists_a_day_in_the_order_of_delivery(self, cy):
        following = DAY + timedelta(days=1)
        items = cy.get("/auctions", **{"from": str(DAY), "to": str(following)}).json()["items"]
        assert len(items) == 49
        assert [item["auctionId"] for item in items[:2]] == [f"dam-{DAY}", f"rtm-{DAY}-01"]
        assert items[0]["periods"] == 96
        assert items[0]["gateClosesAt"] == "2026-11-22T10:00:00Z"
        assert items[0]["expectedPublicationAt"] == "2026-11-22T10:05:00Z"

    def test_filters_by_market_and_states(self, cy):
        query = {"from": str(DAY), "market": "dam", "state": "open,closed"}
        (item,) = cy.get("/auctions", **query).json()["items"]
        assert (item["auctionId"], item["state"]) == (f"dam-{DAY}", "open")
        assert cy.get("/auctions", **(query | {"state": "settled"})).json()["items"] == []

    @pytest.mark.parametrize(
        ("query", "field", "code"),
        [
            ({"from": "yesterday"}, "from", "invalid"),
            ({"from": "2026-11-23T00:00:00"}, "from", "offset-required"),
            ({"from": "2026-02-30"}, "from", "invalid"),
            ({"from": "0001-01-01"}, "from", "invalid"),
            ({"from": "9999-12-30"}, "from", "out-of-range"),
            ({"from": "9999-12-31T23:00:00Z"}, "from", "out-of-range"),
            ({"market": "\u0000"}, "market", "control"),
            ({"from": "2026-01-01", "to": "2026-03-01"}, "to", "out-of-range"),
            ({"state": "open,broken"}, "state", "unknown"),
            ({"page": "2"}, "page", "unknown-field"),
            ({"market": ["dam", "rtm"]}, "market", "duplicate-key"),
        ],
    )
    def test_refuses_what_it_does_not_know(self, cy, query, field, code):
        answer = cy.get("/auctions", **query)
        assert answer.status_code == 400
        assert [(error["field"], error["code"]) for error in answer.json()["errors"]] == [(field, code)]


class TestAuctionPage:
    def test_shows_when_each_period_starts(self, cy):
        answer = cy.get(f"/auctions/rtm-{DAY}-17").json()
        assert answer["periodStarts"] == ["2026-11-23T07:00:00Z", "2026-11-23T07:15:00Z"]

    def test_does_not_know_others(self, cy):
        for name in ("dam-1999-01-01", "dam%00", "dam 1", "x" * 65):
            answer = cy.get(f"/auctions/{name}")
            assert (answer.status_code, answer.json()["code"]) == (404, "not-found")


class TestClock:
    def test_counts_down_to_the_next_gate_of_each_market(self, client, street):
        open_auctions(street)
        moment = operations.queries.moment()
        operations.set_clock(speed=60, shows_at=NOON_BEFORE, real_at=moment.real_at)
        answer = Caller(client).get("/clock").json()
        assert answer["speed"] == 60
        assert answer["now"].startswith("2026-11-22T09:")
        gates = {gate["marketId"]: gate["auctionId"] for gate in answer["nextGates"]}
        assert gates["dam"] == f"dam-{DAY}"
        assert gates["rtm"].startswith("rtm-2026-11-22-")
