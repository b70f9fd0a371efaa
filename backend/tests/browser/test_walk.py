"""A new user with a phone: how many taps from the landing page to a strategy that trades?"""

import time

import pytest
from playwright.sync_api import expect

from tests.browser.test_household import link_in_mail

ADDRESS, PASSWORD = "dora@ceex.example", "kettle-before-breakfast"
CUSTOMER = "C0075"  # the connection at N007: a household without a plant
MOST_TAPS = 8


@pytest.fixture
def phone(browser, exchange):
    """A fresh window of a phone's size that knows fingers only."""
    size = {"width": 390, "height": 844}
    context = browser.new_context(
        base_url=exchange.url, locale="en-GB", viewport=size, has_touch=True, is_mobile=True
    )
    yield context.new_page()
    context.close()


class Fingers:
    """Counts each tap, those into a field as well."""

    def __init__(self, page):
        self.page = page
        self.taps = 0

    def tap(self, name):
        self.page.get_by_test_id(name).tap()
        self.taps += 1

    def write(self, name, text):
        # The finger meets the field's label, which lies over it and hands the tap on.
        field = self.page.get_by_test_id(name)
        field.tap(force=True)
        self.taps += 1
        expect(field).to_be_focused()
        self.page.keyboard.type(text)


def test_a_new_user_trades_after_few_taps(phone, exchange, record_property):
    started = time.perf_counter()
    fingers = Fingers(phone)
    phone.goto("/")
    fingers.tap("to-register")
    fingers.write("register-email", ADDRESS)
    fingers.write("register-password", PASSWORD)
    fingers.tap("register-submit")
    expect(phone.get_by_test_id("register-sent")).to_contain_text(ADDRESS)
    phone.goto(link_in_mail(exchange.state, ADDRESS, "/confirm"))
    fingers.tap("confirm-submit")
    before = fingers.taps

    fingers.tap("confirm-to-login")
    fingers.write("login-email", ADDRESS)
    fingers.write("login-password", PASSWORD)
    fingers.tap("login-submit")
    fingers.write("pair-customer", CUSTOMER)
    fingers.tap("pair-submit")
    # Market Benefit trades for a household from the start, unless it says otherwise.
    expect(phone.get_by_test_id("stop-trading")).to_be_visible()

    after = fingers.taps - before
    record_property("taps", f"{before} + {after}")
    record_property("seconds", round(time.perf_counter() - started, 1))
    print(
        f"{before} taps to confirm the address, {after} more to trade, {time.perf_counter() - started:.1f} s"
    )
    assert after <= MOST_TAPS
