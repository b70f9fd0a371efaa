"""Rows and arrays of the grid."""

from dataclasses import dataclass

import numpy as np
from django.db import connection

from trading.grid.models import Bus, Customer, DistributionSystemOperator, Line, Node, Tariff
from trading.grid.tree import UNLIMITED_WH, Tree

# A row per bus with the line above it, if it has one; -1 stands for no parent and no limit.
TREE = """
SELECT bus.name, bus.id, coalesce(above.position, -1), coalesce(line.capacity_up_w, -1),
       coalesce(line.capacity_down_w, -1), coalesce(line.fee_up_rp_per_mwh, 0),
       coalesce(line.fee_down_rp_per_mwh, 0), coalesce(line.length_m, 0)
FROM grid_bus bus
LEFT JOIN grid_line line ON line.bus_id = bus.id
LEFT JOIN grid_bus above ON above.id = line.towards_id
WHERE bus.dso_id = %s ORDER BY bus.position
"""


@dataclass(frozen=True, slots=True, eq=False)
class UtilityPrices:
    """What the utility takes and gives for energy at each bus, with the line fees to there. [Rp/MWh]"""

    retail_rp_per_mwh: np.ndarray
    feed_in_rp_per_mwh: np.ndarray


def operators():
    """Every grid operator, by name."""
    return DistributionSystemOperator.objects.order_by("name")


def tariff(*, dso, day):
    """The tariff that is valid on a day.

    :raises Tariff.DoesNotExist: none is yet
    """
    return Tariff.objects.filter(dso=dso, valid_from__lte=day).latest("valid_from")


def tree(*, dso, period_minutes=15):
    """The grid of an operator as arrays; capacities in Wh per delivery period."""
    with connection.cursor() as cursor:
        cursor.execute(TREE, [getattr(dso, "pk", dso)])
        rows = cursor.fetchall()
    columns = np.array([row[1:] for row in rows], np.int64).reshape(-1, 7).T
    bus_ids, parent, up_w, down_w, fee_up, fee_down, length_m = (np.ascontiguousarray(c) for c in columns)
    return Tree(
        names=tuple(row[0] for row in rows),
        bus_ids=bus_ids,
        parent=parent,
        capacity_up_wh=np.where(up_w < 0, UNLIMITED_WH, up_w * period_minutes // 60),
        capacity_down_wh=np.where(down_w < 0, UNLIMITED_WH, down_w * period_minutes // 60),
        fee_up_rp_per_mwh=fee_up,
        fee_down_rp_per_mwh=fee_down,
        length_m=length_m,
    )


def energy_wh(power_w, period_minutes):
    """The most energy that a capacity carries in one delivery period, in whole Wh."""
    return UNLIMITED_WH if power_w is None else power_w * period_minutes // 60


def utility_prices(*, dso, day):
    """The utility's tariffs as prices at every bus: retail plus the fees down, feed-in less the fees up."""
    grid, prices = tree(dso=dso), tariff(dso=dso, day=day)
    return UtilityPrices(
        prices.retail_energy_rp_per_mwh + grid.border_fees_down(),
        prices.feed_in_rp_per_mwh - grid.border_fees_up(),
    )


def customer(*, dso_id, number):
    """A household by its operator's public id and its customer number; the utility itself cannot be paired.

    :raises Customer.DoesNotExist: there is none
    """
    households = Customer.objects.filter(is_utility=False, is_flexibility=False)
    return households.select_related("dso").get(dso__public_id=dso_id, number=number)


def nodes_of(customer):
    """The consumer and the producer node of a customer; None where there is none."""
    nodes = {node.side: node for node in customer.nodes.all()}
    return nodes.get(Node.Side.CONSUMER), nodes.get(Node.Side.PRODUCER)


def node(*, public_id):
    """A node by its public id.

    :raises Node.DoesNotExist: there is none
    """
    return Node.objects.select_related("bus", "customer__dso").get(public_id=public_id)


def named(*, public_ids):
    """The nodes of some public ids, in the order of their keys; those that there are."""
    return Node.objects.select_related("bus", "customer__dso").filter(public_id__in=public_ids).order_by("pk")


def other_node(node):
    """The node of the same customer on the other side; None where there is none."""
    return Node.objects.filter(customer=node.customer_id).exclude(pk=node.pk).first()


def nodes(*, dso):
    """Every node of an operator's grid in the order of their keys."""
    return Node.objects.filter(bus__dso=dso).select_related("bus", "customer").order_by("pk")


def buses_and_lines(*, dso):
    """What a map shows: the buses and the lines."""
    buses = Bus.objects.filter(dso=dso).order_by("position")
    return buses, Line.objects.filter(bus__dso=dso).select_related("bus", "towards").order_by("bus__position")


def consumers(*, dso):
    """The keys of all nodes where energy is withdrawn."""
    nodes = Node.objects.filter(bus__dso=dso, side=Node.Side.CONSUMER)
    return np.fromiter(nodes.values_list("pk", flat=True), np.int64)


def keys_of(*, public_ids):
    """The keys of nodes by their public names."""
    return dict(Node.objects.filter(public_id__in=public_ids).values_list("public_id", "pk"))


def households(*, dso):
    """Every customer that is a household, with its nodes, by number."""
    rows = Customer.objects.filter(dso=dso, is_utility=False, is_flexibility=False).order_by("number")
    return rows.prefetch_related("nodes__bus")
