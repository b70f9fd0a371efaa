"""The slow, obvious choice of prices: for each bus, from the root down, the ends of what still clears."""

import numpy as np
from scipy.optimize import linprog


def prices_of(program, quantities, flow, bounds):
    """Price of each bus, given what each step got (real numbers) and the flow of each bus's line."""
    order = _downwards(program.parent)
    rows, limits = _conditions(program, quantities, flow)
    fixed: dict[int, int] = {}
    for bus in order:
        low, high = _end(program, rows, limits, fixed, bus, 1), _end(program, rows, limits, fixed, bus, -1)
        if low is None and high is None:
            low = high = fixed[int(program.parent[bus])] if program.parent[bus] >= 0 else 0
        low, high = high if low is None else low, low if high is None else high
        low, high = np.clip([low, high], *bounds)
        fixed[bus] = int(low + high + 1) // 2
    return np.array([fixed[bus] for bus in range(program.n_buses)])


def _downwards(parent):
    order = [int(bus) for bus in np.flatnonzero(parent < 0)]
    for bus in order:
        order.extend(int(child) for child in np.flatnonzero(parent == bus))
    return order


def _conditions(program, quantities, flow):
    """Inequalities (row · price <= limit) that say: these prices support this result."""
    rows, limits = [], []

    def at_most(terms, limit):
        row = np.zeros(program.n_buses)
        for bus, sign in terms:
            row[bus] = sign
        rows.append(row)
        limits.append(limit)

    for step, got in zip(program.steps, quantities, strict=True):
        up = 1 if step.side == 0 else -1
        if got < step.quantity:  # content to sell less: the price is not above the limit
            at_most([(step.bus, up)], up * step.price)
        if got > 0:
            at_most([(step.bus, -up)], -up * step.price)
    for bus in map(int, program.lines):
        above = int(program.parent[bus])
        if flow[bus] < program.capacity[0][bus] and flow[bus] >= 0:
            at_most([(above, 1), (bus, -1)], program.fee[0][bus])
        if flow[bus] > 0:
            at_most([(above, -1), (bus, 1)], -program.fee[0][bus])
        if -flow[bus] < program.capacity[1][bus] and flow[bus] <= 0:
            at_most([(bus, 1), (above, -1)], program.fee[1][bus])
        if flow[bus] < 0:
            at_most([(bus, -1), (above, 1)], -program.fee[1][bus])
    return rows, limits


def _end(program, rows, limits, fixed, bus, sign):
    """Lowest (sign 1) or highest (sign -1) price of a bus, None if there is no end."""
    cost = np.zeros(program.n_buses)
    cost[bus] = sign
    bounds = [(fixed[b], fixed[b]) if b in fixed else (None, None) for b in range(program.n_buses)]
    matrix = {"A_ub": np.array(rows), "b_ub": np.array(limits)} if rows else {}
    answer = linprog(cost, bounds=bounds, method="highs", **matrix)
    if answer.status in (3, 4):
        return None
    assert answer.status == 0, answer.message
    return round(sign * answer.fun)
