"""The curves of a published day: Ada offers at noon, Bo needs, the utility stands behind both."""

from datetime import timedelta

import pytest

from trading.grid import queries as grid
from trading.markets.queries import Moment
from trading.operations import operations
from trading.operations.meters import MeterWindows
from trading.orders import operations as orders
from trading.results import curves
from trading.strategies import operations as strategies
from trading.tests.cast import points, signed

NOON = 48


@pytest.fixture
def published(street, dam):
    at = dam.gate_closes_at - timedelta(hours=1)
    strategies.choose_default(nodes=[street.utility_sells, street.utility_buys], at=at)
    for node, side, row in (
        (street.ada, "sell", (NOON, 8_040, 1_000)),
        (street.bo, "buy", (NOON, 22_450, 600)),
    ):
        orders.place(
            auction=dam, node=node, side=side, curve="step", points=points(row), actor="a-user", at=at
        )
    meters = MeterWindows()
    for at in (dam.gate_closes_at - timedelta(minutes=5), dam.gate_closes_at):
        while operations.run_due(worker="w1", moment=Moment(at, at, 1), meters=meters):
            pass
    dam.refresh_from_db()
    return dam


def of(street, auction, node=None):
    return curves.of(auction=auction, period=NOON, node=node or street.bo)


class TestOf:
    def test_shows_nothing_where_a_household_could_be_made_out(self, street, published):
        found = of(street, published)
        assert (found.shown, found.demand, found.supply) == (False, (), ())
        assert found.own == (("buy", 22_450, 600),)  # one's own are no secret

    def test_lays_all_steps_to_the_bus_of_the_household(self, street, published, monkeypatch):
        monkeypatch.setattr(curves, "FEWEST", 2)
        found = of(street, published)
        # Bo's limit less the withdrawal fee of 6,450; the utility buys at the feed-in tariff.
        assert found.demand == ((16_000, 600), (6_000, 200_000))
        # Ada's 8,040 laid to 0.1 Rp./kWh; the utility's retail tariff and the fee of the border's line.
        assert found.supply == ((8_000, 1_000), (16_400, 200_000))

    def test_ways_cost_what_their_lines_do(self, street):
        there, back = curves._ways(grid.tree(dso=street.dso), street.bo.bus.position)
        border = street.utility_sells.bus.position
        assert (there[border], back[border]) == (4_300, 0)
        assert there[street.ada.bus.position] == back[street.bo.bus.position] == 0


class TestDoor:
    def test_answers_after_publication_alone(self, client, street, dam, published):
        path = f"/node/{street.bo.public_id}/curves?auction={dam.code}&period="
        answer = client.get(path + str(NOON), headers=signed(street.bo)).json()
        assert answer["own"] == [{"side": "buy", "priceRpPerMwh": 22_450, "quantityWh": 600}]
        assert (answer["shown"], answer["busName"], answer["period"]) == (False, "N002", NOON)
        assert 6_000 <= answer["priceRpPerMwh"] <= 16_410
        for period, status in (("96", 404), ("-1", 400), ("x", 400)):
            assert client.get(path + period, headers=signed(street.bo)).status_code == status

    def test_tells_nothing_before(self, client, street, dam):
        path = f"/node/{street.bo.public_id}/curves?auction={dam.code}&period={NOON}"
        answer = client.get(path, headers=signed(street.bo))
        assert (answer.status_code, answer.json()["code"]) == (404, "not-published")
