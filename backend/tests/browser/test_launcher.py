"""The launcher of the demo: it says what hinders it, and leaves nothing behind."""

import re
import socket
import time

import pytest

from tests.browser.launched import Launched, free_port

SHORT = {"CEEX_DEMO_DAYS": "0"}


@pytest.fixture
def launch(folders):
    """Start the launcher, and end it whatever the test does."""
    runs = []

    def start(name, **options):
        runs.append(Launched(folders(name), **SHORT, **options))
        return runs[-1]

    yield start
    for run in runs:
        if run.process.poll() is None:
            run.terminate()


def nothing_left(run):
    """Whether no process of this run lives, given the moment that the kernel takes to clear up."""
    deadline = time.monotonic() + 5
    while run.left_behind() and time.monotonic() < deadline:
        time.sleep(0.1)
    return run.left_behind() == []


class TestLauncher:
    def test_ctrl_c_ends_every_process_and_a_second_start_does_nothing_twice(self, launch):
        run = launch("stop").wait_for("CEEX runs at", timeout_s=240)
        assert len(run.left_behind()) >= 6, "the exchange should consist of several processes"
        assert run.interrupt() == 0
        assert nothing_left(run)
        again = Launched(run.state, **SHORT).wait_for("CEEX runs at", timeout_s=240)
        assert again.terminate() == 0
        assert nothing_left(again)
        assert "is there already" in again.said()
        # One gate may have passed between the two starts, hardly more.
        traded = re.search(r"(\d+) auctions in", again.said())
        assert int(traded[1]) <= 2

    def test_sigterm_while_setting_up_ends_every_process(self, launch):
        run = launch("early").wait_for("PostgreSQL runs", timeout_s=60)
        assert run.terminate() == 0
        assert nothing_left(run)

    def test_a_busy_port_is_named(self, launch):
        with socket.socket() as other:
            port = free_port()
            other.bind(("127.0.0.1", port + 1))
            other.listen()
            run = launch("busy", port=port)
            assert run.process.wait(30) == 1
        assert f"port {port + 1} is busy" in run.said()

    def test_a_state_folder_serves_one_exchange_at_a_time(self, launch):
        run = launch("shared").wait_for("PostgreSQL runs", timeout_s=60)
        second = Launched(run.state, **SHORT)
        assert second.process.wait(30) == 1
        assert "in use by another process" in second.said()
        assert run.process.poll() is None
