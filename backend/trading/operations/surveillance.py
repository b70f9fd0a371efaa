"""Trades and orders of a day that a person should look at: found by their pattern, judged by people."""

from dataclasses import dataclass

from django.db import connection

from trading.orders.queries import BY_PEOPLE

SELF_TRADE, CIRCLE, MIRRORED, LAYERING = "self-trade", "circle", "mirrored-orders", "late-cancellations"
UNLIKE_PAST = "unlike-own-past"
# Below these a pattern is chance: neighbours with roofs and batteries often sell to each other.
LEAST_WH, LEAST_AUCTIONS = 1_000, 3
LATE_S, LATE_SHARE_PERCENT = 60, 50
MOST_TIMES, PAST_DAYS = 3, 28  # an order of more than so many times one's greatest quarter hour

# Who supplied whom in each quarter hour, by customer.
SUPPLIES = """
WITH supplied AS (
    SELECT period.starts_at, seller.customer_id AS seller, buyer.customer_id AS buyer,
        sum(one.wh)::bigint AS wh
    FROM markets_auction auction
    JOIN markets_market market ON market.id = auction.market_id
    JOIN results_result result ON result.auction_id = auction.id AND result.final
    JOIN results_noderesult mine ON mine.result_id = result.id
    CROSS JOIN LATERAL unnest(
        mine.partner_nodes, mine.partner_supplies, mine.partner_periods, mine.partner_wh
    ) AS one (node_id, supplies, period, wh)
    JOIN results_periodresult period ON period.result_id = result.id AND period.period = one.period
    JOIN grid_node buyer ON buyer.id = mine.node_id
    JOIN grid_node seller ON seller.id = one.node_id
    WHERE market.dso_id = %(dso)s AND auction.delivery_day = %(day)s AND one.supplies AND one.wh > 0
    GROUP BY period.starts_at, seller, buyer
)
"""
SELF_TRADES = f"""{SUPPLIES}
SELECT customer.number, customer.number, count(*), sum(wh)::bigint
FROM supplied JOIN grid_customer customer ON customer.id = seller
WHERE seller = buyer AND NOT customer.is_utility
GROUP BY customer.number HAVING sum(wh) >= %(least_wh)s ORDER BY customer.number
"""  # nosec B608: our own text alone
CIRCLES = f"""{SUPPLIES}
SELECT one.number, other.number, count(*), sum(least(there.wh, back.wh))::bigint
FROM supplied there
JOIN supplied back
    ON back.starts_at = there.starts_at AND back.seller = there.buyer AND back.buyer = there.seller
JOIN grid_customer one ON one.id = there.seller
JOIN grid_customer other ON other.id = there.buyer
WHERE there.seller < there.buyer AND NOT one.is_utility AND NOT other.is_utility
GROUP BY one.number, other.number HAVING sum(least(there.wh, back.wh)) >= %(least_wh)s
ORDER BY one.number, other.number
"""  # nosec B608: our own text alone
# Nobody looks into a book that is closed and not yet cleared, the operator included.
ENDED = "auction.state IN ('published', 'settled', 'cancelled')"
# By hand or by program alone: strategies bid alike because they follow one rule.
MIRRORED_ORDERS = f"""
SELECT seller.number, buyer.number, count(DISTINCT sale.auction_id), sum(sale.ordered_wh)::bigint
FROM markets_auction auction
JOIN markets_market market ON market.id = auction.market_id
JOIN orders_order sale ON sale.auction_id = auction.id AND sale.side = 'sell' AND sale.{BY_PEOPLE}
JOIN orders_order bid ON bid.auction_id = auction.id AND bid.side = 'buy' AND bid.{BY_PEOPLE}
    AND bid.periods = sale.periods AND bid.quantities_wh = sale.quantities_wh
JOIN grid_node seller_node ON seller_node.id = sale.node_id
JOIN grid_node buyer_node ON buyer_node.id = bid.node_id
JOIN grid_customer seller ON seller.id = seller_node.customer_id
JOIN grid_customer buyer ON buyer.id = buyer_node.customer_id
WHERE market.dso_id = %(dso)s AND auction.delivery_day = %(day)s AND {ENDED} AND seller.id <> buyer.id
    AND sale.state = 'open' AND bid.state = 'open'
GROUP BY seller.number, buyer.number HAVING count(DISTINCT sale.auction_id) >= %(least_auctions)s
ORDER BY seller.number, buyer.number
"""  # nosec B608: our own text alone
LATE_CANCELLATIONS = f"""
SELECT customer.number, customer.number, count(*) FILTER (WHERE late),
    sum(ordered_wh) FILTER (WHERE late)::bigint
FROM (
    SELECT entered.node_id, entered.ordered_wh, entered.state = 'cancelled'
        AND entered.cancelled_at >= auction.gate_closes_at - make_interval(secs => %(late_s)s) AS late
    FROM orders_order entered
    JOIN markets_auction auction ON auction.id = entered.auction_id
    JOIN markets_market market ON market.id = auction.market_id
    WHERE market.dso_id = %(dso)s AND auction.delivery_day = %(day)s AND {ENDED} AND entered.{BY_PEOPLE}
) each
JOIN grid_node node ON node.id = node_id
JOIN grid_customer customer ON customer.id = node.customer_id
GROUP BY customer.number
HAVING sum(ordered_wh) FILTER (WHERE late) >= greatest(%(least_wh)s, sum(ordered_wh) * %(late_percent)s / 100)
ORDER BY customer.number
"""  # nosec B608: our own text alone
UNLIKE_OWN_PAST = f"""
SELECT customer.number, customer.number, count(DISTINCT entered.id), max(point.wh)::bigint
FROM markets_auction auction
JOIN markets_market market ON market.id = auction.market_id
JOIN orders_order entered ON entered.auction_id = auction.id AND entered.{BY_PEOPLE}
CROSS JOIN LATERAL (
    SELECT CASE entered.curve WHEN 'linear' THEN max(wh) ELSE sum(wh) END AS wh
    FROM unnest(entered.periods, entered.quantities_wh) AS each (period, wh)
    GROUP BY period ORDER BY wh DESC LIMIT 1
) point
JOIN grid_node node ON node.id = entered.node_id
JOIN grid_customer customer ON customer.id = node.customer_id
CROSS JOIN LATERAL (
    SELECT max(abs(metered_wh)) AS wh FROM metering_meterreading
    WHERE node_id = node.id AND starts_at < auction.delivery_starts_at
        AND starts_at >= auction.delivery_starts_at - make_interval(days => %(past_days)s)
) greatest_ever
WHERE market.dso_id = %(dso)s AND auction.delivery_day = %(day)s AND {ENDED}
    AND point.wh >= %(least_wh)s AND point.wh > %(most_times)s * greatest_ever.wh
GROUP BY customer.number ORDER BY customer.number
"""  # nosec B608: our own text alone
PATTERNS = {
    SELF_TRADE: SELF_TRADES,
    CIRCLE: CIRCLES,
    MIRRORED: MIRRORED_ORDERS,
    LAYERING: LATE_CANCELLATIONS,
    UNLIKE_PAST: UNLIKE_OWN_PAST,
}


@dataclass(frozen=True, slots=True)
class Finding:
    """A pattern between two customers (or within one): how often, and how much energy."""

    pattern: str
    one: str
    other: str
    times: int
    energy_wh: int


def findings(*, dso, day):
    """What stands out among the trades and orders of a delivery day."""
    asked = {"dso": dso.pk, "day": day, "least_wh": LEAST_WH, "least_auctions": LEAST_AUCTIONS}
    asked |= {"late_s": LATE_S, "late_percent": LATE_SHARE_PERCENT}
    asked |= {"most_times": MOST_TIMES, "past_days": PAST_DAYS}
    found = []
    with connection.cursor() as cursor:
        for pattern, sql in PATTERNS.items():
            cursor.execute(sql, asked)
            found += [Finding(pattern, *row) for row in cursor.fetchall()]
    return found
