"""Write what must flow."""

from django.db import connection

# One row per node: its orders' accepted quantities, summed per period, injection positive. Periods that
# no order of the node covers are zeros, so that every row has one number per period of the auction.
WRITE = """
INSERT INTO schedules_schedule (auction_id, node_id, starts_at, scheduled_wh)
SELECT %(auction)s, covered.node_id, %(starts_at)s, array_agg(covered.wh ORDER BY covered.period)
FROM (
    SELECT node.node_id, period.period, coalesce(sum(accepted.wh), 0)::int AS wh
    FROM (SELECT DISTINCT node_id FROM results_orderresult WHERE result_id = %(result)s) node
    CROSS JOIN generate_series(0, %(periods)s - 1) AS period (period)
    LEFT JOIN (
        SELECT got.node_id, each.period, CASE orders.side WHEN 'sell' THEN each.wh ELSE -each.wh END AS wh
        FROM results_orderresult got
        JOIN orders_order orders ON orders.id = got.order_id
        CROSS JOIN LATERAL unnest(got.periods, got.accepted_wh) AS each (period, wh)
        WHERE got.result_id = %(result)s
    ) accepted ON accepted.node_id = node.node_id AND accepted.period = period.period
    GROUP BY node.node_id, period.period
) covered
GROUP BY covered.node_id
ON CONFLICT (auction_id, node_id) DO NOTHING
"""


def write(*, auction, result):
    """Write each node's schedule from an auction's result; safe to repeat. Return how many are new."""
    with connection.cursor() as cursor:
        cursor.execute(
            WRITE,
            {
                "auction": auction.pk,
                "result": result.pk,
                "starts_at": auction.delivery_starts_at,
                "periods": auction.period_count,
            },
        )
        return cursor.rowcount
