"""Do the quantities add up, fit through the lines and go with the prices?"""

from __future__ import annotations

import numpy as np

from clearing.book import Grid, Orders, Result
from clearing.certificate.case import MOST_REPORTED, Case, places
from clearing.certificate.tally import Marks
from clearing.compiled import compiled
from clearing.rules import BUY, SELL, Ints


def figures(orders: Orders, grid: Grid, result: Result) -> list[str]:
    """Every array has the shape that book and grid ask for, and no figure is beyond all measure."""
    n_periods = len(result.price)
    asked = {name: (n_periods, len(grid.parent)) for name in ("price", "price_low", "price_high", "flow")}
    found = [
        f"{name} has shape {getattr(result, name).shape} instead of {shape}"
        for name, shape in (asked | {"accepted": orders.order.shape}).items()
        if getattr(result, name).shape != shape
    ]
    for name, most in (("price", 2**31), ("flow", 2**61), ("accepted", 2**61)):
        values: Ints = getattr(result, name)
        if max(values.max(initial=0), -values.min(initial=0)) > most:
            found.append(f"{name} holds a figure beyond {most}")
    if orders.survey.last_period >= n_periods:
        found.append(f"the result ends with period {n_periods - 1}, the book does not")
    return found


def _offers(case: Case, marks: Marks, text: str, *figures: Ints) -> list[str]:
    found = np.flatnonzero(marks)[:MOST_REPORTED]
    return [f"{case.place(i)}: " + text.format(*(figure[i] for figure in figures)) for i in found]


def limits(case: Case) -> list[str]:
    """Nobody gets less than nothing or more than he offered."""
    if not case.tally.beyond:
        return []
    accepted, offered = case.result.accepted, case.orders.offered
    wrong = (accepted < 0) | (accepted > offered)
    return _offers(case, wrong, "accepted {} Wh of {} Wh", accepted, offered)


def balance(case: Case) -> list[str]:
    """What enters a bus leaves it."""
    flow, parent = case.result.flow, case.grid.parent
    net = case.tally.net - flow
    _add_below(parent, flow, net)
    found = places(net != 0, "flows in and out differ by {} Wh", net)
    return found + places((flow != 0) & (parent < 0), "a root has a flow of {} Wh beyond it", flow)


@compiled
def _add_below(parent: Ints, flow: Ints, net: Ints) -> None:
    """Add what each line brings to the bus above it."""
    for period in range(len(flow)):
        for bus in range(len(parent)):
            if parent[bus] >= 0:
                net[period, parent[bus]] += flow[period, bus]


def capacities(case: Case) -> list[str]:
    """No line carries more than it may."""
    flow, grid = case.result.flow, case.grid
    over = np.maximum(flow - grid.capacity_up, -flow - grid.capacity_down)
    return places(over > 0, "the line carries {} Wh more than it may", over)


def supported_orders(case: Case) -> list[str]:
    """In the money is accepted in full, out of the money not at all; so nobody is beyond his limit."""
    if not case.tally.unsupported:
        return []
    accepted = case.result.accepted
    found = _offers(
        case, accepted < case.certain, "accepted {} Wh, but {} Wh are in the money", accepted, case.certain
    )
    return found + _offers(
        case,
        accepted > case.most,
        "accepted {} Wh, but only {} Wh are not out of the money",
        accepted,
        case.most,
    )


def supported_flows(case: Case) -> list[str]:
    """A price difference beyond the fee needs a full line; a flow needs one that pays the fee."""
    flow, grid, rise = case.result.flow, case.grid, case.rise
    line = grid.parent >= 0
    gain_up, gain_down = rise - grid.fee_up, -rise - grid.fee_down
    found = places(
        line & (gain_up > 0) & (flow != grid.capacity_up),
        "another {} Rp/MWh upwards, but the line is not full",
        gain_up,
    )
    found += places(
        line & (gain_down > 0) & (flow != -grid.capacity_down),
        "another {} Rp/MWh downwards, but the line is not full",
        gain_down,
    )
    found += places(line & (flow > 0) & (gain_up < 0), "a flow upwards of {} Wh does not earn its fee", flow)
    return found + places(line & (flow < 0) & (gain_down < 0), "a flow of {} Wh does not earn its fee", flow)


def unserved(case: Case) -> list[str]:
    """The lists of buses that are short, or could not get rid of their supply, are what they should be."""
    price, found = case.result.price, []
    # Only where the price has come to the bound can somebody be left out who takes any price.
    reached = (price >= case.bounds[1]).any(), (price <= case.bounds[0]).any()
    short = _left_out(case, BUY, case.bounds[1]) if reached[0] else []
    spilled = _left_out(case, SELL, case.bounds[0]) if reached[1] else []
    for name, rows in (("short", short), ("spilled", spilled)):
        if getattr(case.result, name).tolist() != rows:
            found.append(f"the list of {name} buses should be {rows[:MOST_REPORTED]}")
    return found


def _left_out(case: Case, side: int, bound: int) -> list[list[int]]:
    """Rows of period, bus and quantity that the offers of one side at a bound did not get."""
    orders, n_buses = case.orders, len(case.grid.parent)
    points = np.flatnonzero(orders.price == bound)
    offers = orders.point_offer[points]
    lacks = np.maximum(orders.quantity[points] - case.result.accepted[offers], 0)
    lacks[orders.side[offers] != side] = 0
    markets, where = np.unique(orders.period[offers] * n_buses + orders.bus[offers], return_inverse=True)
    total = np.zeros(len(markets), np.int64)
    np.add.at(total, where, lacks)
    rows = zip(*np.divmod(markets, n_buses), total, strict=True)
    return [[int(period), int(bus), int(lack)] for period, bus, lack in rows if lack]
