"""The grid operator accepts a schedule, curtails it, or says nothing."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from shared.problems import Problem
from trading.capacities import operations as capacities
from trading.capacities.tests.test_post import row
from trading.ledger.models import LedgerAccount, LedgerEntry
from trading.markets import operations as markets
from trading.operations import operations
from trading.operations.models import OutboxMessage
from trading.operations.tests.conftest import place
from trading.results import queries as results
from trading.schedules import operations as schedules
from trading.schedules import queries
from trading.schedules.models import Acceptance, Curtailment, Schedule
from trading.schedules.tests.conftest import NOON
from trading.tests.caller import Caller
from trading.tests.cast import DAY, auction, open_auctions

QUARTER, MINUTE = timedelta(minutes=15), timedelta(minutes=1)
PRICE = 6_000  # the feed-in tariff: Ada has more than Bo needs
LATER = 11_205  # between what the utility gives and takes: Ada has just what Bo needs
FEE = 6_450
NOON_LIMIT = {"line": "N001", "limitWh": 400}


def accept(of, digest, at):
    return schedules.accept(auction=of, schedule_hash=digest, actor="dso-user", at=at)


def curtail(of, digest, *items, at, reason="The cable at N001 is being mended."):
    return operations.curtail(
        auction=of, items=list(items), reason=reason, schedule_hash=digest, actor="dso-user", at=at
    )


def state(of):
    return Acceptance.objects.get(auction=of).state


def entries(kind="curtailment"):
    return LedgerEntry.objects.filter(document_kind=kind).count()


@pytest.fixture
def soon(published):
    """A minute after closure."""
    return published.gate_closes_at + MINUTE


class TestOffer:
    def test_an_answer_is_due_in_the_time_of_the_market(self, published):
        assert Acceptance.objects.get(auction=published).answer_by == published.gate_closes_at + 60 * MINUTE

    def test_a_fast_clock_leaves_as_much_real_time_up_to_the_next_gate(self, street, dam, worker):
        markets.set_clock(speed=720, shows_at=dam.gate_closes_at, real_at=dam.gate_closes_at)
        worker(at=dam.gate_closes_at)
        assert Acceptance.objects.get(auction=dam).answer_by == dam.delivery_starts_at - 60 * MINUTE

    def test_the_operator_is_told(self, street, published, digest):
        told = OutboxMessage.objects.get(kind="schedule-published", payload__auctionId=published.code).payload
        assert (told["dsoId"], told["scheduleHash"]) == (street.dso.public_id, digest)
        assert told["nodes"] == []


class TestAccept:
    def test_once_and_again(self, published, digest, soon):
        first = accept(published, digest, soon)
        again = accept(published, digest, soon + MINUTE)
        assert (first.state, again.answered_at) == ("accepted", soon)

    def test_not_another_schedule(self, published, soon):
        with pytest.raises(schedules.OtherSchedule):
            accept(published, "0" * 64, soon)
        assert state(published) == "waiting"

    def test_not_when_the_time_is_over(self, published, digest):
        with pytest.raises(schedules.AnswerTooLate):
            accept(published, digest, published.gate_closes_at + 60 * MINUTE)

    def test_not_before_it_is_published(self, street, dam):
        with pytest.raises(results.NotPublished):
            accept(dam, "0" * 64, dam.gate_opens_at)


class TestSilence:
    def test_is_taken_as_accepted(self, published, digest, worker):
        worker(at=published.gate_closes_at + 60 * MINUTE - QUARTER)
        assert state(published) == "waiting"
        worker(at=published.gate_closes_at + 60 * MINUTE)
        assert state(published) == "silent"
        with pytest.raises(schedules.AnswerTooLate):
            accept(published, digest, published.gate_closes_at + 61 * MINUTE)

    def test_an_answered_schedule_is_no_silence(self, published, digest, soon, worker):
        accept(published, digest, soon)
        worker(at=published.gate_closes_at + 60 * MINUTE)
        assert state(published) == "accepted"


class TestCurtail:
    """Ada's line carries 1000 Wh at noon and 100 Wh later; the operator allows 400."""

    def test_both_sides_lose_as_much_in_proportion(self, street, published, digest, soon):
        curtail(published, digest, NOON_LIMIT, at=soon)
        nodes = [street.ada.pk, street.bo.pk, street.utility_buys.pk]
        left = queries.position(
            nodes=nodes, starts_at=published.delivery_starts_at + NOON * QUARTER, periods=2
        )
        assert left.tolist() == [[400, 100], [-240, -100], [-160, 0]]
        assert state(published) == "curtailed"

    def test_the_money_goes_back_at_the_price_it_was_traded_at(self, street, published, digest, soon):
        curtail(published, digest, NOON_LIMIT, at=soon)
        assert street.account(street.ada).balance_urp == 400 * PRICE + 100 * LATER
        assert street.account(street.bo).balance_urp == -240 * (PRICE + FEE) - 100 * (LATER + FEE)
        assert street.account(street.utility_buys).balance_urp == -160 * PRICE
        assert street.operator_account("exchange").balance_urp == 0
        assert street.operator_account("grid_fees").balance_urp == 340 * FEE

    def test_line_fees_and_congestion_rent_go_back_too(self, street, dam, worker):
        at = dam.gate_closes_at - 60 * MINUTE
        said = [row(dam, line="N000", first=NOON, until=NOON + 1, watts=1_200)]
        capacities.post(dso=street.dso, rows_said=said, actor="dso-user", at=at)
        place(street.utility_sells, dam, "sell", (NOON, 12_110, 5_000), at=at)
        place(street.bo, dam, "buy", (NOON, 26_450, 1_000), at=at)
        worker(at=dam.gate_closes_at)
        published = auction()
        assert street.operator_account("congestion_rent").balance_urp == 300 * (20_000 - 12_110 - 4_300)
        digest = results.published(auction=published).result_hash
        curtail(published, digest, {"line": "N000", "limitWh": 100}, at=dam.gate_closes_at + MINUTE)
        assert street.operator_account("congestion_rent").balance_urp == 100 * (20_000 - 12_110 - 4_300)
        assert street.operator_account("grid_fees").balance_urp == 100 * (FEE + 4_300)

    def test_participants_are_told_what_and_why(self, street, published, digest, soon):
        curtail(published, digest, NOON_LIMIT, at=soon)
        told = OutboxMessage.objects.get(kind="schedule-curtailed").payload
        assert told["reason"] == "The cable at N001 is being mended."
        assert {
            each["nodeId"]: (each["boughtWh"], each["soldWh"], each["amountUrp"]) for each in told["nodes"]
        } == {
            street.ada.public_id: (0, 600, -600 * PRICE),
            street.bo.public_id: (360, 0, 360 * (PRICE + FEE)),
        }

    def test_a_node_can_be_limited(self, street, published, digest, soon):
        item = {
            "node": street.bo.public_id,
            "limitWh": 0,
            "startsAt": published.delivery_starts_at + NOON * QUARTER,
        }
        curtail(published, digest, item, at=soon)
        assert Schedule.objects.get(auction=published, node=street.bo).scheduled_wh[NOON : NOON + 2] == [0, 0]
        assert Schedule.objects.get(auction=published, node=street.ada).scheduled_wh[NOON : NOON + 2] == [
            400,
            0,
        ]

    def test_what_is_left_is_the_capacity_of_later_auctions(self, street, published, digest, soon, worker):
        curtail(published, digest, NOON_LIMIT, at=soon)
        open_auctions(street, at=published.delivery_starts_at - 12 * 60 * MINUTE)
        rtm = auction(f"rtm-{DAY}-25")
        worker(at=rtm.gate_closes_at)
        kept = auction(rtm.code).capacities.up_wh
        assert [kept[2], kept[5 + 2]] == [
            0,
            0,
        ]  # N001 at noon and later: it carries 400 and 100 Wh, and no more

    def test_the_same_again_changes_nothing(self, published, digest, soon):
        curtail(published, digest, NOON_LIMIT, at=soon)
        before = entries()
        curtail(published, digest, NOON_LIMIT, at=soon + MINUTE)
        assert (entries(), Curtailment.objects.count()) == (before, 1)
        assert OutboxMessage.objects.filter(kind="schedule-curtailed").count() == 1

    def test_something_else_is_refused(self, published, digest, soon):
        curtail(published, digest, NOON_LIMIT, at=soon)
        with pytest.raises(schedules.AlreadyAnswered):
            curtail(published, digest, NOON_LIMIT | {"limitWh": 1}, at=soon)
        with pytest.raises(schedules.AlreadyAnswered):
            accept(published, digest, soon)

    def test_who_has_spent_the_money_owes_it_to_the_utility(self, street, published, digest, soon):
        ada = street.account(street.ada)
        LedgerAccount.objects.filter(pk=ada.pk).update(limit_urp=ada.balance_urp)
        curtail(published, digest, NOON_LIMIT, at=soon)
        assert street.account(street.ada).balance_urp == ada.balance_urp
        assert street.account(street.ada, "supply").balance_urp == -600 * PRICE


