"""Work that several cores share, with nothing that outlives a call.

Kernels let go of Python's lock, and threads live as long as one call: so callers may be threads themselves,
and a process may fork at any time, neither of which numba's own thread pools all allow.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from threading import Thread
from typing import TypeVar

Part = TypeVar("Part")

CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
# Below this many points a second core costs more than it saves.
WORTH_SHARING = 2**16


def share_out(work: Callable[[Part], None], parts: Iterable[Part], cores: int = CORES) -> None:
    """Do all parts of a work, each once, on as many cores as there are.

    Examples
    --------
    >>> done = []
    >>> share_out(done.append, range(5))
    >>> sorted(done)
    [0, 1, 2, 3, 4]
    """
    waiting = list(parts)[::-1]
    failures: list[BaseException] = []

    def take_turns() -> None:
        while waiting and not failures:
            try:
                part = waiting.pop()
            except IndexError:  # another thread was faster
                return
            try:
                work(part)
            except BaseException as error:
                failures.append(error)

    helpers = [Thread(target=take_turns) for _ in range(min(cores, len(waiting)) - 1)]
    for helper in helpers:
        helper.start()
    take_turns()
    for helper in helpers:
        helper.join()
    if failures:
        raise failures[0]


def runs(starts: list[int], most: int) -> list[tuple[int, int]]:
    """Cut 0..n-1 into runs of about `most` of what `starts` counts; `starts` has n + 1 entries.

    Examples
    --------
    >>> runs([0, 5, 10, 12, 30], 10)
    [(0, 2), (2, 4)]
    """
    cut, first = [], 0
    for at in range(1, len(starts)):
        if starts[at] - starts[first] >= most or at == len(starts) - 1:
            cut.append((first, at))
            first = at
    return cut
