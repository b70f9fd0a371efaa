"""Pictures of every page for looking at: light and dark, phone and desk, in each language. Not a test.

With a demo running: python -m tests.browser.screenshots [http://localhost:8000] [en de …]
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
MOST_PX = 30_000
THEMES = ("light", "dark")
LANGUAGES = ("en", "de", "fr", "it")


def main(url="http://localhost:8000", *languages):
    folder = embedded.state_dir() / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.find(), args=["--no-sandbox"])
        for width, (person, addresses) in itertools.product(SIZES, PAGES.items()):
            size = {"width": width, "height": SIZES[width]}
            page = browser.new_context(base_url=url, reduced_motion="reduce", viewport=size).new_page()
            if person is not NOBODY:
                log_in(page, person)
            for name, address in addresses.items():
                page.goto(address)
                _wait(page)
                _take_all(page, folder / name, languages or LANGUAGES)
            page.context.close()
        browser.close()
    print(f"{len(list(folder.glob('*.png')))} pictures in {folder}")


def _take_all(page, path, languages):
    """Everything that can be switched without a reload is."""
    width = page.viewport_size["width"]
    for language, theme in itertools.product(languages, THEMES):
        page.get_by_test_id("language").select_option(language)
        page.emulate_media(color_scheme=theme)
        page.wait_for_timeout(400)
        page.screenshot(path=f"{path}-{language}-{theme}-{width}.png", full_page=True)


def _wait(page):
    """Until the page has its content, also what is drawn only once it was seen, such as the map."""
    page.wait_for_load_state("networkidle")
    expect(page.locator("ceex-face .loading")).to_have_count(0, timeout=30_000)
    height = page.viewport_size["height"]
    for top in range(0, MOST_PX, height // 2):  # a page grows while it is looked at
        if top > page.evaluate("document.body.scrollHeight") - height // 2:
            break
        page.evaluate("top => window.scrollTo(0, top)", top)
        page.wait_for_timeout(250)
    expect(page.locator("ceex-face .loading")).to_have_count(0, timeout=30_000)
    page.evaluate("window.scrollTo(0, 0)")
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(500)


if __name__ == "__main__":
    main(*sys.argv[1:])
