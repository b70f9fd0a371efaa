"""The exchange and the browser that the tests share."""

import shutil

import pytest
from playwright.sync_api import sync_playwright

from shared import embedded
from tests.browser import chromium
from tests.browser.launched import Launched
from tests.browser.windows import HAND

# A day passes in two minutes: time enough to place an order before the gate, and to see it close.
SPEED = 720
HISTORY_DAYS = 2


@pytest.fixture(scope="session")
def folders():
    """Give out empty state folders, inside the one that this run holds."""
    made = []

    def fresh(name):
        folder = embedded.state_dir() / "browser" / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        made.append(folder)
        return folder

    yield fresh
    for folder in made:
        shutil.rmtree(folder / "pg", ignore_errors=True)  # logs and mails stay for a look


@pytest.fixture(scope="session")
def exchange(folders):
    """The whole exchange at a fast clock, with a short history and two auctioneers."""
    launched = Launched(folders("day"), CEEX_SPEED=str(SPEED), CEEX_DEMO_DAYS=str(HISTORY_DAYS))
    try:
        yield launched.wait_for("CEEX runs at", timeout_s=240)
    finally:
        launched.terminate()


@pytest.fixture(scope="session")
def browser():
    """The system's Chromium."""
    with sync_playwright() as playwright:
        # As root Chromium has no sandbox; it sees nothing but our own page.
        browser = playwright.chromium.launch(executable_path=chromium.find(), args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(browser, exchange):
    """A fresh window on the exchange; what the page logs as an error fails the test."""
    context = browser.new_context(
        base_url=exchange.url, locale="en-GB", viewport={"width": 1440, "height": 900}
    )
    context.add_init_script(HAND)
    page = context.new_page()
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert not errors, errors
