"""Ada sells 1,000 Wh to Bo at noon, and both deviate; he may be joined by Ada's own home.

The real-time auction 25 has no orders but the utility's, so its price is the middle between both tariffs.
"""

import threading
import time

import numpy as np
import pytest
from django.db import connection, transaction

from trading.grid.models import Customer, Node
from trading.ledger import operations as ledger
from trading.ledger.models import LedgerEntry
from trading.markets.models import Auction
from trading.metering import files, intake
from trading.metering import operations as metering
from trading.metering.models import CorrectedQuarter, MeterReading
from trading.operations import life, operations
from trading.operations.models import Incident
from trading.operations.tests.invariants import assert_books_hold
from trading.settlement import imbalances, netting, queries
from trading.settlement.models import Imbalance, ReplacedImbalance
from trading.settlement.tests.conftest import MINUTE, meter
from trading.tests.cast import DAY, NOON_BEFORE, auction, build_street, open_auctions

FEE = 6_450
LOW, HIGH = 6_000, 16_410  # the utility's tariffs at the street's buses


@pytest.fixture
def settle_due():
    """Settle, estimate and correct whatever is due at an instant."""

    def settle_due(at):
        operations.settle_due(at=at)

    return settle_due


def imbalance(node, rtm):
    return Imbalance.objects.get(node_id=node.pk, starts_at=rtm.delivery_starts_at)


class TestNetting:
    def test_opposite_deviations_meet_at_the_local_price_and_the_rest_at_tariff(self, street, noon):
        at = noon.delivery_ends_at + MINUTE
        meter(street, noon, {"ada": 1_100, "ada_at_home": 0, "bo": 1_030}, at=at)
        imbalances.settle(auction=noon, at=at)
        ada, bo = imbalance(street.ada, noon), imbalance(street.bo, noon)
        price = bo.netting_price_rp_per_mwh
        assert LOW <= price <= HIGH
        assert (ada.imbalance_wh, ada.netted_wh, bo.imbalance_wh, bo.netted_wh) == (100, 30, -30, -30)
        assert street.account(street.bo, "supply").balance_urp == -30 * (price + FEE)
        assert street.account(street.ada, "supply").balance_urp == 30 * price + 70 * LOW
        assert street.account(street.utility_sells, "supply").balance_urp == -70 * LOW

    def test_the_larger_side_shares_in_proportion_by_largest_remainder(self, street, noon):
        at = noon.delivery_ends_at + MINUTE
        meter(street, noon, {"ada": 1_010, "ada_at_home": 10, "bo": 1_019}, at=at)
        imbalances.settle(auction=noon, at=at)
        # 10 Wh too much meet 29 too few: 10 × 10 ⁄ 29 = 3.45 and 10 × 19 ⁄ 29 = 6.55
        assert imbalance(street.ada_at_home, noon).netted_wh == -3
        assert imbalance(street.bo, noon).netted_wh == -7
        assert imbalance(street.ada, noon).netted_wh == 10

    def test_deviations_of_one_sign_are_all_the_utilitys(self, street, noon):
        at = noon.delivery_ends_at + MINUTE
        meter(street, noon, {"ada": 1_100, "ada_at_home": 0, "bo": 950}, at=at)
        imbalances.settle(auction=noon, at=at)
        assert [imbalance(node, noon).netted_wh for node in (street.ada, street.bo)] == [0, 0]
        assert not LedgerEntry.objects.filter(kind="netting").exists()

    @pytest.mark.parametrize("seed", range(5))
    def test_is_what_the_pure_rule_says(self, street, noon, seed):
        at = noon.delivery_ends_at + MINUTE
        counted = np.random.default_rng(seed).integers(0, 2_000, 3).tolist()
        meter(street, noon, dict(zip(("ada", "ada_at_home", "bo"), counted, strict=True)), at=at)
        imbalances.settle(auction=noon, at=at)
        rows = Imbalance.objects.filter(starts_at=noon.delivery_starts_at).order_by("node_id")
        deviations = np.array([[row.imbalance_wh] for row in rows])
        assert netting.netted_wh(deviations).ravel().tolist() == [row.netted_wh for row in rows]

    def test_a_repetition_changes_nothing(self, street, noon):
        at = noon.delivery_ends_at + MINUTE
        meter(street, noon, {"ada": 1_100, "ada_at_home": 0, "bo": 1_030}, at=at)
        assert imbalances.settle(auction=noon, at=at) > 0
        assert imbalances.settle(auction=noon, at=at) == 0
        assert not ReplacedImbalance.objects.exists()


