"""The grid operator's own orders at the buses of its grid: up is what it buys there, down what it sells.

Such an order is an order like any other. It stands at a node without a meter, of a customer of the operator's
own, made when the operator first orders at that bus; what it bought there and does not use it takes itself,
as the supplier of last resort.
"""

from django.db import transaction

from shared import problems
from trading.grid.models import Bus, Customer, DistributionSystemOperator, Node
from trading.ledger import operations as ledger
from trading.orders import operations as orders
from trading.orders.models import Order
from trading.results import queries as results
from trading.schedules import queries

SOURCE, MOST_W = "flexibility", 10**9


class UnknownBus(Exception):
    """Your grid has no such bus."""


class NotOfThisOperator(Exception):
    """You have no such order."""


problems.register(UnknownBus, status=404, code="unknown-bus", title="Unknown bus")
problems.register(NotOfThisOperator, status=404, code="not-found", title="Not found")


def place(*, dso, bus_name, auction, side, points, actor, at):
    """Order at a bus of the operator's grid.

    :raises UnknownBus: the grid has none of this name
    :raises: as `orders.operations.place`
    """
    node = _node(dso, bus_name, side)
    return orders.place(
        auction=auction, node=node, side=side, curve=Order.Curve.STEP, points=points, actor=actor, at=at,
        source=SOURCE,
    )  # fmt: skip


def cancel(*, dso, order_id, actor, at):
    """Take an order of the operator's back.

    :raises NotOfThisOperator: it has none of this name
    """
    return orders.cancel(order=_order(dso, order_id), actor=actor, at=at)


def bought(*, dso, auction=None, limit=50):
    """The operator's orders, the newest first, each with its outcomes as far as they are published."""
    mine = Order.objects.filter(node__customer__dso=dso, node__customer__is_flexibility=True)
    if auction is not None:
        mine = mine.filter(auction=auction)
    newest = mine.select_related("auction__market", "node__bus").order_by("-pk")[:limit]
    return [(order, _outcomes(order)) for order in newest]


def _outcomes(order):
    try:
        result = results.published(auction=order.auction)
    except results.NotPublished:
        return []
    _, cuts = queries.curtailed_of(nodes=[order.node], auction=order.auction)
    found = results.orders_of(nodes=[order.node], result=result, cuts=cuts)
    return next((each.periods for each in found if each.order.pk == order.pk), ())


def _order(dso, order_id):
    mine = Order.objects.filter(node__customer__dso=dso, node__customer__is_flexibility=True)
    found = mine.select_related("auction__market", "node").filter(public_id=order_id).first()
    if found is None:
        raise NotOfThisOperator
    return found


@transaction.atomic
def _node(dso, bus_name, side):
    """The operator's node at a bus; made with its accounts when it is needed first."""
    DistributionSystemOperator.objects.select_for_update(no_key=True).get(pk=dso.pk)
    bus = Bus.objects.filter(dso=dso, name=bus_name).first()
    if bus is None:
        raise UnknownBus
    customer, is_new = Customer.objects.get_or_create(
        dso=dso, number=f"FLEX-{bus.position}", defaults={"name": dso.name, "is_flexibility": True}
    )
    if is_new:
        for one in Node.Side.values:
            Node.objects.create(customer=customer, bus=bus, side=one, connection_capacity_w=MOST_W)
        for kind in ("trading", "supply"):
            ledger.open_account(dso=dso, kind=kind, customer=customer)
    wanted = Node.Side.CONSUMER if side == Order.Side.BUY else Node.Side.PRODUCER
    return Node.objects.select_related("bus", "customer").get(customer=customer, side=wanted)
