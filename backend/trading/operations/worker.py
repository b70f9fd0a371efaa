"""One worker: passes over the work list until told to stop, through whatever happens to the database."""

import threading
import time
from datetime import timedelta

import structlog
from django.db import DatabaseError, InterfaceError, connection, transaction

from shared import readiness
from trading.grid import queries as grid
from trading.markets import calendar
from trading.markets import operations as markets
from trading.markets import queries as clock
from trading.operations import operations, outbox, pulse, watchdog
from trading.operations.comparisons import Comparing
from trading.operations.meters import MeterWindows
from trading.results import solver

log = structlog.get_logger(__name__)

IDLE_S = 0.2  # real time, like all pauses here
RECONNECT_S = 0.5
CHECKED_EVERY = timedelta(seconds=60)
CHECKED_BACK = timedelta(days=2)  # auctions whose gate closed within this time are asked again and again
SCHEDULED_EVERY = timedelta(hours=1)  # of the exchange's time
SCHEDULED_AHEAD = timedelta(days=8)
CHECKING = 0x0CEE  # names the lock of the one worker that asks the invariants

# A worker that hangs in the middle of a step must not keep its locks: the database ends its session, if no
# other worker has done so before (see `pulse`).
SESSION = """
SET idle_in_transaction_session_timeout = '60s';
SET lock_timeout = '5s';
SET client_connection_check_interval = '1s';
SELECT set_config('application_name', %(worker)s, false);
"""
RECLAIMED_EVERY_S, WATCHED_EVERY_S = 1, 10


class Worker:
    """Claims what is due, sends what is waiting, keeps auctions scheduled and the books checked."""

    def __init__(self, *, name, stopping, sign_of_life=None, solve=solver.here, beating=None):
        self.name = name
        self.stopping = stopping  # a threading.Event
        self.sign_of_life = sign_of_life  # a file that is there, and young, while all is well
        self.solve = solve
        self.pulse = beating  # a pulse.Pulse
        self.reclaimed_s = self.watched_s = 0
        self.sessions = threading.local()
        self.aside = self.failure = None  # the thread that tends, and what ended it
        self.database = readiness.Database()
        self.spoken = readiness.Spoken()
        self.ready = False
        self.meters, self.comparing = MeterWindows(), Comparing()
        self.scheduled_at = self.checked_at = None

    def run(self):
        """Work until told to stop; the step that has begun is finished."""
        log.info("worker_started", worker=self.name)
        while not self.stopping.is_set():
            try:
                busy = self._is_ready() and self.make_pass()
            except (DatabaseError, InterfaceError) as error:
                # The database dropped us or is starting: everything uncommitted is undone, so begin anew.
                log.warning("database_lost", worker=self.name, error=str(error).strip())
                connection.close()
                self.ready = busy = False
            self._give_sign()
            if not self.ready:
                self.stopping.wait(RECONNECT_S)
            elif not busy:
                self.stopping.wait(IDLE_S)
        log.info("worker_stopped", worker=self.name)

    def run_beside(self):
        """Work in this thread and tend in another, so that no auction waits for a mail or a sum."""
        self.aside = threading.Thread(target=self._tend_on, daemon=True)
        self.aside.start()
        try:
            self.run()
        finally:
            self.stopping.set()
            self.aside.join()
        if self.failure is not None:
            raise self.failure

    def _tend_on(self):
        while not self.stopping.is_set():
            try:
                busy = self.ready and self.tend()
            except (DatabaseError, InterfaceError) as error:
                log.warning("database_lost", worker=self.name, tending=True, error=str(error).strip())
                connection.close()
                self._rest(busy=False)
            except Exception as error:  # what nobody expected ends the whole worker, loudly
                self.failure = error
                self.stopping.set()
            else:
                self._rest(busy)
        connection.close()

    def _rest(self, busy):
        if not busy:
            self.stopping.wait(IDLE_S)

    def _is_ready(self):
        """True if the database answers and has every migration; asked until so, and said once if not."""
        if not self.ready:
            state, details = self.database.state()
            self.spoken.say(state, worker=self.name, **details)
            self.ready = state == readiness.READY
            self._give_sign()  # a redeploy waits for it; the first pass may last
        return self.ready

    def _give_sign(self):
        if self.sign_of_life is None:
            return
        if self.ready:
            self.sign_of_life.touch()
        else:
            self.sign_of_life.unlink(missing_ok=True)

    def make_pass(self):
        """Do once what is due, and what can wait if no thread tends; return how much that was."""
        self._set_up_session()
        self._reclaim()
        moment = clock.moment()
        done = operations.step_due(worker=self.name, moment=moment, meters=self.meters, **self._means())
        return done if self.aside else done + self.tend()

    def tend(self):
        """Do once what can wait for a while; return how much that was."""
        self._set_up_session()
        moment = clock.moment()
        self._schedule(moment)
        done = operations.tend_due(moment=moment) + outbox.relay(at=moment.real_at)
        if not done:
            done = self.comparing.advance(real_at=moment.real_at)
        self._watch(moment)
        self._check(moment)
        return done

    def _set_up_session(self):
        known = getattr(self.sessions, "known", None)
        if connection.connection is None or connection.connection is not known:
            with connection.cursor() as cursor:
                cursor.execute(SESSION, {"worker": self.name[: pulse.NAME_LENGTH]})
            self.sessions.known = connection.connection

    def _means(self):
        if self.pulse is None:
            return {"solve": self.solve}
        self.pulse.passing()
        return {"solve": self.solve, "holding": self.pulse.holding}

    def _reclaim(self):
        """Free what workers hold that have stopped."""
        if time.monotonic() >= self.reclaimed_s + RECLAIMED_EVERY_S:
            self.reclaimed_s = time.monotonic()
            pulse.end_silent(me=self.name)

    def _watch(self, moment):
        if time.monotonic() >= self.watched_s + WATCHED_EVERY_S:
            self.watched_s = time.monotonic()
            watchdog.watch(moment=moment)

    def _schedule(self, moment):
        if self.scheduled_at and moment.at < self.scheduled_at + SCHEDULED_EVERY:
            return
        for dso in grid.operators():
            until_day = calendar.day_of(moment.at + SCHEDULED_AHEAD)
            markets.schedule(dso=dso, until_day=until_day, at=moment.at)
        operations.add_up_missing()
        pulse.forget()
        self.scheduled_at = moment.at

    def _check(self, moment):
        if self.checked_at and moment.real_at < self.checked_at + CHECKED_EVERY:
            return
        self.checked_at = moment.real_at
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [CHECKING])
            if cursor.fetchone()[0]:
                operations.check(at=moment.at, since=moment.at - CHECKED_BACK)
