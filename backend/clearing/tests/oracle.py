"""The slow, obvious clearing: every curve tick by tick as steps, one linear program per question."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog

from clearing import BUY, LINEAR


@dataclass
class Step:
    """What one offer gives or takes at exactly one price."""

    offer: int
    bus: int
    side: int
    price: int
    quantity: int


def steps_of(orders, offer):
    """Cut one offer into steps, by the words of docs/clearing.md."""
    points = slice(orders.first[offer], orders.first[offer + 1])
    prices, quantities = orders.price[points].tolist(), orders.quantity[points].tolist()
    bus, side = int(orders.bus[offer]), int(orders.side[offer])
    if orders.curve[offer] != LINEAR:
        pairs = list(zip(prices, quantities, strict=True))
    elif side == BUY:
        pairs = [
            (p, _wanted(prices, quantities, p) - _wanted(prices, quantities, p + 1)) for p in _ticks(prices)
        ]
    else:
        pairs = [
            (p, _given(prices, quantities, p) - _given(prices, quantities, p - 1)) for p in _ticks(prices)
        ]
    return [Step(offer, bus, side, price, quantity) for price, quantity in pairs if quantity]


def _ticks(prices):
    return range(prices[0], prices[-1] + 1)


def _given(prices, quantities, at):
    """Supply at a price: linear between the vertices, rounded down."""
    if at < prices[0]:
        return 0
    for i in range(len(prices) - 1):
        if at < prices[i + 1]:
            rise, width = quantities[i + 1] - quantities[i], prices[i + 1] - prices[i]
            return quantities[i] + rise * (at - prices[i]) // width
    return quantities[-1]


def _wanted(prices, quantities, at):
    """Demand is supply seen in a mirror."""
    return _given([-p for p in prices[::-1]], quantities[::-1], -at)


class Period:
    """One period as a linear program: steps, then flows up, then flows down."""

    def __init__(self, orders, grid, period):
        self.steps = [s for i in np.flatnonzero(orders.period == period) for s in steps_of(orders, i)]
        self.n_buses = len(grid.parent)
        self.lines = np.flatnonzero(grid.parent >= 0)
        self.parent = grid.parent
        row = {
            name: getattr(grid, name)[period if len(getattr(grid, name)) > 1 else 0]
            for name in grid.__slots__[1:]
        }
        self.capacity = [np.minimum(row["capacity_up"], 10**6), np.minimum(row["capacity_down"], 10**6)]
        self.fee = [row["fee_up"], row["fee_down"]]
        n, m = len(self.steps), len(self.lines)
        self.injection = np.zeros((self.n_buses, n + 2 * m))
        for i, step in enumerate(self.steps):
            self.injection[step.bus, i] = -1 if step.side == BUY else 1
        for i, bus in enumerate(self.lines):
            self.injection[[bus, grid.parent[bus]], n + i] = -1, 1
            self.injection[[bus, grid.parent[bus]], n + m + i] = 1, -1
        self.worth = np.array(
            [s.price if s.side == BUY else -s.price for s in self.steps]
            + [-self.fee[0][b] for b in self.lines]
            + [-self.fee[1][b] for b in self.lines]
        )
        self.volume = np.array([1.0 if s.side == BUY else 0.0 for s in self.steps] + [0.0] * 2 * m)
        self.upper = [s.quantity for s in self.steps]
        self.upper += [self.capacity[0][b] for b in self.lines] + [self.capacity[1][b] for b in self.lines]

    def best(self, objective, at_least=None):
        """The greatest value of an objective, optionally with the welfare kept."""
        if not len(self.upper):
            return 0
        rows = {} if at_least is None else {"A_ub": -self.worth[None], "b_ub": [-at_least]}
        answer = linprog(
            -objective, A_eq=self.injection, b_eq=np.zeros(self.n_buses),
            bounds=[(0, u) for u in self.upper], method="highs", **rows,
        )  # fmt: skip
        assert answer.status == 0, answer.message
        return round(-answer.fun)

    def welfare(self):
        """The greatest welfare there is."""
        return self.best(self.worth)

    def welfare_beside(self, injection):
        """The greatest welfare beside fixed injections, None if they cannot be arranged."""
        if not len(self.upper):
            return None if np.any(injection) else 0
        answer = linprog(
            -self.worth, A_eq=self.injection, b_eq=-np.array(injection, float),
            bounds=[(0, u) for u in self.upper], method="highs",
        )  # fmt: skip
        return None if answer.status == 2 else round(-answer.fun)

    def volume_at(self, welfare):
        """The greatest volume at this welfare."""
        return self.best(self.volume, welfare)
