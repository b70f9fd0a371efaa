"""One clearing, from the frozen book and the grid to proven figures: arrays in, arrays out, no database."""

from dataclasses import dataclass, replace

import numpy as np

import clearing

# The search for blocks is bounded by work, so that every machine finds the same: seconds on a village's book.
EFFORT = clearing.Effort(nodes=200, clearings=20_000)
ANY_RATIO = 1  # the clearing's least ratio: a millionth
PER_PERMILLE = clearing.WHOLE // 1000


class CertificateRefused(Exception):
    """A result does not prove itself and must not be stored."""


@dataclass(frozen=True, slots=True, eq=False)
class Decision:
    """What a clearing decided. Arrays over offers follow `offers`; an offer is an order in one period.

    Block orders are among the offers; `result` is as the clearing gave it, of the curve orders and `blocks`.
    """

    offers: clearing.Orders
    accepted: np.ndarray  # of each offer [Wh]
    blocks: clearing.Blocks | None
    grid: clearing.Grid
    result: clearing.Result
    node: np.ndarray  # of each offer
    fee_rp_per_mwh: np.ndarray  # of each offer: the withdrawal fee
    line_fees_urp: np.ndarray  # of the line of each bus
    congestion_rent_urp: np.ndarray  # of the line of each bus, beyond its fees

    @property
    def price_rp_per_mwh(self):
        """The price at the bus of each offer."""
        return self.result.price[self.offers.period, self.offers.bus]

    @property
    def traded_wh(self):
        """What was bought in each period."""
        bought = np.where(self.offers.side == clearing.BUY, self.accepted, 0)
        traded = np.zeros(len(self.result.price), np.int64)
        np.add.at(traded, self.offers.period, bought)
        return traded


@dataclass(frozen=True, slots=True, eq=False)
class Supplies:
    """Who supplied whom: a row per pair of offers of different nodes."""

    seller: np.ndarray
    buyer: np.ndarray
    period: np.ndarray
    energy_wh: np.ndarray
    price_rp_per_mwh: np.ndarray  # at the buyer's bus
    distance_m: np.ndarray


def decide(*, book, tree, periods, bounds, solve, limit_s=None, with_blocks=True):
    """Clear a book and prove the outcome, by code that knows nothing of how it was found.

    :param bounds: the lowest and the highest price at any bus
    :param solve: what clears, within so many seconds: one of `solver`
    :param with_blocks: without them, no block order is accepted
    :raises SolverFailed: no outcome was found
    :raises CertificateRefused: the outcome does not prove itself
    """
    curves, grid, blocks = curves_of(book), grid_of(tree), blocks_of(book)
    searched = blocks if with_blocks else None
    means = {} if searched is None else {"blocks": searched, "effort": EFFORT}
    result = solve(curves, grid, limit_s=limit_s, periods=periods, bounds=bounds, **means)
    refusals = clearing.certificate.check(curves, grid, result, bounds=bounds, blocks=searched)
    if refusals:
        raise CertificateRefused("; ".join(refusals[:5]))
    offers, accepted = _together(curves, blocks, result)
    at = np.searchsorted(book.order_ids, offers.order)
    line_fees_urp, congestion_rent_urp = _line_income(grid, result)
    return Decision(
        offers=offers,
        accepted=accepted,
        blocks=searched,
        grid=grid,
        result=result,
        node=book.node_ids[at],
        fee_rp_per_mwh=book.fees_rp_per_mwh[at],
        line_fees_urp=line_fees_urp,
        congestion_rent_urp=congestion_rent_urp,
    )


def _together(curves, blocks, result):
    """All orders as offers, and what each was accepted; blocks as steps at their limit."""
    if blocks is None:
        return curves, result.accepted
    point, row = curves.point_offer, blocks.row_block
    columns = {
        name: np.concatenate([getattr(curves, name)[point], getattr(blocks, theirs)[row]])
        for name, theirs in (("order", "block"), ("bus", "bus"), ("side", "side"))
    }
    offers = clearing.Orders.from_rows(
        period=np.concatenate([curves.period[point], blocks.period]),
        price=np.concatenate([curves.price, blocks.price[row]]),
        quantity=np.concatenate([curves.quantity, blocks.quantity]),
        curve=np.concatenate([curves.curve[point], np.full(len(row), clearing.STEP)]),
        **columns,
    )
    of_blocks = np.zeros(len(row), np.int64) if result.blocks is None else result.blocks.accepted
    given = np.concatenate([result.accepted, of_blocks])
    order = np.concatenate([curves.order, blocks.block[row]])
    period = np.concatenate([curves.period, blocks.period])
    accepted = np.empty_like(given)
    accepted[np.lexsort((offers.period, offers.order))] = given[np.lexsort((period, order))]
    return offers, accepted


