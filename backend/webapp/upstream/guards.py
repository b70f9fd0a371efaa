"""So that a slow or absent trading service takes no more than its share of this one."""

import threading
import time
from contextlib import contextmanager

from shared import problems

AT_ONCE = 8
PATIENCE_S = 0.05
FAILURES = 5
PAUSE_S = 3


class Busy(Exception):
    """Trading is answering slowly; please try again in a moment."""

    retry_after_s = 1


class Resting(Exception):
    """Trading is not answering; it is asked again in a few seconds."""

    retry_after_s = PAUSE_S


problems.register(Busy, status=503, code="trading-busy", title="Trading busy")
problems.register(Resting, status=503, code="trading-unavailable", title="Trading unavailable")


class Breaker:
    """After several failures in a row, ask nothing for a while; then let one request try."""

    def __init__(self, clock=time.monotonic):
        self._clock, self._lock = clock, threading.Lock()
        self._failures, self._rests_until = 0, 0.0

    def enter(self):
        """Let a request through.

        :raises Resting: trading failed just now, and nobody has tried again yet
        """
        with self._lock:
            if self._failures < FAILURES:
                return
            now = self._clock()
            if now < self._rests_until:
                raise Resting
            # This request tries; the others wait for how it ends.
            self._rests_until = now + PAUSE_S

    def note(self, *, succeeded):
        """Remember how a request ended."""
        with self._lock:
            self._failures = 0 if succeeded else self._failures + 1
            if not succeeded:
                self._rests_until = self._clock() + PAUSE_S


class Bulkhead:
    """At most so many requests wait for trading at once; the threads of the others stay free."""

    def __init__(self, at_once=AT_ONCE):
        self._places = threading.BoundedSemaphore(at_once)

    @contextmanager
    def place(self):
        """Hold a place for one request.

        :raises Busy: all are taken
        """
        if not self._places.acquire(timeout=PATIENCE_S):
            raise Busy
        try:
            yield
        finally:
            self._places.release()


breaker = Breaker()
bulkhead = Bulkhead()
