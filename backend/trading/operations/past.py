"""What is known of days that are played anew: their auctions, prices, readings and everybody's deviations."""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from django.db import connection

from trading import binary_copy
from trading.grid.models import Node
from trading.markets import calendar
from trading.markets.models import Auction
from trading.metering import queries as metering
from trading.results import queries as results
from trading.results.models import Result
from trading.strategies import forecast

# What corrected it came later, but who bid knew what came first.
RECEIVED = """
SELECT reading.starts_at, max(coalesce(first.received_at, reading.received_at)) AS received_at
FROM metering_meterreading reading
LEFT JOIN metering_replacedreading first
    ON first.node_id = reading.node_id AND first.starts_at = reading.starts_at AND first.number = 1
WHERE reading.node_id = ANY(%s) AND reading.starts_at >= %s AND reading.starts_at < %s
GROUP BY reading.starts_at
"""
LEAD_IN = 8  # days of real prices before the first one that counts
NEEDED = """
SELECT reading.starts_at,
       sum(CASE node.side WHEN 'consumer' THEN reading.metered_wh ELSE -reading.metered_wh END) AS wh
FROM metering_meterreading reading JOIN grid_node node ON node.id = reading.node_id
WHERE reading.node_id = ANY(%s) AND reading.starts_at >= %s AND reading.starts_at < %s
GROUP BY reading.starts_at
"""
DEVIATIONS = """
SELECT node_id, starts_at, imbalance_wh FROM settlement_imbalance
WHERE node_id = ANY(%s) AND starts_at >= %s AND starts_at < %s
"""


@dataclass(frozen=True, slots=True, eq=False)
class Week:
    """The days, everybody's deviations on them, and what is known from before."""

    dso: object
    days: list
    starts_at: object
    ends_at: object
    everyone: np.ndarray  # keys of all nodes with a meter
    deviations_wh: np.ndarray
    before_at: object
    prices_before: tuple  # at all buses, and in which quarter hours there were any
    utility_nodes: np.ndarray

    @classmethod
    def of(cls, dso, days, tree):
        """Read it."""
        starts_at, ends_at = calendar.delivery_day(days[0])[0], calendar.delivery_day(days[-1])[1]
        before_at = calendar.delivery_day(days[0] - timedelta(days=LEAD_IN))[0]
        everyone = metering.metered_nodes(dso=dso)
        utility = Node.objects.filter(customer__dso=dso, customer__is_utility=True)
        return cls(
            dso=dso,
            days=days,
            starts_at=starts_at,
            ends_at=ends_at,
            everyone=everyone,
            deviations_wh=_deviations(everyone, starts_at, ends_at),
            before_at=before_at,
            prices_before=_prices(dso, before_at, starts_at, len(tree.parent)),
            utility_nodes=np.array(utility.values_list("pk", flat=True), np.int64),
        )

    def auctions(self):
        """The auctions of these days as gates closed, each with its final result or none."""
        rows = Auction.objects.filter(market__dso=self.dso, delivery_day__in=self.days)
        final = {row.auction_id: row for row in Result.objects.filter(auction__in=rows, final=True)}
        ordered = rows.select_related("market__dso").order_by("gate_closes_at", "-delivery_ends_at", "pk")
        return [(auction, final.get(auction.pk)) for auction in ordered]


def readings(nodes, starts_at, ends_at):
    """What the nodes metered, and by when each quarter hour and all before it had first been received."""
    periods = (ends_at - starts_at) // metering.QUARTER
    wh = metering.readings(nodes=nodes, starts_at=starts_at, periods=periods)
    received = np.zeros(periods)
    with connection.cursor() as cursor:
        query = cursor.mogrify(RECEIVED, [nodes.tolist(), starts_at, ends_at]).decode()
        rows = binary_copy.read(cursor, query, {"starts_at": "i8", "received_at": "i8"})
    quarters = binary_copy.epoch_us(rows["starts_at"]) // (forecast.QUARTER_S * 10**6)
    received[quarters - forecast.quarter_of(starts_at)] = binary_copy.epoch_us(rows["received_at"]) / 10**6
    return wh, np.maximum.accumulate(received)


def needed(nodes, starts_at, ends_at):
    """What nodes together withdrew more than they fed in, per quarter hour; NaN where none reported."""
    first = forecast.quarter_of(starts_at)
    need_wh = np.full(forecast.quarter_of(ends_at) - first, np.nan)
    with connection.cursor() as cursor:
        query = cursor.mogrify(NEEDED, [nodes.tolist(), starts_at, ends_at]).decode()
        rows = binary_copy.read(cursor, query, {"starts_at": "i8", "wh": "i8"})
    need_wh[binary_copy.epoch_us(rows["starts_at"]) // (forecast.QUARTER_S * 10**6) - first] = rows["wh"]
    return need_wh


def _deviations(nodes, starts_at, ends_at):
    """What everybody's meter counted beside the schedule, node × quarter hour."""
    first = forecast.quarter_of(starts_at)
    deviations_wh = np.zeros((len(nodes), forecast.quarter_of(ends_at) - first), np.int64)
    with connection.cursor() as cursor:
        query = cursor.mogrify(DEVIATIONS, [nodes.tolist(), starts_at, ends_at]).decode()
        rows = binary_copy.read(cursor, query, {"node": "i8", "starts_at": "i8", "wh": "i4"})
    quarters = binary_copy.epoch_us(rows["starts_at"]) // (forecast.QUARTER_S * 10**6)
    deviations_wh[np.searchsorted(nodes, rows["node"]), quarters - first] = rows["wh"]
    return deviations_wh


def _prices(dso, starts_at, ends_at, buses):
    """The last prices at all buses, quarter hour × bus, and whether there were any."""
    first = forecast.quarter_of(starts_at)
    prices = np.zeros((forecast.quarter_of(ends_at) - first, buses), np.int64)
    known = np.zeros(len(prices), bool)
    for at, at_buses in results.last_prices(dso=dso, from_=starts_at, to=ends_at, before=ends_at):
        prices[forecast.quarter_of(at) - first], known[forecast.quarter_of(at) - first] = at_buses, True
    return prices, known
