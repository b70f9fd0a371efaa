"""What all wanted together in one period of a published auction: demand and supply over the price at one bus.

Nobody's own steps can be read from it: quantities are added up over everybody, prices laid together, and
where a side holds fewer than `FEWEST` households, but at least one, nothing is shown. Not the other side
either: at the price that cleared both are the same. Block orders are not in it, since a block has no quantity
of its own in one period.
"""

from dataclasses import dataclass

import numpy as np
from django.db import connection

from trading.grid import queries as grid

FEWEST = 5  # households of a side, so that none can be made out
LAID_TOGETHER_RP_PER_MWH = 100  # 0.1 Rp./kWh
NOT_SHOWN = ((), ())

# The book that was cleared, as steps at the meter. The points of a linear curve say what is wanted in all at
# their price; between two of them it is drawn as a step.
BOOK = """
WITH point AS (
    SELECT ordered.node_id, ordered.side, ordered.fee_rp_per_mwh AS fee, point.price,
           point.quantity - CASE WHEN ordered.curve = 'linear' THEN coalesce(
               CASE ordered.side WHEN 'sell' THEN lag(point.quantity) OVER steps
                                 ELSE lead(point.quantity) OVER steps END, 0) ELSE 0 END AS quantity
    FROM orders_order ordered
    CROSS JOIN unnest(ordered.periods, ordered.prices_rp_per_mwh, ordered.quantities_wh)
        AS point (period, price, quantity)
    WHERE ordered.auction_id = %(auction)s AND ordered.state <> 'cancelled' AND ordered.kind = 'curve'
      AND NOT EXISTS (SELECT FROM orders_quarantinedorder aside WHERE aside.order_id = ordered.id)
      AND point.period = %(period)s
    WINDOW steps AS (PARTITION BY ordered.id ORDER BY point.price)
), step AS (
    SELECT * FROM point WHERE quantity > 0
)
"""
# Steps at the bus: limits less the fee that the orderer pays for withdrawing.
STEPS = f"""{BOOK}
SELECT bus.position, step.side = 'buy', step.price - step.fee, sum(step.quantity)::bigint
FROM step JOIN grid_node node ON node.id = step.node_id JOIN grid_bus bus ON bus.id = node.bus_id
GROUP BY 1, 2, 3
"""  # nosec B608: one statement of ours within another
HOUSEHOLDS = f"""{BOOK}
SELECT step.side, count(DISTINCT customer.id)
FROM step JOIN grid_node node ON node.id = step.node_id
JOIN grid_customer customer ON customer.id = node.customer_id
WHERE NOT customer.is_utility AND NOT customer.is_flexibility
GROUP BY 1
"""  # nosec B608: one statement of ours within another
OWN = f"""{BOOK}
SELECT side, price, sum(quantity)::bigint FROM step WHERE node_id = %(node)s
GROUP BY 1, 2 ORDER BY 1, 2
"""  # nosec B608: one statement of ours within another


@dataclass(frozen=True, slots=True)
class Curves:
    """Steps as (price at the bus, quantity), demand from the highest price, supply from the lowest.

    `own` are the node's own steps, as (side, price at its meter, quantity).
    """

    demand: tuple
    supply: tuple
    own: tuple
    shown: bool


def of(*, auction, period, node):
    """The curves of one period, laid to the prices at the bus of a node."""
    asked = {"auction": auction.pk, "period": period, "node": node.pk}
    with connection.cursor() as cursor:
        cursor.execute(HOUSEHOLDS, asked)
        shown = all(count >= FEWEST for _, count in cursor.fetchall())
        cursor.execute(OWN, asked)
        own = tuple(cursor.fetchall())
        cursor.execute(STEPS, asked)
        rows = np.array(cursor.fetchall(), np.int64).reshape(-1, 4)
    demand, supply = _laid(rows, node.bus, auction) if shown else NOT_SHOWN
    return Curves(demand, supply, own, shown)


def _laid(rows, bus, auction):
    """Both curves at one bus: what a way costs is added to what is offered, and taken off what is bid."""
    there, back = grid.tree(dso=auction.market.dso_id).fees_of_ways(bus.position)
    position, buys, price, quantity = rows.T
    price = np.where(buys, price - back[position], price + there[position])
    buys = buys.astype(bool)
    return _steps(price[buys], quantity[buys])[::-1], _steps(price[~buys], quantity[~buys])


def _steps(price, quantity):
    laid = (price + LAID_TOGETHER_RP_PER_MWH // 2) // LAID_TOGETHER_RP_PER_MWH * LAID_TOGETHER_RP_PER_MWH
    prices, places = np.unique(laid, return_inverse=True)
    total = np.zeros(len(prices), np.int64)
    np.add.at(total, places, quantity)
    return tuple(zip(prices.tolist(), total.tolist(), strict=True))
