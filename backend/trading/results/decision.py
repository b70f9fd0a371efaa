"""One clearing, from the frozen book and the grid to proven figures: arrays in, arrays out, no database."""

from dataclasses import dataclass

import numpy as np

import clearing


class CertificateRefused(Exception):
    """A result does not prove itself and must not be stored."""


@dataclass(frozen=True, slots=True, eq=False)
class Decision:
    """What a clearing decided. Arrays over offers follow `offers`; an offer is an order in one period."""

    offers: clearing.Orders
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
        bought = np.where(self.offers.side == clearing.BUY, self.result.accepted, 0)
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


def decide(*, book, tree, periods, bounds, solve, limit_s=None):
    """Clear a book and prove the outcome, by code that knows nothing of how it was found.

    :param bounds: the lowest and the highest price at any bus
    :param solve: what clears, within so many seconds: one of `solver`
    :raises SolverFailed: no outcome was found
    :raises CertificateRefused: the outcome does not prove itself
    """
    offers = offers_of(book)
    grid = grid_of(tree)
    result = solve(offers, grid, limit_s=limit_s, periods=periods, bounds=bounds)
    refusals = clearing.certificate.check(offers, grid, result, bounds=bounds)
    if refusals:
        raise CertificateRefused("; ".join(refusals[:5]))
    at = np.searchsorted(book.order_ids, offers.order)
    line_fees_urp, congestion_rent_urp = _line_income(grid, result)
    return Decision(
        offers=offers,
        grid=grid,
        result=result,
        node=book.node_ids[at],
        fee_rp_per_mwh=book.fees_rp_per_mwh[at],
        line_fees_urp=line_fees_urp,
        congestion_rent_urp=congestion_rent_urp,
    )


def bounds_of(market, book):
    """The bounds of prices at buses: a limit there is the meter's less the fee, so it may lie below."""
    floor_rp_per_mwh = market.price_floor_rp_per_mwh - int(book.fees_rp_per_mwh.max(initial=0))
    return floor_rp_per_mwh, market.price_cap_rp_per_mwh


def offers_of(book):
    """The frozen book as the clearing takes it: a row per point."""
    order = book.point_order
    return clearing.Orders.from_rows(
        order=book.order_ids[order],
        bus=book.buses[order],
        period=book.periods,
        side=np.where(book.is_buy, clearing.BUY, clearing.SELL)[order],
        price=book.prices_rp_per_mwh,
        quantity=book.quantities_wh,
        curve=np.where(book.is_linear, clearing.LINEAR, clearing.STEP)[order],
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
    pairs = clearing.partners.attribute(offers, decision.grid, decision.result)
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
