"""Pictures of every page for looking at: light and dark, phone and desk, in several languages. Not a test.

With a demo running: python -m tests.browser.screenshots [http://localhost:8000] [en de fr it]
"""

import itertools
import sys

from playwright.sync_api import expect, sync_playwright

from shared import embedded
from tests.browser import chromium
from tests.browser.windows import log_in

NOBODY = None
PAGES = {
    NOBODY: {
        "landing": "/",
        "register": "/register",
        "reset": "/reset-request",
        "not-found": "/no-such-page",
    },
    "ada": {
        name: f"/{name}"
        for name in ("home", "trading", "dashboard", "statements", "profile", "inbox", "neighbours")
    },
    "dso": {"dso": "/dso"},
    "operator": {"operator": "/operator", "status": "/status"},
}
SIZES = {390: 844, 1440: 900}
THEMES = ("light", "dark")


def main(url="http://localhost:8000", *languages):
    folder = embedded.state_dir() / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.find(), args=["--no-sandbox"])
        for theme, width in itertools.product(THEMES, SIZES):
            size = {"width": width, "height": SIZES[width]}
            for person, addresses in PAGES.items():
                page = browser.new_context(base_url=url, color_scheme=theme, viewport=size).new_page()
                if person is not NOBODY:
                    log_in(page, person)
                _take_all(page, addresses, folder, f"{theme}-{width}", languages or ("en", "de"))
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
    expect(page.locator("ceex-face .loading")).to_have_count(0, timeout=30_000)
    for top in range(0, page.evaluate("document.body.scrollHeight"), page.viewport_size["height"] // 2):
        page.evaluate("top => window.scrollTo(0, top)", top)
        page.wait_for_timeout(150)
    expect(page.locator("ceex-face .loading")).to_have_count(0, timeout=30_000)
    page.evaluate("window.scrollTo(0, 0)")
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(500)


if __name__ == "__main__":
    main(*sys.argv[1:])
