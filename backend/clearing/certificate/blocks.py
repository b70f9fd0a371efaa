"""Are the blocks accepted by the rules, and does nobody lose?"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from clearing.rules import BUY, Ints

if TYPE_CHECKING:
    from clearing.blocks.book import Blocks
    from clearing.blocks.outcome import Outcome

MILLION = 10**6


def figures(blocks: Blocks, outcome: Outcome) -> list[str]:
    """Every array has the shape that the blocks ask for."""
    n, rows = len(blocks.block), len(blocks.period)
    asked = {"share": n, "reason": n, "average": n, "surplus": n, "accepted": rows}
    return [
        f"blocks: {name} has shape {getattr(outcome, name).shape} instead of {(size,)}"
        for name, size in asked.items()
        if getattr(outcome, name).shape != (size,)
    ]


def ratios(blocks: Blocks, outcome: Outcome) -> list[Fraction]:
    """The ratio of each block: its share of its biggest period."""
    return [
        Fraction(int(outcome.share[i]), max(blocks.quantity[rows].tolist()))
        for i, rows in enumerate(_profiles(blocks))
    ]


def _profiles(blocks: Blocks) -> list[slice]:
    ends = blocks.first.tolist()
    return [slice(start, stop) for start, stop in zip(ends[:-1], ends[1:], strict=True)]


def legal(blocks: Blocks, outcome: Outcome) -> list[str]:
    """Ratios keep to their minima, parents and groups, and rows to their ratios."""
    found, ratio = [], ratios(blocks, outcome)
    group: dict[int, Fraction] = {}
    for i, rows in enumerate(_profiles(blocks)):
        name, one = f"block {blocks.block[i]}", ratio[i]
        least = Fraction(int(blocks.min_ratio[i]), MILLION)
        if not 0 <= one <= 1 or 0 < one < least:
            found.append(f"{name}: a ratio of {one} is neither 0 nor from {least} to 1")
        parent = int(blocks.parent[i])
        if parent >= 0 and one > ratio[parent]:
            found.append(f"{name}: a ratio of {one}, its parent has {ratio[parent]}")
        if blocks.group[i] >= 0:
            group[int(blocks.group[i])] = group.get(int(blocks.group[i]), Fraction(0)) + one
        for quantity, got in zip(
            blocks.quantity[rows].tolist(), outcome.accepted[rows].tolist(), strict=True
        ):
            if got != int(one * quantity + Fraction(1, 2)):
                found.append(f"{name}: got {got} Wh of {quantity} Wh at a ratio of {one}")
                break
    return found + [f"group {g}: its ratios add up to {s}" for g, s in group.items() if s > 1]


def supported(blocks: Blocks, outcome: Outcome, price: Ints) -> list[str]:
    """No accepted block loses, families together; in part only at the money, or if parent or group end it."""
    found, ratio = [], ratios(blocks, outcome)
    gain, energy = _gains(blocks, outcome.accepted, price), _energies(blocks, outcome.accepted)
    for i in _children_first(blocks):
        name, parent = f"block {blocks.block[i]}", int(blocks.parent[i])
        if ratio[i] > 0 and gain[i] < 0:
            found.append(f"{name}: is accepted and loses {-gain[i]} µRp at the average price")
        if 0 < ratio[i] < 1 and gain[i] >= energy[i] and _could_have_more(blocks, ratio, i):
            found.append(f"{name}: a ratio of {ratio[i]}, but it is in the money")
        if parent >= 0 and ratio[i] > 0:
            gain[parent] += gain[i]
            energy[parent] += energy[i]
    return found


def _gains(blocks: Blocks, quantity: Ints, price: Ints) -> list[int]:
    """What each block gains with these quantities. [µRp]"""
    gains = []
    for i, rows in enumerate(_profiles(blocks)):
        at = price[blocks.period[rows], blocks.bus[i]].tolist()
        paid = sum(q * (p - int(blocks.price[i])) for q, p in zip(quantity[rows].tolist(), at, strict=True))
        gains.append(-paid if blocks.side[i] == BUY else paid)
    return gains


def _energies(blocks: Blocks, quantity: Ints) -> list[int]:
    return [sum(quantity[rows].tolist()) for rows in _profiles(blocks)]


def _children_first(blocks: Blocks) -> list[int]:
    depth = []
    for i in range(len(blocks.block)):
        count, above = 0, int(blocks.parent[i])
        while above >= 0:
            count, above = count + 1, int(blocks.parent[above])
        depth.append(count)
    return sorted(range(len(depth)), key=lambda i: (-depth[i], i))


def _could_have_more(blocks: Blocks, ratio: list[Fraction], i: int) -> bool:
    """Whether another Wh in its biggest period would be within its parent's and its group's room."""
    biggest = int(blocks.quantity[_profiles(blocks)[i]].max())
    more = ratio[i] + Fraction(1, biggest)
    if blocks.parent[i] >= 0 and more > ratio[int(blocks.parent[i])]:
        return False
    if blocks.group[i] < 0:
        return True
    others = sum(ratio[j] for j in np.flatnonzero(blocks.group == blocks.group[i]).tolist() if j != i)
    return others + more <= 1


def gap(blocks: Blocks, outcome: Outcome, price: Ints) -> int:
    """How much more welfare another choice could have at most, as the prices alone prove it. [µRp]

    By weak duality no choice has more welfare than all that orders, lines and blocks would gain at the
    prices; a child counts with its parent, and of a group of single blocks only the best.
    """
    wanted = _gains(blocks, blocks.quantity, price)
    below = [0] * len(wanted)
    best: dict[tuple[str, int], int] = {}
    linked = set(blocks.group[blocks.parent >= 0].tolist())
    for i in _children_first(blocks):
        value, parent, group = max(0, wanted[i] + below[i]), int(blocks.parent[i]), int(blocks.group[i])
        if parent >= 0:
            below[parent] += value
        else:
            key = ("group", group) if group >= 0 and group not in linked else ("block", i)
            best[key] = max(best.get(key, 0), value)
    return sum(best.values()) - sum(_gains(blocks, outcome.accepted, price))


def told(blocks: Blocks, outcome: Outcome, price: Ints) -> list[str]:
    """The gap is not more than the prices prove; averages and gains are those of the prices."""
    found = []
    most = gap(blocks, outcome, price)
    if not 0 <= outcome.gap <= max(most, 0):
        found.append(f"a gap of {outcome.gap} µRp is published, the prices leave {most} µRp at most")
    for i, rows in enumerate(_profiles(blocks)):
        quantity = blocks.quantity[rows].tolist()
        at = price[blocks.period[rows], blocks.bus[i]].tolist()
        mean = Fraction(sum(q * p for q, p in zip(quantity, at, strict=True)), sum(quantity))
        average = (mean + Fraction(1, 2)).__floor__()
        if outcome.average[i] != average:
            found.append(f"block {blocks.block[i]}: the average price should be {average}")
    return found
