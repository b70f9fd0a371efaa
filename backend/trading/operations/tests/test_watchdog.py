"""What is out of bounds is seen, a written remedy is run, and a person is called when it does not help."""

from datetime import timedelta

import numpy as np
import pytest

from shared import fields
from trading.markets import operations as markets
from trading.markets.models import Auction
from trading.markets.queries import Moment
from trading.operations import life, operations, outbox, pulse, watchdog
from trading.operations.meters import MeterWindows
from trading.operations.models import Backup, Incident, OutboxMessage, RemedyRun, WorkerPulse
from trading.operations.tests.conftest import BEGAN, place
from trading.orders import intake, pauses
from trading.orders.models import IntakePause
from trading.orders.points import Points
from trading.results import solver
from trading.results.models import Result
from trading.schedules.models import Acceptance
from trading.tests.cast import auction

MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)


def watch(at, later_s=0):
    """Look once, so much real time after the test began."""
    return watchdog.watch(moment=moment(at, later_s))


def moment(at, later_s=0):
    return Moment(at=at, real_at=BEGAN + later_s * SECOND, speed=1)


@pytest.fixture
def alone(traded):
    """The day-ahead auction with no other beside it, and two workers alive."""
    Auction.objects.exclude(pk=traded.pk).delete()
    for name in ("w1", "w2"):
        WorkerPulse.objects.create(worker=name, revision="dev", started_at=BEGAN, seen_at=BEGAN + 9 * MINUTE)
    return traded


def messages(*codes):
    kinds = OutboxMessage.objects.filter(kind="incident-opened").order_by("pk")
    return [each.payload["code"] for each in kinds] == list(codes)


class TestLateAuction:
    @pytest.fixture
    def late(self, alone):
        """Six minutes after its gate, four attempts of w1 have failed."""
        for later_s in (0, 10, 20):
            real_at = BEGAN + later_s * SECOND
            markets.claim_due(worker="w1", at=alone.gate_closes_at, real_at=real_at, lease_s=5)
        life.close(auction=auction(), at=alone.gate_closes_at)
        return alone

    def test_steps_down_the_ladder_and_closes_when_it_is_published(self, late):
        at = late.gate_closes_at + 6 * MINUTE
        Auction.objects.filter(pk=late.pk).update(attempts=1)
        assert watch(at, 360) == ["auction-late"]
        told = OutboxMessage.objects.get(kind="incident-opened").payload
        assert (told["auctionId"], told["dsoId"]) == (late.code, late.market.dso.public_id)
        moment_now = moment(at, 360)
        operations.step_due(worker="w2", moment=moment_now, meters=MeterWindows(), solve=solver.here)
        assert Result.objects.get().rung == Result.Rung.WITHOUT_BLOCKS
        assert watch(at, 370) == []
        incident = Incident.objects.get(code="auction-late")
        run = incident.remedies.get()
        assert (run.remedy, run.done, run.found) == ("step_down", {"lower": 1, "freed": 1}, {"held": True})
        assert incident.closed_at == at

    def test_calls_a_person_after_three_times_and_then_lets_it_be(self, late):
        at = late.gate_closes_at + 6 * MINUTE
        for turn in range(6):
            assert watch(at, 360 + 31 * turn) == ["auction-late"]
        incident = Incident.objects.get(code="auction-late")
        assert (incident.severity, incident.remedies.count()) == ("call", 3)
        assert messages("auction-late", "auction-late-needs-a-person")
        assert list(incident.remedies.values_list("found__held", flat=True)) == [False] * 3

    def test_gives_a_remedy_time_to_work(self, late):
        at = late.gate_closes_at + 6 * MINUTE
        for later_s in (360, 370, 380):
            watch(at, later_s)
        assert RemedyRun.objects.count() == 1


class TestOutbox:
    @pytest.fixture
    def stuck(self, alone):
        """A message that could not be sent six times."""
        outbox.write(kind="incident-opened", payload={"code": "a-test"}, at=BEGAN)
        OutboxMessage.objects.update(attempts=6, next_attempt_at=BEGAN + 10 * MINUTE)
        return alone.gate_opens_at

    def test_resends_at_once_and_is_over_when_it_was_sent(self, stuck, monkeypatch):
        assert watch(stuck, 1) == ["outbox-stuck"]
        monkeypatch.setattr(outbox, "_post", lambda body: 204)
        assert outbox.relay(at=BEGAN + SECOND) == 2  # the message, and word of the incident
        assert watch(stuck, 12) == []
        assert Incident.objects.get().closed_at is not None

    def test_gives_up_on_a_receiver_that_stays_away(self, stuck, monkeypatch):
        monkeypatch.setattr(outbox, "_post", lambda body: None)
        for turn in range(4):
            watch(stuck, 31 * turn)
            outbox.relay(at=BEGAN + 31 * turn * SECOND)
        assert Incident.objects.get(code="outbox-stuck").severity == "call"

    def test_requeues_what_was_given_up_under_its_id(self, stuck, monkeypatch):
        OutboxMessage.objects.update(dead_at=BEGAN, attempts=20)
        before = OutboxMessage.objects.get().event_id
        assert watch(stuck, 1) == ["outbox-dead"]
        sent = []
        monkeypatch.setattr(outbox, "_post", lambda body: sent.append(body) or 204)
        outbox.relay(at=BEGAN + SECOND)
        assert str(before) in "".join(sent)
        assert watch(stuck, 12) == []

    def test_calls_a_person_for_what_is_refused_again_and_again(self, stuck):
        for turn in range(4):
            OutboxMessage.objects.filter(payload__code="a-test").update(dead_at=BEGAN)
            watch(stuck, 31 * turn)
        assert Incident.objects.get(code="outbox-dead").severity == "call"


