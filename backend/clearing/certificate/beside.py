"""The proof of a result with blocks or loops: what these carry is fixed, the rest is a forest's."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from clearing.book import Grid, Orders, Result
from clearing.certificate import blocks as proofs
from clearing.certificate import loops, money, prices, quantities, shares
from clearing.certificate.case import Case
from clearing.certificate.money import dot
from clearing.rules import BUY, SELL, STEP, Ints

if TYPE_CHECKING:
    from clearing.blocks.book import Blocks
    from clearing.mesh import Mesh


def check(
    orders: Orders,
    forest: Grid,
    mesh: Mesh | None,
    blocks: Blocks | None,
    result: Result,
    bounds: tuple[int, int],
) -> list[str]:
    """List what is wrong, as `certificate.check` does."""
    found = quantities.figures(orders, forest, result)
    if mesh is not None:
        found += loops.figures(mesh, result)
    if blocks is not None:
        if result.blocks is None:
            return [*found, "the result says nothing of the blocks"]
        found += proofs.figures(blocks, result.blocks) or proofs.legal(blocks, result.blocks)
    if found:
        return found
    if mesh is not None:
        found = loops.capacities(mesh, result) + loops.supported(mesh, result)
    case = _case(orders, forest, mesh, blocks, result, bounds)
    for stage in (
        (quantities.limits, quantities.balance, quantities.capacities),
        (quantities.supported_orders, quantities.supported_flows, quantities.unserved),
        (money.budget, money.gap_closed, shares.greatest_volume),
        (shares.fair,),
    ):
        found += [violation for proof in stage for violation in proof(case)]
        if found:
            return found
    return _of_prices(orders, forest, mesh, blocks, result, bounds)


def gap(orders: Orders, mesh: Mesh, result: Result, bounds: tuple[int, int]) -> int:
    """How much more welfare the prices of a mesh would allow at most. [µRp]"""
    return money.gap(_case(orders, mesh.forest, mesh, None, result, bounds)) + loops.rents_left(mesh, result)


def _case(
    orders: Orders,
    forest: Grid,
    mesh: Mesh | None,
    blocks: Blocks | None,
    result: Result,
    bounds: tuple[int, int],
) -> Case:
    """The forest's book, with an offer beyond all prices for what blocks and loops bring to each bus."""
    fixed, worth = np.zeros(result.price.shape, np.int64), 0
    if blocks is not None and result.blocks is not None:
        block = np.repeat(np.arange(len(blocks.block)), np.diff(blocks.first))
        signed = np.where(blocks.side == BUY, -1, 1)[block] * result.blocks.accepted
        np.add.at(fixed, (blocks.period, blocks.bus[block]), signed)
        worth -= dot(signed, blocks.price[block])
    if mesh is not None:
        fixed += loops.injections(mesh, result)
        worth -= loops.fees(mesh, result)
    period, bus = np.nonzero(fixed)
    quantity = fixed[period, bus]
    low = min(bounds[0], int(result.price.min(initial=0)), int(orders.price.min(initial=0))) - 1
    high = max(bounds[1], int(result.price.max(initial=0)), int(orders.price.max(initial=0))) + 1
    price = np.where(quantity > 0, low, high)
    book, where = _joined(orders, bus, period, price, quantity)
    accepted = np.empty(len(book.order), np.int64)
    accepted[where] = np.concatenate([result.accepted, np.abs(quantity)])
    worth += dot(quantity, price)
    beside = replace(result, accepted=accepted, welfare=result.welfare - worth, blocks=None, loop_flow=None)
    return Case.of(book, forest, beside, bounds)


def _joined(orders: Orders, bus: Ints, period: Ints, price: Ints, quantity: Ints) -> tuple[Orders, Ints]:
    """The book with the fixed offers, and where its own offers and then these stand."""
    offer, n = orders.point_offer, len(orders.order)
    top = int(orders.order.max(initial=0)) + 1
    fixed = np.arange(len(bus)) + top
    side = np.where(quantity > 0, SELL, BUY)
    book = Orders.from_rows(
        np.concatenate([orders.order[offer], fixed]),
        np.concatenate([orders.bus[offer], bus]),
        np.concatenate([orders.period[offer], period]),
        np.concatenate([orders.side[offer], side]),
        np.concatenate([orders.price, price]),
        np.concatenate([orders.quantity, np.abs(quantity)]),
        np.concatenate([orders.curve[offer], np.full(len(bus), STEP)]),
    )
    is_fixed = book.order >= top
    where = np.empty(n + len(bus), np.int64)
    where[:n] = np.flatnonzero(~is_fixed)
    where[n + book.order[is_fixed] - top] = np.flatnonzero(is_fixed)
    return book, where


def _of_prices(
    orders: Orders,
    forest: Grid,
    mesh: Mesh | None,
    blocks: Blocks | None,
    result: Result,
    bounds: tuple[int, int],
) -> list[str]:
    """The prices are the midpoints, unless blocks ask for others; then they support the blocks."""
    case = Case.of(orders, forest, result, bounds)
    expected: tuple[Ints, ...]
    expected = prices.expected(case) if mesh is None or not len(mesh.tail) else loops.expected(case, mesh)
    if blocks is None or result.blocks is None:
        return _differing(result, expected)
    found = proofs.supported(blocks, result.blocks, result.price)
    if found:
        return found
    if proofs.supported(blocks, result.blocks, expected[0]):
        moved = (result.price != expected[0]).any(axis=1)[:, None]
        expected = tuple(np.where(moved, result.price, column) for column in expected)
    return _differing(result, expected) + proofs.told(blocks, result.blocks, result.price)


def _differing(result: Result, expected: tuple[Ints, ...]) -> list[str]:
    found = []
    for name, column in zip(("price", "price_low", "price_high"), expected, strict=True):
        for period, bus in np.argwhere(getattr(result, name) != column)[:5]:
            found.append(
                f"period {period}, bus {bus}: the {name} should be {column[period, bus]} "
                f"instead of {getattr(result, name)[period, bus]}"
            )
    return found
