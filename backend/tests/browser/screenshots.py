"""Pictures of every page for looking at: light and dark, phone and desk, in several languages. Not a test.

With a demo running: python -m tests.browser.screenshots [http://localhost:8000] [en de fr it]
"""

import itertools
import sys

from playwright.sync_api import sync_playwright

from shared import embedded
from tests.browser import chromium

SIGNED_OUT = {
    "landing": "/",
    "register": "/register",
    "reset": "/reset-request",
    "not-found": "/no-such-page",
}
SIGNED_IN = {"trading": "/trading", "dashboard": "/dashboard", "profile": "/profile", "inbox": "/inbox"}
EMAIL, PASSWORD = "ada@ceex.example", "roof-meets-battery"
SIZES = {390: 844, 1440: 900}
THEMES = ("light", "dark")


def main(url="http://localhost:8000", *languages):
    folder = embedded.state_dir() / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.find(), args=["--no-sandbox"])
        for theme, width in itertools.product(THEMES, SIZES):
            size = {"width": width, "height": SIZES[width]}
            page = browser.new_context(base_url=url, color_scheme=theme, viewport=size).new_page()
            _take_all(page, SIGNED_OUT, folder, f"{theme}-{width}", languages or ("en", "de"))
            _sign_in(page)
            _take_all(page, SIGNED_IN, folder, f"{theme}-{width}", languages or ("en", "de"))
            page.context.close()
        browser.close()
    print(f"{len(list(folder.glob('*.png')))} pictures in {folder}")


def _take_all(page, addresses, folder, look, languages):
    for language, (name, address) in itertools.product(languages, addresses.items()):
        page.goto("/")
        page.evaluate("language => localStorage.setItem('ceex.language', language)", language)
        page.goto(address)
        _wait(page)
        page.screenshot(path=folder / f"{name}-{language}-{look}.png", full_page=True)


def _wait(page):
    """Until the page has its content, also what is drawn only once it was seen, such as the map."""
    page.wait_for_load_state("networkidle")
    page.wait_for_function("!document.querySelector('ceex-face .loading')")
    for top in range(0, page.evaluate("document.body.scrollHeight"), page.viewport_size["height"] // 2):
        page.evaluate("top => window.scrollTo(0, top)", top)
        page.wait_for_timeout(150)
    page.evaluate("window.scrollTo(0, 0)")
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(500)


def _sign_in(page):
    page.goto("/")
    page.get_by_test_id("login-email").fill(EMAIL)
    page.get_by_test_id("login-password").fill(PASSWORD)
    page.get_by_test_id("login-submit").click()
    page.wait_for_url("**/trading")


if __name__ == "__main__":
    main(*sys.argv[1:])
