"""One day of the exchange: Ada sells at N001, Bo buys at N002, and the utility stands behind both.

In Rp/MWh, the utility sells at 12,110 and buys at 6,000 at the border, where the line costs 4,300 downwards;
Bo's withdrawal fee is 6,450. Energies are in Wh, so that their products are µRp.
"""

from datetime import timedelta

import numpy as np
import pytest

from trading.ledger.models import LedgerEntry
from trading.markets.models import Auction
from trading.markets.queries import Moment
from trading.metering import operations as metering
from trading.operations import operations
from trading.operations.meters import MeterWindows
from trading.operations.models import Incident, OutboxMessage
from trading.operations.tests.conftest import place
from trading.operations.tests.invariants import assert_books_hold
from trading.orders.operations import GateClosed
from trading.results import queries as results
from trading.strategies import operations as strategies
from trading.tests.cast import NOON_BEFORE, auction

NOON, LATER = 48, 49  # delivery periods of the day
MICROSECOND, MINUTE = timedelta(microseconds=1), timedelta(minutes=1)


@pytest.fixture
def run():
    """Let a worker do all that is due at an instant."""
    meters = MeterWindows()

    def run(at):
        while operations.run_due(worker="w1", moment=Moment(at, at, 1), meters=meters):
            pass

    return run


def test_a_day_from_open_to_settled(street, dam, run):
    strategies.choose_default(nodes=[street.utility_sells, street.utility_buys], at=NOON_BEFORE)
    at = dam.gate_closes_at - MICROSECOND
    place(street.ada, dam, "sell", (NOON, 8_000, 1_000), (LATER, 8_000, 1_000), at=at)
    place(street.bo, dam, "buy", (NOON, 26_450, 1_500), (LATER, 26_450, 400), at=at)
    run(at=dam.gate_closes_at - 5 * MINUTE)  # the utility's strategy bids
    with pytest.raises(GateClosed):
        place(street.bo, dam, "buy", (NOON, 20_000, 1), at=dam.gate_closes_at)
    run(at=dam.gate_closes_at)
    check_result(street, auction())
    check_money(street)
    of_the_day = Auction.objects.filter(delivery_day=dam.delivery_day)
    for each in of_the_day.filter(market__code="rtm").order_by("number"):
        run(at=each.gate_closes_at)
    read_meters(street, dam)
    run(at=dam.delivery_ends_at + 2 * MINUTE)
    check_imbalances(street)
    assert set(of_the_day.values_list("state", flat=True)) == {"settled"}
    assert not Incident.objects.filter(auction__in=of_the_day).exists()
    assert_books_hold(at=dam.delivery_ends_at)


def check_result(street, dam):
    result = results.published(auction=dam)
    price = {each.period: each.price_rp_per_mwh for each in results.prices(result=result, bus=street.bo.bus)}
    # At noon Bo needs 500 Wh more than Ada has: the utility's price with the line's fee is everyone's.
    assert price[NOON] == 12_110 + 4_300
    # Later Ada has more than Bo needs, and would rather keep it than sell at the feed-in tariff: her limit.
    assert price[LATER] == 8_000
    [order] = results.orders_of(nodes=[street.ada], result=result)
    assert [(each.accepted_wh, each.reason.code) for each in order.periods] == [
        (1_000, "accepted"),
        (400, "at-the-margin"),
    ]
    partners = results.partners(node=street.bo, results=[result.pk])
    assert [(each.name, each.energy_wh, each.distance_m) for each in partners] == [
        ("Ahorn 1", 1_400, 240),
        ("Elektra Probe", 500, 120),
    ]
    told = OutboxMessage.objects.get(payload__auctionId=dam.code, kind="auction-published").payload["nodes"]
    assert {each["nodeId"]: each["amountUrp"] for each in told} == {
        street.ada.public_id: 19_610_000,
        street.bo.public_id: -40_070_000,
    }


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
    nodes = [street.ada.pk, street.ada_at_home.pk, street.bo.pk]
    wh = np.zeros((3, 96), np.int64)
    wh[0, NOON], wh[0, LATER], wh[2, NOON], wh[2, LATER] = 1_100, 400, 1_450, 500
    starts = np.datetime64(dam.delivery_starts_at.replace(tzinfo=None), "s") + 900 * np.arange(96)
    readings = metering.Readings(nodes=np.repeat(nodes, 96), starts_at=np.tile(starts, 3), wh=wh.ravel())
    metering.record(readings=readings, at=dam.delivery_ends_at + MINUTE)


def check_imbalances(street):
    """Ada fed in 100 Wh beyond her schedule; Bo left 50 Wh of his, and later took 100 Wh too many."""
    assert street.account(street.ada, "supply").balance_urp == 100 * 6_000
    left, too_many = 50 * (6_000 + 6_450), 100 * (16_410 + 6_450)
    assert street.account(street.bo, "supply").balance_urp == left - too_many
    assert street.account(street.utility_sells, "supply").balance_urp == -150 * 6_000 + 100 * 16_410
    assert LedgerEntry.objects.filter(document_kind="imbalance").count() == 3
