"""One thread per process that sends letters, so that no request waits for a mail server."""

import threading

import structlog
from django.db import close_old_connections, connection

from shared import identity

PAUSE_S = 15

log = structlog.get_logger(__name__)
_bell = threading.Event()
_started = threading.Lock()


def start(deliver_due):
    """Begin to send letters in this process; safe to repeat."""
    if _started.acquire(blocking=False):
        threading.Thread(target=_work, args=[deliver_due], name="postman", daemon=True).start()


def wake():
    """Say that a letter is waiting; without a postman in this process, another's finds it in a moment."""
    _bell.set()


def _work(deliver_due):
    while True:
        _round(deliver_due)
        _bell.wait(PAUSE_S)
        _bell.clear()


def _round(deliver_due):
    close_old_connections()
    try:
        deliver_due(at=identity.real_time())
    except Exception:
        # The database may be away for a moment. The letters are in it and wait for the next round.
        log.exception("letters_wait")
        connection.close()
