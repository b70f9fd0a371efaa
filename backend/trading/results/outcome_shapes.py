"""How the door tells what became of an order."""

from rest_framework import serializers

from shared import fields
from trading.results import queries


class FullLineShape(serializers.Serializer):
    """The full line that stood in an order's way, and the price beyond it as it would be at the meter."""

    fromBus = serializers.CharField()
    toBus = serializers.CharField()
    priceBeyondRpPerMwh = serializers.IntegerField()


class PeriodOutcomeShape(serializers.Serializer):
    """What became of an order in one period, and why not more of it.

    `limitRpPerMwh` is the best limit that was refused (the worst accepted if none was), `outByRpPerMwh` by
    how much it is worse than the price; `enoughRpPerMwh` the limit with which all would have been accepted
    at the published price, null if all was or none would do.
    """

    period = serializers.IntegerField()
    startsAt = serializers.DateTimeField()
    orderedWh = serializers.IntegerField()
    acceptedWh = serializers.IntegerField()
    curtailedWh = serializers.IntegerField(help_text="of the accepted; it did not flow and was paid back")
    priceRpPerMwh = serializers.IntegerField()
    meterPriceRpPerMwh = serializers.IntegerField()
    code = serializers.ChoiceField(list(dict.fromkeys(queries.CODES + queries.BLOCK_CODES)))
    limitRpPerMwh = serializers.IntegerField()
    outByRpPerMwh = serializers.IntegerField()
    shareOfOrderPermille = serializers.IntegerField()
    atMarginWh = serializers.IntegerField()
    atMarginAcceptedWh = serializers.IntegerField()
    enoughRpPerMwh = serializers.IntegerField(allow_null=True)
    line = FullLineShape(allow_null=True)


class BlockOutcomeShape(serializers.Serializer):
    """What became of a block order, and why.

    `averageRpPerMwh` is the average price over its quantities: a limit better than that is in the money, and
    such a block is only refused paradoxically, because accepting it would change the prices, or because its
    parent or its exclusive group leaves it no room.
    """

    code = serializers.ChoiceField(queries.BLOCK_CODES)
    ratioPermille = serializers.IntegerField()
    limitRpPerMwh = serializers.IntegerField()
    averageRpPerMwh = serializers.IntegerField()


class OrderOutcomeShape(serializers.Serializer):
    """What became of an order; `amountUrp` is what the account gained (+) or lost (−) by it.

    `block` is null for a curve order.
    """

    orderId = serializers.CharField()
    nodeId = serializers.CharField()
    side = serializers.ChoiceField(["buy", "sell"])
    amountUrp = serializers.IntegerField()
    periods = PeriodOutcomeShape(many=True)
    block = BlockOutcomeShape(allow_null=True)


def told(outcome):
    """What became of an order, for its household."""
    order, block = outcome.order, outcome.block
    return {
        "orderId": order.public_id,
        "nodeId": order.node.public_id,
        "side": order.side,
        "amountUrp": outcome.amount_urp,
        "periods": [
            _period(each) | (_why(each) if block is None else _why_of_block(order, block))
            for each in outcome.periods
        ],
        "block": block
        and {
            "code": block.code,
            "ratioPermille": block.ratio_permille,
            "limitRpPerMwh": block.limit_rp_per_mwh,
            "averageRpPerMwh": block.average_rp_per_mwh,
        },
    }


def _period(each):
    return {
        "period": each.period,
        "startsAt": fields.utc_text(each.starts_at),
        "orderedWh": each.ordered_wh,
        "acceptedWh": each.accepted_wh,
        "curtailedWh": each.curtailed_wh,
        "priceRpPerMwh": each.price_rp_per_mwh,
        "meterPriceRpPerMwh": each.meter_price_rp_per_mwh,
        "shareOfOrderPermille": each.accepted_wh * 1000 // max(each.ordered_wh, 1),
    }


def _why(each):
    why = each.reason
    return {
        "code": why.code,
        "limitRpPerMwh": why.limit_rp_per_mwh,
        "outByRpPerMwh": why.out_by_rp_per_mwh,
        "atMarginWh": why.at_margin_wh,
        "atMarginAcceptedWh": why.at_margin_accepted_wh,
        "enoughRpPerMwh": why.enough_rp_per_mwh,
        "line": why.line
        and {
            "fromBus": why.line.from_bus,
            "toBus": why.line.to_bus,
            "priceBeyondRpPerMwh": why.line.price_beyond_rp_per_mwh,
        },
    }


def _why_of_block(order, block):
    """A block stands or falls with the average of its prices, whatever the price of one period."""
    worse = block.limit_rp_per_mwh - block.average_rp_per_mwh
    out_by = max(0, worse if order.side == "sell" else -worse)
    refused = block.code == "out-of-the-money"
    return {
        "code": block.code,
        "limitRpPerMwh": block.limit_rp_per_mwh,
        "outByRpPerMwh": out_by,
        "atMarginWh": 0,
        "atMarginAcceptedWh": 0,
        "enoughRpPerMwh": block.average_rp_per_mwh if refused else None,
        "line": None,
    }
