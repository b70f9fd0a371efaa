"""What a node's connection may carry in a quarter hour: in all auctions that deliver in it, together."""

import numpy as np

from shared import problems
from trading.orders.models import Order
from trading.orders.points import Points, most_wh
from trading.prepared import Prepared

# What is taken of the connections of some nodes in the periods of an auction: what its orders and those of
# other auctions that deliver meanwhile offer, and once these are decided, what is scheduled, less what the
# operator curtailed. Of an exclusive group no more is accepted than its largest. What is scheduled the one
# way frees nothing the other way: it may still be curtailed. The supplier of last resort offers all of its
# connection every time.
TAKEN = """
span AS (
    SELECT auction.id, auction.state, each.shift,
        greatest(1, 1 - each.shift) AS first_place, each.periods - each.shift AS last_place
    FROM markets_auction mine
    JOIN markets_market of_mine ON of_mine.id = mine.market_id
    JOIN markets_market market ON market.dso_id = of_mine.dso_id
    JOIN markets_auction auction ON auction.market_id = market.id
     AND auction.delivery_starts_at < mine.delivery_ends_at
     AND auction.delivery_starts_at > mine.delivery_starts_at - interval '25 hours'
     AND auction.delivery_ends_at > mine.delivery_starts_at
    CROSS JOIN LATERAL (
        SELECT (extract(epoch FROM auction.delivery_starts_at - mine.delivery_starts_at)
                / 60 / market.period_minutes)::int AS shift,
            (extract(epoch FROM mine.delivery_ends_at - mine.delivery_starts_at)
             / 60 / market.period_minutes)::int AS periods
    ) each
    WHERE mine.id = %(auction)s AND auction.state IN ('open', 'closed', 'cleared', 'published', 'settled')
), connected AS (
    SELECT node.id, customer.is_utility FROM grid_node node
    JOIN grid_customer customer ON customer.id = node.customer_id WHERE node.id = ANY(%(nodes)s)
), taken AS (
    SELECT node_id, is_buy, period, sum(wh)::bigint AS wh FROM (
        SELECT other.node_id, other.side = 'buy' AS is_buy, span.shift + point.period AS period,
            CASE WHEN other.exclusive_group <> '' OR min(other.curve) = 'linear'
                THEN max(point.wh) ELSE sum(point.wh) END AS wh
        FROM span
        JOIN orders_order other ON other.auction_id = span.id AND other.node_id = ANY(%(nodes)s)
        JOIN connected ON connected.id = other.node_id
        CROSS JOIN LATERAL unnest(other.periods, other.quantities_wh) AS point (period, wh)
        WHERE other.state = 'open' AND span.state IN ('open', 'closed', 'cleared')
            AND point.period >= span.first_place - 1 AND point.period < span.last_place
            AND CASE span.id WHEN %(auction)s THEN %(own)s ELSE NOT connected.is_utility END
        GROUP BY span.id, other.exclusive_group, CASE other.exclusive_group WHEN '' THEN other.id END,
            other.node_id, other.side, span.shift + point.period
        UNION ALL
        SELECT schedule.node_id, sum(each.wh) < 0, span.shift + span.first_place + each.place - 2,
            abs(sum(each.wh))
        FROM span
        JOIN schedules_schedule schedule
          ON schedule.auction_id = span.id AND schedule.node_id = ANY(%(nodes)s)
        JOIN connected ON connected.id = schedule.node_id AND NOT connected.is_utility
        CROSS JOIN LATERAL unnest(schedule.scheduled_wh[span.first_place:span.last_place])
            WITH ORDINALITY AS each (wh, place)
        WHERE span.state IN ('published', 'settled')
        GROUP BY schedule.node_id, span.shift + span.first_place + each.place - 2
    ) each GROUP BY node_id, is_buy, period
)
"""

_taken = Prepared(
    f"WITH {TAKEN} SELECT node_id, is_buy, period, wh FROM taken",  # nosec B608: one statement of ours within another
    auction="bigint",
    nodes="bigint[]",
    own="boolean",
)


class CapacityExceeded(Exception):
    """The node's connection cannot carry this beside what is offered and scheduled already."""

    def __init__(self, *, period, capacity_wh, free_wh, asked_wh):
        free_wh = max(free_wh, 0)
        super().__init__(
            f"In period {period} the connection has {free_wh} Wh of its {capacity_wh} Wh free; "
            f"{asked_wh} Wh are asked for."
        )
        self.params = {
            "period": period,
            "capacityWh": capacity_wh,
            "freeWh": free_wh,
            "askedWh": asked_wh,
        }


problems.register(CapacityExceeded, status=422, code="capacity-exceeded", title="Connection too small")


def capacity_wh(node, auction):
    """What a node's connection carries in one period, in each direction."""
    return node.connection_capacity_w * auction.market.period_minutes // 60


def taken(*, auction, node_ids):
    """What is taken of nodes' connections in an auction's periods: node, whether it buys, period and Wh.

    Asked for after the nodes' accounts were locked, nothing is added to it until the end of the transaction.
    """
    return _taken.rows(auction=auction.pk, nodes=np.unique(node_ids).tolist(), own=True)


def check(*, node, auction, kept, said):
    """Let some orders of a node pass that its connection can carry beside those that it keeps in the auction.

    :raises CapacityExceeded: naming the first period in which it cannot
    """
    most, elsewhere = capacity_wh(node, auction), _elsewhere(node, auction)
    for side in Order.Side.values:
        before = _most_wh([each for each in kept if each.side == side], auction.period_count)
        total = _most_wh([each for each in (*kept, *said) if each.side == side], auction.period_count)
        free = most - before - elsewhere[side]
        too_much = np.flatnonzero((total - before > free) & (total > before))
        if len(too_much):
            period = int(too_much[0])
            asked_wh = int((total - before)[period])
            raise CapacityExceeded(
                period=period, capacity_wh=most, free_wh=int(free[period]), asked_wh=asked_wh
            )


def _elsewhere(node, auction):
    """What other auctions take of a node's connection in each period, by side."""
    found = {side: np.zeros(auction.period_count, np.int64) for side in Order.Side.values}
    for _, is_buy, period, wh in _taken.rows(auction=auction.pk, nodes=[node.pk], own=False):
        found[Order.Side.BUY if is_buy else Order.Side.SELL][period] += wh
    return found


def _most_wh(orders, period_count):
    alone, groups = np.zeros(period_count, np.int64), {}
    for order in orders:
        points = Points.of_one(order.periods, order.prices_rp_per_mwh, order.quantities_wh)
        is_linear = np.array([order.curve == Order.Curve.LINEAR])
        _, periods, quantities = most_wh(points, is_linear=is_linear)
        if order.exclusive_group:
            largest = groups.setdefault(order.exclusive_group, np.zeros_like(alone))
            largest[periods] = np.maximum(largest[periods], quantities)
        else:
            alone[periods] += quantities
    return alone + sum(groups.values())