class TestCorrection:
    def settled(self, street, noon, settle_due):
        at = noon.delivery_ends_at + MINUTE
        meter(street, noon, {"ada": 1_100, "ada_at_home": 0, "bo": 1_030}, at=at)
        settle_due(at=at)
        return at

    def correct(self, street, noon, settle_due, at, **counted):
        meter(street, noon, counted, at=at)
        settle_due(at=at)

    def test_books_the_difference_and_keeps_what_was(self, street, noon, settle_due):
        at = self.settled(street, noon, settle_due)
        before = street.account(street.ada, "supply").balance_urp
        self.correct(street, noon, settle_due, at + MINUTE, bo=1_080)
        price = imbalance(street.bo, noon).netting_price_rp_per_mwh
        assert imbalance(street.ada, noon).netted_wh == 80
        assert street.account(street.ada, "supply").balance_urp - before == 50 * (price - LOW)
        assert street.account(street.bo, "supply").balance_urp == -80 * (price + FEE)
        assert set(LedgerEntry.objects.filter(kind="netting").values_list("correction", flat=True)) == {0, 1}
        assert sorted(ReplacedImbalance.objects.values_list("node_id", "number", "netted_wh")) == sorted(
            [(street.ada.pk, 1, 30), (street.bo.pk, 1, -30)]
        )
        assert not CorrectedQuarter.objects.exists()

    def test_equals_a_recomputation_from_scratch_however_often(self, street, noon, settle_due):
        at = self.settled(street, noon, settle_due)
        corrections = (
            {"bo": 1_080},
            {"ada": 900},
            {"ada_at_home": 55, "bo": 7},
            {"ada": 1_333},
            {"bo": 1_080},
        )
        for minutes, counted in enumerate(corrections, start=1):
            self.correct(street, noon, settle_due, at + minutes * MINUTE, **counted)
        columns = ("node_id", "starts_at", "netted_wh", "netting_urp", "energy_urp", "fee_urp")
        step_by_step = sorted(Imbalance.objects.values_list(*columns))
        balances = self.booked(street, noon)
        Imbalance.objects.all().delete()  # and nothing is booked: only what it would come to is asked
        _, _, netting, energy, fee = imbalances._changes(noon, at)
        assert sorted(Imbalance.objects.values_list(*columns)) == step_by_step
        assert sum(balances) == netting.sum() + energy.sum() + fee.sum()

    def booked(self, street, noon):
        assert_books_hold()
        people = (street.ada, street.bo)
        return [street.account(each, "supply").balance_urp for each in people]

    def test_before_settlement_is_simply_the_reading_that_counts(self, street, noon, settle_due):
        at = noon.delivery_ends_at + MINUTE
        meter(street, noon, {"ada": 1_100, "bo": 1_030}, at=at)
        meter(street, noon, {"bo": 1_080}, at=at + MINUTE)
        meter(street, noon, {"ada_at_home": 0}, at=at + 2 * MINUTE)
        settle_due(at=at + 2 * MINUTE)
        assert imbalance(street.bo, noon).imbalance_wh == -80
        assert not ReplacedImbalance.objects.exists()
        assert not CorrectedQuarter.objects.exists()


class TestMissingReadings:
    def test_are_estimated_in_the_end_with_an_incident_and_corrected_later(self, street, noon, settle_due):
        at = noon.delivery_ends_at + operations.ESTIMATED_AFTER
        meter(street, noon, {"ada": 1_000}, at=noon.delivery_ends_at + MINUTE)
        settle_due(at=at - MINUTE)
        assert auction(noon.code).state == "published"
        settle_due(at=at)
        assert auction(noon.code).state == "settled"
        assert Incident.objects.get(auction=noon, code="readings-missing").seen == {"estimated": 4}
        assert imbalance(street.bo, noon).imbalance_wh == 0  # as scheduled, since no week lies before
        meter(street, noon, {"bo": 1_080, "ada_at_home": 0}, at=at + MINUTE)
        settle_due(at=at + MINUTE)
        assert imbalance(street.bo, noon).imbalance_wh == -80
        assert MeterReading.objects.get(node=street.bo, starts_at=noon.delivery_starts_at).number == 2


@pytest.mark.django_db(transaction=True)
def test_a_correction_waits_for_who_adds_up_the_day():
    street = build_street()
    open_auctions(street)
    dam = Auction.objects.get(code=f"dam-{DAY}")
    quarter = CorrectedQuarter.objects.create(
        dso=street.dso, starts_at=dam.delivery_starts_at, corrected_at=NOON_BEFORE
    )
    done = []

    def correct():
        life.correct(dso=street.dso, at=NOON_BEFORE)
        done.append(True)
        connection.close()

    correcting = threading.Thread(target=correct)
    with transaction.atomic():
        Auction.objects.select_for_update(no_key=True).get(pk=dam.pk)
        correcting.start()
        while correcting.is_alive() and not somebody_waits():
            time.sleep(0.01)
        assert not done
    correcting.join()
    assert done
    assert not CorrectedQuarter.objects.filter(pk=quarter.pk).exists()


