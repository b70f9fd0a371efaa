"""A worker's pulse: it says once a second that the worker lives, and keeps the claim it works under.

Whoever finds a worker without one ends that worker's sessions, so that a process which is stopped in the
middle of a transaction holds nothing for longer than a dead one.
"""

import threading
import time
from contextlib import contextmanager, suppress

import structlog
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection

log = structlog.get_logger(__name__)

EVERY_S = 0.75
SILENT_S, LONG_S = 3, 10  # so long without a pulse, a worker is taken for stopped: with a claim, and without
LONGEST_PASS_S = 120  # beyond its auction's own time limit: then the worker hangs, whatever its pulse says
NAME_LENGTH = 63  # PostgreSQL cuts application_name there

BEAT = """
INSERT INTO operations_workerpulse (worker, revision, started_at, seen_at)
VALUES (%(worker)s, %(revision)s, clock_timestamp(), clock_timestamp())
ON CONFLICT (worker) DO UPDATE SET seen_at = excluded.seen_at, revision = excluded.revision
"""
# While the worker's own transaction holds the row nobody else can claim it: then there is nothing to renew.
RENEW = """
UPDATE markets_auction SET lease_until = clock_timestamp() + make_interval(secs => %(lease_s)s)
WHERE id IN (SELECT id FROM markets_auction WHERE id = %(auction)s AND epoch = %(epoch)s
             FOR NO KEY UPDATE SKIP LOCKED)
"""
# One that holds a claim is not waited for; others may hold locks too.
SILENT = """
SELECT pulse.worker FROM operations_workerpulse pulse
WHERE pulse.worker <> %(me)s AND pulse.seen_at < clock_timestamp() - make_interval(secs => %(silent_s)s)
  AND (pulse.seen_at < clock_timestamp() - make_interval(secs => %(long_s)s) OR EXISTS (
      SELECT FROM markets_auction auction
      WHERE auction.claimed_by = pulse.worker AND auction.state IN ('open', 'closed', 'cleared')
        AND auction.lease_until < clock_timestamp()))
"""
END = """
SELECT pid, pg_terminate_backend(pid) FROM pg_stat_activity
WHERE application_name = ANY(%(names)s) AND datname = current_database() AND pid <> pg_backend_pid()
"""


class Pulse(threading.Thread):
    """Beats in a thread with a session of its own until it is told to stop, or the worker hangs."""

    def __init__(self, *, worker, lease_s):
        super().__init__(daemon=True)
        self.worker, self.lease_s = worker, lease_s
        self.stopping = threading.Event()
        self.claim = None
        self.alive_until = 0
        self.passing()

    def passing(self, limit_s=0):
        """The worker goes on: it may take so long for what comes now, and a little more."""
        self.alive_until = time.monotonic() + limit_s + LONGEST_PASS_S

    @contextmanager
    def holding(self, auction):
        """Keep the claim of an auction while a step is made."""
        self.passing(auction.market.cancel_after_s)
        self.claim = {"auction": auction.pk, "epoch": auction.epoch}
        try:
            yield
        finally:
            self.claim = None

    def run(self):
        """Beat."""
        while True:
            if time.monotonic() > self.alive_until:
                log.error("worker_hangs", worker=self.worker)
            else:
                self._try_beat()
            if self.stopping.wait(EVERY_S):
                break
        self._say_goodbye()
        connection.close()

    def stop(self):
        """Stop beating."""
        self.stopping.set()
        self.join()

    def _try_beat(self):
        try:
            self._beat()
        except (DatabaseError, InterfaceError):
            connection.close()  # the worker itself says what is the matter

    def _say_goodbye(self):
        """Whoever ends as it should is not missed."""
        with suppress(DatabaseError, InterfaceError), connection.cursor() as cursor:
            cursor.execute("DELETE FROM operations_workerpulse WHERE worker = %s", [self.worker])

    def _beat(self):
        claim = self.claim
        with connection.cursor() as cursor:
            cursor.execute(BEAT, {"worker": self.worker, "revision": settings.REVISION[:64]})
            if claim is not None:
                cursor.execute(RENEW, claim | {"lease_s": self.lease_s})


def end_silent(*, me):
    """End the sessions of workers that have no pulse; returns their names if they had any."""
    with connection.cursor() as cursor:
        cursor.execute(SILENT, {"me": me, "silent_s": SILENT_S, "long_s": LONG_S})
        silent = [name for (name,) in cursor.fetchall()]
        if not silent:
            return []
        cursor.execute(END, {"names": [name[:NAME_LENGTH] for name in silent]})
        ended = cursor.fetchall()
    if not ended:
        return []
    log.warning("silent_workers_ended", workers=silent, sessions=len(ended))
    return silent


def forget():
    """Forget workers that have not been seen for a week."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM operations_workerpulse WHERE seen_at < clock_timestamp() - interval '7 days'"
        )