def bounds_of(market, book):
    """The bounds of prices at buses: a limit there is the meter's less the fee, so it may lie below."""
    floor_rp_per_mwh = market.price_floor_rp_per_mwh - int(book.fees_rp_per_mwh.max(initial=0))
    return floor_rp_per_mwh, market.price_cap_rp_per_mwh


def curves_of(book):
    """The curve orders of a frozen book as the clearing takes them: a row per point."""
    order = book.point_order
    curve = slice(None)
    if len(book.blocks.order_ids):
        curve = ~np.isin(book.order_ids, book.blocks.order_ids)[order]
        order = order[curve]
    return clearing.Orders.from_rows(
        order=book.order_ids[order],
        bus=book.buses[order],
        period=book.periods[curve],
        side=np.where(book.is_buy, clearing.BUY, clearing.SELL)[order],
        price=book.prices_rp_per_mwh[curve],
        quantity=book.quantities_wh[curve],
        curve=np.where(book.is_linear, clearing.LINEAR, clearing.STEP)[order],
    )


def blocks_of(book):
    """The block orders of a frozen book as the clearing takes them; None if there are none."""
    said = book.blocks
    if not len(said.order_ids):
        return None
    order = book.point_order
    row = np.isin(book.order_ids, said.order_ids)[order]
    order = order[row]
    at = np.searchsorted(said.order_ids, book.order_ids[order])
    return clearing.Blocks.from_rows(
        block=book.order_ids[order],
        bus=book.buses[order],
        period=book.periods[row],
        side=np.where(book.is_buy, clearing.BUY, clearing.SELL)[order],
        price=book.prices_rp_per_mwh[row],
        quantity=book.quantities_wh[row],
        min_ratio=np.maximum(said.min_ratio_permille * PER_PERMILLE, ANY_RATIO)[at],
        parent=said.parents[at],
        group=said.groups[at],
    )


def grid_of(tree):
    """The grid's arrays as the clearing takes them."""
    return clearing.Grid.from_parents(
        tree.parent,
        capacity_up=tree.capacity_up_wh,
        capacity_down=tree.capacity_down_wh,
        fee_up=tree.fee_up_rp_per_mwh,
        fee_down=tree.fee_down_rp_per_mwh,
    )


def _line_income(grid, result):
    """What each line earns: its fees, and the congestion rent beyond them."""
    fees_urp, rents_urp = np.zeros((2, len(grid.parent)), np.int64)
    below = np.flatnonzero(grid.parent >= 0)
    flow = result.flow[:, below]
    crossed = result.price[:, grid.parent[below]] - result.price[:, below]
    fees = np.where(flow > 0, grid.fee_up[:, below], -grid.fee_down[:, below])
    fees_urp[below] = (flow * fees).sum(axis=0)
    rents_urp[below] = (flow * crossed).sum(axis=0) - fees_urp[below]
    return fees_urp, rents_urp


def supplies(decision, tree):
    """Who supplied whom: surplus meets deficit below the nearest common bus first."""
    offers = decision.offers
    accepted = replace(decision.result, accepted=decision.accepted)
    pairs = clearing.partners.attribute(offers, decision.grid, accepted)
    seller, buyer = decision.node[pairs.seller], decision.node[pairs.buyer]
    others = np.flatnonzero(seller != buyer)  # a node that traded with itself had no partner
    of_seller, of_buyer = pairs.seller[others], pairs.buyer[others]
    return Supplies(
        seller=seller[others],
        buyer=buyer[others],
        period=pairs.period[others],
        energy_wh=pairs.quantity[others],
        price_rp_per_mwh=decision.price_rp_per_mwh[of_buyer],
        distance_m=_distances_m(tree, offers.bus[of_seller], offers.bus[of_buyer], pairs.bus[others]),
    )


def _distances_m(tree, one, other, common):
    """Lengths of the ways between buses along the lines, by way of the bus that both have above them."""
    depth_m = np.zeros(len(tree.parent), np.int64)
    for bus in tree.from_root()[1:]:
        depth_m[bus] = depth_m[tree.parent[bus]] + tree.length_m[bus]
    return depth_m[one] + depth_m[other] - 2 * depth_m[common]