class TestSilentWorker:
    @pytest.fixture
    def silent(self, alone):
        """A claim of w1, whose last pulse was a minute ago."""
        markets.claim_due(worker="w1", at=alone.gate_closes_at, real_at=BEGAN, lease_s=3)
        WorkerPulse.objects.filter(worker="w1").update(seen_at=BEGAN)
        return alone.gate_closes_at

    def test_is_reclaimed_and_over_when_it_shows_a_pulse_again(self, silent, monkeypatch):
        monkeypatch.setattr(pulse, "end_silent", lambda me: ["w1"])
        assert "worker-silent" in watch(silent, 60)
        WorkerPulse.objects.filter(worker="w1").update(seen_at=BEGAN + 61 * SECOND)
        assert "worker-silent" not in watch(silent, 62)
        assert RemedyRun.objects.get().done == {"ended": ["w1"]}
        assert RemedyRun.objects.get().found == {"held": True}

    def test_calls_a_person_if_it_stays_silent(self, silent, monkeypatch):
        monkeypatch.setattr(pulse, "end_silent", lambda me: [])
        for turn in range(4):
            watch(silent, 60 + 31 * turn)
        assert Incident.objects.get(code="worker-silent").severity == "call"


class TestReadings:
    @pytest.fixture
    def unread(self, street, rtm, worker):
        """Fifty hours after delivery no meter has reported."""
        worker(at=rtm.gate_closes_at)
        Auction.objects.exclude(pk=rtm.pk).update(settled_at=BEGAN, state="scheduled")
        return rtm.delivery_ends_at + timedelta(hours=50)

    def test_estimates_and_is_over_when_the_auction_is_settled(self, unread):
        assert "readings-late" in watch(unread)
        assert RemedyRun.objects.get(remedy="estimate").done["estimated"] > 0
        while operations.settle_due(at=unread):
            pass
        assert "readings-late" not in watch(unread, 10)

    def test_calls_a_person_if_that_settles_nothing(self, unread):
        for turn in range(4):
            watch(unread, 31 * turn)
        assert Incident.objects.get(code="readings-late").severity == "call"


