"""An answer that was written before is told again only while nothing that it says has changed."""

import json
from datetime import timedelta

import pytest

from trading.grid.models import DistributionSystemOperator, Line, Tariff
from trading.markets import operations as markets
from trading.markets import queries as clock
from trading.markets.models import Auction
from trading.metrics import operations as metrics
from trading.metrics import queries, vouched, written
from trading.metrics.models import MarketDay
from trading.metrics.tests.conftest import NOON, settle
from trading.metrics.tests.test_known import DAM, reread
from trading.settlement import days
from trading.settlement.models import NodeDay
from trading.tests.cast import DAY, auction

MINUTE = timedelta(minutes=1)


def span(days_before=300):
    whole = auction(DAM)
    return {
        "starts_at": whole.delivery_starts_at - timedelta(days=days_before),
        "ends_at": whole.delivery_ends_at,
    }


def asked(node, **changed):
    return vouched.answer(node_id=node.public_id, **span() | changed)


def afresh(node, **changed):
    """The same, nothing remembered of it."""
    asked_for = span() | changed
    figures = queries.node_metrics(node_id=node.public_id, at=clock.now(), **asked_for)
    return written.text(written.parts(figures))


@pytest.fixture
def evening(noon):
    """After the day: its day-ahead auction delivered, two quarter hours of it settled, nothing added up."""
    shows_at = auction(DAM).delivery_ends_at + timedelta(hours=1)
    markets.set_clock(speed=1, shows_at=shows_at, real_at=clock.moment().real_at)
    return noon


@pytest.fixture
def added_up(evening):
    """The day's figures and prices stored, as when its last auction is settled."""
    Auction.objects.filter(code__in=[DAM, f"rtm-{DAY}-25"]).update(settled_at=clock.now())
    days.add_up(dso=evening.dso, day=DAY)
    metrics.add_up_prices(dso=evening.dso, day=DAY)
    return evening


def store_a_day_by_hand(street):
    NodeDay.objects.filter(node=street.bo).update(cost_urp=1)


def store_an_earlier_day(street):
    earlier = {"node": street.bo, "day": DAY - timedelta(days=40)}
    NodeDay.objects.create(**earlier, metered_wh=10, community_wh=0, cost_urp=100, fees_urp=0)


def add_up_a_price(street):
    buses = street.dso.buses.count()
    plain = {"traded_wh": 10, "periods": 96, "amounts_urp": [70] * buses, "prices_rp_per_mwh": [7] * buses}
    MarketDay.objects.create(dso=street.dso, day=DAY - timedelta(days=3), **plain)


def change_the_tariff(street):
    Tariff.objects.filter(dso=street.dso).update(retail_energy_rp_per_mwh=7_000)


def change_a_line_fee(street):
    Line.objects.update(fee_down_rp_per_mwh=77)


def rename_the_utility(street):
    DistributionSystemOperator.objects.update(name="Elektra Anders")


def correct_a_reading(street):
    reread(street, 1_950)


CHANGES = [
    store_a_day_by_hand,
    store_an_earlier_day,
    add_up_a_price,
    change_the_tariff,
    change_a_line_fee,
    rename_the_utility,
    correct_a_reading,
]


class TestAnswer:
    def test_is_what_is_written_afresh(self, added_up):
        assert asked(added_up.bo) == afresh(added_up.bo)
        assert asked(added_up.bo) == afresh(added_up.bo)

    @pytest.mark.parametrize("change", CHANGES)
    def test_shows_a_change_at_once(self, added_up, change):
        before = [asked(added_up.bo) for _ in range(3)][-1]
        change(added_up)
        assert asked(added_up.bo) != before
        assert asked(added_up.bo) == afresh(added_up.bo)
        days.add_up(dso=added_up.dso, day=DAY)  # for the books

    def test_shows_a_correction_of_what_is_not_added_up(self, evening):
        before = [asked(evening.bo) for _ in range(3)][-1]
        reread(evening, 1_950)
        settle(evening, auction(DAM))
        assert asked(evening.bo) != before
        assert asked(evening.bo) == afresh(evening.bo)

    def test_shows_that_an_auction_no_longer_counts(self, evening):
        before = [asked(evening.bo) for _ in range(3)][-1]
        Auction.objects.filter(code=DAM).update(state="closed")
        assert asked(evening.bo) != before
        Auction.objects.filter(code=DAM).update(state="published")  # for the books

    def test_shows_a_price_when_its_quarter_hour_begins(self, noon):
        begins = auction(DAM).delivery_starts_at + NOON * timedelta(minutes=15)
        told = []
        for shows_at in (begins - MINUTE, begins + MINUTE):
            markets.set_clock(speed=1, shows_at=shows_at, real_at=clock.moment().real_at)
            told += [json.loads(asked(noon.bo))["marketPriceHistory"] for _ in range(3)]
        assert told[:3] == [told[0]] * 3
        assert told[3:] == [told[3]] * 3
        assert told[0] != told[3]

    def test_of_two_nodes_and_of_two_spans_are_told_apart(self, added_up):
        later = auction(DAM).delivery_starts_at + timedelta(hours=15)
        told = [asked(added_up.bo), asked(added_up.ada), asked(added_up.bo, starts_at=later)]
        assert len(set(told)) == 3
        assert told == [asked(added_up.bo), asked(added_up.ada), asked(added_up.bo, starts_at=later)]

    def test_asks_the_database_once_and_adds_nothing_up_twice(self, added_up, django_assert_num_queries):
        for _ in range(2):
            asked(added_up.bo)
        whole = span()
        with django_assert_num_queries(1):
            vouched.answer(node_id=added_up.bo.public_id, **whole)

    def test_is_not_kept_for_what_changed_while_it_was_made(self, added_up, monkeypatch):
        asked(added_up.bo)
        made = queries.node_metrics

        def slowly(**of):
            figures = made(**of)
            store_a_day_by_hand(added_up)
            return figures

        change_the_tariff(added_up)
        monkeypatch.setattr(queries, "node_metrics", slowly)
        asked(added_up.bo)
        monkeypatch.undo()
        assert asked(added_up.bo) == afresh(added_up.bo)
        days.add_up(dso=added_up.dso, day=DAY)  # for the books
