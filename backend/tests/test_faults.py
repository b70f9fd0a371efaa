"""The short set of the fault runs: a worker is really killed at the boundaries of an auction's life."""

import os
import subprocess
import sys

from shared.embedded import ROOT


def test_the_short_set_holds():
    # A database, keys and settings of its own, not this test's.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CEEX_")}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    command = [sys.executable, "-m", "faults", "--short"]
    run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=600)
    assert run.returncode == 0, run.stdout + run.stderr[-2000:]
    assert "every invariant holds" in run.stdout
