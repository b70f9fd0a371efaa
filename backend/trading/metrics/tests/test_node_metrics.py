from datetime import UTC, date, datetime, timedelta

import pytest

from trading.grid.models import Tariff
from trading.markets import calendar
from trading.metrics import known, queries
from trading.tests.cast import DAY

STARTS, ENDS = calendar.delivery_day(DAY)
RETAIL = 12_110 + 4_300 + 6_450  # at Bo's meter
FEE = 6_450


def metrics(node, starts_at=STARTS, ends_at=ENDS, at=ENDS):
    return queries.node_metrics(node_id=node.public_id, starts_at=starts_at, ends_at=ends_at, at=at)


class TestConsumer:
    def test_pays_for_energy_fees_and_imbalances(self, noon):
        [day] = metrics(noon.bo).days
        # 50 Wh of 1,500 come back at the feed-in tariff with their fee; 100 beyond 400 are the utility's.
        assert day.cost_urp == 1_500 * RETAIL - 50 * (6_000 + FEE) + 400 * (8_000 + FEE) + 100 * RETAIL
        assert day.fees_urp == (1_500 - 50 + 400 + 100) * FEE

    def test_used_what_the_meter_counted_most_of_it_the_communitys(self, noon):
        [day] = metrics(noon.bo).days
        assert day.metered_wh == 1_450 + 500
        assert day.community_wh == 1_000 + 400
        assert day.network_wh == 550

    def test_would_have_paid_the_utility_for_the_same_readings(self, noon):
        found = metrics(noon.bo)
        assert found.total("utility_cost_urp") == 1_950 * RETAIL
        assert found.total("cost_urp") < found.total("utility_cost_urp")
        assert found.utility_name == "Elektra Probe"

    def test_price_is_the_cost_of_a_metered_mwh(self, noon):
        found = metrics(noon.bo)
        assert found.price_rp_per_mwh == round(41_733_500 / 1_950)

    def test_the_markets_price_at_the_meter_is_weighted_by_energy(self, noon):
        in_all = 1_500 * 16_410 + 400 * 8_000
        assert metrics(noon.bo).market_prices == ((DAY, round(in_all / 1_900) + FEE),)


class TestProducer:
    def test_earns_what_it_sold_and_the_rest_at_the_feed_in_tariff(self, noon):
        [day] = metrics(noon.ada).days
        assert day.cost_urp == -(1_000 * 16_410 + 400 * 8_000 + 100 * 6_000)
        assert day.fees_urp == 0
        assert day.utility_cost_urp == -1_500 * 6_000

    def test_sold_to_the_community_what_the_utility_did_not_take(self, noon):
        [day] = metrics(noon.ada).days
        assert (day.metered_wh, day.community_wh, day.network_wh) == (1_500, 1_400, 100)

    def test_price_is_what_a_metered_mwh_earned(self, noon):
        found = metrics(noon.ada)
        assert found.price_rp_per_mwh == round(20_210_000 / 1_500)


class TestSpan:
    def test_counts_settled_quarter_hours_only(self, noon):
        noon_at = STARTS + timedelta(hours=12)
        assert metrics(noon.bo, ends_at=noon_at).days == ()
        [first] = metrics(noon.bo, ends_at=noon_at + timedelta(minutes=15)).days
        assert (first.metered_wh, first.community_wh) == (1_450, 1_000)
        [second] = metrics(noon.bo, starts_at=noon_at + timedelta(minutes=15)).days
        assert second.cost_urp == 400 * (8_000 + FEE) + 100 * RETAIL

    def test_who_metered_nothing_has_a_day_without_price(self, noon):
        found = metrics(noon.ada_at_home)
        assert [(day.metered_wh, day.cost_urp) for day in found.days] == [(0, 0)]
        assert found.price_rp_per_mwh is None

    def test_of_another_day_there_is_nothing(self, noon):
        found = metrics(noon.bo, ENDS, ENDS + timedelta(days=30))
        assert (found.days, found.market_prices) == ((), ())

    def test_prices_of_hours_to_come_do_not_count_yet(self, noon):
        assert metrics(noon.bo, at=STARTS).market_prices == ()
        half_past = STARTS + timedelta(hours=12, minutes=15)  # the second quarter hour has not begun
        assert metrics(noon.bo, at=half_past).market_prices == ((DAY, 16_410 + FEE),)

    def test_each_day_is_compared_with_its_own_tariff(self, noon):
        latest = Tariff.objects.get(dso=noon.dso)
        dearer = latest.retail_energy_rp_per_mwh + 1_000
        Tariff.objects.create(
            dso=noon.dso,
            valid_from=DAY,
            retail_energy_rp_per_mwh=dearer,
            feed_in_rp_per_mwh=6_000,
            grid_rp_per_mwh=10_750,
            levies_rp_per_mwh=0,
            vat_permille=81,
        )
        assert metrics(noon.bo).total("utility_cost_urp") == 1_950 * (RETAIL + 1_000)


class TestTradingDay:
    def test_shows_the_last_delivered_day_with_its_partners(self, noon):
        shown = queries.trading_day(node=noon.bo, at=ENDS)
        assert (shown.day, shown.metered_wh) == (DAY, 1_950)
        assert [(each.name, each.kind, each.energy_wh, each.distance_m) for each in shown.partners] == [
            ("Ahorn 1", "community", 1_400, 240),
            ("Elektra Probe", "network", 500, 120),
        ]

    def test_a_producer_sees_whom_it_supplied_and_no_name_that_is_not_shared(self, noon):
        [bo] = queries.trading_day(node=noon.ada, at=ENDS).partners
        assert (bo.kind, bo.energy_wh, bo.name, bo.latitude, bo.longitude) == (
            "community",
            1_400,
            None,
            None,
            None,
        )

    def test_a_partners_id_leads_to_no_node(self, noon):
        [bo] = queries.trading_day(node=noon.ada, at=ENDS).partners
        assert bo.partner_id not in (noon.bo.public_id, str(noon.bo.pk))

    def test_before_a_day_is_over_there_is_none(self, noon):
        shown = queries.trading_day(node=noon.bo, at=ENDS - timedelta(microseconds=1))
        assert (shown.day, shown.partners, shown.price_rp_per_mwh) == (None, (), None)


@pytest.mark.parametrize(
    ("amount", "energy", "price"), [(5, 2, 3), (-5, 2, -3), (4, 3, 1), (-4, 3, -1), (0, 7, 0), (9, 0, None)]
)
def test_averages_are_exact_and_round_halves_away_from_zero(amount, energy, price):
    assert known.average(amount, energy) == price


def test_days_are_local(noon):
    late = datetime(2026, 11, 23, 22, 59, tzinfo=UTC)
    assert [day.day for day in metrics(noon.bo, STARTS - timedelta(days=3), late, late).days] == [
        date(2026, 11, 23)
    ]
