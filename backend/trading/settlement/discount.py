"""What a month's energy of the community saved a household of the full grid tariff.

The neighbour's energy pays the withdrawal fee and the fees of the lines that it crosses, from the bus that
both lie below: it saves what that is less than the full tariff. What was curtailed did not flow; of a quarter
hour it is taken off every partner in proportion.
"""

from django.db import connection

from trading.grid import queries as grid
from trading.settlement import queries

# Energy from neighbours by the household's bus and theirs, as far as it was not curtailed.
FLOWED = """
WITH supply AS (
    SELECT result.auction_id, got.node_id, each.period, each.node AS partner_id, each.wh,
           sum(each.wh) OVER (PARTITION BY got.result_id, got.node_id, each.period) AS all_wh
    FROM markets_auction auction
    JOIN results_result result ON result.auction_id = auction.id AND result.final
    JOIN results_noderesult got ON got.result_id = result.id
    JOIN grid_node node ON node.id = got.node_id AND node.customer_id = %(customer)s
    CROSS JOIN LATERAL unnest(got.partner_nodes, got.partner_supplies, got.partner_periods, got.partner_wh)
        AS each (node, supplies, period, wh)
    WHERE auction.delivery_day BETWEEN %(first)s AND %(last)s AND auction.state IN ('published', 'settled')
      AND each.supplies
), cut AS (
    SELECT curtailment.auction_id, taken.node_id, each.period, sum(each.wh) AS wh
    FROM schedules_curtailedorder taken
    JOIN schedules_curtailment curtailment ON curtailment.id = taken.curtailment_id
    JOIN orders_order ordered ON ordered.id = taken.order_id AND ordered.side = 'buy'
    JOIN grid_node node ON node.id = taken.node_id AND node.customer_id = %(customer)s
    CROSS JOIN LATERAL unnest(taken.periods, taken.cut_wh) AS each (period, wh)
    GROUP BY 1, 2, 3
)
SELECT home.position, away.position, node.withdrawal_fee_rp_per_mwh,
       sum(div(supply.wh * greatest(supply.all_wh - coalesce(cut.wh, 0), 0), supply.all_wh))::bigint
FROM supply
JOIN grid_node node ON node.id = supply.node_id JOIN grid_bus home ON home.id = node.bus_id
JOIN grid_node partner ON partner.id = supply.partner_id JOIN grid_bus away ON away.id = partner.bus_id
JOIN grid_customer partner_customer
  ON partner_customer.id = partner.customer_id AND NOT partner_customer.is_utility
LEFT JOIN cut ON cut.auction_id = supply.auction_id AND cut.node_id = supply.node_id
             AND cut.period = supply.period
GROUP BY 1, 2, 3
"""


def urp(*, customer, month):
    """What it saved in a month, at the grid tariff of the month's end."""
    first, last = queries.first_and_last(month)
    with connection.cursor() as cursor:
        cursor.execute(FLOWED, {"customer": customer.pk, "first": first, "last": last})
        flowed = cursor.fetchall()
    if not flowed:
        return 0
    full = queries.tariff(customer=customer, month=month).grid_rp_per_mwh
    tree = grid.tree(dso=customer.dso)
    return sum(wh * max(full - fee - _way(tree, away, home), 0) for home, away, fee, wh in flowed)


def _way(tree, start, end):
    """The fees of the lines from one bus to another. [Rp/MWh]"""
    common, up, down = _common(tree, start, end), tree.border_fees_up(), tree.border_fees_down()
    return int(up[start] - up[common] + down[end] - down[common])


def _common(tree, one, other):
    """The bus nearest to both that both lie at or below."""
    above = {one}
    while tree.parent[one] >= 0:
        one = int(tree.parent[one])
        above.add(one)
    while other not in above:
        other = int(tree.parent[other])
    return other
