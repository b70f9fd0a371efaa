"""Which strategy each node has chosen, and who is to bid."""

import numpy as np

from trading.strategies.models import StrategyChoice

BIDDER = np.dtype(
    [("node", "i8"), ("consumer", "?"), ("bus", "i8"), ("fee", "i8"), ("capacity_w", "i8"), ("limit", "i8")]
)


def of(node):
    """What was chosen for a node; None as long as nothing was."""
    return StrategyChoice.objects.filter(node=node).first()


def names_of(*, node_ids):
    """The strategy of each of these nodes that has chosen one."""
    return dict(StrategyChoice.objects.filter(node__in=node_ids).values_list("node_id", "strategy"))


def bidders(*, auction):
    """Whose strategy is active where an auction is held: rows of BIDDER by node, and the strategies."""
    chosen = StrategyChoice.objects.filter(active=True, node__bus__dso=auction.market.dso_id)
    sizes = ("node__bus__position", "node__withdrawal_fee_rp_per_mwh", "node__connection_capacity_w")
    columns = ("node_id", "node__side", *sizes, "limit_price_rp_per_mwh", "strategy")
    rows = list(chosen.order_by("node_id").values_list(*columns))
    table = [(node, side == "consumer", *sizes, limit or 0) for node, side, *sizes, limit, _ in rows]
    return np.array(table, BIDDER), np.array([row[-1] for row in rows], object)
