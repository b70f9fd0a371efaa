"""Each invariant bites: the books are whole, one row is bent behind the rooms' backs, and it is named."""

import pytest
from django.db import connection

from trading.operations import invariants, operations
from trading.operations.models import Incident
from trading.operations.tests.invariants import BEFORE_ALL_DELIVERY, assert_books_hold
from trading.tests.cast import auction

# Constraints and triggers guard some rows already; they are taken away so that the query must see it.
DONE = "SET CONSTRAINTS ALL IMMEDIATE;"  # a table with checks outstanding cannot be altered
LOOSE = DONE + " ALTER TABLE {} DISABLE TRIGGER USER;"
ACCOUNTS = f"{LOOSE.format('ledger_ledgeraccount')} UPDATE ledger_ledgeraccount SET"
ORDERS = f"{LOOSE.format('orders_order')} UPDATE orders_order SET"
BLOCKS = (
    f"{LOOSE.format('orders_order')} ALTER TABLE orders_order DROP CONSTRAINT order_block_says_all;"
    " UPDATE orders_order SET kind = 'block', name = id::text,"
)
VERSIONS = LOOSE.format("orders_orderversion")
HOLDS = LOOSE.format("ledger_hold")
CURTAILED = (
    "WITH traded AS (SELECT auction_id, orders[1] AS order_id, node_id FROM results_noderesult"
    " JOIN results_result result ON result.id = result_id WHERE orders <> '{}' LIMIT 1),"
    " made AS (INSERT INTO schedules_curtailment (auction_id, reason, actor, at, said, cut_wh,"
    " line_fees_urp, congestion_rent_urp) SELECT auction_id, 'x', 'x', now(), '[]', 1, 0, 0 FROM traded"
    " RETURNING id) INSERT INTO schedules_curtailedorder (curtailment_id, order_id, node_id, periods, cut_wh,"
    " energy_urp, fee_urp) SELECT made.id, order_id, node_id, '{48}', '{1}', 1, 0 FROM made, traded"
)
BENT = {
    "balances-are-sums": f"{ACCOUNTS} balance_urp = balance_urp + 1 WHERE kind = 'trading'",
    "debits-are-credits": f"{ACCOUNTS} balance_urp = 5 WHERE kind = 'payments'",
    "no-account-below-its-limit": f"{DONE} ALTER TABLE ledger_ledgeraccount"
    " DROP CONSTRAINT account_within_limit;"
    " UPDATE ledger_ledgeraccount SET limit_urp = 10^15 WHERE kind = 'trading'",
    "the-exchange-keeps-nothing": f"{ACCOUNTS} balance_urp = 1 WHERE kind = 'exchange'",
    "held-is-the-sum-of-holds": f"{ACCOUNTS} held_urp = 1 WHERE kind = 'trading'",
    "every-hold-has-an-auction": "INSERT INTO ledger_hold"
    " (auction_number, account_id, amount_urp, changed_at)"
    " SELECT 0, min(id), 1, now() FROM ledger_ledgeraccount",
    "holds-are-open-orders": f"{HOLDS} UPDATE ledger_hold SET released_at = NULL",
    "offers-are-open-orders": "INSERT INTO orders_offered (auction_id, node_id, is_buy, periods, wh)"
    " SELECT auction.id, node.id, true, '{0}', '{1}' FROM markets_auction auction, grid_node node"
    " WHERE auction.state IN ('scheduled', 'open') LIMIT 1",
    "one-final-result": "UPDATE results_result SET final = false",
    "the-published-hash-is-the-stored-hash": "UPDATE results_result SET book_hash = 'other'",
    "accepted-from-the-book": f"{ORDERS} received_at = now() + interval '100 years'",
    "accepted-within-ordered": "UPDATE results_noderesult SET ordered_wh = '{1}'",
    "price-within-limit": f"{ORDERS} prices_rp_per_mwh = '{{-1}}' WHERE side = 'buy'",
    "no-block-at-a-loss": f"{BLOCKS} prices_rp_per_mwh = '{{400000}}' WHERE side = 'sell'",
    "blocks-keep-their-word": f"{BLOCKS} min_ratio_permille = 2000 WHERE side = 'sell'",
    "noted-is-accepted": f"{LOOSE.format('orders_acceptance')}"
    " UPDATE orders_acceptance SET accepted_wh = '{599}'",
    "bought-is-sold": "UPDATE results_noderesult SET accepted_wh = '{599}' WHERE true = ANY(buys)",
    "supplied-at-both-ends": "UPDATE results_noderesult SET partner_wh = '{599}' WHERE true = ANY(buys)",
    "paid-is-received": "INSERT INTO ledger_ledgerentry (debit_id, credit_id, amount_urp, kind,"
    " document_kind, document_id, reference, correction, booked_at)"
    " SELECT a.id, b.id, 1, 'energy', 'auction', auction_id, 0, 7, now()"
    " FROM results_result, ledger_ledgeraccount a, ledger_ledgeraccount b"
    " WHERE a.kind = 'exchange' AND b.kind = 'grid_fees' LIMIT 1",
    "booked-is-accepted": "UPDATE results_noderesult SET fee_urp = fee_urp + 1",
    "the-grid-gets-its-fees": "UPDATE results_result SET line_fees_urp = line_fees_urp + 1",
    "scheduled-is-accepted": "UPDATE schedules_schedule SET scheduled_wh[49] = scheduled_wh[49] + 1",
    "curtailed-within-accepted": CURTAILED,
    "curtailed-is-unwound": CURTAILED,
    "flows-within-capacities": "UPDATE capacities_frozencapacities SET down_wh = array_fill(0, ARRAY[5])",
    "nothing-before-closure": f"{VERSIONS} UPDATE orders_orderversion SET at = now() + interval '100 years'",
    "every-acknowledged-order-exists": f"{VERSIONS} DELETE FROM orders_orderversion",
    "imbalances-are-booked": "INSERT INTO settlement_imbalance (node_id, starts_at, scheduled_wh, metered_wh,"
    " imbalance_wh, price_rp_per_mwh, energy_urp, fee_urp, settled_at)"
    " SELECT node.id, delivery_starts_at, 0, 1, 1, 1, 1, 0, delivery_ends_at"
    " FROM markets_auction, grid_node node WHERE code LIKE 'rtm%' LIMIT 1",
    "days-are-sums": "INSERT INTO settlement_imbalance (node_id, starts_at, scheduled_wh, metered_wh,"
    " imbalance_wh, price_rp_per_mwh, energy_urp, fee_urp, settled_at)"
    " SELECT node.id, delivery_starts_at, 0, 1, 1, 1, 1, 0, delivery_ends_at"
    " FROM markets_auction, grid_node node WHERE code LIKE 'dam%' LIMIT 1;"
    "UPDATE markets_auction SET settled_at = delivery_ends_at WHERE code LIKE 'dam%'",
    "netting-is-balanced": "INSERT INTO settlement_imbalance (node_id, starts_at, scheduled_wh, metered_wh,"
    " imbalance_wh, netted_wh, price_rp_per_mwh, energy_urp, fee_urp, settled_at)"
    " SELECT node.id, delivery_starts_at, 0, 1, 1, 1, 1, 0, 0, delivery_ends_at"
    " FROM markets_auction, grid_node node WHERE code LIKE 'rtm%' LIMIT 1",
}


