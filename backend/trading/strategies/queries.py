"""Which strategy each node has chosen, and who is to bid."""

import numpy as np
from django.db import connection

from trading.strategies.models import StrategyChoice

BIDDER = np.dtype(
    [("node", "i8"), ("consumer", "?"), ("bus", "i8"), ("fee", "i8"), ("capacity_w", "i8"), ("limit", "i8")]
)
BIDDERS = """
SELECT node.id, node.side = 'consumer', bus.position, node.withdrawal_fee_rp_per_mwh,
       node.connection_capacity_w, coalesce(choice.limit_price_rp_per_mwh, 0), choice.strategy
FROM strategies_strategychoice choice
JOIN grid_node node ON node.id = choice.node_id
JOIN grid_bus bus ON bus.id = node.bus_id
WHERE choice.active AND bus.dso_id = %s
ORDER BY node.id
"""


def of(node):
    """What was chosen for a node; None as long as nothing was."""
    return StrategyChoice.objects.filter(node=node).first()


def bidders(*, dso):
    """Whose strategy is active at a grid operator's nodes: rows of BIDDER by node, and the strategies."""
    with connection.cursor() as cursor:
        cursor.execute(BIDDERS, [dso])
        rows = cursor.fetchall()
    return np.array([row[:-1] for row in rows], BIDDER), np.array([row[-1] for row in rows], object)
