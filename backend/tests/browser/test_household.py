"""A household's first day at the exchange, as a person sees it: from registering to its partners."""

import email
import re
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.windows import submit

ADDRESS, PASSWORD = "cleo@ceex.example", "kettle-before-breakfast"
CUSTOMER = "C0042"  # the connection at N004: a household without a plant
LIMIT, KWH = "23.00", "0.2"  # above what the utility asks, so that everything is accepted
# The exchange's clock runs so fast that the hours until the gate pass in this time.
GATE_MS, RESULT_MS = 150_000, 30_000


def link_in_mail(state, address, path):
    """Return the link that the newest mail to this address holds, once it has arrived."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        for file in sorted(
            Path(state, "mail").glob("*"), key=lambda file: file.stat().st_mtime, reverse=True
        ):
            mail = email.message_from_bytes(file.read_bytes())
            body = mail.get_payload(decode=True).decode()
            found = re.search(rf"\S+{path}#token=\S+", body)
            if mail["To"] == address and found:
                return found.group()
        time.sleep(0.2)
    raise AssertionError(f"no mail to {address} with a link to {path}")


def sign_up(page, state, address=ADDRESS):
    """Register, confirm by the mailed link, and log in."""
    page.goto("/")
    page.get_by_test_id("to-register").click()
    page.get_by_test_id("register-email").fill(address)
    page.get_by_test_id("register-password").fill(PASSWORD)
    page.get_by_test_id("register-submit").click()
    expect(page.get_by_test_id("register-sent")).to_contain_text(address)
    page.goto(link_in_mail(state, address, "/confirm"))
    page.get_by_test_id("confirm-submit").click()
    page.get_by_test_id("confirm-to-login").click()
    submit(page, address, PASSWORD)


def pair(page, customer=CUSTOMER):
    """Tell which customer of which grid operator this is."""
    page.get_by_test_id("pair-dso").select_option(index=1)
    page.get_by_test_id("pair-customer").fill(customer)
    page.get_by_test_id("pair-submit").click()
    expect(page.get_by_test_id("strategy-state")).to_be_visible()


def set_price(page):
    """Choose the manual strategy with a limit of one's own, and start trading."""
    page.get_by_test_id("strategy-manual").check()
    page.get_by_test_id("price-limit").fill(LIMIT)
    start, save = page.get_by_test_id("start-trading"), page.get_by_test_id("save-strategy")
    (start if start.is_visible() else save).click()
    expect(page.get_by_test_id("stop-trading")).to_be_visible()


def hours_to_gate(page):
    """Return how many hours of the exchange's clock the page counts until the next day-ahead gate."""
    face = page.get_by_test_id("gate-countdown-dam")
    expect(face).to_have_text(re.compile(r"\d\d:\d\d:\d\d"))
    days, hours, minutes = re.search(r"(?:(\d+)\sd\s)?(\d\d):(\d\d):\d\d", face.inner_text()).groups()
    return 24 * int(days or 0) + int(hours) + int(minutes) / 60


def fill_order(page):
    """Say the same energy for every quarter hour of a day whose gate leaves time to do so."""
    page.get_by_test_id("market-dam").click()
    if hours_to_gate(page) < 6:
        page.get_by_role("button", name="Later").click()
    own = page.get_by_test_id("own-order")
    expect(page.get_by_test_id("fill-apply").or_(own)).to_be_visible()
    if own.is_visible():
        own.click()
    page.get_by_test_id("fill-price").fill(LIMIT)
    page.get_by_test_id("fill-kwh").fill(KWH)
    page.get_by_test_id("fill-apply").click()


def place_order(page):
    """Order what was filled in; returns the auction."""
    fill_order(page)
    page.get_by_test_id("place-order").click()
    expect(page.get_by_test_id("order-done")).not_to_be_empty()
    return page.get_by_test_id("auction").input_value()


def number(locator):
    """Return the number that a cell shows."""
    return float(re.search(r"-?\d+(?:\.\d+)?", locator.inner_text()).group())


@pytest.fixture
def calls(page):
    """Every request that the page makes, as (method, address)."""
    made = []
    page.on("request", lambda request: made.append((request.method, urlsplit(request.url))))
    return made


class TestFirstDay:
    def test_a_household_trades_a_day_from_registering_to_its_partners(self, page, exchange, calls):
        auctioneers = [line for line in exchange.left_behind() if b"run_auctions" in line]
        assert len(auctioneers) >= 2

        sign_up(page, exchange.state)
        pair(page)
        set_price(page)
        auction = place_order(page)

        # The gate closes by itself while the page looks on, and nothing can be changed any more.
        expect(page.get_by_test_id("place-order")).to_be_hidden(timeout=GATE_MS)
        expect(page.get_by_test_id("order-cell-0-kwh")).to_be_hidden()
        expect(page.get_by_test_id("auction-state")).to_contain_text("Published", timeout=RESULT_MS)
        assert page.get_by_test_id("auction").input_value() == auction

        accepted = page.get_by_test_id(re.compile(r"^result-accepted-\d+$"))
        expect(accepted).to_have_count(96)
        assert {number(cell) for cell in accepted.all()} == {float(KWH)}
        prices = [number(cell) for cell in page.get_by_test_id(re.compile(r"^result-price-\d+$")).all()]
        assert len(prices) == 96
        assert all(0 < price <= float(LIMIT) for price in prices)
        cards = page.locator("ceex-order-desk").get_by_test_id("partner-card")
        expect(cards.first).to_be_visible()
        assert all(re.search(r"kWh", card.inner_text()) for card in cards.all())

        expect(page.get_by_test_id("notifications-bell")).to_contain_text(
            re.compile(r"\d"), timeout=RESULT_MS
        )
        self.all_went_through_the_gateway(exchange, calls)

    def all_went_through_the_gateway(self, exchange, calls):
        """The page spoke to its own origin alone, and to trading only through webapp's door."""
        assert {address.netloc for _, address in calls if address.scheme != "data"} == {
            f"localhost:{exchange.port}"
        }
        doors = {(method, re.sub(r"/node/[^/]+", "/node/N", address.path)) for method, address in calls}
        assert ("PUT", "/api/trading/node/N/strategy") in doors
        assert ("POST", "/api/trading/node/N/orders") in doors
        assert ("GET", "/api/trading/node/N/results") in doors
