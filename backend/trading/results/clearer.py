"""`python -m trading.results.clearer FD`: clears what comes through a pipe; no database."""

import contextlib
import ctypes
import os
import signal
import sys
from multiprocessing.connection import Connection
from pathlib import Path

import clearing

# Small books, each as parents of the buses and buses of a seller and a buyer.
TREE, ONE_BUS = ([-1, 0, 0], [1, 2]), ([-1], [0, 0])


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


def warm_up(books=(TREE, ONE_BUS)):
    """Clear small books, so that what is compiled lies ready.

    Each is proven, paired and explained too: whoever does so later, in another process, finds it on the disk.
    """
    for parents, bus in books:
        rows = ([1, 2], bus, [0, 0], [clearing.SELL, clearing.BUY], [40, 90], [500, 400])
        grid, bounds = clearing.Grid.from_parents(parents), (-50_000, 400_000)
        orders = clearing.Orders.from_rows(*rows)
        result = clearing.clear(orders, grid, periods=1, bounds=bounds)
        if refusals := clearing.certificate.check(orders, grid, result, bounds=bounds):
            raise RuntimeError(refusals[0])
        clearing.partners.attribute(orders, grid, result)
        clearing.why.explain(orders, grid, result, bounds=bounds)


def die_with_parent():
    """Let Linux end this process with the one that started it, and rather this one if memory runs out."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # 1 = PR_SET_PDEATHSIG
        with contextlib.suppress(OSError):
            Path("/proc/self/oom_score_adj").write_text("500")
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the worker, which ends us


if __name__ == "__main__":
    main()
