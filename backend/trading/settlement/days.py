"""A node's settled days: what its meter counted, what of it was the community's, and what that cost.

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
# operator curtailed was not traded.
DAYS = """
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
    SELECT decided.auction_id, decided.delivery_starts_at, decided.step, asked.direction, part.*
    FROM asked CROSS JOIN decided
    JOIN results_noderesult part ON part.result_id = decided.id AND part.node_id = asked.node_id
), cut AS MATERIALIZED (
    SELECT curtailment.auction_id, cut.order_id, each.period, each.wh
    FROM schedules_curtailedorder cut
    JOIN asked ON asked.node_id = cut.node_id
    JOIN schedules_curtailment curtailment ON curtailment.id = cut.curtailment_id
    CROSS JOIN LATERAL unnest(cut.periods, cut.cut_wh) AS each (period, wh)
), traded AS (
    SELECT got.node_id, got.delivery_starts_at + line.period * got.step AS starts_at,
           sum(CASE WHEN line.buys THEN 1 ELSE -1 END::bigint * (line.wh - coalesce(cut.wh, 0))
               * (line.price + line.fee)) AS cost_urp,
           sum(CASE WHEN line.buys THEN 1 ELSE -1 END::bigint * (line.wh - coalesce(cut.wh, 0))
               * line.fee) AS fees_urp
    FROM got
    CROSS JOIN LATERAL unnest(got.buys, got.periods, got.accepted_wh, got.prices_rp_per_mwh,
                              got.fees_rp_per_mwh, got.orders) AS line (buys, period, wh, price, fee, number)
    LEFT JOIN cut ON cut.auction_id = got.auction_id AND cut.order_id = line.number
                 AND cut.period = line.period
    GROUP BY 1, 2
), with_utility AS (
    SELECT got.node_id, got.delivery_starts_at + supply.period * got.step AS starts_at,
           sum(CASE WHEN supply.supplies THEN supply.wh ELSE -supply.wh END * got.direction) AS wh
    FROM got
    CROSS JOIN LATERAL unnest(got.partner_nodes, got.partner_supplies, got.partner_periods, got.partner_wh)
        AS supply (node, supplies, period, wh)
    WHERE supply.node = ANY(%(utility)s)
    GROUP BY 1, 2
), settled AS (
    SELECT node_id, starts_at, abs(metered_wh) AS wh, -scheduled_wh * direction AS scheduled_wh,
           greatest(-netted_wh * direction, 0) AS netted_wh,
           -netting_urp - energy_urp - fee_urp AS cost_urp, -fee_urp AS fees_urp
    FROM asked JOIN settlement_imbalance USING (node_id)
    WHERE starts_at >= %(starts_at)s AND starts_at < %(ends_at)s
)
SELECT settled.node_id, (settled.starts_at AT TIME ZONE %(zone)s)::date AS day,
       sum(settled.wh)::bigint AS metered_wh,
       sum(least(greatest(settled.scheduled_wh - coalesce(with_utility.wh, 0), 0) + settled.netted_wh,
                 settled.wh))::bigint AS community_wh,
       sum(settled.cost_urp + coalesce(traded.cost_urp, 0))::bigint AS cost_urp,
       sum(settled.fees_urp + coalesce(traded.fees_urp, 0))::bigint AS fees_urp
FROM settled
LEFT JOIN traded USING (node_id, starts_at)
LEFT JOIN with_utility USING (node_id, starts_at)
GROUP BY settled.node_id, day ORDER BY settled.node_id, day
"""

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


def of(*, node, starts_at, ends_at):
    """A node's local days in a span of time as they are now: (day, metered, community, cost, fees)."""
    with connection.cursor() as cursor:
        cursor.execute(DAYS, _asked(node.bus.dso_id, [node.pk], starts_at, ends_at))
        return [row[1:] for row in cursor.fetchall()]


def _asked(dso, nodes, starts_at, ends_at):
    utility = Node.objects.filter(bus__dso=dso, customer__is_utility=True)
    return {
        "dso": dso,
        "nodes": nodes,
        "utility": list(utility.values_list("pk", flat=True)),
        "starts_at": starts_at,
        "ends_at": ends_at,
        "zone": calendar.ZONE.key,
    }
