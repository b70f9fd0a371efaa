"""The statements behind the figures: sums per local day in exact integers (µRp, Wh)."""

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

SUMMARISED_PRICES = """
SELECT day, amounts_urp[%(place)s], traded_wh, prices_rp_per_mwh[%(place)s], periods
FROM metrics_marketday WHERE dso_id = %(dso)s AND day >= %(first)s AND day < %(end)s ORDER BY day
"""
