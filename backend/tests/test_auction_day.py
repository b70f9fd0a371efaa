"""One day of the exchange: Ada sells at N001, Bo buys at N002, and the utility stands behind both.

Prices at the meter, in Rp/MWh: the utility sells at 12,110 and buys at 6,000 at the border; the line there
costs 4,300 downwards; Bo's withdrawal fee is 6,450. Energies in Wh, so that money is µRp.
"""

from datetime import timedelta

import numpy as np
import pytest

from trading.grid import queries as grid
from trading.ledger.models import LedgerEntry
from trading.markets.models import Auction
from trading.markets.queries import Moment
from trading.metering import operations as metering
from trading.operations import operations
from trading.operations.meters import MeterWindows
from trading.operations.models import Incident, OutboxMessage
from trading.operations.tests.invariants import assert_books_hold
from trading.orders import operations as orders
from trading.results import queries as results
from trading.strategies import operations as strategies
from trading.tests.cast import NOON_BEFORE, auction, points

NOON, QUARTER_PAST = 48, 49  # delivery periods of the day


@pytest.fixture
def run():
    """Let a worker make passes at an instant until nothing is due."""
    meters = MeterWindows()

    def run(at):
        while operations.run_due(worker="w1", moment=Moment(at, at, 1), meters=meters):
            pass

    return run


def test_a_day_from_open_to_settled(street, dam, run):
    place_orders(street, dam)
    run(at=dam.gate_closes_at - timedelta(minutes=5))  # the utility's strategy bids
    with pytest.raises(orders.GateClosed):
        orders.place(**an_order(street.bo, "buy", (NOON, 20_000, 1)), auction=dam, at=dam.gate_closes_at)
    run(at=dam.gate_closes_at)
    check_result(street, auction())
    check_money(street)
    for each in Auction.objects.filter(market__code="rtm", delivery_day=dam.delivery_day).order_by("number"):
        run(at=each.gate_closes_at)
    read_meters(street, dam)
    run(at=dam.delivery_ends_at + timedelta(minutes=2))
    check_imbalances(street)
    assert set(Auction.objects.filter(delivery_day=dam.delivery_day).values_list("state", flat=True)) == {
        "settled"
    }
    assert not Incident.objects.filter(auction__delivery_day=dam.delivery_day).exists()
    assert_books_hold(at=dam.delivery_ends_at)


def place_orders(street, dam):
    for node in (street.utility_sells, street.utility_buys):
        strategies.choose_default(nodes=[node], at=NOON_BEFORE)
    at = dam.gate_closes_at - timedelta(microseconds=1)
    offer = an_order(street.ada, "sell", (NOON, 8_000, 1_000), (QUARTER_PAST, 8_000, 1_000))
    need = an_order(street.bo, "buy", (NOON, 26_450, 1_500), (QUARTER_PAST, 26_450, 400))
    orders.place(**offer, auction=dam, at=at)
    orders.place(**need, auction=dam, at=at)


def an_order(node, side, *rows):
    return {"node": node, "side": side, "curve": "step", "points": points(*rows), "actor": "a-user"}


def check_result(street, dam):
    result = results.published(auction=dam)
    at_bo = {each.period: each for each in results.prices(result=result, bus=street.bo.bus)}
    # At noon Bo needs 500 Wh more than Ada has: the utility's price with the line's fee is everyone's.
    assert at_bo[NOON].price_rp_per_mwh == 12_110 + 4_300
    # Later Ada has more than Bo needs, and would rather keep it than sell at the feed-in tariff: her limit.
    assert at_bo[QUARTER_PAST].price_rp_per_mwh == 8_000
    [(_, outcomes)] = results.orders_of(node=street.ada, result=result)
    assert [(each.accepted_wh, each.code) for each in outcomes] == [
        (1_000, "accepted"),
        (400, "at-the-margin"),
    ]
    partners = results.partners(node=street.bo, results=[result.pk])
    assert [(each.kind, each.name, each.energy_wh, each.distance_m) for each in partners] == [
        ("community", "Ahorn 1", 1_400, 240),
        ("network", "Elektra Probe", 500, 120),
    ]
    assert OutboxMessage.objects.get(payload__auctionId=dam.code).payload["nodes"] == [
        {
            "nodeId": street.ada.public_id,
            "boughtWh": 0,
            "soldWh": 1_400,
            "amountUrp": 19_610_000,
            "manual": True,
        },
        {
            "nodeId": street.bo.public_id,
            "boughtWh": 1_900,
            "soldWh": 0,
            "amountUrp": -40_070_000,
            "manual": True,
        },
    ]


def check_money(street):
    assert street.account(street.ada).balance_urp == 1_000 * 16_410 + 400 * 8_000
    assert street.account(street.bo).balance_urp == -1_500 * (16_410 + 6_450) - 400 * (8_000 + 6_450)
    assert street.account(street.utility_sells).balance_urp == 500 * 12_110
    assert street.operator_account("grid_fees").balance_urp == 1_900 * 6_450 + 500 * 4_300
    assert street.operator_account("congestion_rent").balance_urp == 0
    assert street.operator_account("exchange").balance_urp == 0
    assert street.account(street.bo).held_urp == 0


def read_meters(street, dam):
    """Everyone's meter counts nothing all day, but for Ada's roof and Bo's home around noon."""
    counted = {(street.ada.pk, NOON): 1_100, (street.ada.pk, QUARTER_PAST): 400}
    counted |= {(street.bo.pk, NOON): 1_450, (street.bo.pk, QUARTER_PAST): 500}
    nodes = [street.ada.pk, street.ada_at_home.pk, street.bo.pk]
    starts = np.datetime64(dam.delivery_starts_at.replace(tzinfo=None), "s") + np.arange(96) * np.timedelta64(
        900
    )
    readings = metering.Readings(
        nodes=np.repeat(nodes, 96),
        starts_at=np.tile(starts, 3),
        wh=np.array([counted.get((node, period), 0) for node in nodes for period in range(96)]),
    )
    metering.record(readings=readings, at=dam.delivery_ends_at + timedelta(minutes=1))


def check_imbalances(street):
    """Ada fed in 100 Wh beyond her schedule; Bo left 50 Wh of his, and later took 100 Wh too many."""
    fees = {each: 6_450 * each for each in (50, 100)}
    assert street.account(street.ada, "supply").balance_urp == 100 * 6_000
    assert street.account(street.bo, "supply").balance_urp == 50 * 6_000 + fees[50] - 100 * 16_410 - fees[100]
    assert (
        street.account(street.utility_sells, "supply").balance_urp == -100 * 6_000 - 50 * 6_000 + 100 * 16_410
    )
    assert grid.tariff(dso=street.dso, day=auction().delivery_day).feed_in_rp_per_mwh == 6_000
    assert LedgerEntry.objects.filter(document_kind="imbalance").count() == 3
