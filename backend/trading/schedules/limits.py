"""Limits that the grid operator sets to a schedule, and what they take off whom. Arrays in, arrays out.

Every accepted Wh went from a seller to a buyer (`clearing.partners`), so what may not flow is taken off both
alike: a limit of a line cuts the supplies that cross it, a limit of a node those that it is part of, each in
proportion, whole Wh by largest remainder.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Limit:
    """At most so much of this auction in each period from `first` up to, not including, `until`.

    Of the line below a bus (`below`: which buses lie there) or else of a node.
    """

    first: int
    until: int
    limit_wh: int
    node: int | None = None
    below: np.ndarray | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Supplies:
    """Parallel columns, sorted by seller, buyer and period: who supplies whom with how much."""

    seller: np.ndarray
    buyer: np.ndarray
    period: np.ndarray
    wh: np.ndarray
    seller_bus: np.ndarray
    buyer_bus: np.ndarray


def cut(supplies, limits):
    """What of each supply is cut, the limits applied one after the other. [Wh]"""
    left = supplies.wh.copy()
    for limit in limits:
        sign = _signs(supplies, limit)
        for period in range(limit.first, limit.until):
            here = np.flatnonzero((supplies.period == period) & (sign != 0) & (left > 0))
            net = int((sign[here] * left[here]).sum())
            along = here[sign[here] == (1 if net > 0 else -1)]
            if abs(net) > limit.limit_wh:
                left[along] -= shares(abs(net) - limit.limit_wh, left[along])
    return supplies.wh - left


def _signs(supplies, limit):
    """+1 for what flows up the line or is injected by the node, −1 for the other way, 0 for all else."""
    if limit.below is None:
        return (supplies.seller == limit.node).astype(np.int64) - (supplies.buyer == limit.node)
    return limit.below[supplies.seller_bus].astype(np.int64) - limit.below[supplies.buyer_bus]


def shares(total, weights):
    """Whole shares of a total in proportion to weights; the largest remainders first, then in order.

    >>> shares(5, np.array([3, 3, 4]))
    array([2, 1, 2])
    """
    whole, rest = np.divmod(weights * total, weights.sum())
    missing = total - int(whole.sum())
    whole[np.argsort(-rest, kind="stable")[:missing]] += 1
    return whole
