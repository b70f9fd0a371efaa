"""One thread per process that sends letters and clears up, so that no request waits for either."""

import threading
import time

import structlog
from django.db import DatabaseError, close_old_connections, connection

from shared import identity

PAUSE_S = 15
CLEAR_UP_S = 24 * 3600

log = structlog.get_logger(__name__)
_bell = threading.Event()
_started = threading.Lock()


def start(*, deliver_due, purge):
    """Begin in this process to send what is due, and to forget once a day what has expired; safe to repeat.

    :param deliver_due: operations that each send what is due of their kind
    """
    if _started.acquire(blocking=False):
        threading.Thread(target=_work, args=[deliver_due, purge], name="postman", daemon=True).start()


def wake():
    """Say that a letter is waiting; without a postman in this process, another's finds it in a moment."""
    _bell.set()


def _work(deliver_due, purge):
    cleared_up_at = float("-inf")
    while True:
        done = [_round(each) for each in deliver_due]
        if all(done) and time.monotonic() - cleared_up_at > CLEAR_UP_S and _round(purge):
            cleared_up_at = time.monotonic()
        _bell.wait(PAUSE_S)
        _bell.clear()


def _round(deed):
    close_old_connections()
    try:
        deed(at=identity.real_time())
    except DatabaseError:
        # Away for a moment, which readiness says once. What is to be done waits in it for the next round.
        connection.close()
        return False
    except Exception:
        # A letter that cannot be sent must not keep the others from their round.
        log.exception("postman_waits", deed=deed.__name__)
        connection.close()
        return False
    return True
