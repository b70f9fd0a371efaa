"""Places in an auction's life at which fault tests kill or stop this process. In production nobody does.

CEEX_CRASHPOINT=kill:NAME:FILE ends the process at that place as kill -9 does, stop:NAME:FILE stops it as
SIGSTOP does; FILE is made then, and whoever finds it made goes on, so that one process alone is struck.
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


def _chosen():
    text = os.environ.get("CEEX_CRASHPOINT", "")
    return text.split(":", 2) if text else None


chosen = _chosen()


def reach(name):
    """Say that a place has been reached."""
    if chosen is not None and chosen[1] == name:
        _strike(chosen[0], Path(chosen[2]))


def _strike(deed, file):
    try:
        with file.open("x") as made:
            made.write(f"{os.getpid()} {time.time()}")
    except FileExistsError:
        return
    os.kill(os.getpid(), DEEDS[deed])
    time.sleep(0.01)  # a stopped process goes on here
