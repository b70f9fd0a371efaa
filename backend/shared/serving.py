"""How do the processes of a service share what comes, none of them pausing?"""

import gc
import multiprocessing
import time

from shared import draining

PROCESSES = 64
MOMENT_S = 0.002
YOUNG = 10_000  # objects of a few requests; to look for garbage among them at each would cost more
ALIVE_S = 5  # gunicorn's workers give a sign of life every second

# How many connections each process holds, and when it gave its last sign of life: seen by all of them.
_held = multiprocessing.RawArray("l", PROCESSES)
_seen = multiprocessing.RawArray("d", PROCESSES)


class Worker(draining.Worker):
    """Lets a process with fewer connections take the next, and never looks through what stays anyway.

    Connections that come at once would else be taken by whoever is quickest; and who holds twice as many
    makes each wait twice as long.
    """

    @property
    def nr_conns(self):
        """How many connections this process holds."""
        return _held[self.age % PROCESSES]

    @nr_conns.setter
    def nr_conns(self, count):
        _held[self.age % PROCESSES] = count

    def notify(self):
        """Give a sign of life, to the other processes too."""
        super().notify()
        _seen[self.age % PROCESSES] = time.monotonic()

    def accept(self, listener):
        """Take a connection, but after others that hold fewer."""
        if self.nr_conns > self._fewest():
            time.sleep(MOMENT_S)
        super().accept(listener)

    def load_wsgi(self):
        """Load the application; none of what is loaded will be garbage."""
        super().load_wsgi()
        if not self.cfg.preload_app:
            gc.collect()  # what was loaded before the fork would be copied by it
        gc.freeze()
        gc.set_threshold(YOUNG)

    def _fewest(self):
        alive_since = time.monotonic() - ALIVE_S
        return min((held for held, seen in zip(_held, _seen, strict=True) if seen > alive_since), default=0)
