"""The statements behind the figures: sums per local day in exact integers (µRp, Wh)."""

from trading.markets.queries import SHOWN

# A settled day's day-ahead prices at all buses, instead of what was added up before.
ADD_UP_PRICES = """
INSERT INTO metrics_marketday (dso_id, day, traded_wh, periods, amounts_urp, prices_rp_per_mwh)
SELECT %(dso)s, %(day)s, min(of_bus.traded_wh), min(of_bus.periods),
       array_agg(of_bus.amount_urp ORDER BY of_bus.place), array_agg(of_bus.price ORDER BY of_bus.place)
FROM (
    SELECT bus.place, sum(period.traded_wh)::bigint AS traded_wh, count(*) AS periods,
           sum(bus.price::bigint * period.traded_wh)::bigint AS amount_urp, sum(bus.price)::bigint AS price
    FROM markets_auction auction
    JOIN markets_market market ON market.id = auction.market_id
    JOIN results_result result ON result.auction_id = auction.id AND result.final
    JOIN results_periodresult period ON period.result_id = result.id
    CROSS JOIN LATERAL unnest(period.prices_rp_per_mwh) WITH ORDINALITY AS bus (price, place)
    WHERE market.dso_id = %(dso)s AND market.delivery_minutes IS NULL
      AND auction.state IN ('published', 'settled') AND auction.delivery_day = %(day)s
    GROUP BY bus.place
) of_bus
HAVING count(*) > 0
ON CONFLICT (dso_id, day) DO UPDATE SET (traded_wh, periods, amounts_urp, prices_rp_per_mwh)
    = (excluded.traded_wh, excluded.periods, excluded.amounts_urp, excluded.prices_rp_per_mwh)
"""

# The quarter hours of a span that day-ahead auctions decided.
DECIDED = """
FROM markets_auction auction
JOIN markets_market market ON market.id = auction.market_id
JOIN results_result result ON result.auction_id = auction.id AND result.final
JOIN results_periodresult period ON period.result_id = result.id
WHERE market.dso_id = %(dso)s AND market.delivery_minutes IS NULL
  AND auction.state IN ('published', 'settled') AND auction.delivery_starts_at < %(ends_at)s
  AND auction.delivery_starts_at >= %(starts_at)s - interval '25 hours'
  AND auction.delivery_ends_at > %(starts_at)s
  AND period.starts_at >= %(starts_at)s AND period.starts_at < %(ends_at)s
"""

# The day-ahead prices at a bus, averaged by the energy that all traded, and plainly for days without trade.
MARKET_PRICES = f"""
SELECT auction.delivery_day,
       sum(period.prices_rp_per_mwh[%(place)s]::bigint * period.traded_wh)::numeric AS amount_urp,
       sum(period.traded_wh)::bigint AS traded_wh,
       sum(period.prices_rp_per_mwh[%(place)s])::bigint AS prices,
       count(*) AS periods
{DECIDED}GROUP BY auction.delivery_day ORDER BY auction.delivery_day
"""

# The day-ahead prices at a bus, quarter hour by quarter hour.
QUARTER_PRICES = f"""
SELECT period.starts_at, period.prices_rp_per_mwh[%(place)s]
{DECIDED}"""

# By local day: how sure a node's readings are, how much of the day is settled, and what differed from its
# schedule. A difference is positive where the meter counted more than was scheduled.
BALANCES = """
WITH reading AS (
    SELECT (starts_at AT TIME ZONE %(zone)s)::date AS day,
           count(*) FILTER (WHERE quality = 'estimated') AS estimated,
           count(*) FILTER (WHERE quality = 'provisional') AS provisional
    FROM metering_meterreading
    WHERE node_id = %(node)s AND starts_at >= %(starts_at)s AND starts_at < %(ends_at)s GROUP BY day
), balance AS (
    SELECT (starts_at AT TIME ZONE %(zone)s)::date AS day, count(*) AS settled,
           sum(greatest(imbalance_wh * %(sign)s, 0))::bigint AS more_wh,
           sum(greatest(-imbalance_wh * %(sign)s, 0))::bigint AS less_wh,
           sum(-netting_urp - energy_urp - fee_urp)::bigint AS cost_urp
    FROM settlement_imbalance
    WHERE node_id = %(node)s AND starts_at >= %(starts_at)s AND starts_at < %(ends_at)s GROUP BY day
)
SELECT day, estimated, provisional, coalesce(settled, 0), coalesce(more_wh, 0), coalesce(less_wh, 0),
       coalesce(cost_urp, 0)
FROM reading LEFT JOIN balance USING (day) ORDER BY day
"""

SUMMARISED_PRICES = """
SELECT day, amounts_urp[%(place)s], traded_wh, prices_rp_per_mwh[%(place)s], periods
FROM metrics_marketday WHERE dso_id = %(dso)s AND day BETWEEN %(first)s AND %(last)s
"""

