"""Which strategy each node has chosen, and who is to bid."""

from dataclasses import dataclass, replace

import numpy as np
from django.db import connection

from trading.strategies import shiftable, storage
from trading.strategies.models import StrategyChoice

BIDDER = np.dtype(
    [("node", "i8"), ("consumer", "?"), ("bus", "i8"), ("fee", "i8"), ("capacity_w", "i8"), ("limit", "i8")]
)
BIDDERS = """
SELECT node.id, node.side = 'consumer', bus.position, node.withdrawal_fee_rp_per_mwh,
       node.connection_capacity_w, coalesce(choice.limit_price_rp_per_mwh, 0), choice.strategy
FROM strategies_strategychoice choice
JOIN grid_node node ON node.id = choice.node_id
JOIN grid_bus bus ON bus.id = node.bus_id
WHERE choice.active AND bus.dso_id = %s
ORDER BY node.id
"""


def of(node):
    """What was chosen for a node; None as long as nothing was."""
    return StrategyChoice.objects.filter(node=node).first()


def bidders(*, dso):
    """Whose strategy is active at a grid operator's nodes: rows of BIDDER by node, and the strategies."""
    with connection.cursor() as cursor:
        cursor.execute(BIDDERS, [dso])
        rows = cursor.fetchall()
    return np.array([row[:-1] for row in rows], BIDDER), np.array([row[-1] for row in rows], object)


# A car or a heat pump whose figures are known may wait.
SHIFTABLE = """
asset.capacity_wh > 0
AND (asset.kind = 'heat_pump' OR asset.kind = 'ev_charger' AND asset.home_from_minute >= 0)
"""
# A home whose consumer node plans, the producer node that plans with it, and all its batteries together.
PLANNING = """
SELECT node.id, coalesce(other.id, -1), bus.position, node.withdrawal_fee_rp_per_mwh,
       choice.strategy = 'flexibility', coalesce(battery.rated_w, 0) / 4, coalesce(battery.capacity_wh, 0)
FROM {choices} choice
JOIN grid_node node ON node.id = choice.node_id AND node.side = 'consumer'
JOIN grid_bus bus ON bus.id = node.bus_id
JOIN LATERAL (
    SELECT sum(asset.rated_w) AS rated_w, sum(asset.capacity_wh) AS capacity_wh
    FROM grid_asset asset JOIN grid_node behind ON behind.id = asset.node_id
    WHERE behind.customer_id = node.customer_id AND asset.kind = 'battery'
) battery ON true
LEFT JOIN (
    SELECT producer.id, producer.customer_id
    FROM grid_node producer JOIN {choices} its ON its.node_id = producer.id
    WHERE producer.side = 'producer' AND its.active AND its.strategy IN ('never_lose', 'flexibility')
) other ON other.customer_id = node.customer_id
WHERE choice.active AND choice.strategy IN ('never_lose', 'flexibility') AND bus.dso_id = %(dso)s
  AND (battery.capacity_wh > 0
       OR EXISTS (SELECT FROM grid_asset asset WHERE asset.node_id = node.id AND {shiftable}))
ORDER BY node.id
"""
# What was chosen at an instant: the newest version then, or the first that there is.
AT_AN_INSTANT = """
(SELECT DISTINCT ON (node_id) node_id, strategy, active FROM strategies_strategyversion
 ORDER BY node_id, changed_at > %(at)s, CASE WHEN changed_at > %(at)s THEN number ELSE -number END)
"""
PLANNING_NOW = PLANNING.format(choices="strategies_strategychoice", shiftable=SHIFTABLE)
PLANNING_THEN = PLANNING.format(choices=AT_AN_INSTANT, shiftable=SHIFTABLE)
LOADS = """
SELECT asset.id, asset.node_id, asset.rated_w / 4, asset.capacity_wh,
       coalesce(asset.home_from_minute, -1), coalesce(asset.home_until_minute, -1)
FROM grid_asset asset
WHERE asset.node_id = ANY(%s) AND {shiftable}
ORDER BY asset.id
"""
LOADS_NOW = LOADS.format(shiftable=SHIFTABLE)


@dataclass(frozen=True, slots=True, eq=False)
class Planning:
    """Homes that follow a plan. `producer` is −1 where none plans with the consumer node."""

    consumer: np.ndarray
    producer: np.ndarray
    bus: np.ndarray
    fee_rp_per_mwh: np.ndarray
    all_power: np.ndarray
    batteries: storage.Batteries
    loads: shiftable.Loads

    def only(self, chosen):
        """Some of the homes."""
        names = ("consumer", "producer", "bus", "fee_rp_per_mwh", "all_power")
        places = np.cumsum(chosen) - 1
        loads = self.loads.only(chosen[self.loads.home])
        return Planning(
            *(getattr(self, name)[chosen] for name in names),
            self.batteries.only(chosen),
            replace(loads, home=places[loads.home]),
        )


def planning(*, dso, at=None):
    """The homes of a grid operator's customers that follow a plan, or did at an instant, by consumer node."""
    query = PLANNING_NOW if at is None else PLANNING_THEN
    with connection.cursor() as cursor:
        cursor.execute(query, {"dso": getattr(dso, "pk", dso), "at": at})
        rows = np.array(cursor.fetchall(), np.int64).reshape(-1, 7).T
    consumer, producer, bus, fee, all_power, power, capacity = rows
    batteries = storage.Batteries(power, capacity, producer >= 0)
    return Planning(consumer, producer, bus, fee, all_power > 0, batteries, loads_of(consumer))


def loads_of(consumers):
    """The cars and heat pumps of homes, given by their consumer nodes in ascending order."""
    with connection.cursor() as cursor:
        cursor.execute(LOADS_NOW, [consumers.tolist()])
        rows = np.array(cursor.fetchall(), np.int64).reshape(-1, 6).T
    key, node, *figures = rows
    return shiftable.Loads(key, np.searchsorted(consumers, node), *figures)
