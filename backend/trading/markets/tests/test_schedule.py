from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.db import IntegrityError, transaction

from trading.markets import calendar, operations, queries
from trading.markets.models import Auction, Market
from trading.tests.cast import DAY, NOON_BEFORE, auction, build_street

SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)  # 23 and 25 hours long


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)


def schedule(street, until_day, at):
    return operations.schedule(dso=street.dso, until_day=until_day, at=at)


class TestDayAhead:
    def test_sells_all_quarter_hours_of_a_day_at_once(self, street):
        schedule(street, DAY, NOON_BEFORE)
        dam = auction(f"dam-{DAY}")
        assert dam.gate_opens_at == utc(2026, 11, 15, 23)  # D−7, 00:00 in Zurich
        assert dam.gate_closes_at == utc(2026, 11, 22, 10)  # D−1, 11:00
        assert (dam.delivery_starts_at, dam.delivery_ends_at) == (
            utc(2026, 11, 22, 23),
            utc(2026, 11, 23, 23),
        )
        assert dam.period_count == 96
        assert queries.expected_publication_at(dam) == utc(2026, 11, 22, 10, 5)

    @pytest.mark.parametrize(("day", "periods"), [(SPRING, 92), (AUTUMN, 100), (DAY, 96)])
    def test_counts_the_quarter_hours_of_clock_change_days(self, street, day, periods):
        schedule(street, day, calendar.local(day - timedelta(days=2), time(12)))
        dam = auction(f"dam-{day}")
        assert dam.period_count == periods
        starts = queries.period_starts(dam)
        assert len(starts) == periods
        assert starts[-1] + timedelta(minutes=15) == dam.delivery_ends_at

    def test_closes_at_eleven_local_time_on_both_sides_of_a_clock_change(self, street):
        schedule(street, SPRING + timedelta(days=1), utc(2026, 3, 27, 9))
        assert auction(f"dam-{SPRING}").gate_closes_at == utc(2026, 3, 28, 10)
        assert auction(f"dam-{SPRING + timedelta(days=1)}").gate_closes_at == utc(2026, 3, 29, 9)


class TestRealTime:
    def test_first_gate_of_the_day_closes_at_eleven_the_evening_before(self, street):
        schedule(street, DAY, NOON_BEFORE)
        first = auction(f"rtm-{DAY}-01")
        assert first.gate_closes_at == calendar.local(DAY - timedelta(days=1), time(23))
        assert first.delivery_starts_at == calendar.local(DAY, time(0))
        assert first.period_count == 2

    def test_number_k_delivers_quarter_hours_2k_minus_1_and_2k(self, street):
        schedule(street, DAY, NOON_BEFORE)
        dam, rtm = auction(f"dam-{DAY}"), auction(f"rtm-{DAY}-17")
        assert queries.period_starts(rtm) == queries.period_starts(dam)[32:34]
        assert rtm.number == 17

    @pytest.mark.parametrize(
        ("day", "count"),
        [(SPRING, 46), (AUTUMN, 50), (DAY, 48), (date(2028, 2, 29), 48), (date(2027, 12, 31), 48)],
    )
    def test_covers_every_day_without_gap_or_overlap(self, street, day, count):
        schedule(street, day, calendar.local(day - timedelta(days=2), time(12)))
        auctions = list(Auction.objects.filter(market__code="rtm", delivery_day=day).order_by("number"))
        assert [each.number for each in auctions] == list(range(1, count + 1))
        starts, ends = calendar.delivery_day(day)
        edges = [each.delivery_starts_at for each in auctions] + [auctions[-1].delivery_ends_at]
        assert edges == [starts + timedelta(minutes=30) * k for k in range(count + 1)]
        assert edges[-1] == ends

    def test_hours_that_exist_twice_have_auctions_of_their_own(self, street):
        schedule(street, AUTUMN, utc(2026, 10, 23, 12))
        local_starts = [
            auction(f"rtm-{AUTUMN}-{k:02}").delivery_starts_at.astimezone(calendar.ZONE).strftime("%H:%M %Z")
            for k in range(5, 9)
        ]
        assert local_starts == ["02:00 CEST", "02:30 CEST", "02:00 CET", "02:30 CET"]


class TestSchedule:
    def test_again_changes_nothing(self, street):
        assert schedule(street, DAY, NOON_BEFORE) > 0
        before = list(Auction.objects.order_by("pk").values())
        assert schedule(street, DAY, NOON_BEFORE) == 0
        assert list(Auction.objects.order_by("pk").values()) == before

    def test_leaves_out_auctions_whose_gate_has_closed(self, street):
        schedule(street, DAY, NOON_BEFORE + timedelta(hours=1))  # 11:00: the gate itself
        assert not Auction.objects.filter(code=f"dam-{DAY}").exists()
        assert not Auction.objects.filter(gate_closes_at__lte=NOON_BEFORE + timedelta(hours=1)).exists()

    def test_each_operator_has_auctions_of_its_own(self, street):
        other = build_street("Werk Oberdorf").dso
        for_street = schedule(street, DAY, NOON_BEFORE)
        assert operations.schedule(dso=other, until_day=DAY, at=NOON_BEFORE) == for_street
        assert auction(f"dam-{DAY}").market.dso == street.dso
        assert auction(f"dam{other.pk}-{DAY}").market.dso == other
        assert operations.schedule(dso=other, until_day=DAY, at=NOON_BEFORE) == 0

    def test_another_exchanges_timetable_is_only_data(self, street):
        """IEX: day-ahead bids 10:00–12:00 on D−1; real-time windows of 15 minutes, closed an hour ahead."""
        rules = {"strategies_bid_s_before": 60, "publish_within_s": 60, "accept_within_s": 60}
        rules |= {"solver_limit_s": 1, "fallback_after_s": 1, "cancel_after_s": 1}
        iex_dam = {
            "code": "iexdam", "name": "IEX DAM", "gate_opens_days_before": 1, "gate_opens_local": time(10),
            "gate_closes_days_before": 1, "gate_closes_local": time(12), **rules,
        }  # fmt: skip
        iex_rtm = {
            "code": "iexrtm", "name": "IEX RTM", "delivery_minutes": 30, "gate_opens_days_before": 1,
            "gate_opens_local": time(0), "session_minutes": 15, "gate_closes_minutes_before": 60, **rules,
        }  # fmt: skip
        operations.create_markets(dso=street.dso, rulebooks=(iex_dam, iex_rtm))
        schedule(street, DAY, NOON_BEFORE)
        dam, first = auction(f"iexdam-{DAY}"), auction(f"iexrtm-{DAY}-01")
        before = DAY - timedelta(days=1)
        assert dam.gate_opens_at == calendar.local(before, time(10))
        assert dam.gate_closes_at == calendar.local(before, time(12))
        assert first.gate_opens_at == calendar.local(before, time(22, 45))
        assert first.gate_closes_at == calendar.local(before, time(23))
        assert Auction.objects.filter(market__code="iexrtm", delivery_day=DAY).count() == 48

    def test_the_database_refuses_times_out_of_order(self, street):
        schedule(street, DAY, NOON_BEFORE)
        with pytest.raises(IntegrityError, match="auction_times_in_order"), transaction.atomic():
            Auction.objects.filter(code=f"dam-{DAY}").update(gate_closes_at=utc(2027, 1, 1))

    def test_the_database_refuses_a_market_with_two_ways_to_close(self, street):
        with pytest.raises(IntegrityError, match="market_one_way_to_close"), transaction.atomic():
            Market.objects.filter(code="rtm").update(gate_closes_days_before=1)
