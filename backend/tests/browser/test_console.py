"""The operator's console beside a running exchange that is struck: what it shows, and what it lets do."""

import os
import signal
import time

import psycopg2
import pytest
from playwright.sync_api import expect

from tests.browser.launched import processes
from tests.browser.test_household import fill_order
from tests.browser.windows import log_in, window

# The watchdog looks every ten seconds, and takes ten of silence for silence.
SEEN_MS = 45_000


@pytest.fixture
def console(page):
    """The console, in front of the operator."""
    log_in(page, "operator")
    return page


@pytest.fixture
def colleague(browser, exchange):
    """Another operator, with a window of their own."""
    with window(browser, exchange.url, "colleague") as page:
        yield page


@pytest.fixture
def bo(browser, exchange):
    """Bo at home, with a window of his own."""
    with window(browser, exchange.url, "bo") as page:
        yield page


@pytest.fixture
def stopped(exchange):
    """One of the two auctioneers, stopped in the middle of whatever it did."""
    mark = f"CEEX_STATE_DIR={exchange.state}".encode()
    auctioneers = [
        number
        for number, environment, line in processes()
        if mark in environment.split(b"\0") and line.rstrip().endswith(b"trading run_auctions")
    ]
    os.kill(auctioneers[0], signal.SIGSTOP)
    yield auctioneers[0]
    os.kill(auctioneers[0], signal.SIGCONT)


def ask(exchange, statement, database="ceex_trading"):
    """One statement in a database of the exchange, past every door."""
    place = {"host": str(exchange.state / "pg" / "data"), "user": "postgres", "dbname": database}
    with psycopg2.connect(**place) as session, session.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone()


class TestChaos:
    def test_shows_a_stopped_auctioneer_its_remedy_and_the_end(self, console, stopped, exchange):
        incident = console.get_by_test_id("incident-worker-silent")
        expect(incident).to_be_visible(timeout=SEEN_MS)
        expect(incident.get_by_test_id("remedy").first).to_contain_text("reclaim")
        # The other one goes on publishing meanwhile.
        (before,) = ask(exchange, "SELECT count(*) FROM results_result")
        until = time.monotonic() + SEEN_MS / 1000
        while ask(exchange, "SELECT count(*) FROM results_result") <= (before,):
            assert time.monotonic() < until
            console.wait_for_timeout(500)
        os.kill(stopped, signal.SIGCONT)
        expect(incident).to_have_count(0, timeout=SEEN_MS)
        console.get_by_test_id("incidents-other").click()
        expect(incident.first).to_contain_text("It helped.")


class TestHalt:
    def test_takes_one_operator_to_begin_and_two_to_end_and_is_told_to_all(self, console, colleague, bo):
        market = console.get_by_test_id("market-rtm")
        market.get_by_test_id("halt-reason").fill("A test of the console.")
        market.get_by_test_id("halt").click()
        expect(market.get_by_test_id("halt-state")).to_have_text("halted")
        colleague.goto("/status")
        expect(colleague.get_by_test_id("status-halt")).to_contain_text("A test of the console.")
        bo.reload()
        expect(bo.get_by_test_id("halted-rtm")).to_contain_text("A test of the console.")
        market.get_by_test_id("resume").click()
        expect(market.get_by_test_id("resume")).to_have_text("Confirm resuming")
        market.get_by_test_id("resume").click()
        expect(market.get_by_test_id("problem")).to_contain_text("Another operator")
        colleague.goto("/operator")
        colleague.get_by_test_id("market-rtm").get_by_test_id("resume").click()
        expect(colleague.get_by_test_id("market-rtm").get_by_test_id("halt-state")).to_have_text("runs")
        deed = colleague.get_by_test_id("deed").filter(has_text="rtm/resumption")
        expect(deed.first).to_contain_text("colleague@", timeout=15_000)


class TestPause:
    def test_takes_nothing_from_a_node_until_the_operator_lets_it_order_again(self, console, bo, exchange):
        (node,) = ask(
            exchange,
            "SELECT consumer_node_id FROM access_pairing JOIN users_user USING (user_id)"
            " WHERE email LIKE 'bo@%' AND unpaired_at IS NULL",
            database="ceex_webapp",
        )
        console.get_by_test_id("pause-node").fill(node)
        console.get_by_test_id("pause-reason").fill("A test of the console.")
        console.get_by_test_id("pause").click()
        pause = console.get_by_test_id(f"pause-{node}")
        expect(pause).to_contain_text("A test of the console.")
        bo.goto("/trading")
        fill_order(bo)
        bo.get_by_test_id("place-order").click()
        expect(bo.get_by_test_id("problem").first).to_contain_text("No orders are taken from this node until")
        pause.get_by_test_id("end-pause").click()
        expect(pause).to_have_count(0)
        bo.get_by_test_id("place-order").click()
        expect(bo.get_by_test_id("order-done")).not_to_be_empty()
