"""A consumer, a producer and who owns a battery: from registering to a statement, and out again.

The village has traded for two days before they come, so there is something to understand at once.
"""

import contextlib
import re

import pytest
from playwright.sync_api import TimeoutError, expect

from tests.browser.test_household import pair, sign_up

STORIES = {
    "consumer": ("C0091", "market_benefit"),  # at N009: a home with a heat pump
    "producer": ("C0141", "market_benefit"),  # at N014: a home with a roof
    "battery": ("C0059", "never_lose"),  # at N005: a home with a battery
}


def choose(page, strategy):
    """Let a strategy trade."""
    page.get_by_test_id(f"strategy-{strategy}").check()
    page.get_by_test_id("save-strategy").click()
    expect(page.get_by_test_id("stop-trading")).to_be_visible()
    expect(page.get_by_test_id("strategy-done")).to_contain_text("Saved")


def understand(page):
    """Go back to a published auction: why a quarter hour ended as it did, and how its price came about."""
    page.get_by_test_id("market-dam").click()
    state = page.get_by_test_id("auction-state")
    expect(state).to_be_visible()
    why = page.get_by_test_id(re.compile(r"^result-why-\d+$")).first
    for _ in range(10):
        if "Published" in state.inner_text() or "Settled" in state.inner_text():
            # Of an auction that was published as they came, there may be no order of theirs.
            with contextlib.suppress(TimeoutError):
                why.wait_for(timeout=5_000)
                break
        before = page.get_by_test_id("auction").input_value()
        page.get_by_role("button", name="Earlier").click()
        expect(page.get_by_test_id("auction")).not_to_have_value(before)
    why.click()
    expect(page.get_by_test_id(re.compile(r"^result-because-\d+$")).first).to_contain_text(
        re.compile(r"[a-z]{3}")
    )
    card = page.get_by_test_id("curve-card")
    card.get_by_test_id("curve-period").select_option("40")
    expect(card.locator("ceex-chart .caption")).to_contain_text("10:00")


def read_the_statement(page):
    """Open the month and the lines of its first figure, and ask of one why it came to that."""
    page.goto("/statements")
    page.get_by_test_id("statement-month").first.click()
    figure = page.get_by_test_id("statement-figure").first
    figure.locator("summary").click()
    expect(figure.get_by_test_id("statement-line").first).to_be_visible()
    expect(page.get_by_test_id("statement-closing")).to_contain_text("CHF")
    figure.get_by_test_id("statement-why").first.click()
    expect(page.get_by_test_id("auction-state")).to_contain_text(re.compile("Published|Settled"))


@pytest.mark.parametrize("who", STORIES)
def test_from_registering_to_a_statement_and_out_again(page, exchange, who):
    customer, strategy = STORIES[who]
    sign_up(page, exchange.state, f"{who}@ceex.example")
    pair(page, customer)
    page.goto("/trading")
    if who == "producer":
        page.get_by_test_id("side-producer").click()
    choose(page, strategy)
    understand(page)
    read_the_statement(page)
    page.goto("/trading")
    page.get_by_test_id("stop-trading").click()
    expect(page.get_by_test_id("strategy-state")).to_contain_text("Stopped")
    expect(page.get_by_test_id("start-trading")).to_be_visible()
