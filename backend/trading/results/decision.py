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
    line_fees_urp: int
    congestion_rent_urp: int

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
    """Who supplied whom: a row per pair of nodes and period, sorted by seller, buyer and period."""

    seller: np.ndarray
    buyer: np.ndarray
    period: np.ndarray
    energy_wh: np.ndarray
    price_rp_per_mwh: np.ndarray  # at the buyer's bus
    distance_m: np.ndarray


def decide(*, book, tree, periods, bounds):
    """Clear a book and prove the outcome.

    :param bounds: the lowest and the highest price at any bus
    :raises CertificateRefused: the outcome does not prove itself
    """
    offers = offers_of(book)
    grid = grid_of(tree)
    result = clearing.clear(offers, grid, periods=periods, bounds=bounds)
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
    """What the lines earn: their fees, and the congestion rent beyond them."""
    below = np.flatnonzero(grid.parent >= 0)
    flow = result.flow[:, below]
    crossed = result.price[:, grid.parent[below]] - result.price[:, below]
    fees = np.where(flow > 0, grid.fee_up[:, below], -grid.fee_down[:, below])
    fees_urp = int((flow * fees).sum())
    return fees_urp, int((flow * crossed).sum()) - fees_urp


def supplies(decision, tree):
    """Who supplied whom: surplus meets deficit below the nearest common bus first."""
    offers, pairs = (
        decision.offers,
        clearing.partners.attribute(decision.offers, decision.grid, decision.result),
    )
    seller, buyer = decision.node[pairs.seller], decision.node[pairs.buyer]
    others = np.flatnonzero(seller != buyer)  # a node that traded with itself had no partner
    sorting = others[np.lexsort((pairs.period[others], buyer[others], seller[others]))]
    keys = np.stack([seller[sorting], buyer[sorting], pairs.period[sorting]])
    opens = np.flatnonzero(np.any(np.diff(keys, axis=1, prepend=-1) != 0, axis=0))
    first = sorting[opens]
    energy_wh = pairs.quantity[sorting]
    return Supplies(
        seller=seller[first],
        buyer=buyer[first],
        period=pairs.period[first],
        energy_wh=np.add.reduceat(energy_wh, opens) if len(opens) else energy_wh,
        price_rp_per_mwh=decision.price_rp_per_mwh[pairs.buyer[first]],
        distance_m=_distances_m(
            tree, offers.bus[pairs.seller[first]], offers.bus[pairs.buyer[first]], pairs.bus[first]
        ),
    )


def _distances_m(tree, one, other, common):
    """Lengths of the ways between buses along the lines, by way of the bus that both have above them."""
    depth_m = np.zeros(len(tree.parent), np.int64)
    for bus in tree.from_root()[1:]:
        depth_m[bus] = depth_m[tree.parent[bus]] + tree.length_m[bus]
    return depth_m[one] + depth_m[other] - 2 * depth_m[common]