def somebody_waits():
    waiting = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = %s"
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(waiting, ["Lock"])
        return cursor.fetchone()[0]


@pytest.fixture
def helper(street):
    """A node of the grid operator's own, for flexibility."""
    customer = Customer.objects.create(dso=street.dso, number="FLEX-4", name="Flex", is_flexibility=True)
    return Node.objects.create(
        customer=customer, bus=street.bo.bus, side="consumer", connection_capacity_w=10_000
    )


class TestMetered:
    def test_counts_nobody_who_has_no_meter(self, street, noon, helper):
        at = noon.delivery_ends_at + MINUTE
        meter(street, noon, {"ada": 1_100, "ada_at_home": 0}, at=at)
        for starts_at in (noon.delivery_starts_at, noon.delivery_starts_at + 15 * MINUTE):
            MeterReading.objects.create(
                node=helper, starts_at=starts_at, metered_wh=0, quality="final", received_at=at
            )
        assert queries.metered(at=at, limit=9) == []
        meter(street, noon, {"bo": 1_030}, at=at)
        assert noon.pk in queries.metered(at=at, limit=9)

    def test_takes_no_readings_of_who_has_no_meter(self, street, helper):
        series = [{"node": helper.public_id, "starts_at": NOON_BEFORE, "wh": [1]}]
        with pytest.raises(files.BadFile, match="no such node"):
            intake.record_series(dso=street.dso, series=series, quality="final", at=NOON_BEFORE + MINUTE * 60)


class TestLate:
    """Readings that nobody waited for, such as those of a household that came later."""

    def cy_moves_in(self, street):
        customer = Customer.objects.create(dso=street.dso, number="C0034", name="Cy")
        ledger.open_accounts(dso=street.dso, kind="trading", limits_urp={customer: 0})
        ledger.open_accounts(dso=street.dso, kind="supply", limits_urp={customer: None})
        return Node.objects.create(
            customer=customer, bus=street.bo.bus, side="consumer", connection_capacity_w=10_000
        )

    def settled(self, street, noon, settle_due, **counted):
        at = noon.delivery_ends_at + MINUTE
        meter(street, noon, {"ada": 1_100, "ada_at_home": 0, "bo": 1_030} | counted, at=at)
        settle_due(at=at)
        return at

    def read(self, node, noon, at, *counted):
        starts = np.datetime64(noon.delivery_starts_at.replace(tzinfo=None), "s")
        metering.record(
            readings=metering.Readings(
                nodes=np.full(len(counted), node.pk),
                starts_at=starts + np.arange(len(counted)) * np.timedelta64(900, "s"),
                wh=np.array(counted),
            ),
            at=at,
        )

    @pytest.mark.parametrize("earlier", [False, True])
    def test_are_booked_as_a_correction(self, street, noon, settle_due, earlier):
        at, cy = self.settled(street, noon, settle_due), self.cy_moves_in(street)
        if earlier:  # some of its readings came before, the others not
            self.read(cy, noon, at + MINUTE, 50)
        self.read(cy, noon, at + MINUTE, 50, 20)
        settle_due(at=at + 2 * MINUTE)
        assert Imbalance.objects.filter(node=cy).count() == 2
        assert imbalance(cy, noon).netted_wh == -50
        assert imbalance(street.ada, noon).netted_wh == 80  # of her 100; 30 were Bo's before
        assert set(LedgerEntry.objects.filter(kind="netting").values_list("correction", flat=True)) == {0, 1}
        assert_books_hold()
        columns = ("node_id", "starts_at", "netted_wh", "netting_urp", "energy_urp", "fee_urp")
        step_by_step = sorted(Imbalance.objects.values_list(*columns))
        Imbalance.objects.all().delete()
        imbalances._changes(noon, at)
        assert sorted(Imbalance.objects.values_list(*columns)) == step_by_step

    def test_before_settlement_correct_nothing(self, street, noon, settle_due):
        self.read(street.bo, noon, noon.delivery_ends_at + MINUTE, 1_000, 0)
        assert not CorrectedQuarter.objects.exists()

    def test_what_is_corrected_from_nothing_has_a_number_too(self, street, noon, settle_due):
        at = self.settled(street, noon, settle_due, ada=1_000, bo=1_000)
        assert not LedgerEntry.objects.filter(document_kind="imbalance").exists()
        meter(street, noon, {"bo": 1_080}, at=at + MINUTE)
        settle_due(at=at + MINUTE)
        booked = LedgerEntry.objects.filter(document_kind="imbalance")
        assert set(booked.values_list("correction", flat=True)) == {1}
