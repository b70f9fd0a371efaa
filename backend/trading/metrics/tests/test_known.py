"""What was worked out before is never older than what the database holds."""

from datetime import timedelta

import numpy as np
import pytest

from trading.markets.models import Auction
from trading.metering import operations as metering
from trading.metrics import operations as metrics
from trading.metrics import queries, written
from trading.metrics.models import MarketDay
from trading.metrics.tests.conftest import NOON, settle
from trading.operations import life, operations
from trading.settlement import days, imbalances
from trading.settlement.models import NodeDay
from trading.tests.cast import DAY, auction

DAM = f"dam-{DAY}"
QUARTER = timedelta(minutes=15)


def asked(node, days_before=300):
    whole = auction(DAM)
    starts_at, ends_at = whole.delivery_starts_at - timedelta(days=days_before), whole.delivery_ends_at
    return queries.node_metrics(node_id=node.public_id, starts_at=starts_at, ends_at=ends_at, at=ends_at)


def text_of(figures):
    return written.text(written.parts(figures))


def reread(street, wh):
    """Bo's meter counted something else at noon; all that follows from it."""
    starts_at = np.datetime64(auction(DAM).delivery_starts_at.replace(tzinfo=None), "s")
    readings = metering.Readings(
        nodes=np.array([street.bo.pk]),
        starts_at=starts_at + np.array([NOON]) * np.timedelta64(900, "s"),
        wh=np.array([wh]),
    )
    at = auction(DAM).delivery_ends_at + timedelta(hours=2)
    metering.record(readings=readings, at=at)
    life.correct(dso=street.dso, at=at)


@pytest.fixture
def added_up(noon):
    """The day's figures and prices stored, as when its last auction is settled."""
    delivered = Auction.objects.filter(code__in=[DAM, f"rtm-{DAY}-25"])
    delivered.update(settled_at=auction(DAM).delivery_ends_at)
    days.add_up(dso=noon.dso, day=DAY)
    metrics.add_up_prices(dso=noon.dso, day=DAY)
    return noon


class TestDays:
    def test_are_the_same_added_up_before_or_when_asked_for(self, noon):
        found = asked(noon.bo)
        days.add_up(dso=noon.dso, day=DAY)
        metrics.add_up_prices(dso=noon.dso, day=DAY)
        stored = asked(noon.bo)
        assert (stored.days, stored.market_prices) == (found.days, found.market_prices)
        assert text_of(stored) == text_of(found)

    def test_show_a_correction_at_once(self, added_up):
        before = asked(added_up.bo)
        reread(added_up, 1_950)
        [day] = asked(added_up.bo).days
        assert day.metered_wh == before.total("metered_wh") + 500
        assert f'"costUrp":{day.cost_urp}' in text_of(asked(added_up.bo))

    def test_show_a_neighbours_correction_too(self, added_up):
        before = text_of(asked(added_up.ada))
        reread(added_up, 1_950)  # now Bo needs what Ada has too much
        assert text_of(asked(added_up.ada)) != before

    def test_of_which_one_is_not_stored_come_in_order(self, noon):
        plain = {"node": noon.bo, "metered_wh": 10, "community_wh": 0, "cost_urp": 100, "fees_urp": 0}
        for distance in (2, 1, -1):
            NodeDay.objects.create(day=DAY - timedelta(days=distance), **plain)
        whole = auction(DAM)
        found = queries.node_metrics(
            node_id=noon.bo.public_id,
            starts_at=whole.delivery_starts_at - timedelta(days=60),
            ends_at=whole.delivery_ends_at + timedelta(days=1),
            at=whole.delivery_ends_at,
        )
        assert [day.day - DAY for day in found.days] == [timedelta(days=each) for each in (-2, -1, 0, 1)]
        assert found.total("metered_wh") == 1_950 + 30

    def test_of_two_nodes_are_told_apart(self, added_up):
        assert asked(added_up.bo).total("metered_wh") == 1_950
        assert asked(added_up.ada).total("metered_wh") == 1_500


class TestMissing:
    """Days that an earlier version settled, before days were added up."""

    def test_are_added_up_once(self, noon):
        last = auction(f"rtm-{DAY}-48")
        metering.record(
            readings=metering.Readings(
                nodes=np.array([noon.bo.pk]),
                starts_at=np.array([last.delivery_ends_at.replace(tzinfo=None) - QUARTER], "datetime64[s]"),
                wh=np.array([77]),
            ),
            at=last.delivery_ends_at + QUARTER,
        )
        imbalances.settle(auction=last, at=last.delivery_ends_at + QUARTER)
        found = asked(noon.bo)
        settled = Auction.objects.filter(code__in=[DAM, f"rtm-{DAY}-25", last.code])
        settled.update(settled_at=last.delivery_ends_at + QUARTER)
        assert [operations.add_up_missing() for _ in range(2)] == [1, 0]
        assert NodeDay.objects.get(node=noon.bo).metered_wh == 1_950 + 77
        assert MarketDay.objects.get().day == DAY
        assert asked(noon.bo).days == found.days


class TestToday:
    def test_shows_what_was_settled_since(self, noon):
        before = asked(noon.bo, days_before=0)
        reread(noon, 1_950)  # settled once, not added up
        settle(noon, auction(DAM))
        assert asked(noon.bo, days_before=0).days != before.days

    def test_shows_a_price_when_its_quarter_hour_begins(self, noon):
        whole = auction(DAM)
        noon_at = whole.delivery_starts_at + NOON * timedelta(minutes=15)

        def price(at):
            span = {"starts_at": whole.delivery_starts_at, "ends_at": whole.delivery_ends_at}
            found = queries.node_metrics(node_id=noon.bo.public_id, at=at, **span)
            return [rp_per_mwh for _, rp_per_mwh in found.market_prices]

        quarter_past = noon_at + timedelta(minutes=15)
        at_noon = price(quarter_past)  # the second one has not begun
        assert price(quarter_past + timedelta(microseconds=1)) != at_noon

    def test_asks_the_database_a_handful_of_times_and_adds_nothing_up_twice(
        self, noon, django_assert_num_queries
    ):
        asked(noon.bo)
        with django_assert_num_queries(4):  # the day's auction, the node, its months, what has changed
            asked(noon.bo)
