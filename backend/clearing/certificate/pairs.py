"""Did everybody supply and get just what was decided, and the nearest first?"""

from __future__ import annotations

import numpy as np

from clearing.book import Grid, Orders, Result
from clearing.certificate.case import places
from clearing.layout import lay_out
from clearing.partners import Partners
from clearing.rules import BUY, SELL, Ints


def check_partners(orders: Orders, grid: Grid, result: Result, pairs: Partners) -> list[str]:
    """List what is wrong with an attribution; an empty list is the proof that it is right.

    Proves that each pair joins a seller and a buyer of one period at a bus above both; that the quantities
    of an offer's pairs add up to what it was accepted; and that what pairs take over a line is just its flow,
    one way only: so nobody buys far what is sold near.

    Examples
    --------
    >>> from clearing import BUY, SELL, Grid, Orders, clear, partners
    >>> orders = Orders.from_rows([1, 2], [1, 0], [0, 0], [SELL, BUY], [40, 60], [500, 800])
    >>> grid = Grid.from_parents([-1, 0])
    >>> result = clear(orders, grid)
    >>> pairs = partners.attribute(orders, grid, result)
    >>> check_partners(orders, grid, result, pairs)
    []
    >>> pairs.quantity[0] -= 1
    >>> check_partners(orders, grid, result, pairs)[0]
    "a seller's pairs add up to 499 Wh, accepted were 500 Wh"
    """
    layout, _ = lay_out(grid)
    bus = layout.position[np.clip(pairs.bus, 0, len(grid.parent) - 1)]
    found = [] if (pairs.quantity > 0).all() else ["a pair has no quantity"]
    for side, word, offers in ((SELL, "seller", pairs.seller), (BUY, "buyer", pairs.buyer)):
        ours = orders.side[offers] == side
        below = layout.position[orders.bus[offers]]
        if not (ours & (orders.period[offers] == pairs.period)).all():
            found.append(f"a pair's {word} is none of its period")
        if not ((bus <= below) & (below < layout.end[bus])).all():
            found.append(f"a pair's bus is not above its {word}")
        got = np.zeros(len(orders.order), np.int64)
        np.add.at(got, offers, pairs.quantity)
        due = np.where(orders.side == side, result.accepted, 0)
        for offer in np.flatnonzero(got != due)[:1]:
            found.append(f"a {word}'s pairs add up to {got[offer]} Wh, accepted were {due[offer]} Wh")
    if found:
        return found
    position = layout.position
    up = _crossing(position[orders.bus[pairs.seller]], bus, pairs, result.flow.shape, layout.end)
    down = _crossing(position[orders.bus[pairs.buyer]], bus, pairs, result.flow.shape, layout.end)
    flow = result.flow[:, layout.bus]
    for name, crossed, due in (("up", up, np.maximum(flow, 0)), ("down", down, np.maximum(-flow, 0))):
        wrong = (crossed != due)[:, position]
        text = f"pairs take {{}} Wh {name} the line, its flow is {{}} Wh"
        found += places(wrong, text, crossed[:, position], due[:, position])
    return found


def _crossing(start: Ints, meets: Ints, pairs: Partners, shape: tuple[int, ...], end: Ints) -> Ints:
    """What one half of all pairs takes over each line, by position."""
    steps = np.zeros((shape[0], shape[1] + 1), np.int64)
    np.add.at(steps, (pairs.period, start + 1), pairs.quantity)
    np.subtract.at(steps, (pairs.period, meets + 1), pairs.quantity)
    summed = np.cumsum(steps, axis=1)
    crossing: Ints = summed[:, end] - summed[:, :-1]
    return crossing
