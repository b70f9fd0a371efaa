"""What became of each block, and why."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from clearing.blocks.book import NONE, Blocks
from clearing.rules import Ints

# The codes of `Outcome.reason`, by number.
REASONS = (
    "accepted",
    "at-the-money",
    "limited-by-parent",
    "limited-by-group",
    "out-of-the-money",
    "parent-refused",
    "group-taken",
    "paradoxically-refused",
)
(
    ACCEPTED,
    AT_THE_MONEY,
    PARENT_LIMITS,
    GROUP_LIMITS,
    OUT_OF_THE_MONEY,
    PARENT_REFUSED,
    GROUP_TAKEN,
    PARADOX,
) = range(8)


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What became of the blocks of a book, in their order.

    Attributes
    ----------
    share : ndarray of int64, shape (n_blocks,)
        What each got in its biggest period; its ratio is `share / blocks.biggest`. [Wh]
    accepted : ndarray of int64, shape (n_rows,)
        What each row got. [Wh]
    reason : ndarray of int64, shape (n_blocks,)
        Indices of `REASONS`. A refused block may be `out-of-the-money`: its limit is not better than
        `average`; `parent-refused`; `group-taken`: others of its exclusive group leave it no room; or
        `paradoxically-refused`: it could pay its way at these prices, but accepting it would change them.
        In part accepted is a block `at-the-money`, or one that its parent or its group leaves no more.
    average : ndarray of int64, shape (n_blocks,)
        Average price over the profile, rounded half up: the limit that is just enough. [Rp/MWh]
    surplus : ndarray of int64, shape (n_blocks,)
        What the block would gain in full at the prices, beyond its limit; cut to 62 bits. [µRp]
    gap : int
        How much more welfare another choice of blocks could have at most. [µRp]
    clearings : int
        How many periods were cleared to find it.
    """

    share: Ints
    accepted: Ints
    reason: Ints
    average: Ints
    surplus: Ints
    gap: int
    clearings: int


def outcome_of(blocks: Blocks, share: Ints, price: Ints, gap: int, clearings: int) -> Outcome:
    """Explain a choice of blocks by the prices, shape (n_periods, n_buses)."""
    surplus = surplus_of(blocks, blocks.quantity, price)
    value = np.array([_average(blocks, i, price) for i in range(len(blocks))], np.int64)
    reason = [_reason(blocks, share, i, int(surplus[i])) for i in range(len(blocks))]
    return Outcome(
        share=share,
        accepted=blocks.accepted(share),
        reason=np.array(reason, np.int64),
        average=value,
        surplus=np.array([max(-(2**62), min(2**62, int(s))) for s in surplus], np.int64),
        gap=gap,
        clearings=clearings,
    )


def surplus_of(blocks: Blocks, quantity: Ints, price: Ints) -> Ints:
    """What each block gains with these quantities in its rows, as integers of any size. [µRp]"""
    row = blocks.row_block
    better = (price[blocks.period, blocks.bus[row]] - blocks.price[row]) * blocks.sign[row]
    return blocks.added(quantity.astype(object) * better)


def _average(blocks: Blocks, i: int, price: Ints) -> int:
    rows = slice(blocks.first[i], blocks.first[i + 1])
    quantity = blocks.quantity[rows].astype(object)
    paid, total = int((quantity * price[blocks.period[rows], blocks.bus[i]]).sum()), int(quantity.sum())
    return (2 * paid + total) // (2 * total)


def _reason(blocks: Blocks, share: Ints, i: int, surplus: int) -> int:
    if share[i] == blocks.biggest[i]:
        return ACCEPTED
    by_parent, by_group = most_by_parent(blocks, share, i), most_by_group(blocks, share, i)
    if share[i] > 0:
        if share[i] >= by_parent:
            return PARENT_LIMITS
        return GROUP_LIMITS if share[i] >= by_group else AT_THE_MONEY
    if surplus <= 0:
        return OUT_OF_THE_MONEY
    if by_parent < blocks.least[i]:
        return PARENT_REFUSED
    return GROUP_TAKEN if by_group < blocks.least[i] else PARADOX


def most_by_parent(blocks: Blocks, share: Ints, i: int) -> int:
    """The most that the parent's ratio leaves to a block. [Wh]"""
    parent, most = int(blocks.parent[i]), int(blocks.biggest[i])
    if parent == NONE:
        return most
    return int(share[parent]) * most // int(blocks.biggest[parent])


def most_by_group(blocks: Blocks, share: Ints, i: int) -> int:
    """The most that the others of its exclusive group leave to a block. [Wh]"""
    most = int(blocks.biggest[i])
    if blocks.group[i] == NONE:
        return most
    left, parts = 1, 1
    for other in np.flatnonzero((blocks.group == blocks.group[i]) & (share > 0)).tolist():
        if other != i:
            part, of = int(share[other]), int(blocks.biggest[other])
            left, parts = left * of - part * parts, parts * of
    return max(0, left * most // parts)


def legal(blocks: Blocks, wanted: Ints, rank: Ints | None = None) -> Ints:
    """Cut wanted shares to what minima, parents and groups allow; the first by `rank` of a group go first.

    Parameters
    ----------
    wanted : ndarray of int64, shape (n_blocks,)
        In each block's biggest period. [Wh]
    """
    share, least = np.zeros(len(blocks), np.int64), blocks.least
    order = generations(blocks, rank)
    for i in order:
        most = min(int(wanted[i]), most_by_parent(blocks, share, i), most_by_group(blocks, share, i))
        share[i] = most if most >= least[i] else 0
    return share


def generations(blocks: Blocks, rank: Ints | None = None) -> list[int]:
    """All blocks, parents before children, by rank within a generation."""
    depth = np.zeros(len(blocks), np.int64)
    ahead = blocks.parent.copy()
    while (ahead != NONE).any():
        depth += ahead != NONE
        ahead = np.where(ahead == NONE, NONE, blocks.parent[ahead])
    ranks = np.zeros(len(blocks), np.int64) if rank is None else rank
    order: list[int] = np.lexsort((np.arange(len(blocks)), ranks, depth)).tolist()
    return order


def ratio_text(share: int, biggest: int) -> str:
    """The shortest decimal from which the share can be read again.

    Examples
    --------
    >>> ratio_text(500, 1000), ratio_text(1000, 3000), ratio_text(0, 5), ratio_text(7, 7)
    ('0.5', '0.3333', '0', '1')
    """
    for places in range(20):
        count = (2 * share * 10**places + biggest) // (2 * biggest)
        if share_of(count, places, biggest) == share:
            break
    digits = str(count).rjust(places + 1, "0")
    return f"{digits[:-places]}.{digits[-places:]}" if places else digits


def share_of(digits: int, places: int, biggest: int) -> int:
    """The share nearest to a decimal ratio. [Wh]"""
    return int((2 * digits * biggest + 10**places) // (2 * 10**places))