class TestRefuses:
    @pytest.mark.parametrize(
        ("item", "field", "code"),
        [
            ({"limitWh": 1}, "line", "one-of"),
            ({"line": "N001", "node": "x", "limitWh": 1}, "line", "one-of"),
            ({"line": "GRID", "limitWh": 1}, "line", "unknown-line"),
            ({"node": "nobody", "limitWh": 1}, "node", "unknown-node"),
        ],
    )
    def test_what_the_grid_does_not_know(self, published, digest, soon, item, field, code):
        with pytest.raises(Problem) as refused:
            curtail(published, digest, item, at=soon)
        assert [(each["field"], each["code"]) for each in refused.value.errors] == [
            (f"items.0.{field}", code)
        ]
        assert state(published) == "waiting"

    def test_times_that_are_no_periods_of_the_auction(self, published, digest, soon):
        item = NOON_LIMIT | {"startsAt": published.delivery_ends_at, "endsAt": soon}
        with pytest.raises(Problem) as refused:
            curtail(published, digest, item, at=soon)
        assert {each["code"] for each in refused.value.errors} == {"not-a-period"}

    def test_to_curtail_nothing(self, published, digest, soon):
        with pytest.raises(schedules.NothingToCurtail):
            curtail(published, digest, {"line": "N001", "limitWh": 10**6}, at=soon)
        assert not entries()

    def test_after_the_time(self, published, digest):
        with pytest.raises(schedules.AnswerTooLate):
            curtail(published, digest, NOON_LIMIT, at=published.gate_closes_at + 60 * MINUTE)


