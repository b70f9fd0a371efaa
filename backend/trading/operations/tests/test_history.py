"""The simulated past is traded by the same steps, goes on where it ended, and is the same twice."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command

from trading.markets import operations as markets
from trading.markets.models import Auction
from trading.operations import history, operations
from trading.operations.models import OutboxMessage
from trading.operations.tests.test_life import counts
from trading.results.models import Result

NOW = datetime(2026, 11, 22, 14, 10, tzinfo=UTC)


def trade(now=NOW, days=0):
    seen = []
    count = history.trade(days=days, now=now, progress=seen.append)
    assert seen == sorted(seen)
    return count


@pytest.mark.usefixtures("everyone_bids")
class TestTrade:
    def test_leads_every_gate_up_to_now_to_its_end(self):
        trade()
        past = Auction.objects.filter(gate_closes_at__lte=NOW)
        assert set(past.values_list("state", flat=True)) == {"published", "settled"}
        assert Auction.objects.get(code="dam-2026-11-23").state == "published"
        assert not Result.objects.filter(auction__gate_closes_at__gt=NOW).exists()

    def test_settles_what_is_delivered(self):
        trade()
        delivered = Auction.objects.filter(
            market__code="rtm", delivery_ends_at__lt=NOW - timedelta(minutes=5)
        )
        assert set(delivered.values_list("state", flat=True)) == {"settled"}

    def test_keeps_auctions_scheduled_ahead(self):
        trade()
        assert Auction.objects.filter(market__code="dam", delivery_day__gt=NOW.date()).count() >= 8

    def test_again_changes_nothing(self):
        trade()
        before = counts()
        assert trade() == 0
        assert counts() == before

    def test_goes_on_where_it_ended_after_a_pause(self):
        trade()
        assert trade(now=NOW + timedelta(hours=3)) == 6
        assert not Auction.objects.filter(state="cancelled").exists()

    def test_a_kill_in_the_middle_is_made_good(self, monkeypatch):
        step, taken = operations.step_due, []

        def until_killed(**options):
            taken.append(options)
            if len(taken) == 10:
                raise KeyboardInterrupt
            return step(**options)

        monkeypatch.setattr(operations, "step_due", until_killed)
        with pytest.raises(KeyboardInterrupt):
            trade()
        monkeypatch.undo()
        trade()
        assert set(Auction.objects.filter(gate_closes_at__lte=NOW).values_list("state", flat=True)) == {
            "published",
            "settled",
        }

    def test_tells_the_public_door_of_the_latest_results_alone(self, monkeypatch):
        monkeypatch.setattr(history, "TOLD_BACK", timedelta(hours=4))
        trade()
        told = set(OutboxMessage.objects.values_list("payload__auctionId", flat=True))
        assert "rtm-2026-11-22-24" not in told  # its gate closed at 9:30 UTC
        assert {"rtm-2026-11-22-27", "dam-2026-11-23"} & told == {"rtm-2026-11-22-27"}


@pytest.mark.django_db(transaction=True)
def test_a_helper_changes_nothing_but_the_time_it_takes(everyone_bids, monkeypatch):
    monkeypatch.setattr(history, "WORTH_HELP", 10)
    assert trade() > 10
    past = Auction.objects.filter(gate_closes_at__lte=NOW)
    assert set(past.values_list("state", flat=True)) == {"published", "settled"}
    assert not past.filter(strategies_bid_at=None).exists()


def test_the_command_lets_the_clock_run_on_at_its_speed(everyone_bids, settings, capsys):
    settings.SPEED = 60
    call_command("trade_history", days=0)
    assert "invariants hold" in capsys.readouterr().out
    assert markets.queries.clock().speed == 60
