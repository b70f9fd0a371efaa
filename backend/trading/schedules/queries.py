"""What each node must inject or withdraw, over all auctions, and what the grid operator said to it."""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from django.db import connection
from django.db.models import Prefetch

from shared import fields
from trading.grid import queries as grid
from trading.results import queries as results
from trading.results.models import Result
from trading.schedules.models import Acceptance, CurtailedOrder

SEEN = ("published", "settled")

# The slice of each auction's schedule that falls into the window, and where in the window it begins.
SLICES = """
SELECT part.node_id, part.starts_at + part.lead * part.length, part.scheduled_wh[part.lead + 1 : part.until]
FROM (
    SELECT schedule.node_id, schedule.starts_at, schedule.scheduled_wh, auction.length,
           greatest(ceil(extract(epoch FROM %(starts_at)s - schedule.starts_at)
                         / extract(epoch FROM auction.length)), 0)::int AS lead,
           ceil(extract(epoch FROM %(ends_at)s - schedule.starts_at)
                / extract(epoch FROM auction.length))::int AS until
    FROM schedules_schedule schedule
    JOIN (
        SELECT auction.id, make_interval(mins => market.period_minutes) AS length
        FROM markets_auction auction JOIN markets_market market ON market.id = auction.market_id
        WHERE auction.delivery_starts_at < %(ends_at)s AND auction.delivery_ends_at > %(starts_at)s
          AND auction.state IN ('published', 'settled')
    ) auction ON auction.id = schedule.auction_id
    WHERE schedule.node_id = ANY(%(nodes)s)
) part
"""

# What published auctions let each bus inject in the periods of an auction, its own schedule left out.
INJECTED = """
SELECT bus.position, period.number, sum(schedule.scheduled_wh[1 + (
           extract(epoch FROM period.starts_at - schedule.starts_at) / %(period_s)s)::int])::bigint
FROM markets_auction auction
JOIN markets_market market ON market.id = auction.market_id AND market.dso_id = %(dso)s
JOIN schedules_schedule schedule ON schedule.auction_id = auction.id
JOIN (SELECT number, %(starts_at)s + number * make_interval(secs => %(period_s)s) AS starts_at
      FROM generate_series(0, %(periods)s - 1) AS each (number)) period
  ON auction.delivery_starts_at <= period.starts_at AND period.starts_at < auction.delivery_ends_at
JOIN grid_node node ON node.id = schedule.node_id
JOIN grid_bus bus ON bus.id = node.bus_id
WHERE auction.delivery_starts_at < %(ends_at)s AND auction.delivery_ends_at > %(starts_at)s
  AND auction.state IN ('published', 'settled') AND auction.id <> %(auction)s
GROUP BY bus.position, period.number
"""

OF_NODES = """
SELECT node.public_id, customer.number, bus.name, node.side, schedule.scheduled_wh,
       coalesce((
           SELECT array_agg(coalesce(taken.wh, 0)::int ORDER BY period.number)
           FROM generate_series(0, cardinality(schedule.scheduled_wh) - 1) AS period (number)
           LEFT JOIN (
               SELECT each.period, sum(each.wh) AS wh
               FROM schedules_curtailedorder cut
               CROSS JOIN unnest(cut.periods, cut.cut_wh) AS each (period, wh)
               WHERE cut.curtailment_id = curtailment.id AND cut.node_id = node.id GROUP BY each.period
           ) taken ON taken.period = period.number
           WHERE curtailment.id IS NOT NULL), '{}')
FROM schedules_schedule schedule
JOIN grid_node node ON node.id = schedule.node_id
JOIN grid_customer customer ON customer.id = node.customer_id
JOIN grid_bus bus ON bus.id = node.bus_id
LEFT JOIN schedules_curtailment curtailment ON curtailment.auction_id = schedule.auction_id
WHERE schedule.auction_id = %(auction)s
ORDER BY bus.position, customer.number, node.side
"""


@dataclass(frozen=True, slots=True)
class NodeSchedule:
    """A node's part in an auction's schedule, injection positive; `curtailed_wh` may be empty."""

    node_id: str
    customer_number: str
    bus: str
    side: str
    scheduled_wh: list
    curtailed_wh: list