def test_curtailing_locks_every_account_at_once(street, published, digest, soon):
    """In two steps it would wait in a ring with a publication, which locks in the order of the keys."""
    with CaptureQueriesContext(connection) as asked:
        curtail(published, digest, NOON_LIMIT, at=soon)
    first = next(
        each["sql"] for each in asked if "FOR NO KEY UPDATE" in each["sql"] and "ledger" in each["sql"]
    )
    locked = {int(key) for key in re.search(r"ARRAY\[([\d, ]+)\]", first)[1].split(",")}
    entries = LedgerEntry.objects.filter(document_kind="curtailment")
    assert {key for pair in entries.values_list("debit", "credit") for key in pair} <= locked


class TestWhatTheHouseholdSees:
    def test_its_account_names_the_auction_and_the_reason(self, client, street, published, digest, soon):
        curtail(published, digest, NOON_LIMIT, at=soon)
        account = Caller(client, street.bo).get(f"/node/{street.bo.public_id}/account").json()
        given_back = [each for each in account["entries"] if "curtailed" in each["text"]]
        assert {each["auctionId"] for each in given_back} == {published.code}
        assert sum(each["amountUrp"] for each in given_back) == 360 * (PRICE + FEE)

    def test_its_result_says_what_did_not_flow(self, client, street, published, digest, soon):
        bo, path = Caller(client, street.bo), f"/node/{street.bo.public_id}/results"
        assert bo.get(path, auction=published.code).json()["curtailedBecause"] is None
        curtail(published, digest, NOON_LIMIT, at=soon)
        answer = bo.get(path, auction=published.code).json()
        [order] = answer["items"]
        noon = next(each for each in order["periods"] if each["period"] == NOON)
        assert answer["curtailedBecause"] == "The cable at N001 is being mended."
        assert (noon["acceptedWh"], noon["curtailedWh"]) == (600, 360)
        assert order["amountUrp"] == street.account(street.bo).balance_urp
