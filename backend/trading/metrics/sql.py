"""The statements behind the figures: sums per local day in exact integers (µRp, Wh)."""

# Quarter hours count once they are settled: metered, and the difference to the schedule paid. `direction` is
# 1 for a consumer and −1 for a producer, so that energy in the node's own direction is positive; a cost is
# negative where it earns. What did not come from or go to the utility is the community's, and so is what
# neighbours' deviations netted, at most what the meter counted; all else is the network's. What the grid
# operator curtailed was not traded.
DAYS = """
WITH decided AS MATERIALIZED (
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
    FROM decided JOIN results_noderesult part ON part.result_id = decided.id AND part.node_id = %(node)s
), cut AS MATERIALIZED (
    SELECT curtailment.auction_id, cut.order_id, each.period, each.wh
    FROM schedules_curtailedorder cut
    JOIN schedules_curtailment curtailment ON curtailment.id = cut.curtailment_id
    CROSS JOIN LATERAL unnest(cut.periods, cut.cut_wh) AS each (period, wh)
    WHERE cut.node_id = %(node)s
), traded AS (
    SELECT got.delivery_starts_at + line.period * got.step AS starts_at,
           sum(CASE WHEN line.buys THEN 1 ELSE -1 END::bigint * (line.wh - coalesce(cut.wh, 0))
               * (line.price + line.fee)) AS cost_urp,
           sum(CASE WHEN line.buys THEN 1 ELSE -1 END::bigint * (line.wh - coalesce(cut.wh, 0))
               * line.fee) AS fees_urp
    FROM got
    CROSS JOIN LATERAL unnest(got.buys, got.periods, got.accepted_wh, got.prices_rp_per_mwh,
                              got.fees_rp_per_mwh, got.orders) AS line (buys, period, wh, price, fee, number)
    LEFT JOIN cut ON cut.auction_id = got.auction_id AND cut.order_id = line.number
                 AND cut.period = line.period
    GROUP BY 1
), with_utility AS (
    SELECT got.delivery_starts_at + supply.period * got.step AS starts_at,
           sum(CASE WHEN supply.supplies THEN supply.wh ELSE -supply.wh END * %(direction)s) AS wh
    FROM got
    CROSS JOIN LATERAL unnest(got.partner_nodes, got.partner_supplies, got.partner_periods, got.partner_wh)
        AS supply (node, supplies, period, wh)
    WHERE supply.node = ANY(%(utility)s)
    GROUP BY 1
), settled AS (
    SELECT starts_at, abs(metered_wh) AS wh, -scheduled_wh * %(direction)s AS scheduled_wh,
           greatest(-netted_wh * %(direction)s, 0) AS netted_wh,
           -netting_urp - energy_urp - fee_urp AS cost_urp, -fee_urp AS fees_urp
    FROM settlement_imbalance
    WHERE node_id = %(node)s AND starts_at >= %(starts_at)s AND starts_at < %(ends_at)s
)
SELECT (settled.starts_at AT TIME ZONE %(zone)s)::date AS day,
       sum(settled.wh)::bigint,
       sum(least(greatest(settled.scheduled_wh - coalesce(with_utility.wh, 0), 0) + settled.netted_wh,
                 settled.wh))::bigint,
       sum(settled.cost_urp + coalesce(traded.cost_urp, 0))::bigint,
       sum(settled.fees_urp + coalesce(traded.fees_urp, 0))::bigint
FROM settled
LEFT JOIN traded ON traded.starts_at = settled.starts_at
LEFT JOIN with_utility ON with_utility.starts_at = settled.starts_at
GROUP BY day ORDER BY day
"""

# The day-ahead prices at a bus, averaged by the energy that all traded, and plainly for days without trade.
MARKET_PRICES = """
SELECT auction.delivery_day,
       sum(period.prices_rp_per_mwh[%(place)s]::bigint * period.traded_wh)::numeric AS amount_urp,
       sum(period.traded_wh)::bigint AS traded_wh,
       sum(period.prices_rp_per_mwh[%(place)s])::bigint AS prices,
       count(*) AS periods
FROM markets_auction auction
JOIN markets_market market ON market.id = auction.market_id
JOIN results_result result ON result.auction_id = auction.id AND result.final
JOIN results_periodresult period ON period.result_id = result.id
WHERE market.dso_id = %(dso)s AND market.delivery_minutes IS NULL
  AND auction.state IN ('published', 'settled') AND auction.delivery_starts_at < %(ends_at)s
  AND auction.delivery_starts_at >= %(starts_at)s - interval '25 hours'
  AND auction.delivery_ends_at > %(starts_at)s
  AND period.starts_at >= %(starts_at)s AND period.starts_at < least(%(ends_at)s, %(at)s)
GROUP BY auction.delivery_day ORDER BY auction.delivery_day
"""
