"""What the member API reads and answers of block orders."""

from rest_framework import serializers

from shared import fields
from webapp.member.shapes import ORDER_STATES, CurveOrderShape, MemberOrderShape, NumberField

MOST_BLOCKS, MOST_PERIODS = 100, 100


class BlockPeriod(fields.StrictSerializer):
    """What a block sells (+) or buys (−) of one contract, in full."""

    contractId = fields.StrictCharField(max_length=64)
    volume = NumberField()


class NewBlock(fields.StrictSerializer):
    """A block order: one limit of the average price, one ratio for all its periods."""

    name = fields.StrictCharField(max_length=64)
    price = NumberField()
    minimumAcceptanceRatio = NumberField()
    periods = BlockPeriod(many=True, max_length=MOST_PERIODS, allow_empty=False)
    linkedTo = fields.StrictCharField(max_length=64, required=False, allow_null=True)
    exclusiveGroup = fields.StrictCharField(max_length=64, required=False, allow_null=True)
    isSpreadBlock = fields.StrictBooleanField(required=False)


class NewBlockList(fields.StrictSerializer):
    """Blocks of one portfolio that are entered together."""

    auctionId = fields.StrictCharField(max_length=64)
    portfolio = fields.StrictCharField(max_length=64)
    areaCode = fields.StrictCharField(max_length=32)
    comment = fields.StrictCharField(max_length=255, required=False, allow_null=True, allow_blank=True)
    blocks = NewBlock(many=True, max_length=MOST_BLOCKS, allow_empty=False)


class BlockListPatch(fields.StrictSerializer):
    """Blocks that replace those of their names, or are new; none at all cancels the list."""

    comment = fields.StrictCharField(max_length=255, required=False, allow_null=True, allow_blank=True)
    blocks = NewBlock(many=True, max_length=MOST_BLOCKS)


class BlockPeriodShape(serializers.Serializer):
    """What a block says of one contract."""

    contractId = serializers.CharField()
    volume = NumberField()


class BlockShape(serializers.Serializer):
    """A block of a list."""

    name = serializers.CharField()
    price = NumberField()
    minimumAcceptanceRatio = NumberField()
    periods = BlockPeriodShape(many=True)
    linkedTo = serializers.CharField(allow_null=True)
    exclusiveGroup = serializers.CharField(allow_null=True)
    isSpreadBlock = serializers.BooleanField()
    state = serializers.ChoiceField(ORDER_STATES)


class BlockListShape(MemberOrderShape):
    """A list of blocks."""

    blocks = BlockShape(many=True)


class OrdersShape(serializers.Serializer):
    """Orders of all kinds."""

    curveOrders = CurveOrderShape(many=True)
    blockLists = BlockListShape(many=True)
