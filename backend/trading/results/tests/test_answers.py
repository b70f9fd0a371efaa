"""Results at the door: from publication on, to whom they belong, and no more of others than they share."""

from datetime import timedelta

from shared import identity
from trading.grid.models import Line, Node
from trading.markets.models import Auction
from trading.operations.tests.conftest import place
from trading.results import queries
from trading.results.models import Result
from trading.tests.cast import build_street, signed


def get(client, path, *nodes, role=identity.HOUSEHOLD, **query):
    return client.get(path, query, headers=signed(*nodes, role=role))


class TestPrices:
    def test_are_those_at_the_callers_bus(self, client, street, published):
        answer = get(client, f"/auctions/{published.code}/prices", street.bo, node=street.bo.public_id)
        body = answer.json()
        assert (body["auctionId"], body["busName"], len(body["items"])) == (published.code, "N002", 96)
        assert body["items"][48] == {
            "period": 48,
            "startsAt": "2026-11-23T11:00:00Z",
            "priceRpPerMwh": 8_000,
            "priceLow": 8_000,
            "priceHigh": 8_000,
        }

    def test_are_those_at_the_border_without_a_node(self, client, street, published):
        assert get(client, f"/auctions/{published.code}/prices", street.bo).json()["busName"] == "GRID"

    def test_are_not_there_before_publication(self, client, street, dam):
        answer = get(client, f"/auctions/{dam.code}/prices", street.bo)
        assert (answer.status_code, answer.json()["code"]) == (404, "not-published")

    def test_of_an_unknown_auction_are_not_found(self, client, street):
        assert get(client, "/auctions/dam-2026-01-01/prices", street.bo).json()["code"] == "not-found"

    def test_at_a_foreign_node_are_not_found(self, client, street, published):
        path = f"/auctions/{published.code}/prices"
        answer = get(client, path, street.bo, node=street.ada.public_id)
        assert (answer.status_code, answer.json()["code"]) == (404, "not-found")

    def test_refuse_what_was_not_asked_for(self, client, street, published):
        answer = get(client, f"/auctions/{published.code}/prices", street.bo, bus="N001")
        assert answer.json()["errors"][0]["code"] == "unknown-field"


def test_an_auction_of_another_grid_operator_is_not_found(client, published):
    bo = build_street("Elektra Zwei").bo
    own = f"/node/{bo.public_id}"
    for path, query in (
        (f"/auctions/{published.code}/prices", {"node": bo.public_id}),
        (f"{own}/results", {"auction": published.code}),
        (f"{own}/curves", {"auction": published.code, "period": 48}),
    ):
        answer = get(client, path, bo, **query)
        assert (answer.status_code, answer.json()["code"]) == (404, "not-found"), path


