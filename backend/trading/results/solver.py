"""Where a clearing runs: in this process, or in one of its own that is ended when its time is over."""

import subprocess
import sys
import threading
from multiprocessing import connection as pipes
from pathlib import Path

import structlog

import clearing

log = structlog.get_logger(__name__)

BACKEND = Path(__file__).parents[2]
START_S = 120  # a first start on a machine compiles the clearing
LEAST_S = 1.0


class SolverFailed(Exception):
    """The clearing of a book did not come to an end: it crashed, or its time was over."""


class SolverHung(SolverFailed):
    """The clearing's time was over, and its process was ended."""


def here(offers, grid, *, limit_s=None, **options):
    """Clear in this process, for as long as it takes: for the past, and for tests.

    :raises SolverFailed: the clearing raised something
    """
    try:
        return clearing.clear(offers, grid, **options)
    except Exception as error:
        raise SolverFailed(f"{type(error).__name__}: {error}") from error


class Apart:
    """Clears in a process of its own. What crashes or hangs there ends that process, and nothing else."""

    def __init__(self):
        self._child = None

    def warm(self):
        """Start the process before it is needed; it takes a while until it is ready."""
        if self._child is None or self._child.ended:
            self._child = Child()

    def __call__(self, offers, grid, *, limit_s, **options):
        """Clear within so many seconds.

        :raises SolverHung: it took longer
        :raises SolverFailed: it crashed, or said that it cannot
        """
        self.warm()
        child = self._child
        said, what = child.ask((offers, grid, options), limit_s=max(limit_s, LEAST_S))
        if said == "cleared":
            return what
        if child.ended:
            self._child = None
        raise (SolverHung if said == "hung" else SolverFailed)(what)

    def close(self):
        """End the process."""
        if self._child is not None:
            self._child.end()
            self._child = None


class Child:
    """The process that clears, and the pipe to it. It dies with us."""

    def __init__(self):
        ours, theirs = pipes.Pipe()
        command = [sys.executable, "-m", "trading.results.clearer", str(theirs.fileno())]
        self.process = subprocess.Popen(command, pass_fds=[theirs.fileno()], cwd=BACKEND)
        theirs.close()
        self.pipe = ours
        self.is_ready = False

    @property
    def ended(self):
        """Whether the process is gone."""
        return self.process.poll() is not None

    def ask(self, question, *, limit_s):
        """Send a book and wait: a word for what became of it, and the result or why there is none."""
        if not self.is_ready:
            said, what = self._exchange(None, START_S)
            if said != "ready":
                return said, f"the clearing's process did not start: {what}"
            self.is_ready = True
        return self._exchange(question, limit_s)

    def end(self):
        """End the process, whatever it does."""
        self.process.kill()
        self.process.wait()
        self.pipe.close()

    def _exchange(self, question, limit_s):
        # The limit covers sending too: a process that reads no more would hold us up for ever.
        over, limit = threading.Event(), threading.Timer(limit_s, lambda: (over.set(), self.process.kill()))
        limit.start()
        try:
            if question is not None:
                self.pipe.send(question)
            said, what = self.pipe.recv()
        except (EOFError, OSError):
            said = "crashed"
            what = f"its process ended with {self.process.wait()}"
        finally:
            limit.cancel()
            limit.join()
        if over.is_set():
            self.process.wait()
            said, what = "hung", f"not cleared within {limit_s:.1f} s"
        if said in ("crashed", "hung"):
            self.pipe.close()
            log.error("solver_" + said, what=what)
        return said, what
