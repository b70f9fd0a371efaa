"""The lines of a mesh that are not of its forest: do they keep to their limits, and go with the prices?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from clearing.book import Result
from clearing.certificate.case import MOST_REPORTED, Case
from clearing.certificate.money import dot
from clearing.certificate.tally import Marks
from clearing.rules import Ints

if TYPE_CHECKING:
    from clearing.mesh import Mesh

FAR = 2**55


def figures(mesh: Mesh, result: Result) -> list[str]:
    """There is a flow for each of the lines in each period, and none is beyond all measure."""
    shape = len(result.price), len(mesh.tail)
    flow = result.loop_flow
    if flow is None and not len(mesh.tail):
        return []
    if flow is None or flow.shape != shape:
        return [f"loop_flow has shape {None if flow is None else flow.shape} instead of {shape}"]
    return ["loop_flow holds a figure beyond 2**61"] if np.abs(flow).max(initial=0) > 2**61 else []


def flow_of(result: Result) -> Ints:
    return np.zeros((len(result.price), 0), np.int64) if result.loop_flow is None else result.loop_flow


def _told(mesh: Mesh, marks: Marks, text: str) -> list[str]:
    return [
        f"period {period}, the line from bus {mesh.tail[line]} to bus {mesh.head[line]} {text}"
        for period, line in np.argwhere(marks)[:MOST_REPORTED]
    ]


def capacities(mesh: Mesh, result: Result) -> list[str]:
    """No line carries more than it may."""
    flow = flow_of(result)
    return _told(mesh, (flow > mesh.capacity_up) | (-flow > mesh.capacity_down), "carries more than it may")


def supported(mesh: Mesh, result: Result) -> list[str]:
    """A price difference beyond the fee needs a full line; a flow needs one that pays the fee."""
    flow, rise = flow_of(result), result.price[:, mesh.head] - result.price[:, mesh.tail]
    up, down = rise - mesh.fee_up, -rise - mesh.fee_down
    idle = ((up > 0) & (flow != mesh.capacity_up)) | ((down > 0) & (flow != -mesh.capacity_down))
    found = _told(mesh, idle, "would earn more than its fee, but is not full")
    return found + _told(
        mesh, ((flow > 0) & (up < 0)) | ((flow < 0) & (down < 0)), "has a flow that does not earn its fee"
    )


def rents_left(mesh: Mesh, result: Result) -> int:
    """How much more the lines would earn at the prices beyond their fees, were they full or idle. [µRp]"""
    flow, rise = flow_of(result), result.price[:, mesh.head] - result.price[:, mesh.tail]
    up, down = np.maximum(rise - mesh.fee_up, 0), np.maximum(-rise - mesh.fee_down, 0)
    shape = flow.shape
    most = dot(np.broadcast_to(mesh.capacity_up, shape).ravel(), up.ravel())
    most += dot(np.broadcast_to(mesh.capacity_down, shape).ravel(), down.ravel())
    return most - dot(flow.ravel(), rise.ravel()) + fees(mesh, result)


def injections(mesh: Mesh, result: Result) -> Ints:
    """What the lines bring to each bus, shape (n_periods, n_buses). [Wh]"""
    flow, net = flow_of(result), np.zeros(result.price.shape, np.int64)
    np.add.at(net.T, mesh.head, flow.T)
    np.subtract.at(net.T, mesh.tail, flow.T)
    return net


def fees(mesh: Mesh, result: Result) -> int:
    """What the use of the lines costs. [µRp]"""
    flow = flow_of(result)
    fee = np.broadcast_to(np.where(flow > 0, mesh.fee_up, mesh.fee_down), flow.shape)
    return dot(np.abs(flow).ravel(), fee.ravel())


def expected(case: Case, mesh: Mesh) -> tuple[Ints, Ints, Ints]:
    """The prices by the rule of docs/clearing.md, "Meshes", and their intervals. [Rp/MWh]"""
    shape = case.result.price.shape
    price, low, high = (np.empty(shape, np.int64) for _ in range(3))
    order = _depth_first(case.grid.parent)
    for period in range(shape[0]):
        most = _differences(case, mesh, period)
        ends = case.tally.low[period].astype(object), case.tally.high[period].astype(object)
        row = _period(order, case.grid.parent, most, ends, case.bounds)
        price[period], low[period], high[period] = row
    return price, low, high


def _depth_first(parent: Ints) -> list[int]:
    children: dict[int, list[int]] = {}
    for bus, above in enumerate(parent.tolist()):
        children.setdefault(above, []).append(bus)
    order, stack = [], children.get(-1, [])[::-1]
    while stack:
        bus = stack.pop()
        order.append(bus)
        stack += children.get(bus, [])[::-1]
    return order


def _differences(case: Case, mesh: Mesh, period: int) -> tuple[Ints, dict[int, int]]:
    """By how much the price of each bus (column) may exceed that of each other (row) at most: shortest paths.

    Also by how much the price of a bus exceeds its parent's, where the line between them leaves no choice
    (Floyd, Algorithm 97: Shortest path, 1962).
    """
    follows: dict[int, int] = {}
    grid, result = case.grid, case.result
    below = np.flatnonzero(grid.parent >= 0)
    most = np.full((len(grid.parent),) * 2, FAR, object)
    np.fill_diagonal(most, 0)
    for tail, head, flow, lines, at in (
        (below, grid.parent[below], result.flow[period, below], grid, below),
        (mesh.tail, mesh.head, flow_of(result)[period], mesh, np.arange(len(mesh.tail))),
    ):
        figures = {
            name: getattr(lines, name)[min(period, len(getattr(lines, name)) - 1)][at].tolist()
            for name in ("capacity_up", "capacity_down", "fee_up", "fee_down")
        }
        for k, (one, two, energy) in enumerate(zip(tail.tolist(), head.tolist(), flow.tolist(), strict=True)):
            fee_up, fee_down = figures["fee_up"][k], figures["fee_down"][k]
            rise = -fee_down if energy < 0 else FAR if energy >= figures["capacity_up"][k] else fee_up
            fall = -fee_up if energy > 0 else FAR if energy <= -figures["capacity_down"][k] else fee_down
            most[one, two], most[two, one] = min(most[one, two], rise), min(most[two, one], fall)
            if lines is grid and rise == -fall:
                follows[one] = fall
    for middle in range(len(most)):
        most = np.minimum(most, most[:, middle, None] + most[None, middle, :])
    return np.where(most >= FAR // 2, FAR, most), follows


def _period(
    order: list[int],
    parent: Ints,
    differences: tuple[Ints, dict[int, int]],
    ends: tuple[Ints, Ints],
    bounds: tuple[int, int],
) -> tuple[list[int], list[int], list[int]]:
    (most, follows), n = differences, len(order)
    price, low, high = [0] * n, [0] * n, [0] * n
    bottom = [
        max(ends[0][j] - most[i, j] if ends[0][j] > -FAR // 2 else -FAR for j in range(n)) for i in range(n)
    ]
    top = [min(ends[1][j] + most[j, i] if ends[1][j] < FAR // 2 else FAR for j in range(n)) for i in range(n)]
    chosen: list[int] = []
    for i in order:
        above = int(parent[i])
        if i in follows:
            price[i], low[i], high[i] = (column[above] + follows[i] for column in (price, low, high))
        else:
            one = max([bottom[i], *(price[j] - most[i, j] for j in chosen if most[i, j] < FAR)])
            two = min([top[i], *(price[j] + most[j, i] for j in chosen if most[j, i] < FAR)])
            price[i], low[i], high[i] = _middle(one, two, price[above] if above >= 0 else 0, bounds)
        chosen.append(i)
    return price, low, high


def _middle(low: int, high: int, otherwise: int, bounds: tuple[int, int]) -> tuple[int, int, int]:
    """The midpoint within the bounds, rounded half up; a missing end is the other one."""
    if low <= -FAR // 2:
        low = high if high < FAR // 2 else otherwise
    if high >= FAR // 2:
        high = low
    low, high = (int(min(max(end, bounds[0]), bounds[1])) for end in (low, high))
    return low + (high - low + 1) // 2, low, high