class TestFlood:
    QUARTER = 15 * MINUTE

    @pytest.fixture
    def flood(self, alone, street):
        """Lets a program enter so many orders at an instant, Bo's if none is named."""

        def enter(times, at, source="member", node=street.bo):
            ones, first = np.ones(times, np.int64), np.arange(times + 1)
            asked = intake.Sheet(
                rows=first[:-1], node_ids=ones * node.pk, is_buy=ones > 0, is_linear=ones < 0,
                points=Points(first, first[:-1] % 40, ones * 20_000, ones),
            )  # fmt: skip
            taken = intake.place(
                auction=alone,
                asked=asked,
                actor="a-program",
                source=source,
                at=at,
                locked=intake.lock(auction_ids=[alone.pk], node_ids=asked.node_ids),
            )
            assert taken.refused == {}

        return enter

    @pytest.fixture
    def at(self, alone):
        """An hour before the gate; what `alone` has is older than a minute."""
        return alone.gate_closes_at - 58 * MINUTE

    def test_pauses_the_node_alone_and_is_over_when_it_keeps_still(self, flood, alone, street, at):
        flood(601, at - 30 * SECOND)
        assert watch(at, 1) == ["orders-flood"]
        with pytest.raises(pauses.IntakePaused):
            place(street.bo, alone, "buy", (48, 26_450, 1), at=at)
        place(street.ada, alone, "sell", (48, 8_000, 1), at=at)
        assert watch(at + 10 * SECOND, 11) == []
        incident = Incident.objects.get(code="orders-flood")
        run = incident.remedies.get()
        assert (incident.node, incident.auction, incident.closed_at) == (street.bo, None, at + 10 * SECOND)
        assert (run.remedy, run.seen["entries"], run.found) == ("pause_intake", 601, {"held": True})
        assert run.done == {"node": street.bo.public_id, "endsAt": fields.utc_text(at + self.QUARTER)}
        told = OutboxMessage.objects.get(kind="intake-paused").payload
        assert (told["nodeId"], told["endsAt"]) == (street.bo.public_id, run.done["endsAt"])
        place(street.bo, alone, "buy", (48, 26_450, 1), at=at + self.QUARTER)

    def test_leaves_who_stays_within_the_bound_and_who_is_a_strategy(self, flood, alone, street, at):
        flood(600, at - 90 * SECOND)
        flood(600, at - 30 * SECOND)
        flood(600, at - 20 * SECOND, source="market_benefit")
        assert watch(at, 1) == []
        assert not IntakePause.objects.exists()

    def test_leaves_the_supplier_of_last_resort(self, flood, street, at):
        flood(601, at - 30 * SECOND, node=street.utility_sells)
        assert watch(at, 1) == []

    def test_runs_faster_where_the_clock_does(self, flood, alone, street, at):
        flood(601, at - 90 * SECOND)
        watchdog.watch(moment=Moment(at=at, real_at=BEGAN, speed=60))
        assert IntakePause.objects.get().ends_at == at + 60 * self.QUARTER

    def test_calls_a_person_when_it_floods_after_each_pause(self, flood, alone, street, at):
        for turn in range(4):
            flood(601, at + turn * self.QUARTER)
            assert watch(at + turn * self.QUARTER, 900 * turn) == ["orders-flood"]
            if turn < 3:
                assert watch(at + turn * self.QUARTER + 10 * SECOND, 900 * turn + 10) == []
        incident = Incident.objects.get(code="orders-flood", closed_at=None)
        assert (incident.severity, incident.remedies.count(), IntakePause.objects.count()) == ("call", 0, 3)
        assert messages(*["orders-flood"] * 4, "orders-flood-needs-a-person")
        told = OutboxMessage.objects.filter(kind="incident-opened").latest("pk").payload
        assert (told["auctionId"], told["dsoId"]) == (None, street.dso.public_id)


class TestSchedules:
    def test_without_an_answer_are_one_incident_that_counts_and_ends(self, alone, worker):
        worker(at=alone.gate_closes_at)
        due = Acceptance.objects.get().answer_by
        worker(at=due)
        assert watch(due, 1) == ["schedules-unanswered"]
        Acceptance.objects.create(auction=second_of(alone), answer_by=due, state="silent", answered_at=due)
        assert watch(due, 31) == ["schedules-unanswered"]
        incident = Incident.objects.get(code="schedules-unanswered")
        assert (incident.seen["figures"]["schedules"], incident.seen["latest"]["schedules"]) == (1, 2)
        assert watch(due + timedelta(days=1), 61) == []
        assert not Incident.objects.filter(closed_at=None).exists()


class TestBackup:
    def test_that_is_old_calls_a_person(self, alone):
        assert watch(alone.gate_opens_at, 1) == []
        made = Backup.objects.create(
            database_name="ceex_trading", kind="daily", taken_at=BEGAN - timedelta(hours=26), size_bytes=1
        )
        assert watch(alone.gate_opens_at, 1) == ["backup-old"]
        assert Incident.objects.get().severity == "call"
        made.taken_at = BEGAN
        made.save()
        assert watch(alone.gate_opens_at, 31) == []


def second_of(auction):
    """Another auction of the same market, a week later."""
    week = timedelta(days=7)
    times = {
        name: getattr(auction, name) + week
        for name in ("gate_opens_at", "gate_closes_at", "delivery_starts_at", "delivery_ends_at")
    }
    return Auction.objects.create(
        market=auction.market, code="dam-later", number=1, delivery_day=auction.delivery_day + week,
        state="scheduled", **times,
    )  # fmt: skip


def test_two_revisions_side_by_side_are_seen_once_the_deploy_should_be_over(alone):
    WorkerPulse.objects.filter(worker="w2").update(revision="next", started_at=BEGAN + MINUTE)
    WorkerPulse.objects.update(seen_at=BEGAN + 12 * MINUTE)
    assert watch(alone.gate_opens_at, 11 * 60) == []
    assert watch(alone.gate_opens_at, 11 * 60 + 1) == ["revisions-differ"]
    WorkerPulse.objects.update(revision="next")
    assert watch(alone.gate_opens_at, 11 * 60 + 31) == []


def test_one_worker_alone_is_seen(alone):
    WorkerPulse.objects.filter(worker="w2").delete()
    assert watch(alone.gate_opens_at, 9 * 60) == ["workers-few"]
    incident = Incident.objects.get()
    assert (incident.severity, incident.remedies.count()) == ("warn", 0)
