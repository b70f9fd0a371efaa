"""Two neighbours who want to be seen: a picture, a message, a report, a block; an account for pay-outs."""

import io

from PIL import Image
from playwright.sync_api import expect

from tests.browser.windows import log_in, window

WORDS = "Sun enough for two today."


def test_neighbours_write_to_each_other(page, browser, exchange):
    log_in(page, "ada")
    show_a_picture(page)
    say_where_to_pay(page)
    talk_with(page, "Akazie 1")
    page.get_by_test_id("message-text").fill(WORDS)
    page.get_by_test_id("message-send").click()
    expect(page.get_by_test_id("message")).to_contain_text(WORDS)
    with window(browser, exchange.url, "bo") as bo:
        read_report_and_block(bo)
        with window(browser, exchange.url, "operator") as operator:
            settle(operator)
        page.goto("/neighbours")
        expect(page.get_by_text("No other neighbour is open to messages yet.")).to_be_visible()
        bo.get_by_test_id("let-in").click()
        expect(bo.get_by_test_id("block")).to_be_visible()
    page.reload()
    expect(page.get_by_test_id("neighbour")).to_contain_text("Akazie 1")


def show_a_picture(page):
    drawn = io.BytesIO()
    Image.new("RGB", (300, 200), (200, 120, 30)).save(drawn, "PNG")
    page.goto("/profile")
    expect(page.get_by_test_id("open-preview")).to_contain_text("Ulme 2")
    for name, content in (("a.png", b"no picture"), ("b.png", drawn.getvalue())):
        file = {"name": name, "mimeType": "image/png", "buffer": content}
        page.get_by_test_id("picture-file").set_input_files(file)
        if name == "a.png":
            expect(page.locator("ceex-picture-choice")).to_contain_text("no picture that can be shown")
    expect(page.locator("ceex-picture-choice img")).to_be_visible()
    page.get_by_test_id("open-to-messages").get_by_role("switch").click()
    expect(page.get_by_test_id("open-preview")).to_contain_text("Neighbours see nothing of you")


def say_where_to_pay(page):
    page.get_by_test_id("payout-begin").click()
    page.get_by_test_id("payout-holder").fill("Ada")
    page.get_by_test_id("payout-iban").fill("CH00 0000 0000 0000 0000 0")
    page.get_by_test_id("payout-save").click()
    expect(page.locator("ceex-payout-card")).to_contain_text("This is not valid.")
    page.get_by_test_id("payout-iban").fill("CH93 0076 2011 6238 5295 7")
    page.get_by_test_id("payout-save").click()
    expect(page.get_by_test_id("payout-shown")).to_have_text("CH93…2957")


def talk_with(page, name):
    page.get_by_test_id("messages").click()
    page.get_by_test_id("neighbour").filter(has_text=name).click()


def read_report_and_block(page):
    unread = page.get_by_test_id("messages").locator(".count")
    expect(unread).to_have_text("1")
    talk_with(page, "Ulme 2")
    expect(unread).to_have_count(0)
    expect(page.locator("ceex-conversation img")).to_be_visible()
    page.get_by_test_id("report").click()
    page.get_by_test_id("report-reason").fill("Advertising")
    page.get_by_test_id("report-send").click()
    expect(page.get_by_test_id("message")).to_contain_text("Reported to the operator")
    page.get_by_test_id("block").click()
    expect(page.get_by_test_id("let-in")).to_be_visible()


def settle(page):
    page.goto("/operator")
    report = page.get_by_test_id("message-report").filter(has_text=WORDS)
    expect(report).to_contain_text("bo@ceex.example says: Advertising")
    report.get_by_test_id("report-close").click()
    expect(report).to_contain_text("Looked at")