def position(*, nodes, starts_at, periods, period=timedelta(minutes=15)):
    """Return what published auctions make of each node so far, injection positive.

    :param nodes: keys of nodes; the rows of the answer follow them
    :returns: int64 array of shape (len(nodes), periods) [Wh]
    """
    scheduled_wh = np.zeros((len(nodes), periods), np.int64)
    row_of = {node: row for row, node in enumerate(nodes)}
    ends_at = starts_at + periods * period
    with connection.cursor() as cursor:
        cursor.execute(SLICES, {"nodes": list(nodes), "starts_at": starts_at, "ends_at": ends_at})
        for node, first_at, part_wh in cursor:
            first = (first_at - starts_at) // period
            scheduled_wh[row_of[node], first : first + len(part_wh)] += np.array(part_wh, np.int64)
    return scheduled_wh


def flows(*, auction):
    """What other auctions let flow over each line in the periods of this one, up positive, period × bus.

    None if nothing is scheduled yet.
    """
    market = auction.market
    values = {
        "auction": auction.pk,
        "dso": market.dso_id,
        "starts_at": auction.delivery_starts_at,
        "ends_at": auction.delivery_ends_at,
        "period_s": market.period_minutes * 60,
        "periods": auction.period_count,
    }
    with connection.cursor() as cursor:
        cursor.execute(INJECTED, values)
        rows = np.array(cursor.fetchall(), np.int64).reshape(-1, 3)
    if not len(rows):
        return None
    tree = grid.tree(dso=market.dso_id, period_minutes=market.period_minutes)
    injected_wh = np.zeros((auction.period_count, len(tree.parent)), np.int64)
    injected_wh[rows[:, 1], rows[:, 0]] = rows[:, 2]
    return tree.flows(injected_wh)


def as_said(items):
    """Limits as they were asked for, to be kept and compared."""
    return [
        {
            name: fields.utc_text(value) if name in ("startsAt", "endsAt") else value
            for name, value in item.items()
        }
        for item in items
    ]


def of_operator(*, dso, day=None, limit=60):
    """Schedules of an operator with their answers: those of a delivery day, or the newest."""
    rows = Acceptance.objects.filter(auction__market__dso=dso).select_related("auction__market")
    rows = rows.prefetch_related("auction__curtailment", _final()).order_by("-auction__gate_closes_at", "-pk")
    return rows[:limit] if day is None else rows.filter(auction__delivery_day=day)


def of_auction(*, auction):
    """The answer to one schedule.

    :raises NotPublished: there is no schedule yet
    """
    rows = Acceptance.objects.filter(auction=auction, auction__state__in=SEEN)
    found = rows.select_related("auction__market").prefetch_related(_final()).first()
    if found is None:
        raise results.NotPublished
    return found


def _final():
    final = Result.objects.filter(final=True)
    return Prefetch("auction__results", queryset=final, to_attr="final_results")


def described(acceptance):
    """An answer, or the wait for it, as the operator sees it."""
    auction = acceptance.auction
    curtailment = getattr(auction, "curtailment", None)
    return {
        "auctionId": auction.code,
        "marketId": auction.market.code,
        "number": auction.number,
        "deliveryDay": auction.delivery_day.isoformat(),
        "deliveryStartsAt": fields.utc_text(auction.delivery_starts_at),
        "deliveryEndsAt": fields.utc_text(auction.delivery_ends_at),
        "publishedAt": fields.utc_text(auction.published_at),
        "state": acceptance.state,
        "answerBy": fields.utc_text(acceptance.answer_by),
        "answeredAt": fields.utc_text(acceptance.answered_at),
        "scheduleHash": auction.final_results[0].result_hash,
        "curtailedWh": curtailment.cut_wh if curtailment else 0,
        "reason": curtailment.reason if curtailment else None,
    }


def of_nodes(*, auction):
    """Every node's part in an auction's schedule and what was curtailed of it, by bus and customer."""
    with connection.cursor() as cursor:
        cursor.execute(OF_NODES, {"auction": auction.pk})
        return [NodeSchedule(*row) for row in cursor.fetchall()]


def curtailed_of(*, nodes, auction):
    """What was taken off some nodes' trades in an auction: the reason, and {order key: {period: Wh}}."""
    rows = CurtailedOrder.objects.filter(node__in=nodes, curtailment__auction=auction)
    rows = list(rows.select_related("curtailment"))
    cuts = {row.order_id: dict(zip(row.periods, row.cut_wh, strict=True)) for row in rows}
    return (rows[0].curtailment.reason if rows else None), cuts
