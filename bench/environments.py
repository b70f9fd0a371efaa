"""Environments for peers, installed from PyPI when a row first needs them, and workers in them."""

import contextlib
import fcntl
import json
import subprocess
import sys
import venv
from pathlib import Path

import numpy as np

from bench.harness import Skipped

ROOT = Path(__file__).resolve().parent.parent
STATE = ROOT / ".state" / "bench"
# Versions that work together: pymarket writes into arrays that later pandas and numpy hand out read-only.
OLD = sys.version_info < (3, 12)
PANDAS = ("numpy==1.24.4", "pandas==1.5.3") if OLD else ("numpy==1.26.4", "pandas==2.2.3")
# As it stands in production: deploy/failover/requirements.txt says why no older one.
PATRONI = (ROOT / "deploy" / "failover" / "requirements.txt").read_text().splitlines()[-1]
PACKAGES = {
    "patroni": (PATRONI,),
    "pymarket": ("pymarket==0.7.6", "matplotlib==3.10.9", "pulp==3.3.2", *PANDAS),
    "assume": ("assume-framework==0.6.0",),
}
MINUTES_TO_INSTALL = 6


def python_of(name):
    """The Python of an environment, installed if need be.

    :raises Skipped: it cannot be installed here
    """
    folder, wanted = STATE / name, "\n".join(PACKAGES[name])
    STATE.mkdir(parents=True, exist_ok=True)
    with (STATE / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        ready = folder / ".ready"
        if not ready.exists() or ready.read_text() != wanted:
            _install(folder, name)
            ready.write_text(wanted)
    return folder / "bin" / "python"


def _install(folder, name):
    venv.create(folder, clear=True, with_pip=True)
    command = [folder / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    try:
        done = subprocess.run(
            [*command, *PACKAGES[name]],
            check=False, stderr=subprocess.PIPE, text=True, timeout=60 * MINUTES_TO_INSTALL,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise Skipped(f"{name} took longer than {MINUTES_TO_INSTALL} minutes to install") from error
    if done.returncode:
        raise Skipped(f"{name} does not install: {_last_line(done.stderr)}")


def _last_line(text):
    return (text.strip().splitlines() or ["no reason given"])[-1]


class Worker:
    """A peer that waits in its own environment and does its work once per call.

    The script in `bench/peers` reads the book's columns from a file and builds whatever objects the peer
    wants; this is not timed. Then it times its work once for each line it reads.
    """

    def __init__(self, environment, script, *more, **columns):
        STATE.mkdir(parents=True, exist_ok=True)
        book = STATE / f"{script}-{len(next(iter(columns.values())))}.npz"
        np.savez(book, **columns)
        command = [python_of(environment), ROOT / "bench" / "peers" / f"{script}.py", book, *more]
        self.name = " ".join((script, *more))
        self.process = subprocess.Popen(
            [str(each) for each in command],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def run(self):
        """Do the work once: seconds, price and volume."""
        with contextlib.suppress(BrokenPipeError):  # it has ended; why, it says below
            self.process.stdin.write("run\n")
            self.process.stdin.flush()
        while said := self.process.stdout.readline():
            if said.startswith("{"):
                return json.loads(said)
        raise RuntimeError(f"{self.name}: {_last_line(self.process.stderr.read())}")