@pytest.fixture
def books():
    """These tests break the books on purpose, so nothing is asked afterwards."""


@pytest.fixture
def published(traded, worker):
    worker(at=traded.gate_closes_at)
    return auction()


def names(**options):
    return {each.name for each in invariants.check(at=BEFORE_ALL_DELIVERY, **options)}


def test_whole_books_pass(published):
    assert names() == set()
    assert names(auctions=[published.pk]) == set()


def test_an_auction_without_an_end_is_named(dam):
    assert "no-auction-without-an-end" in {each.name for each in invariants.check(at=dam.delivery_starts_at)}


def test_every_invariant_is_tried():
    assert {each.name for each in invariants.ALL} == {*BENT, "no-auction-without-an-end"}


@pytest.mark.parametrize("name", BENT)
def test_a_bent_row_is_named(published, name):
    with connection.cursor() as cursor:
        cursor.execute(BENT[name])
    assert name in names()


def test_what_a_test_leaves_bent_fails_it(published):
    with connection.cursor() as cursor:
        cursor.execute(BENT["one-final-result"])
    with pytest.raises(AssertionError, match="one-final-result"):
        assert_books_hold()


def test_a_violation_opens_one_incident_with_its_evidence(published):
    with connection.cursor() as cursor:
        cursor.execute(BENT["one-final-result"])
    for _ in range(2):
        operations.check(at=BEFORE_ALL_DELIVERY, auctions=[published])
    incident = Incident.objects.get(code="invariant-one-final-result")
    assert incident.auction == published
    assert incident.seen["rows"]


def test_an_incident_ends_when_the_books_hold_again(published):
    payments = f"{ACCOUNTS} balance_urp = %s WHERE kind = 'payments'"
    for balance_urp in (1, 0):
        with connection.cursor() as cursor:
            cursor.execute(payments, [balance_urp])
        operations.check(at=BEFORE_ALL_DELIVERY)
    incident = Incident.objects.get(code="invariant-debits-are-credits")
    assert incident.closed_at == BEFORE_ALL_DELIVERY
