"""Windows on the exchange, and who logs in there."""

import contextlib
import json

from shared import embedded

LOGINS = {
    each["email"].partition("@")[0]: each
    for each in json.loads((embedded.ROOT / "demo" / "logins.json").read_text())
}

# A hand on the mouse: what lies below a page's fold comes once somebody stirs.
HAND = "setInterval(() => dispatchEvent(new PointerEvent('pointermove')), 200)"


def log_in(page, name):
    """Log in one of the demo's people, in English whatever their own language is."""
    page.goto("/")
    page.evaluate("localStorage.setItem('ceex.language', 'en')")
    page.reload()
    submit(page, LOGINS[name]["email"], LOGINS[name]["password"])
    page.wait_for_url(lambda address: not address.endswith("/"))


def submit(page, address, password, code=""):
    """Fill in who one is, then the code of an app if there is one."""
    page.get_by_test_id("login-email").fill(address)
    page.get_by_test_id("login-password").fill(password)
    page.get_by_test_id("login-submit").click()
    if code:
        page.get_by_test_id("login-code").fill(code)
        page.get_by_test_id("login-submit").click()


@contextlib.contextmanager
def window(browser, url, name):
    """A window of its own for one of the demo's people, closed whatever happens there."""
    with browser.new_context(base_url=url, locale="en-GB") as context:
        context.add_init_script(HAND)
        page = context.new_page()
        log_in(page, name)
        yield page
