"""Rows and arrays of the grid."""

from dataclasses import dataclass

import numpy as np

from trading.grid.models import Bus, Customer, DistributionSystemOperator, Line, Node, Tariff
from trading.grid.tree import UNLIMITED_WH, Tree


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
    buses = list(Bus.objects.filter(dso=dso).order_by("position").values_list("name", "pk"))
    result = Tree(
        names=tuple(name for name, _ in buses),
        bus_ids=np.array([pk for _, pk in buses], np.int64),
        parent=np.full(len(buses), -1, np.int64),
        capacity_up_wh=np.full(len(buses), UNLIMITED_WH, np.int64),
        capacity_down_wh=np.full(len(buses), UNLIMITED_WH, np.int64),
        fee_up_rp_per_mwh=np.zeros(len(buses), np.int64),
        fee_down_rp_per_mwh=np.zeros(len(buses), np.int64),
        length_m=np.zeros(len(buses), np.int64),
    )
    columns = ("bus__position", "towards__position", "length_m", "capacity_up_w", "capacity_down_w")
    fees = ("fee_up_rp_per_mwh", "fee_down_rp_per_mwh")
    for bus, above, length_m, up_w, down_w, fee_up, fee_down in Line.objects.filter(bus__dso=dso).values_list(
        *columns, *fees
    ):
        result.parent[bus], result.length_m[bus] = above, length_m
        result.capacity_up_wh[bus] = energy_wh(up_w, period_minutes)
        result.capacity_down_wh[bus] = energy_wh(down_w, period_minutes)
        result.fee_up_rp_per_mwh[bus], result.fee_down_rp_per_mwh[bus] = fee_up, fee_down
    return result


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
    return Customer.objects.select_related("dso").get(dso__public_id=dso_id, number=number, is_utility=False)


def nodes_of(customer):
    """The consumer and the producer node of a customer; None where there is none."""
    nodes = {node.side: node for node in customer.nodes.all()}
    return nodes.get(Node.Side.CONSUMER), nodes.get(Node.Side.PRODUCER)


def node(*, public_id):
    """A node by its public id.

    :raises Node.DoesNotExist: there is none
    """
    return Node.objects.select_related("bus", "customer__dso").get(public_id=public_id)


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
