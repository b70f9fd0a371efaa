"""Lines between buses as a forest with a root in each part."""

from __future__ import annotations

from collections.abc import Sequence


def hang(n_buses: int, ends: Sequence[tuple[int, int]], roots: Sequence[int]) -> tuple[list[int], list[int]]:
    """Hang a forest from its roots; a part without a named root hangs from its first bus.

    Parameters
    ----------
    n_buses : int
        How many buses there are.
    ends : sequence of pairs of int
        The two buses of each line; lines that close loops are left out.
    roots : sequence of int
        At most one bus of each part.

    Returns
    -------
    parent, line : lists of int
        The next bus towards the root, and the line to it; -1 at a root.

    Examples
    --------
    >>> hang(4, [(0, 1), (2, 1)], [2])
    ([1, 2, -1, -1], [0, 1, -1, -1])
    """
    joined: list[list[tuple[int, int]]] = [[] for _ in range(n_buses)]
    for line, (one, other) in enumerate(ends):
        joined[one].append((other, line))
        joined[other].append((one, line))
    parent, line_of, seen = [-1] * n_buses, [-1] * n_buses, [False] * n_buses
    for root in (*roots, *range(n_buses)):
        if seen[root]:
            continue
        seen[root] = True
        reached = [root]
        for bus in reached:
            for other, line in joined[bus]:
                if not seen[other]:
                    seen[other] = True
                    parent[other], line_of[other] = bus, line
                    reached.append(other)
    return parent, line_of


def top_of(parent: Sequence[int], bus: int) -> int:
    """The root above a bus."""
    while parent[bus] >= 0:
        bus = parent[bus]
    return bus