class TestNodeResults:
    def test_say_what_became_of_each_order_and_why(self, client, street, published):
        path = f"/node/{street.ada.public_id}/results"
        first, second = get(client, path, street.ada, auction=published.code).json()["items"]
        found = [[(each["acceptedWh"], each["code"]) for each in item["periods"]] for item in (first, second)]
        # Equal prices share Bo's 600 Wh in proportion. Later he bids 7,550 at his bus: too little for both.
        assert found == [
            [(300, "at-the-margin"), (0, "out-of-the-money")],
            [(300, "at-the-margin"), (0, "out-of-the-money")],
        ]
        assert first["amountUrp"] == 300 * 8_000

    def test_show_a_buyer_what_it_pays_at_its_meter(self, client, street, published):
        path = f"/node/{street.bo.public_id}/results"
        [item] = get(client, path, street.bo, auction=published.code).json()["items"]
        assert item["amountUrp"] == -600 * (8_000 + 6_450)
        assert item["periods"][0]["meterPriceRpPerMwh"] == 8_000 + 6_450
        assert item["periods"][0]["code"] == "accepted"

    def test_tell_how_far_a_limit_was_from_enough(self, client, street, published):
        path = f"/node/{street.bo.public_id}/results"
        [item] = get(client, path, street.bo, auction=published.code).json()["items"]
        # At 12:15 Bo bids 14,000 at his meter; Ada asks 8,000 and 9,000 before the fee of 6,450.
        late = item["periods"][1]
        assert (late["code"], late["limitRpPerMwh"]) == ("out-of-the-money", 14_000)
        assert late["meterPriceRpPerMwh"] - late["outByRpPerMwh"] == 14_000
        assert late["enoughRpPerMwh"] == late["meterPriceRpPerMwh"] + 1
        assert (late["shareOfOrderPermille"], late["line"]) == (0, None)
        assert item["periods"][0]["enoughRpPerMwh"] is None

    def test_tell_the_share_at_the_margin(self, client, street, published):
        path = f"/node/{street.ada.public_id}/results"
        first = get(client, path, street.ada, auction=published.code).json()["items"][0]["periods"][0]
        assert (first["atMarginWh"], first["atMarginAcceptedWh"]) == (1_000, 300)
        assert (first["shareOfOrderPermille"], first["enoughRpPerMwh"]) == (300, 7_999)

    def test_name_the_line_that_was_full(self, client, street, dam, worker):
        Line.objects.filter(bus=street.ada.bus).update(capacity_up_w=800)
        at = dam.gate_closes_at - timedelta(hours=1)
        place(street.ada, dam, "sell", (48, 8_000, 1_000), at=at)
        place(street.bo, dam, "buy", (48, 26_450, 600), at=at)
        worker(at=dam.gate_closes_at)
        path = f"/node/{street.ada.public_id}/results"
        [item] = get(client, path, street.ada, auction=dam.code).json()["items"]
        [noon] = item["periods"]
        assert (noon["code"], noon["acceptedWh"]) == ("line-full", 200)
        line = noon["line"]
        assert line["fromBus"] == "N001"
        assert line["priceBeyondRpPerMwh"] > noon["meterPriceRpPerMwh"]

    def test_name_partners_only_if_they_share_it(self, client, street, published):
        path = f"/node/{street.bo.public_id}/results"
        [ada] = get(client, path, street.bo, auction=published.code).json()["partners"]
        assert (ada["name"], ada["kind"], ada["distanceM"], ada["energyWh"]) == (
            "Ahorn 1",
            "community",
            240,
            600,
        )
        Node.objects.filter(pk=street.ada.pk).update(shared=False)
        [ada] = get(client, path, street.bo, auction=published.code).json()["partners"]
        assert (ada["name"], ada["lat"], ada["long"]) == (None, None, None)

    def test_partner_ids_lead_nowhere(self, street, published):
        results = [Result.objects.get(auction=published).pk]
        [ada] = queries.partners(node=street.bo, results=results)
        assert ada.partner_id not in {street.ada.public_id, str(street.ada.pk)}
        assert ada.partner_id != queries.partner_id(node=street.utility_sells, other=street.ada)

    def test_of_a_foreign_node_are_not_found(self, client, street, published):
        answer = get(client, f"/node/{street.ada.public_id}/results", street.bo, auction=published.code)
        assert (answer.status_code, answer.json()["code"]) == (404, "not-found")

    def test_are_not_there_before_publication(self, client, street, dam):
        answer = get(client, f"/node/{street.bo.public_id}/results", street.bo, auction=dam.code)
        assert answer.json()["code"] == "not-published"

    def test_of_a_cancelled_auction_are_never_there(self, client, street, dam):
        Auction.objects.filter(pk=dam.pk).update(
            state="cancelled", cancel_reason="a test", cancelled_at=dam.gate_closes_at
        )
        answer = get(client, f"/node/{street.bo.public_id}/results", street.bo, auction=dam.code)
        assert answer.json()["code"] == "not-published"


class TestLineFlows:
    def test_show_the_grid_operator_flows_against_capacities(self, client, street, published):
        path = f"/dso/{street.dso.public_id}/lines/flows"
        items = get(client, path, role=identity.DSO, auction=published.code).json()["items"]
        by_bus = {item["fromBus"]: item for item in items}
        assert by_bus["N001"]["flowsWh"][48] == 600
        assert by_bus["N002"]["flowsWh"][48] == -600
        assert by_bus["N001"]["capacitiesUpWh"] == [100_000 // 4] * 96

    def test_are_not_for_households(self, client, street, published):
        path = f"/dso/{street.dso.public_id}/lines/flows"
        assert get(client, path, street.bo, auction=published.code).status_code == 403


class TestOperatorAuctions:
    def test_show_states_volumes_and_certificate(self, client, published):
        answer = get(client, "/operator/auctions", role=identity.OPERATOR, day="2026-11-23").json()
        shown = next(item for item in answer["items"] if item["auctionId"] == published.code)
        assert (shown["state"], shown["tradedWh"], shown["certificate"]) == ("published", 600, "proven")
        assert len(answer["items"]) == 49

    def test_are_for_the_operator_alone(self, client, street):
        answer = get(client, "/operator/auctions", street.bo, day="2026-11-23")
        assert answer.status_code == 403


def test_of_two_equal_bids_for_one_watt_hour_the_later_is_not_needed(street, dam, worker):
    place(street.ada, dam, "sell", (48, 8_000, 1), at=dam.gate_opens_at)
    for _ in range(2):
        place(street.bo, dam, "buy", (48, 15_450, 1), at=dam.gate_opens_at)
    worker(at=dam.gate_closes_at)
    [first], [second] = (
        each.periods for each in queries.orders_of(nodes=[street.bo], result=Result.objects.get(auction=dam))
    )
    assert (first.accepted_wh, first.reason.code, first.price_rp_per_mwh) == (1, "accepted", 9_000)
    assert (second.accepted_wh, second.reason.code) == (0, "not-needed")
