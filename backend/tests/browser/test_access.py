"""Whoever sees badly or has no mouse can use every page: axe finds nothing serious, in light and in dark."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser import screenshots
from tests.browser.windows import HAND, log_in

AXE = Path(__file__).resolve().parents[3] / "frontend/node_modules/axe-core/axe.min.js"
GRAVE = ("serious", "critical")
SIZES = {"light": (390, 844), "dark": (1440, 900)}


def grave_faults(page):
    """Return what axe holds against a page, each as rule, element and why."""
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    return [
        f"{fault['id']} at {node['target'][0]}: {node['failureSummary']}"
        for fault in found
        if fault["impact"] in GRAVE
        for node in fault["nodes"]
    ]


def settle(page):
    """Wait until a page has its content, and has stopped fading it in."""
    page.wait_for_load_state("networkidle")
    expect(page.locator("ceex-face .loading")).to_have_count(0, timeout=30_000)
    page.evaluate("Promise.all(document.getAnimations().map(each => each.finished.catch(() => null)))")


@pytest.mark.parametrize("theme", SIZES)
@pytest.mark.parametrize("person", screenshots.PAGES, ids=lambda person: person or "nobody")
def test_no_page_has_a_grave_fault(browser, exchange, person, theme):
    width, height = SIZES[theme]
    size = {"width": width, "height": height}
    faults = []
    with browser.new_context(base_url=exchange.url, color_scheme=theme, viewport=size) as context:
        context.add_init_script(HAND)
        page = context.new_page()
        if person is not screenshots.NOBODY:
            log_in(page, person)
        for name, address in screenshots.PAGES[person].items():
            page.goto(address)
            settle(page)
            faults += [f"{name}: {fault}" for fault in grave_faults(page)]
    assert not faults, "\n".join(faults)
