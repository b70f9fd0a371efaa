"""When the connection goes, the page opens, says since when its figures are old, and sends nothing later."""

import contextlib
import re
import socket
import threading

import pytest
from playwright.sync_api import expect

from tests.browser.test_household import fill_order
from tests.browser.windows import window


class Cable:
    """A way to the exchange that can be cut: what connects here is handed on, until it is."""

    def __init__(self, port):
        self.target = ("127.0.0.1", port)
        self.open = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, args=[self.listener], daemon=True).start()

    def cut(self):
        """Close every connection and take no more."""
        # A thread that waits in accept() would keep the port: shutdown wakes it.
        self._close(self.listener)
        for end in self.open:
            self._close(end)
        self.open.clear()

    def mend(self):
        """Take connections again, at the same place."""
        self.listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._accept, args=[self.listener], daemon=True).start()

    def _accept(self, listener):
        while True:
            try:
                here, _ = listener.accept()
                there = socket.create_connection(self.target)
            except OSError:
                return  # cut
            self.open += [here, there]
            for one, other in ((here, there), (there, here)):
                threading.Thread(target=self._hand_on, args=[one, other], daemon=True).start()

    def _hand_on(self, one, other):
        with contextlib.suppress(OSError):  # cut, or the other end went first
            while data := one.recv(65536):
                other.sendall(data)
        self._close(one)
        self._close(other)

    @staticmethod
    def _close(end):
        with contextlib.suppress(OSError):  # closed already
            end.shutdown(socket.SHUT_RDWR)
        end.close()


@pytest.fixture
def cable(exchange):
    cable = Cable(exchange.port)
    yield cable
    cable.cut()


@pytest.fixture
def household(browser, cable):
    """Ada at home, with a window of her own that reaches the exchange through the cable."""
    with window(browser, f"http://localhost:{cable.port}", "ada") as page:
        yield page


def test_opens_without_a_connection_and_sends_no_order_afterwards(household, cable, exchange):
    page = household
    # From the second visit on the page is kept here.
    page.evaluate("navigator.serviceWorker.ready.then(() => null)")
    page.reload()
    page.goto("/trading")
    fill_order(page)

    cable.cut()
    page.get_by_test_id("place-order").click()
    lost = page.get_by_test_id("connection-lost")
    expect(lost).to_contain_text(re.compile(r"No connection.*What you see is from .*\d\d:\d\d"))
    expect(page.get_by_test_id("place-order")).to_be_visible()
    page.reload()  # the page itself opens all the same
    expect(lost).to_contain_text("What you see is from")

    sent = []
    page.on("request", lambda request: sent.append(request) if request.method in ("POST", "PUT") else None)
    cable.mend()
    page.goto("/trading")
    expect(page.get_by_test_id("strategy-state")).to_be_visible()
    expect(lost).to_have_count(0)
    assert [each.url for each in sent if "/orders" in each.url] == []
