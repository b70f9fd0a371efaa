"""The curves of a published day: Ada offers at noon, Bo needs, the utility stands behind both."""

from datetime import timedelta

import pytest

from trading.grid import operations as grid
from trading.ledger import operations as ledger
from trading.markets.queries import Moment
from trading.operations import operations
from trading.operations.meters import MeterWindows
from trading.orders import operations as orders
from trading.orders import quarantine
from trading.results import curves
from trading.strategies import operations as strategies
from trading.tests.cast import CHF, points, signed

NOON = 48


@pytest.fixture
def published(street, dam):
    place(street.ada, dam, "sell", (NOON, 8_040, 1_000))
    place(street.bo, dam, "buy", (NOON, 22_450, 600))
    return publish(street, dam)


def place(node, dam, side, *rows, curve="step"):
    at = dam.gate_closes_at - timedelta(hours=1)
    return orders.place(
        auction=dam, node=node, side=side, curve=curve, points=points(*rows), actor="a-user", at=at
    )


def publish(street, dam):
    at = dam.gate_closes_at - timedelta(hours=1)
    strategies.choose_default(nodes=[street.utility_sells, street.utility_buys], at=at)
    meters = MeterWindows()
    for at in (dam.gate_closes_at - timedelta(minutes=5), dam.gate_closes_at):
        while operations.run_due(worker="w1", moment=Moment(at, at, 1), meters=meters):
            pass
    dam.refresh_from_db()
    return dam


def neighbours_bid(street, dam, count):
    """Other households at Bo's bus want what he wants."""
    home = grid.NewNode("consumer", "N002", 10_000, withdrawal_fee_rp_per_mwh=6_450)
    people = [grid.NewCustomer(f"C1{number:03}", f"Home {number}", (home,)) for number in range(count)]
    customers = grid.add_customers(dso=street.dso, customers=people)
    ledger.open_accounts(dso=street.dso, kind="trading", limits_urp=dict.fromkeys(customers, -500 * CHF))
    for customer in customers:
        place(customer.nodes.get(), dam, "buy", (NOON, 22_450, 600))


def of(street, auction, node=None):
    return curves.of(auction=auction, period=NOON, node=node or street.bo)


class TestOf:
    def test_shows_nothing_where_a_household_could_be_made_out(self, street, published):
        found = of(street, published)
        assert (found.shown, found.demand, found.supply) == (False, (), ())
        assert found.own == (("buy", 22_450, 600),)  # one's own are no secret

    def test_shows_nothing_where_one_of_many_households_sells(self, street, dam):
        neighbours_bid(street, dam, curves.FEWEST)
        place(street.ada, dam, "sell", (NOON, 8_040, 1_000))
        found = of(street, publish(street, dam))
        assert (found.shown, found.demand, found.supply) == (False, (), ())

    def test_shows_both_sides_where_no_household_sells(self, street, dam):
        neighbours_bid(street, dam, curves.FEWEST)
        found = of(street, publish(street, dam))
        assert found.shown
        assert found.demand == ((16_000, 600 * curves.FEWEST), (6_000, 200_000))
        assert found.supply == ((16_400, 200_000),)  # the utility's alone, and its tariff is known to all

    def test_lays_all_steps_to_the_bus_of_the_household(self, street, published, monkeypatch):
        monkeypatch.setattr(curves, "FEWEST", 1)
        found = of(street, published)
        # Bo's limit less the withdrawal fee of 6,450; the utility buys at the feed-in tariff.
        assert found.demand == ((16_000, 600), (6_000, 200_000))
        # Ada's 8,040 laid to 0.1 Rp./kWh; the utility's retail tariff and the fee of the border's line.
        assert found.supply == ((8_000, 1_000), (16_400, 200_000))

    def test_leaves_out_what_was_set_aside(self, street, dam, monkeypatch):
        monkeypatch.setattr(curves, "FEWEST", 1)
        offer = place(street.ada, dam, "sell", (NOON, 8_040, 1_000))
        quarantine.set_aside(auction=dam, order_ids=[offer.pk], reason="-", at=dam.gate_closes_at)
        published = publish(street, dam)
        assert of(street, published).supply == ((16_400, 200_000),)
        assert of(street, published, street.ada).own == ()

    def test_takes_the_totals_of_a_linear_curve_apart(self, street, dam, monkeypatch):
        monkeypatch.setattr(curves, "FEWEST", 1)
        place(street.bo, dam, "buy", (NOON, 22_450, 600))
        place(street.bo, dam, "buy", (NOON, 12_450, 1_500), (NOON, 22_450, 500), curve="linear")
        place(street.ada, dam, "sell", (NOON, 8_000, 0), (NOON, 9_000, 700), curve="linear")
        found = of(street, publish(street, dam))
        assert found.own == (("buy", 12_450, 1_000), ("buy", 22_450, 1_100))  # 2,100 in all
        assert found.demand == ((16_000, 1_100), (6_000, 201_000))
        assert found.supply == ((9_000, 700), (16_400, 200_000))


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
