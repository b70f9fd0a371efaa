"""What orders say, before they are entered: checked against the rules of their market, as rows to be."""

from dataclasses import dataclass

import numpy as np

from trading.grid.models import Node, opaque_id
from trading.orders.models import Order
from trading.orders.points import Points, check, ordered_wh, worst_case_urp

FIELDS = [field.attname for field in Order._meta.concrete_fields]
DEFAULTS = {field.attname: field.get_default() for field in Order._meta.concrete_fields}


@dataclass(frozen=True, slots=True, eq=False)
class Said:
    """What an order says, and who says it; its node by name until it was looked up."""

    node: Node | str
    side: str
    curve: str
    points: Points
    actor: str
    source: str = "household"


def unsaved(*, auction, said, points, at):
    """Orders for an auction, to be entered.

    :param points: of all of them, in their order
    :raises InvalidPoints: a point breaks a rule of the market
    """
    figures = amounts(points, auction, [(each.side, each.curve) for each in said])
    return [_unsaved(each, auction, at, more) for each, more in zip(said, figures, strict=True)]


def amounts(points, auction, kinds):
    """What orders hold and the most that they may get; `kinds` are their sides and curves."""
    is_buy = np.array([side == Order.Side.BUY for side, _ in kinds])
    is_linear = np.array([curve == Order.Curve.LINEAR for _, curve in kinds])
    market, count = auction.market, auction.period_count
    check(points, market=market, period_count=count, is_buy=is_buy, is_linear=is_linear)
    costs = worst_case_urp(points, is_buy=is_buy, is_linear=is_linear).tolist()
    ordered = ordered_wh(points, is_linear=is_linear).tolist()
    return [{"held_urp": cost, "ordered_wh": wh} for cost, wh in zip(costs, ordered, strict=True)]


def _unsaved(said, auction, at, figures):
    fields = DEFAULTS | figures | columns(said.points)
    fields |= {"auction_id": auction.pk, "node_id": said.node.pk, "public_id": opaque_id(), "received_at": at}
    fields |= {"side": said.side, "curve": said.curve, "actor": said.actor, "source": said.source}
    fields["fee_rp_per_mwh"] = said.node.withdrawal_fee_rp_per_mwh
    order = Order(*map(fields.__getitem__, FIELDS))  # by their places: by their names it takes thrice as long
    order.auction, order.node = auction, said.node
    return order


def columns(points):
    """Points as the fields of an order."""
    return {
        "periods": points.periods.tolist(),
        "prices_rp_per_mwh": points.prices_rp_per_mwh.tolist(),
        "quantities_wh": points.quantities_wh.tolist(),
    }
