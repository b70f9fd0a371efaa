"""A node's settled time: what its meter counted, what of it was the community's, and what that cost.

A day that is settled as a whole is added up once and stored; a correction adds it up anew. What is not stored
is added up when it is asked for, by the same statement.
"""

from django.db import connection, transaction

from trading.grid.models import Node
from trading.markets import calendar

# Quarter hours count once they are settled: metered, and the difference to the schedule paid. `direction` is
# 1 for a consumer and −1 for a producer, so that energy in the node's own direction is positive; a cost is
# negative where it earns. What did not come from or go to the utility is the community's, and so is what
# neighbours' deviations netted, at most what the meter counted; all else is the network's. What the grid
# operator curtailed was not traded. What is known of a quarter hour is stacked and added up rather than
# joined: while tables fill faster than they are analysed, a join would be planned as if there were but a row.
SETTLED = """
WITH asked AS (
    SELECT id AS node_id, CASE side WHEN 'consumer' THEN 1 ELSE -1 END AS direction
    FROM grid_node WHERE id = ANY(%(nodes)s)
), decided AS MATERIALIZED (
    SELECT result.id, result.auction_id, auction.delivery_starts_at,
           make_interval(mins => market.period_minutes) AS step
    FROM markets_auction auction
    JOIN markets_market market ON market.id = auction.market_id
    JOIN results_result result ON result.auction_id = auction.id AND result.final
    WHERE market.dso_id = %(dso)s AND auction.state IN ('published', 'settled')
      AND auction.delivery_starts_at < %(ends_at)s
      AND auction.delivery_starts_at >= %(starts_at)s - interval '25 hours'
      AND auction.delivery_ends_at > %(starts_at)s
), got AS MATERIALIZED (
    SELECT decided.auction_id, decided.delivery_starts_at, decided.step, part.*
    FROM results_noderesult part JOIN decided ON decided.id = part.result_id
    WHERE part.result_id = ANY(ARRAY(SELECT id FROM decided)) AND part.node_id = ANY(%(nodes)s)
), cut AS MATERIALIZED (
    SELECT curtailment.auction_id, cut.order_id, each.period, each.wh
    FROM schedules_curtailment curtailment
    JOIN schedules_curtailedorder cut ON cut.curtailment_id = curtailment.id
    CROSS JOIN LATERAL unnest(cut.periods, cut.cut_wh) AS each (period, wh)
    WHERE curtailment.auction_id = ANY(ARRAY(SELECT auction_id FROM decided))
      AND cut.node_id = ANY(%(nodes)s)
), known AS (
    SELECT node_id, starts_at, metered_wh, scheduled_wh, netted_wh, 0 AS utility_wh,
           -netting_urp - energy_urp - fee_urp AS cost_urp, -fee_urp AS fees_urp
    FROM settlement_imbalance
    WHERE node_id = ANY(%(nodes)s) AND starts_at >= %(starts_at)s AND starts_at < %(ends_at)s
    UNION ALL
    SELECT got.node_id, got.delivery_starts_at + line.period * got.step, NULL, 0, 0, 0,
           flowed.wh * (line.price + line.fee), flowed.wh * line.fee
    FROM got
    CROSS JOIN LATERAL unnest(got.buys, got.periods, got.accepted_wh, got.prices_rp_per_mwh,
                              got.fees_rp_per_mwh, got.orders) AS line (buys, period, wh, price, fee, number)
    LEFT JOIN cut ON cut.auction_id = got.auction_id AND cut.order_id = line.number
                 AND cut.period = line.period
    CROSS JOIN LATERAL (
        SELECT CASE WHEN line.buys THEN 1 ELSE -1 END::bigint * (line.wh - coalesce(cut.wh, 0)) AS wh
    ) flowed
    UNION ALL
    SELECT got.node_id, got.delivery_starts_at + supply.period * got.step, NULL, 0, 0,
           CASE WHEN supply.supplies THEN supply.wh ELSE -supply.wh END, 0, 0
    FROM got
    CROSS JOIN LATERAL unnest(got.partner_nodes, got.partner_supplies, got.partner_periods, got.partner_wh)
        AS supply (node, supplies, period, wh)
    WHERE supply.node = ANY(ARRAY(
        SELECT node.id FROM grid_node node
        JOIN grid_customer customer ON customer.id = node.customer_id
        WHERE customer.dso_id = %(dso)s AND customer.is_utility))
), settled AS (
    SELECT node_id, starts_at, abs(sum(metered_wh)) AS wh, sum(scheduled_wh) AS scheduled_wh,
           sum(netted_wh) AS netted_wh, sum(utility_wh) AS utility_wh,
           sum(cost_urp) AS cost_urp, sum(fees_urp) AS fees_urp
    FROM known GROUP BY node_id, starts_at HAVING count(metered_wh) > 0
)
"""
COMMUNITY_WH = """least(wh, greatest(-(scheduled_wh + utility_wh) * direction, 0)
                                + greatest(-netted_wh * direction, 0))"""
DAYS = f"""{SETTLED}
SELECT node_id, (starts_at AT TIME ZONE %(zone)s)::date AS day, sum(wh)::bigint AS metered_wh,
       sum({COMMUNITY_WH})::bigint AS community_wh,
       sum(cost_urp)::bigint AS cost_urp, sum(fees_urp)::bigint AS fees_urp
FROM settled JOIN asked USING (node_id)
GROUP BY node_id, day ORDER BY node_id, day
"""  # nosec B608: statements of ours within one another
QUARTERS = f"""{SETTLED}
SELECT starts_at, wh::bigint, (-scheduled_wh * direction)::bigint, ({COMMUNITY_WH})::bigint, cost_urp::bigint
FROM settled JOIN asked USING (node_id) ORDER BY starts_at
"""  # nosec B608

ADD_UP = f"""
INSERT INTO settlement_nodeday (node_id, day, metered_wh, community_wh, cost_urp, fees_urp)
{DAYS}
ON CONFLICT (node_id, day) DO UPDATE SET (metered_wh, community_wh, cost_urp, fees_urp)
    = (excluded.metered_wh, excluded.community_wh, excluded.cost_urp, excluded.fees_urp)
"""  # nosec B608: one statement of ours within another


@transaction.atomic(savepoint=False)
def add_up(*, dso, day):
    """Store a settled local day of every node, instead of what was stored before."""
    starts_at, ends_at = calendar.delivery_day(day)
    metered = Node.objects.filter(bus__dso=dso, customer__is_utility=False)
    asked = _asked(dso.pk, list(metered.values_list("pk", flat=True)), starts_at, ends_at)
    with connection.cursor() as cursor:
        cursor.execute(ADD_UP, asked)


def of(*, node_id, dso_id, starts_at, ends_at):
    """A node's local days in a span of time as they are now: (day, metered, community, cost, fees)."""
    with connection.cursor() as cursor:
        cursor.execute(DAYS, _asked(dso_id, [node_id], starts_at, ends_at))
        return [row[1:] for row in cursor.fetchall()]


def quarters(*, node_id, dso_id, starts_at, ends_at):
    """A node's settled quarter hours: (start, metered, scheduled, community, cost), in its own direction."""
    with connection.cursor() as cursor:
        cursor.execute(QUARTERS, _asked(dso_id, [node_id], starts_at, ends_at))
        return cursor.fetchall()


def _asked(dso, nodes, starts_at, ends_at):
    return {
        "dso": dso,
        "nodes": nodes,
        "starts_at": starts_at,
        "ends_at": ends_at,
        "zone": calendar.ZONE.key,
    }
