"""A simulated month, and a year in memory that is the database's to the µRp."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from trading.grid.models import Node
from trading.ledger.models import LedgerEntry
from trading.markets import operations as markets
from trading.metering.models import ReplacedReading
from trading.operations import history, simulation, village_costs, village_year
from trading.operations.management.commands import simulate_month, simulate_year
from trading.settlement import statements
from trading.settlement.models import BankAccount, NodeDay, PayOut, Statement
from trading.settlement.tests.test_statements import BANK
from trading.strategies import forecast

DAY = date(2026, 6, 1)
MORNING_BEFORE = datetime(2026, 5, 31, 6, tzinfo=UTC)
BEGINS_AT, AFTER = datetime(2026, 5, 31, 22, tzinfo=UTC), datetime(2026, 6, 1, 22, 10, tzinfo=UTC)


@pytest.mark.usefixtures("everyone_bids")
class TestMonth:
    def test_a_day_with_unruly_meters_is_closed_and_paid_out_to_the_centime(
        self, street, capsys, monkeypatch
    ):
        BankAccount.objects.create(dso=street.dso, **BANK)
        call_command("simulate_month", days=1, seed=7)
        said = capsys.readouterr().out
        assert "every statement adds up to the ledger to the µRp" in said
        assert "(0 changed by closing again)" in said
        assert Statement.objects.filter(month=DAY).count() == 2
        assert ReplacedReading.objects.exists()  # some were wrong at first
        assert LedgerEntry.objects.filter(document_kind="imbalance", correction__gt=0).exists()
        paid = {each.customer_id: each.amount_rp for each in PayOut.objects.all()}
        assert set(paid) == {street.ada.customer_id}  # her roof earned more than her home used
        monkeypatch.setattr(simulate_month.statements, "of", tampered(statements.of))
        with pytest.raises(CommandError, match="does not add up"):
            simulate_month.check_statements(street.dso, DAY)

    def test_needs_an_exchange_that_has_not_traded(self, dam):
        with pytest.raises(CommandError, match="traded already"):
            call_command("simulate_month", days=1)


def tampered(of):
    """Read a statement that ends with a µRp too many."""
    return lambda customer, month: replace(of(customer, month=month), closing_urp=1)


class TestDeliveries:
    def test_are_the_same_for_the_same_seed_and_end_with_the_truth(self):
        nodes, starts = np.array([3, 5]), np.arange(0, 96 * 900, 900)
        wh = np.arange(192).reshape(2, 96)
        sent, again = (simulation.deliveries(nodes, starts, wh, seed=1) for _ in range(2))
        other = simulation.deliveries(nodes, starts, wh, seed=2)
        assert (sent.at == again.at).all() and len(sent.at) != len(other.at)
        assert (np.diff(sent.at) >= 0).all()
        last = sent.between(0, 10**9)
        counted = {
            (n, s): v for n, s, v in zip(sent.nodes[last], sent.starts[last], sent.wh[last], strict=True)
        }
        assert [counted[node, start] for node in (3, 5) for start in starts] == wh.ravel().tolist()


@pytest.mark.usefixtures("everyone_bids")
class TestYear:
    def test_a_day_in_memory_is_that_of_the_database(self, street):
        markets.schedule(dso=street.dso, until_day=DAY, at=MORNING_BEFORE)
        history.trade(days=0, now=AFTER, progress=lambda at: None)
        stored = {row.node_id: row for row in NodeDay.objects.filter(day=DAY)}
        village = village_year.read(dso=street.dso, first_day=DAY, days=1)
        [(_, day)] = village_year.stretch_of(village, [DAY])
        assert day.auctions == 49
        costs = zip(village.meters.tolist(), day.cost_urp.tolist(), strict=True)
        assert {node: stored[node].cost_urp for node in stored} == dict(costs)

    def test_the_utility_alone_is_the_published_tariff(self, street):
        village = village_year.read(dso=street.dso, first_day=DAY, days=1)
        [(_, day)] = village_year.days_of(village, 1)
        wh = village.wh[:, forecast.quarter_of(BEGINS_AT) - village.first :].sum(axis=1)
        tariffs = {street.ada.pk: -6_000, street.ada_at_home.pk: 22_860, street.bo.pk: 22_860}
        alone = [
            total * tariffs[node] for node, total in zip(village.meters.tolist(), wh.tolist(), strict=True)
        ]
        assert day.utility_cost_urp.tolist() == alone

    def test_the_command_says_what_is_saved_and_what_the_guarantee_costs(self, street, capsys):
        before = Node.objects.count(), NodeDay.objects.count()
        call_command("simulate_year", days=1, processes=1)
        said = capsys.readouterr().out
        assert re.search(r"they save -?\d+\.\d\d CHF", said)
        assert re.search(r"The guarantee costs \d+\.\d\d CHF", said)
        assert before == (Node.objects.count(), NodeDay.objects.count())

    def test_credits_are_what_a_month_cost_more_than_with_the_utility(self):
        year = village_costs.Year(
            np.array([1, 2]),
            np.array([[10, 30], [0, 5]]),
            np.array([[20, 25], [1, 5]]),
            foreseen_urp=np.zeros((2, 2)),
            price_errors=np.zeros((0, 2)),
        )
        assert year.saved_urp == 6
        assert year.credits_urp.tolist() == [[0, 5], [0, 0]]
        said = " ".join(simulate_year.lines(year))
        assert "1 households in 1 of 4 household-months" in said
        assert "100.00 % of the households" in said and "50.00 % of the household-months" in said


def test_days_in_a_row_are_traded_together():
    days = [date(2026, 6, day) for day in (1, 2, 3, 8, 9)]
    assert village_year.in_a_row(days, 2) == [days[:2], days[2:3], days[3:]]


def test_a_year_needs_a_village(db):
    with pytest.raises(CommandError, match="load the village"):
        call_command("simulate_year")
