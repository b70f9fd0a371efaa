"""Places in an auction's life at which fault runs kill or stop a process. In production nobody does.

CEEX_CRASHPOINT names a file, the trap. While it says "kill NAME" or "stop NAME", the first process to reach
that place springs the trap, which is then called FILE.sprung, and is killed or stopped right there.
"""

import os
import signal
import time
from pathlib import Path

DEEDS = {"kill": signal.SIGKILL, "stop": signal.SIGSTOP}
NAMES = (
    "claimed",
    "bid-written",
    "bid-done",
    "book-frozen",
    "closed",
    "proven",
    "result-written",
    "booked",
    "published",
    "cancel-written",
    "cancelled",
    "sent",
    "settle-written",
    "settled",
)

trap = Path(os.environ["CEEX_CRASHPOINT"]) if "CEEX_CRASHPOINT" in os.environ else None


def reach(name):
    """Say that a place has been reached."""
    if trap is not None and trap.exists():
        _spring(name)


def _spring(name):
    sprung = trap.with_suffix(".sprung")
    try:
        deed, place = trap.read_text().split()
        if place != name:
            return
        trap.rename(sprung)
    except FileNotFoundError:
        return  # another process was first
    sprung.write_text(str(os.getpid()))  # the file's time says when
    os.kill(os.getpid(), DEEDS[deed])
    time.sleep(0.01)  # a stopped process goes on here
