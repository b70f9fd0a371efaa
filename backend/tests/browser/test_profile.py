"""A household looks after itself: what stands behind its meter, which news it gets, and who may log in."""

import re

import pyotp
import pytest
from playwright.sync_api import expect

from tests.browser.test_household import PASSWORD, pair, sign_up
from tests.browser.windows import submit

ADDRESS, CUSTOMER = "edda@ceex.example", "C0109"  # at N010


@pytest.fixture
def profile(page, exchange):
    """The profile of someone who has just come."""
    sign_up(page, exchange.state, ADDRESS)
    pair(page, CUSTOMER)
    page.goto("/profile")
    return page


def test_a_household_looks_after_itself(profile, browser, exchange):
    add_a_battery(profile)
    let_the_car_leave_sooner(profile)
    choose_the_mail(profile)
    spare = turn_the_second_factor_on(profile)
    with browser.new_context(base_url=exchange.url, locale="en-GB") as other:
        elsewhere = other.new_page()
        elsewhere.goto("/")
        submit(elsewhere, ADDRESS, PASSWORD, code=spare)
        elsewhere.wait_for_url("**/home")
        end_the_other_session(profile)
        elsewhere.goto("/profile")
        expect(elsewhere.get_by_test_id("login-email")).to_be_visible()


def add_a_battery(page):
    page.get_by_test_id("asset-add").click()
    page.get_by_test_id("asset-kind").select_option("battery")
    page.get_by_test_id("asset-name").fill("Cellar")
    page.get_by_test_id("asset-power").fill("3,5")
    page.get_by_test_id("asset-save").click()
    expect(page.get_by_test_id("asset-form")).to_contain_text("Please enter a number.")
    page.get_by_test_id("asset-capacity").fill("7")
    page.get_by_test_id("asset-save").click()
    expect(page.get_by_test_id("asset-form")).to_have_count(0)
    added = page.get_by_test_id("asset").filter(has_text="Cellar")
    expect(added).to_contain_text(re.compile(r"3\.5.kW.*7.kWh"))
    added.get_by_test_id("asset-remove").click()
    expect(added).to_have_count(0)


def let_the_car_leave_sooner(page):
    """A charger stands at N010; the data's cars leave at seven."""
    car = page.get_by_test_id("asset").filter(has_text="Garage")
    expect(car).to_contain_text("at home 10:00–07:00")
    car.get_by_test_id("asset-edit").click()
    page.get_by_test_id("asset-homeUntil").fill("")
    page.get_by_test_id("asset-save").click()
    expect(page.get_by_test_id("asset-form")).to_contain_text("Please fill this in.")
    page.get_by_test_id("asset-homeUntil").fill("06:30")
    page.get_by_test_id("asset-save").click()
    expect(car).to_contain_text("at home 10:00–06:30")


def choose_the_mail(page):
    wish = page.get_by_test_id("wish-mail-auction-published").get_by_role("checkbox")
    wish.check()
    page.reload()
    expect(wish).to_be_checked()


def turn_the_second_factor_on(page):
    page.get_by_test_id("factor-password").fill(PASSWORD)
    page.get_by_test_id("factor-begin").click()
    secret = page.get_by_test_id("factor-secret").inner_text()
    page.get_by_test_id("factor-code").fill(pyotp.TOTP(secret).now())
    page.get_by_test_id("factor-confirm").click()
    expect(page.get_by_test_id("factor-state")).to_contain_text("On")
    return page.get_by_test_id("secret").first.inner_text().split()[0]


def end_the_other_session(page):
    page.reload()
    expect(page.get_by_test_id("session")).to_have_count(2)
    page.get_by_test_id("end-session").click()
    expect(page.get_by_test_id("session")).to_have_count(1)
