"""The grid operator's seat, as its staff sees it: a feeder is limited, and a schedule curtailed."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.windows import log_in, window

BO_BUS = "N002"
REASON = "The cable to N002 is being mended."
# A day of the exchange's clock passes in this time, and a little more on a busy machine.
NEXT_DAY_MS = 200_000


def choose_day_ahead(page, wanted=""):
    """Choose the newest day-ahead schedule whose option holds these words, once there is one."""
    options = page.get_by_test_id("dso-auction").locator("option")
    option = options.filter(has_text="Day-ahead").filter(has_text=wanted).first
    expect(option).to_be_attached(timeout=NEXT_DAY_MS)
    auction = option.get_attribute("value")
    page.get_by_test_id("dso-auction").select_option(auction)
    wait_for_day(page)
    return auction


def wait_for_day(page):
    """Wait until the chosen auction's quarter hours are shown: 92, 96 or 100."""
    expect(page.get_by_test_id("dso-period")).to_have_attribute("max", re.compile("^(91|95|99)$"))


def fullest_feeder(page):
    """The line below the transformer that carries most in the quarter hour that the page opens with.

    As its bus, the direction, and what flows in kWh.
    """
    if page.get_by_test_id("dso-row-N002").count() == 0:
        page.get_by_test_id("dso-table").click()
    expect(page.get_by_test_id("dso-row-N002")).to_be_visible()
    rows = page.get_by_test_id(re.compile("^dso-row-")).all_inner_texts()
    lines = [re.match(r"(\S+) – (\S+).*?([-−]?)([\d.]+)\s+kWh", row, re.S).groups() for row in rows]
    transformer = next(below for above, below, _, _ in lines if above == "GRID")
    feeders = [(float(flow), below, sign) for above, below, sign, flow in lines if above == transformer]
    flow, feeder, sign = max(feeders)
    return feeder, "down" if sign else "up", flow


def limit(page, line, direction, kilowatts):
    """Post for the next open day what a line may carry in a direction; return the day."""
    page.get_by_test_id("dso-capacity-line").select_option(line)
    page.get_by_test_id("dso-capacity-direction").select_option(direction)
    page.get_by_test_id("dso-capacity-kw").fill(f"{kilowatts:.3f}")
    expect(page.get_by_test_id("dso-capacity-day")).not_to_have_value("")
    day = page.get_by_test_id("dso-capacity-day").input_value()
    page.get_by_test_id("dso-capacity-post").click()
    expect(page.get_by_text("counts from now on").or_(page.get_by_test_id("problem")).first).to_be_visible()
    return day


class TestLimit:
    def test_prices_part_where_a_feeder_may_carry_half_its_load(self, page):
        log_in(page, "dso")
        choose_day_ahead(page)
        feeder, direction, load_kwh = fullest_feeder(page)
        half_kw = load_kwh / 2 * 4
        day = limit(page, feeder, direction, half_kw)
        if page.get_by_test_id("problem").count():  # the gate of that day closed just now: then the next one
            page.reload()
            day = limit(page, feeder, direction, half_kw)
        expect(page.get_by_test_id("dso-capacity-done")).to_contain_text("counts from now on")

        option = page.get_by_test_id("dso-auction").locator(f"option[value='dam-{day}']")
        expect(option).to_be_attached(timeout=NEXT_DAY_MS)
        page.get_by_test_id("dso-auction").select_option(f"dam-{day}")
        wait_for_day(page)
        why = page.get_by_test_id("dso-binding")
        expect(why).to_contain_text(f"– {feeder}")
        expect(why).to_contain_text("and no more")
        below, above = map(float, re.findall(r"([\d.]+)\s+Rp", why.inner_text())[:2])
        assert below > above if direction == "down" else below < above


class TestCurtail:
    @pytest.fixture
    def bo(self, browser, exchange):
        """Bo at home, with a window of his own."""
        with window(browser, exchange.url, "bo") as page:
            yield page

    def test_a_household_reads_what_may_not_flow_and_why(self, page, bo):
        log_in(page, "dso")
        choose_day_ahead(page, wanted="Waits")
        page.get_by_test_id("dso-curtail-open").click()
        page.get_by_test_id("dso-curtail-line").select_option(BO_BUS)
        page.get_by_test_id("dso-curtail-from").select_option(index=0)
        page.get_by_test_id("dso-curtail-until").select_option(index=95)
        page.get_by_test_id("dso-curtail-limit").fill("0")
        page.get_by_test_id("dso-curtail-reason").fill(REASON)
        page.get_by_test_id("dso-curtail").click()
        expect(page.get_by_test_id("dso-answer-done")).to_contain_text("Curtailed")
        expect(page.get_by_test_id("dso-state")).to_have_text("Curtailed")
        expect(page.get_by_test_id("dso-answer")).to_contain_text(REASON)

        bo.wait_for_url("**/home")
        told = bo.get_by_test_id("notification").filter(has_text="curtailed").first
        for _ in range(20):  # the message leaves from the outbox, a moment later
            bo.goto("/inbox")
            expect(bo.get_by_test_id("notification").first).to_be_visible()
            if told.count():
                break
            bo.wait_for_timeout(500)
        expect(told).to_contain_text(REASON)
        expect(told).to_contain_text("you get back CHF")
        expect(told).not_to_contain_text("CHF 0.00")
