"""One row in a process of its own, so that none disturbs the next and any may be stopped."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def answer_of(module, *words, seconds):
    """What `python -m module …` prints as its last line, as JSON, or why not; and how long it took.

    Whatever it leaves behind is ended.
    """
    started = time.monotonic()
    command = [sys.executable, "-m", module, *words]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        try:
            said, _ = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            said = json.dumps({"failed": f"stopped after {seconds:g} s"})
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
    try:
        found = json.loads(said.splitlines()[-1])
    except (IndexError, ValueError):
        found = {"failed": f"ended with {process.returncode} and said nothing"}
    return found, round(time.monotonic() - started, 1)
