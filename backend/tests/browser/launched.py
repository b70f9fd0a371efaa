"""The real exchange, started by the demo's launcher in a state folder and on ports of its own."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


class DidNotStart(Exception):
    """The launcher ended, or took too long, before it said where the exchange runs."""


class Launched:
    """One run of demo/run.py."""

    def __init__(self, state, *, port=None, **variables):
        self.state = state
        self.port = port or free_port()
        self.output = state.with_suffix(".out")
        environment = {name: value for name, value in os.environ.items() if not name.startswith("CEEX_")}
        environment |= {"CEEX_STATE_DIR": str(state), "CEEX_PORT": str(self.port), **variables}
        with self.output.open("wb") as output:
            # A group of its own stands for the terminal's: a signal to it is what Ctrl-C sends.
            self.process = subprocess.Popen(
                [sys.executable, str(ROOT / "demo" / "run.py")],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    @property
    def url(self):
        return f"http://localhost:{self.port}"

    def said(self):
        """Return everything that the launcher printed so far."""
        return self.output.read_text(errors="replace")

    def wait_for(self, words, *, timeout_s):
        """Wait until the launcher printed these words.

        :raises DidNotStart: it ended, or the time is over
        """
        deadline = time.monotonic() + timeout_s
        while words not in self.said():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise DidNotStart(self.said())
            time.sleep(0.1)
        return self

    def interrupt(self):
        """Press Ctrl-C and return the exit code."""
        os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(60)

    def terminate(self):
        """Send SIGTERM to the launcher alone and return the exit code."""
        self.process.terminate()
        return self.process.wait(60)

    def left_behind(self):
        """Return the command lines of this run's processes: they inherit the name of its state folder."""
        mark = f"CEEX_STATE_DIR={self.state}".encode()
        return [line for _, environment, line in processes() if mark in environment.split(b"\0")]


def free_port():
    """Return a port that is free together with the next one."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port = first.getsockname()[1]
            try:
                second.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port


def processes():
    """Every process of this machine that we may look at: number, environment, command line."""
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                yield (
                    int(folder.name),
                    (folder / "environ").read_bytes(),
                    (folder / "cmdline").read_bytes().replace(b"\0", b" "),
                )
            except OSError:
                continue  # ended meanwhile, or another user's
