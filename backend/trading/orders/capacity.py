"""What a node's connection may carry in a quarter hour: in all auctions that deliver in it, together."""

import numpy as np

from shared import problems
from shared.postgresql.prepared import Prepared
from trading.orders.models import Order
from trading.orders.points import Points, most_wh

MOST_PERIODS = 512  # of one auction, and more

# What is taken of the connections of some nodes in some periods of an auction, the first to the last of them:
# what its orders and those of other auctions that deliver meanwhile offer, which is kept added up, and once
# these are decided, what is scheduled, less what the operator curtailed. Of an exclusive group no more is
# accepted than its largest. What is scheduled the one way frees nothing the other way: it may still be
# curtailed. The supplier of last resort offers all of its connection every time. Periods count from the
# auction's first one; the place of one in another auction is less by that one's `shift`.
# `schedules` is a room above; its column alone is read, in SQL: kept a second time below, it could differ.
TAKEN = """
asked AS (
    SELECT market.dso_id, mine.delivery_starts_at, market.period_minutes,
        mine.delivery_starts_at + make_interval(mins => market.period_minutes * %(first)s) AS starts_at,
        mine.delivery_starts_at + make_interval(mins => market.period_minutes * (%(last)s + 1)) AS ends_at
    FROM markets_auction mine JOIN markets_market market ON market.id = mine.market_id
    WHERE mine.id = %(auction)s
), span AS (
    SELECT auction.id, auction.state,
        (extract(epoch FROM auction.delivery_starts_at - asked.delivery_starts_at)
         / 60 / asked.period_minutes)::int AS shift
    FROM asked
    JOIN markets_market market ON market.dso_id = asked.dso_id
    JOIN markets_auction auction ON auction.market_id = market.id
     AND auction.delivery_starts_at < asked.ends_at
     AND auction.delivery_starts_at
         > asked.starts_at - make_interval(mins => coalesce(market.delivery_minutes, 25 * 60))
     AND auction.delivery_ends_at > asked.starts_at
    WHERE auction.state IN ('open', 'closed', 'cleared', 'published', 'settled')
), connected AS (
    SELECT node.id, customer.is_utility FROM grid_node node
    JOIN grid_customer customer ON customer.id = node.customer_id WHERE node.id = ANY(%(nodes)s)
), taken AS (
    SELECT node_id, is_buy, period, sum(wh)::bigint AS wh FROM (
        SELECT offered.node_id, offered.is_buy, span.shift + point.period AS period, point.wh
        FROM span
        JOIN orders_offered offered ON offered.auction_id = span.id AND offered.node_id = ANY(%(nodes)s)
        JOIN connected ON connected.id = offered.node_id
        CROSS JOIN LATERAL unnest(offered.periods, offered.wh) AS point (period, wh)
        WHERE span.state IN ('open', 'closed', 'cleared')
            AND span.shift + point.period BETWEEN %(first)s AND %(last)s
            AND CASE span.id WHEN %(auction)s THEN %(own)s ELSE NOT connected.is_utility END
        UNION ALL
        SELECT other.node_id, other.side = 'buy', span.shift + point.period, max(point.wh)
        FROM span
        JOIN orders_order other ON other.auction_id = span.id AND other.node_id = ANY(%(nodes)s)
         AND other.exclusive_group <> ''
        JOIN connected ON connected.id = other.node_id
        CROSS JOIN LATERAL unnest(other.periods, other.quantities_wh) AS point (period, wh)
        WHERE other.state = 'open' AND span.state IN ('open', 'closed', 'cleared')
            AND span.shift + point.period BETWEEN %(first)s AND %(last)s
            AND CASE span.id WHEN %(auction)s THEN %(own)s ELSE NOT connected.is_utility END
        GROUP BY span.id, other.exclusive_group, other.node_id, other.side, span.shift + point.period
        UNION ALL
        SELECT schedule.node_id, sum(each.wh) < 0, span.shift + each.place - 1, abs(sum(each.wh))
        FROM span
        JOIN schedules_schedule schedule
          ON schedule.auction_id = span.id AND schedule.node_id = ANY(%(nodes)s)
        JOIN connected ON connected.id = schedule.node_id AND NOT connected.is_utility
        CROSS JOIN LATERAL unnest(schedule.scheduled_wh) WITH ORDINALITY AS each (wh, place)
        WHERE span.state IN ('published', 'settled')
            AND span.shift + each.place - 1 BETWEEN %(first)s AND %(last)s
        GROUP BY schedule.node_id, span.shift + each.place - 1
    ) each GROUP BY node_id, is_buy, period
)
"""

_taken = Prepared(
    f"WITH {TAKEN} SELECT node_id, is_buy, period, wh FROM taken",  # nosec B608: one statement of ours within another
    auction="bigint",
    first="integer",
    last="integer",
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


EXCEEDED = "capacity-exceeded"
problems.register(CapacityExceeded, status=422, code=EXCEEDED, title="Connection too small")


def capacity_wh(node, auction):
    """What a node's connection carries in one period, in each direction."""
    return node.connection_capacity_w * auction.market.period_minutes // 60


def taken(*, auction, node_ids, periods):
    """What is taken of nodes' connections in periods of an auction: node, whether it buys, period and Wh.

    It may tell of periods between these too. Asked for after the nodes' accounts were locked, nothing is
    added to it until the end of the transaction.
    """
    some = {"first": int(np.min(periods)), "last": int(np.max(periods))}
    return _taken.rows(auction=auction.pk, nodes=np.unique(node_ids).tolist(), own=True, **some)


def totals(*, auction, node_ids, is_buy, asked):
    """What the connections would carry in all, for each of what orders ask for.

    :param node_ids, is_buy: per order
    :param asked: what each asks for, as from `most_wh`: order, period and Wh
    """
    order, period, wh = asked
    rows = np.array(taken(auction=auction, node_ids=node_ids, periods=period), np.int64).reshape(-1, 4).T
    lanes = np.concatenate([_lane(node_ids[order], is_buy[order], period), _lane(*rows[:3])])
    _, lane = np.unique(lanes, return_inverse=True)
    carried = np.zeros(lane.max() + 1, np.int64)
    np.add.at(carried, lane, np.concatenate([wh, rows[3]]))
    return carried[lane[: len(order)]]


def _lane(node_ids, is_buy, period):
    return (node_ids * 2 + is_buy) * MOST_PERIODS + period


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
    all_of_it = {"first": 0, "last": auction.period_count - 1}
    for _, is_buy, period, wh in _taken.rows(auction=auction.pk, nodes=[node.pk], own=False, **all_of_it):
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
