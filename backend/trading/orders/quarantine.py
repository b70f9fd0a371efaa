"""Orders of a frozen book that are set aside, so that the others can be cleared."""

from django.db import transaction

from trading.orders.models import Order, QuarantinedOrder
from trading.orders.queries import STANDING


@transaction.atomic
def set_aside(*, auction, order_ids, reason, at):
    """Set frozen orders aside; returns those that had not been. They stay in the hash of the book."""
    rows = Order.objects.filter(STANDING, auction=auction, pk__in=order_ids, quarantine=None)
    orders = list(rows.select_related("node"))
    QuarantinedOrder.objects.bulk_create(
        QuarantinedOrder(order=order, reason=reason, at=at) for order in orders
    )
    return orders
