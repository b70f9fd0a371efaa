"""What goes round the loops of a mesh: a linear program for each period, by HiGHS."""

from __future__ import annotations

import numpy as np

from clearing.book import Orders
from clearing.curves import pieces_of
from clearing.highs import INFINITE, Floats, Unsolved, program, solved, solver
from clearing.room import Lines
from clearing.rules import UNLIMITED, Ints, InvalidBook

# More ticks of sloped curves than this are not written out.
MOST_STEPS = 2_000_000


def flows_in_loops(orders: Orders, lines: Lines, periods: int) -> Ints:
    """Flows over the lines that close loops, in an optimal solution. [Wh]

    All data are whole and the program is a flow in a network, so its vertices are whole (Dantzig; Schrijver,
    Theory of Linear and Integer Programming, 19.3), and the simplex method ends at a vertex. As on a tree,
    the objective is 2 · welfare + volume; beyond that as little as possible flows: the weight of a flow is so
    small that no closed path of lines outweighs one tick.

    Returns
    -------
    ndarray of int64, shape (n_periods, n_loops)
    """
    bus, price, quantity, starts = _steps(orders, periods)
    highs = solver(solver="simplex")
    found = np.zeros((periods, lines.loops), np.int64)
    n_lines = len(lines.tail)
    weight = 1.0 / (2 * n_lines + 2)
    for period in range(periods):
        row = period if len(lines.fee_up) > 1 else 0
        mine = slice(starts[period], starts[period + 1])
        count = starts[period + 1] - starts[period]
        capacity = np.concatenate([lines.capacity_up[row], lines.capacity_down[row]])
        fee = np.concatenate([lines.fee_up[row], lines.fee_down[row]])
        cost = np.concatenate([-price[mine], -2.0 * fee - weight])
        upper = np.concatenate([quantity[mine], np.where(capacity >= UNLIMITED, INFINITE, capacity)])
        into = np.concatenate([bus[mine], lines.head, lines.tail])
        out = np.concatenate([lines.tail, lines.head])
        first = np.concatenate([np.arange(count), count + 2 * np.arange(2 * n_lines + 1)])
        index, value = np.empty(first[-1], np.int32), np.ones(first[-1])
        index[:count] = into[:count]
        index[count::2], index[count + 1 :: 2] = into[count:], out
        value[count + 1 :: 2] = -1.0
        need = _needs(orders, period, len(lines.above))
        highs.passModel(
            program(cost, (np.zeros(len(cost)), upper), (need, need), (first.astype(np.int32), index, value))
        )
        if not solved(highs):
            raise Unsolved(f"period {period}: no flows found")
        flow = np.array(highs.getSolution().col_value)[count:]
        whole = np.rint(flow).astype(np.int64)
        found[period] = (whole[:n_lines] - whole[n_lines:])[n_lines - lines.loops :]
    return found


def _needs(orders: Orders, period: int, n_buses: int) -> Floats:
    """All demand of each bus: a buyer's step is what he gives up. [Wh]"""
    mine = (orders.period == period) & (orders.side == 1)
    need = np.zeros(n_buses, np.int64)
    np.add.at(need, orders.bus[mine], orders.offered[mine])
    return need.astype(np.float64)


def _steps(orders: Orders, periods: int) -> tuple[Ints, Ints, Ints, Ints]:
    """All curves as steps by period: bus, doubled price, quantity, and where each period begins."""
    pieces, offer = pieces_of(orders), orders.point_offer
    width = np.maximum(pieces.high - pieces.low, 1)
    if width.sum() > MOST_STEPS:
        raise InvalidBook(f"in a mesh, linear curves may span {MOST_STEPS} ticks in all", column="curve")
    piece = np.repeat(np.arange(len(width)), width)
    ahead = np.arange(len(piece)) - np.repeat(np.cumsum(width) - width, width) + 1
    low, high, amount, side = (column[piece] for column in pieces)
    flat = low == high
    span = np.where(flat, 1, high - low)
    rounding = side * (span - 1)
    reached, before = ((amount * at + rounding * (at > 0)) // span for at in (ahead, ahead - 1))
    quantity = np.where(flat, amount, reached - before)
    price = 2 * np.where(flat, low, low + ahead) - side
    keep = quantity > 0
    period, bus, price = orders.period[offer[piece]][keep], orders.bus[offer[piece]][keep], price[keep]
    sorting = np.lexsort((price, bus, period))
    keys = np.stack([period, bus, price])[:, sorting]
    opens = np.ones(keys.shape[1], bool)
    opens[1:] = (np.diff(keys) != 0).any(axis=0)
    first = np.flatnonzero(opens)
    added = np.add.reduceat(quantity[keep][sorting], first) if len(first) else np.zeros(0, np.int64)
    starts = np.searchsorted(keys[0][first], np.arange(periods + 1))
    return keys[1][first], keys[2][first], added, starts
