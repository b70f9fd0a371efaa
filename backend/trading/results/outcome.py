"""What a decision means for each node that took part: the rows of `NodeResult`, and sums over them."""

from dataclasses import dataclass

import numpy as np

import clearing
from trading import binary_copy


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """Arrays over the nodes, ascending by key, and over their lines: node i owns first[i]:first[i + 1].

    A line is one order in one period. Signs: energy injected and money received are positive.
    """

    nodes: np.ndarray
    first: np.ndarray
    orders: np.ndarray
    buys: np.ndarray
    periods: np.ndarray
    ordered_wh: np.ndarray
    accepted_wh: np.ndarray
    prices_rp_per_mwh: np.ndarray
    fees_rp_per_mwh: np.ndarray
    energy_urp: np.ndarray  # per node
    fee_urp: np.ndarray  # per node
    bought_wh: np.ndarray  # per node
    sold_wh: np.ndarray  # per node
    scheduled_wh: np.ndarray  # per node and period
    buses: np.ndarray  # keys of the buses whose lines earned something
    line_fees_urp: np.ndarray  # of these lines
    congestion_rent_urp: np.ndarray  # of these lines

    def accepted_by_order(self):
        """Each node's orders, and what each was accepted over all periods."""
        starts = np.flatnonzero(np.diff(self.orders, prepend=-1))
        accepted_wh = np.add.reduceat(self.accepted_wh, starts) if len(starts) else starts
        first = np.searchsorted(starts, self.first)
        return binary_copy.Ragged(self.orders[starts], first), accepted_wh


def of(decision, tree):
    """Lay a decision out by node."""
    offers = decision.offers
    nodes, line_node = np.unique(decision.node, return_inverse=True)
    sorting = np.lexsort((offers.period, offers.order, line_node))
    row, buys = line_node[sorting], (offers.side == clearing.BUY)[sorting]
    accepted_wh, price = decision.accepted[sorting], decision.price_rp_per_mwh[sorting]
    fee = decision.fee_rp_per_mwh[sorting]
    injected_wh, periods = np.where(buys, -accepted_wh, accepted_wh), offers.period[sorting]
    count, length = len(nodes), len(decision.result.price)
    earning = np.flatnonzero((decision.line_fees_urp != 0) | (decision.congestion_rent_urp != 0))
    return Outcome(
        nodes=nodes,
        first=np.searchsorted(row, np.arange(count + 1)),
        orders=offers.order[sorting],
        buys=buys,
        periods=periods,
        ordered_wh=offers.offered[sorting],
        accepted_wh=accepted_wh,
        prices_rp_per_mwh=price,
        fees_rp_per_mwh=fee,
        energy_urp=_sums(row, injected_wh * price, count),
        fee_urp=_sums(row, injected_wh * fee, count),
        bought_wh=_sums(row, np.where(buys, accepted_wh, 0), count),
        sold_wh=_sums(row, np.where(buys, 0, accepted_wh), count),
        scheduled_wh=_sums(row * length + periods, injected_wh, count * length).reshape(count, length),
        buses=tree.bus_ids[earning],
        line_fees_urp=decision.line_fees_urp[earning],
        congestion_rent_urp=decision.congestion_rent_urp[earning],
    )


def columns(result_id, outcome, supplied):
    """The rows of `NodeResult`, as a binary COPY takes them."""

    def lines(values, kind):
        return binary_copy.Ragged(binary_copy.narrow(values, kind), outcome.first)

    return {
        "result_id": np.full(len(outcome.nodes), result_id),
        "node_id": outcome.nodes,
        "energy_urp": outcome.energy_urp,
        "fee_urp": outcome.fee_urp,
        "orders": lines(outcome.orders, np.int64),
        "buys": lines(outcome.buys, bool),
        "periods": lines(outcome.periods, np.int16),
        "ordered_wh": lines(outcome.ordered_wh, np.int32),
        "accepted_wh": lines(outcome.accepted_wh, np.int32),
        "prices_rp_per_mwh": lines(outcome.prices_rp_per_mwh, np.int32),
        "fees_rp_per_mwh": lines(outcome.fees_rp_per_mwh, np.int32),
        **_partners(outcome.nodes, supplied),
    }


def _partners(nodes, supplied):
    """Every supply twice: as the buyer sees it, and as the seller does."""
    node = np.concatenate([supplied.buyer, supplied.seller])
    sorting = np.argsort(node, kind="stable")
    first = np.searchsorted(node[sorting], np.append(nodes, nodes[-1:] + 1))

    def supplies(values, kind):
        return binary_copy.Ragged(binary_copy.narrow(values, kind)[sorting], first)

    def twice(values, kind):
        return supplies(np.concatenate([values, values]), kind)

    return {
        "partner_nodes": supplies(np.concatenate([supplied.seller, supplied.buyer]), np.int64),
        "partner_supplies": supplies(np.arange(len(node)) < len(supplied.buyer), bool),
        "partner_periods": twice(supplied.period, np.int16),
        "partner_wh": twice(supplied.energy_wh, np.int32),
        "partner_prices_rp_per_mwh": twice(supplied.price_rp_per_mwh, np.int32),
        "partner_distances_m": twice(supplied.distance_m, np.int32),
    }


def _sums(places, values, count):
    """Exact sums of the values that fall on each place."""
    total = np.zeros(count, np.int64)
    np.add.at(total, places, values)
    return total
