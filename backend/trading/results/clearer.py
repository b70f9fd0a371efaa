"""`python -m trading.results.clearer FD`: clears what comes through a pipe; no database."""

import contextlib
import ctypes
import os
import signal
import sys
from multiprocessing.connection import Connection
from pathlib import Path

import clearing


def main():
    """Answer every book with its result, or with why there is none."""
    die_with_parent()
    pipe = Connection(int(sys.argv[1]))
    warm_up()
    pipe.send(("ready", os.getpid()))
    with contextlib.suppress(EOFError, KeyboardInterrupt):
        while True:
            pipe.send(answer(*pipe.recv()))


def answer(offers, grid, options):
    """Clear one book."""
    try:
        return "cleared", clearing.clear(offers, grid, **options)
    except Exception as error:
        return "failed", f"{type(error).__name__}: {error}"


def warm_up():
    """Clear a small book on a tree and one at a single bus, so that what is compiled lies ready.

    Each is proven and paired too: whoever proves and pairs later, in another process, finds that on the disk.
    """
    for parents, bus in (([-1, 0, 0], [1, 2]), ([-1], [0, 0])):
        rows = ([1, 2], bus, [0, 0], [clearing.SELL, clearing.BUY], [40, 90], [500, 400])
        grid = clearing.Grid.from_parents(parents)
        orders, bounds = clearing.Orders.from_rows(*rows), (-50_000, 400_000)
        result = clearing.clear(orders, grid, periods=1, bounds=bounds)
        if refusals := clearing.certificate.check(orders, grid, result, bounds=bounds):
            raise RuntimeError(refusals[0])
        clearing.partners.attribute(orders, grid, result)


def die_with_parent():
    """Let Linux end this process with the one that started it, and rather this one if memory runs out."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # 1 = PR_SET_PDEATHSIG
        with contextlib.suppress(OSError):
            Path("/proc/self/oom_score_adj").write_text("500")
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the worker, which ends us


if __name__ == "__main__":
    main()
