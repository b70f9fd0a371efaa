"""The first household's day with a browser, through HTTPS; what it does is what the browser tests do."""

import re

from playwright.sync_api import expect, sync_playwright

from rehearsal import books
from rehearsal.stacks import SPEED, wait_until
from tests.browser import chromium
from tests.browser import test_household as day
from tests.browser.windows import HAND

# The hours until the gate pass faster; the last of them, and the clearing, as everything else here.
DAY_SPEED, LAST_MINUTES = 360, 30
WAIT_S, PATIENCE_MS = 420, 90_000


def trade_a_day(server):
    """Register, pair, order, wait for the gate and the result; returns what was looked at."""
    # The authority is ours: Chromium believes its key and no other. As root it has no sandbox.
    trusted = f"--ignore-certificate-errors-spki-list={server.authority}"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.find(), args=["--no-sandbox", trusted])
        context = browser.new_context(
            base_url=server.url, locale="en-GB", viewport={"width": 1440, "height": 900}
        )
        context.add_init_script(HAND)
        context.set_default_timeout(60_000)
        page = context.new_page()
        errors = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        found = _day(page, server)
        browser.close()
    if errors:
        raise AssertionError(f"the page reported errors: {errors}")
    return found


def _day(page, server):
    expect.set_options(timeout=60_000)
    day.sign_up(page, server.folder)
    day.pair(page)
    day.set_price(page)
    auction = day.place_order(page)
    books.let_run(DAY_SPEED)
    wait_until(lambda: books.gate_within(auction, LAST_MINUTES), WAIT_S, "the gate is near")
    books.let_run(SPEED)
    expect(page.get_by_test_id("auction-state")).to_contain_text("Published", timeout=PATIENCE_MS)
    accepted = page.get_by_test_id(re.compile(r"^result-accepted-\d+$"))
    expect(accepted).to_have_count(96)
    kwh = {day.number(cell) for cell in accepted.all()}
    assert kwh == {float(day.KWH)}, kwh
    partners = page.locator("ceex-order-desk").get_by_test_id("partner-card").count()
    assert partners > 0
    return {"auction": auction, "periods": accepted.count(), "partners": partners}
