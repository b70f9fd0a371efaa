"""The clearing of a grid that is a tree, in exact integers."""

from __future__ import annotations

import numpy as np

from clearing import desk, welfare
from clearing.arrangement import Columns
from clearing.book import Grid, Orders, Result
from clearing.layout import lay_out
from clearing.regions import relaxed
from clearing.rules import BUY, PRICE_BOUNDS, SELL, Ints, InvalidBook, changes
from clearing.threads import CORES, WORTH_SHARING, runs, share_out
from clearing.uniform import clear_markets, is_uniform


def clear(
    orders: Orders, grid: Grid, *, periods: int | None = None, bounds: tuple[int, int] = PRICE_BOUNDS
) -> Result:
    """`clearing.clear` for a grid that is a tree, without blocks: no solver is asked."""
    n_periods = periods_of(orders, grid, periods)
    check_fit(orders, grid, n_periods, bounds)
    if (grid.parent < 0).all() and is_uniform(orders):
        return _clear_apart(orders, grid, n_periods, bounds)
    return _clear_joined(orders, grid, n_periods, bounds)


def _clear_apart(orders: Orders, grid: Grid, n_periods: int, bounds: tuple[int, int]) -> Result:
    """Clear buses that no line joins: each period of each bus is a market of its own."""
    n_buses = len(grid.parent)
    markets = orders.period if n_buses == 1 else orders.period * n_buses + orders.bus
    market_first = np.searchsorted(markets, np.arange(n_periods * n_buses + 1))
    answer, total = clear_markets(orders, market_first, bounds)
    shape = (n_periods, n_buses)
    price, low, high = (column.reshape(shape) for column in (answer.price, answer.low, answer.high))
    short, spilled = unserved(orders, price, answer.accepted, bounds)
    return Result(price, low, high, answer.accepted, np.zeros(shape, np.int64), total, short, spilled)


def _clear_joined(orders: Orders, grid: Grid, n_periods: int, bounds: tuple[int, int]) -> Result:
    """Clear any grid and any curves: runs of periods, each first as if no line without a fee could bind."""
    layout, lines = lay_out(grid)
    period_first = np.searchsorted(orders.period, np.arange(n_periods + 1))
    joined, apart = relaxed(layout, lines, _most_in_a_period(orders, period_first))
    shape = (n_periods, len(grid.parent))
    by_bus = (np.empty(shape, np.int64) for _ in range(4))
    answer = desk.Answer(np.zeros(len(orders.order), np.int64), *by_bus)
    task = desk.Desk(Columns.of(orders), layout, lines, period_first, bounds, answer)

    def clear_run(run: tuple[int, int]) -> None:
        tight = np.arange(*run)
        # A single large period is not worth an attempt that may fail.
        if joined is apart or len(tight) > 1 or len(orders.order) < WORTH_SHARING:
            tight = desk.clear(task, joined, tight)
        if len(tight):
            desk.clear(task, apart, tight)

    weights = _weights(period_first, shape)
    share_out(clear_run, runs(weights, max(weights[-1] // (8 * CORES), WORTH_SHARING // 2)))
    short, spilled = unserved(orders, answer.price, answer.accepted, bounds)
    total = welfare.of_result(orders, grid, answer.accepted, answer.flow)
    return Result(answer.price, answer.low, answer.high, answer.accepted, answer.flow, total, short, spilled)


def _most_in_a_period(orders: Orders, period_first: Ints) -> int:
    """No less than what all orders of any period add up to. [Wh]"""
    starts = orders.first[np.unique(period_first[:-1])]
    starts = starts[starts < len(orders.quantity)]
    return int(np.add.reduceat(orders.quantity, starts).max()) if len(starts) else 0


def _weights(period_first: Ints, shape: tuple[int, int]) -> list[int]:
    """How much work lies before each period: offers and buses."""
    weights: list[int] = (period_first + np.arange(shape[0] + 1) * shape[1]).tolist()
    return weights


def periods_of(orders: Orders, grid: Grid, periods: int | None = None) -> int:
    """How many periods a book and its grid speak of, at least 1."""
    if periods is not None:
        return periods
    columns = (grid.capacity_up, grid.capacity_down, grid.fee_up, grid.fee_down)
    return max(1, orders.survey.last_period + 1, *(len(column) for column in columns))


def check_fit(orders: Orders, grid: Grid, n_periods: int, bounds: tuple[int, int]) -> None:
    """The book must stand on the grid, in its periods and within the bounds."""
    if n_periods < 1 or bounds[0] > bounds[1]:
        raise InvalidBook("there must be at least one period, and the lower bound below the upper")
    for name in ("capacity_up", "capacity_down", "fee_up", "fee_down"):
        if len(getattr(grid, name)) not in (1, n_periods):
            raise InvalidBook(f"{name} must have one row, or one for each of {n_periods} periods")
    seen = orders.survey
    inside = not len(orders.price) or (bounds[0] <= seen.lowest and seen.highest <= bounds[1])
    if inside and seen.last_bus < len(grid.parent) and seen.last_period < n_periods:
        return
    checks = (
        ("bus", orders.bus, 0, len(grid.parent) - 1, orders.order),
        ("period", orders.period, 0, n_periods - 1, orders.order),
        ("price", orders.price, *bounds, orders.order[orders.point_offer]),
    )
    for name, values, low, high, order in checks:
        for at in np.flatnonzero((values < low) | (values > high))[:1]:
            text = f"order {order[at]}: {name} {values[at]} is not between {low} and {high}"
            raise InvalidBook(text, column=name)


def unserved(orders: Orders, price: Ints, accepted: Ints, bounds: tuple[int, int]) -> tuple[Ints, Ints]:
    """Rows of period, bus and quantity that price-takers did not get: demand, and supply. [-, -, Wh]"""
    nobody = np.zeros((0, 3), np.int64)
    # A price-taker is left out only where the price is at its bound, or where a fee takes it beyond that.
    reached = int(price.min(initial=bounds[1])) <= bounds[0], int(price.max(initial=bounds[0])) >= bounds[1]
    spilled = _missing(orders, accepted, SELL, bounds[0]) if reached[0] else nobody
    return _missing(orders, accepted, BUY, bounds[1]) if reached[1] else nobody, spilled


def _missing(orders: Orders, accepted: Ints, side: int, bound: int) -> Ints:
    """What the points of one side at a bound did not get, by period and bus."""
    points = np.flatnonzero(orders.price == bound)
    offers = np.searchsorted(orders.first, points, side="right") - 1
    ours = orders.side[offers] == side
    # An offer has one point at a price.
    where = offers[ours]
    missing = np.maximum(orders.quantity[points[ours]] - accepted[where], 0)
    where, missing = where[missing > 0], missing[missing > 0]
    starts = np.flatnonzero(changes(orders.period[where], orders.bus[where]))
    total = np.add.reduceat(missing, starts) if len(starts) else missing
    return np.column_stack([orders.period[where[starts]], orders.bus[where[starts]], total])