# A node by its public name: whose it is and where, its line fees to and from the border, and all tariffs.
FACTS = """
WITH RECURSIVE asked AS (
    SELECT node.id, node.side, node.withdrawal_fee_rp_per_mwh, bus.position, bus.dso_id, bus.id AS bus_id
    FROM grid_node node JOIN grid_bus bus ON bus.id = node.bus_id WHERE node.public_id = %(node)s
), way AS (
    SELECT line.towards_id, line.fee_down_rp_per_mwh, line.fee_up_rp_per_mwh
    FROM asked JOIN grid_line line ON line.bus_id = asked.bus_id
    UNION ALL
    SELECT line.towards_id, line.fee_down_rp_per_mwh, line.fee_up_rp_per_mwh
    FROM way JOIN grid_line line ON line.bus_id = way.towards_id
), fees AS (
    SELECT coalesce(sum(fee_down_rp_per_mwh), 0) AS down, coalesce(sum(fee_up_rp_per_mwh), 0) AS up FROM way
), tariffs AS (
    SELECT array_agg(valid_from ORDER BY valid_from) AS valid_from,
           array_agg(retail_energy_rp_per_mwh ORDER BY valid_from) AS retail,
           array_agg(feed_in_rp_per_mwh ORDER BY valid_from) AS feed_in
    FROM grid_tariff WHERE dso_id = (SELECT dso_id FROM asked)
)
SELECT asked.id, asked.side, asked.withdrawal_fee_rp_per_mwh, asked.position, asked.dso_id, dso.name,
       fees.down, fees.up, tariffs.valid_from, tariffs.retail, tariffs.feed_in
FROM asked JOIN grid_distributionsystemoperator dso ON dso.id = asked.dso_id
CROSS JOIN fees CROSS JOIN tariffs
"""

# By month, as texts: the figures of a node on its settled days, and of which days its operator's prices are
# added up.
MONTHS = """
SELECT array_agg(day)::text, array_agg(metered_wh)::text,
       array_agg(community_wh)::text, array_agg(cost_urp)::text, array_agg(fees_urp)::text
FROM (
    SELECT * FROM settlement_nodeday
    WHERE node_id = %(node)s AND day >= %(first)s AND day < %(end)s ORDER BY day
) own
GROUP BY date_trunc('month', day)
UNION ALL
SELECT array_agg(day)::text, NULL, NULL, NULL, NULL
FROM (
    SELECT day FROM metrics_marketday
    WHERE dso_id = %(dso)s AND day >= %(first)s AND day < %(begun)s ORDER BY day
) market
GROUP BY date_trunc('month', day)
"""


def _state(*, node, dso, starts_at, ends_at):
    """What decides how much of a span of time is settled for a node, and what was traded in it.

    The numbers of its imbalances, of the published auctions, of which no result changes any more, and of what
    was curtailed. Each sum grows whenever anything changes.
    """
    return f"""
WITH decided AS (
    SELECT auction.id
    FROM markets_market market JOIN markets_auction auction ON auction.market_id = market.id
    WHERE market.dso_id = {dso} AND auction.state IN ('published', 'settled')
      AND auction.delivery_starts_at < {ends_at}
      AND auction.delivery_starts_at
          > {starts_at} - make_interval(mins => coalesce(market.delivery_minutes, 25 * 60))
      AND auction.delivery_ends_at > {starts_at}
)
SELECT (SELECT sum(number) FROM settlement_imbalance
        WHERE node_id = {node} AND starts_at >= {starts_at} AND starts_at < {ends_at}) AS imbalances,
       (SELECT sum(id) FROM decided) AS auctions,
       (SELECT sum(id) FROM schedules_curtailment
        WHERE auction_id = ANY(ARRAY(SELECT id FROM decided))) AS curtailments
"""  # nosec B608: names of our own


STATE = _state(node="%(node)s", dso="%(dso)s", starts_at="%(starts_at)s", ends_at="%(ends_at)s")
_STATES = _state(node="asked.id", dso="asked.dso_id", starts_at="span.starts_at", ends_at="span.ends_at")

# So few that they are planned once for all requests; mostly there is one, today.
SPANS = 2

# What the exchange's clock shows, and as one text all that the figures of a node in a span of days depend on:
# itself, what it shares with others, how often which of its days were stored, and the state of the spans that
# are not added up.
VOUCHER = f"""
WITH asked AS MATERIALIZED (
    SELECT node.id, node.side, node.withdrawal_fee_rp_per_mwh, bus.position, bus.dso_id, bus.id AS bus_id,
           dso.name
    FROM grid_node node
    JOIN grid_bus bus ON bus.id = node.bus_id
    JOIN grid_distributionsystemoperator dso ON dso.id = bus.dso_id
    WHERE node.public_id = %(node)s
)
SELECT {SHOWN}, ROW(
    asked.*,
    (SELECT number FROM metrics_revision WHERE dso_id = asked.dso_id),
    (SELECT ROW(count(*), sum(revision)) FROM settlement_nodeday
     WHERE node_id = asked.id AND day >= %(first)s AND day < %(end)s),
    ARRAY(SELECT state::text
          FROM (SELECT * FROM unnest(%(opens)s, %(closes)s) AS span (starts_at, ends_at) LIMIT {SPANS}) span
          CROSS JOIN LATERAL ({_STATES}) state)
)::text
FROM asked
"""  # nosec B608: statements of ours within another
