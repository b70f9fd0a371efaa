from datetime import timedelta

import numpy as np
import pytest

from trading.orders import operations as orders
from trading.orders.models import Order
from trading.strategies import forecast, operations
from trading.tests.cast import points

RETAIL_AT_METER, FEED_IN = 12_110 + 4_300 + 6_450, 6_000
STEP = 520  # 5 % of the way from one tariff to the other: meters that never changed are in the surest band
LAST = 9_890  # 95 % of it


@pytest.fixture
def at(dam):
    return dam.gate_closes_at - timedelta(minutes=10)


@pytest.fixture
def everyone(street, at):
    """All are active by default, the utility too."""
    nodes = [street.ada, street.ada_at_home, street.bo, street.utility_sells, street.utility_buys]
    return operations.choose_default(nodes=nodes, at=at)


def history(street, at, *, ada=400, home=0, bo=250):
    """What the meters always counted: one value per node."""
    nodes = sorted([(street.ada.pk, ada), (street.ada_at_home.pk, home), (street.bo.pk, bo)])
    ends_at = forecast.utc(forecast.quarter_of(at))
    wh = np.repeat(
        np.array([[counted] for _, counted in nodes], np.int32), forecast.HISTORY_DAYS * 96, axis=1
    )
    starts_at = ends_at - timedelta(days=forecast.HISTORY_DAYS)
    return forecast.History(np.array([pk for pk, _ in nodes]), starts_at, wh)


def bid(street, auction, at, scheduled=None, **counted):
    known = history(street, at, **counted)
    wh = np.zeros((3, auction.period_count), np.int64)
    for node, values in (scheduled or {}).items():
        wh[known.rows_of(np.array([node.pk]))[0]] = values
    return operations.bid(auction=auction, history=known, scheduled=wh, at=at)


def order_of(node, **conditions):
    return Order.objects.get(node=node, state="open", **conditions)


@pytest.mark.usefixtures("everyone")
class TestDayAhead:
    def test_consumers_buy_their_forecast_for_no_more_than_the_utility_takes(self, street, dam, at):
        bid(street, dam, at)
        order = order_of(street.bo)
        assert (order.side, order.source, order.actor) == ("buy", "market_benefit", "strategy")
        assert order.periods == list(range(96))
        assert order.quantities_wh == [250] * 96
        assert set(order.prices_rp_per_mwh) == {RETAIL_AT_METER - STEP}

    def test_producers_sell_theirs_for_no_less_than_the_feed_in_tariff(self, street, dam, at):
        bid(street, dam, at)
        order = order_of(street.ada)
        assert (order.side, set(order.prices_rp_per_mwh), order.quantities_wh) == (
            "sell",
            {FEED_IN + STEP},
            [400] * 96,
        )

    def test_the_utility_stands_behind_all(self, street, dam, at):
        bid(street, dam, at)
        sells, buys = order_of(street.utility_sells), order_of(street.utility_buys)
        assert (sells.side, set(sells.prices_rp_per_mwh)) == ("sell", {12_110})
        assert (buys.side, set(buys.prices_rp_per_mwh)) == ("buy", {6_000})
        assert set(sells.quantities_wh) == set(buys.quantities_wh) == {800_000 // 4}

    def test_who_expects_nothing_places_nothing(self, street, dam, at):
        assert bid(street, dam, at) == 4
        assert not Order.objects.filter(node=street.ada_at_home).exists()

    def test_who_is_not_active_does_not_bid(self, street, dam, at):
        choose(street.bo, at, active=False)
        bid(street, dam, at)
        assert not Order.objects.filter(node=street.bo).exists()

    def test_an_order_of_ones_own_stands_alone(self, street, dam, at):
        own = orders.place(
            auction=dam,
            node=street.bo,
            side="buy",
            curve="step",
            points=points((40, 20_000, 500)),
            actor="bo",
            at=at,
        )
        bid(street, dam, at)
        assert order_of(street.bo) == own

    def test_bidding_again_replaces(self, street, dam, at):
        bid(street, dam, at)
        bid(street, dam, at, bo=300)
        assert order_of(street.bo).quantities_wh == [300] * 96

    def test_no_more_than_the_connection_carries(self, street, dam, at):
        bid(street, dam, at, bo=9_999)
        assert set(order_of(street.bo).quantities_wh) == {10_000 // 4}

    def test_manual_bids_the_forecast_at_ones_own_limit(self, street, dam, at):
        choose(street.bo, at, strategy="manual", limit_price_rp_per_mwh=15_000)
        bid(street, dam, at)
        order = order_of(street.bo)
        assert (order.source, set(order.prices_rp_per_mwh)) == ("manual", {15_000})

    def test_a_node_without_history_does_not_bid(self, street, dam, at):
        known = history(street, at)
        short = forecast.History(known.nodes[:0], known.starts_at, known.wh[:0])
        scheduled = np.zeros((0, 96), np.int64)
        assert operations.bid(auction=dam, history=short, scheduled=scheduled, at=at) == 2  # the utility's


@pytest.mark.usefixtures("everyone")
class TestRealTime:
    @pytest.fixture
    def at(self, rtm):
        return rtm.gate_closes_at - timedelta(minutes=5)

    def test_buys_what_the_schedule_lacks(self, street, rtm, at):
        bid(street, rtm, at, {street.bo: [-100, -250]})
        order = order_of(street.bo)
        assert (order.side, order.periods, order.quantities_wh) == ("buy", [0], [150])

    def test_gives_back_what_it_has_too_much_and_gets_its_fee_back(self, street, rtm, at):
        bid(street, rtm, at, {street.bo: [-300, -250]})
        order = order_of(street.bo)
        assert (order.side, order.quantities_wh, order.prices_rp_per_mwh) == (
            "sell",
            [50],
            [RETAIL_AT_METER - LAST],
        )

    def test_a_roof_that_sold_too_much_buys_back_below_what_lacking_costs(self, street, rtm, at):
        bid(street, rtm, at, {street.ada: [400, 460]})
        order = order_of(street.ada)
        assert (order.side, order.periods, order.quantities_wh) == ("buy", [1], [60])
        assert order.prices_rp_per_mwh == [FEED_IN + LAST]

    def test_may_buy_in_one_period_and_sell_in_another(self, street, rtm, at):
        bid(street, rtm, at, {street.bo: [-200, -300]})
        assert order_of(street.bo, side="buy").periods == [0]
        assert order_of(street.bo, side="sell").periods == [1]

    @pytest.mark.parametrize(
        ("scheduled", "bids"), [(-993, False), (-981, False), (-980, True), (-1_020, True)]
    )
    def test_small_differences_are_left_alone(self, street, rtm, at, scheduled, bids):
        bid(street, rtm, at, {street.bo: [scheduled, -1_000]}, bo=1_000)
        assert Order.objects.filter(node=street.bo).exists() is bids

    def test_small_differences_of_small_homes_are_not(self, street, rtm, at):
        bid(street, rtm, at, {street.bo: [-20, -30]}, bo=30)
        assert order_of(street.bo).quantities_wh == [10]


def choose(node, at, *, strategy="market_benefit", active=True, limit_price_rp_per_mwh=None):
    return operations.choose(
        node=node,
        strategy=strategy,
        active=active,
        limit_price_rp_per_mwh=limit_price_rp_per_mwh,
        actor="a-user",
        at=at,
    )
