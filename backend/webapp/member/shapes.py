"""What the member API answers, for its description."""

from drf_spectacular.utils import OpenApiParameter, extend_schema_field
from rest_framework import serializers

IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description="8 to 64 letters, digits, - or _: the same key with the same body acts once, for 7 days.",
)
ORDER_STATES = ["New", "Accepted", "Cancelled", "UserAccepted", "ResultsPublished", "None"]
AUCTION_STATES = ["Open", "Closed", "ResultsPublished", "Cancelled"]


@extend_schema_field({"type": "number"})
class NumberField(serializers.Field):
    """A JSON number; which decimals are exact its reader decides."""

    default_error_messages = {"invalid": "A number is required."}

    def to_internal_value(self, data):
        """Take it as it is."""
        if isinstance(data, bool) or not isinstance(data, int | float):
            self.fail("invalid")
        return data

    def to_representation(self, value):
        """Write it as it is."""
        return value


class ContractShape(serializers.Serializer):
    """A delivery period that can be traded."""

    id = serializers.CharField()
    deliveryStart = serializers.DateTimeField()
    deliveryEnd = serializers.DateTimeField()


class AuctionShape(serializers.Serializer):
    """An auction."""

    id = serializers.CharField()
    name = serializers.CharField()
    state = serializers.ChoiceField(AUCTION_STATES)
    closeForBidding = serializers.DateTimeField()
    deliveryStart = serializers.DateTimeField()
    deliveryEnd = serializers.DateTimeField()


class OrderTypeShape(serializers.Serializer):
    """A kind of order."""

    id = serializers.IntegerField()
    name = serializers.CharField()


class CurrencyShape(serializers.Serializer):
    """The currency and its bounds of price."""

    currencyCode = serializers.CharField()
    minPrice = NumberField()
    maxPrice = NumberField()


class AreaContractsShape(serializers.Serializer):
    """The contracts of an area."""

    areaCode = serializers.CharField()
    contracts = ContractShape(many=True)


class PortfolioAreaShape(serializers.Serializer):
    """An area in which a portfolio trades."""

    code = serializers.CharField()
    name = serializers.CharField()
    eicCode = serializers.CharField(allow_null=True)
    curveMinVolumeLimit = NumberField()
    curveMaxVolumeLimit = NumberField()
    auctionTradingResolution = serializers.IntegerField()


class PortfolioShape(serializers.Serializer):
    """A node that can be traded for."""

    name = serializers.CharField()
    id = serializers.CharField()
    currency = serializers.CharField()
    companyId = serializers.CharField()
    companyName = serializers.CharField()
    permission = serializers.ChoiceField(["None", "READ", "WRITE"])
    areas = PortfolioAreaShape(many=True)


class FullAuctionShape(AuctionShape):
    """An auction with all that a tool needs to bid."""

    availableOrderTypes = OrderTypeShape(many=True)
    currencies = CurrencyShape(many=True)
    contracts = AreaContractsShape(many=True)
    portfolios = PortfolioShape(many=True)


class CurvePointShape(serializers.Serializer):
    """A point."""

    price = NumberField()
    volume = NumberField()


class CurveShape(serializers.Serializer):
    """The points of one contract."""

    contractId = serializers.CharField()
    curvePoints = CurvePointShape(many=True)


class MemberOrderShape(serializers.Serializer):
    """What every order says."""

    orderId = serializers.UUIDField()
    auctionId = serializers.CharField()
    companyName = serializers.CharField()
    portfolio = serializers.CharField()
    areaCode = serializers.CharField()
    modifier = serializers.CharField(allow_null=True)
    modified = serializers.DateTimeField()
    currencyCode = serializers.CharField()
    comment = serializers.CharField(allow_null=True)
    resolutionSeconds = serializers.IntegerField()
    version = serializers.IntegerField()


class CurveOrderShape(MemberOrderShape):
    """A curve order."""

    state = serializers.ChoiceField(ORDER_STATES)
    curveType = serializers.ChoiceField(["Step", "Linear"])
    curves = CurveShape(many=True)


class TradeShape(serializers.Serializer):
    """What an order got in one period, at the price at its meter."""

    tradeId = serializers.CharField()
    contractId = serializers.CharField()
    deliveryStart = serializers.DateTimeField()
    deliveryEnd = serializers.DateTimeField()
    volume = NumberField()
    price = NumberField()
    side = serializers.ChoiceField(["Buy", "Sell"])
    status = serializers.ChoiceField(["Final"])


class BlockResultShape(serializers.Serializer):
    """What became of a block: its ratio, why, and the average price over its volumes, at its meter."""

    name = serializers.CharField()
    acceptanceRatio = NumberField()
    reason = serializers.CharField()
    averagePrice = NumberField()


class TradesShape(serializers.Serializer):
    """What an order got; of a list of blocks, what one of them got."""

    orderId = serializers.UUIDField()
    orderResultType = serializers.ChoiceField(["Curve", "Block"])
    auctionId = serializers.CharField()
    userId = serializers.CharField()
    companyName = serializers.CharField()
    portfolio = serializers.CharField()
    currencyCode = serializers.CharField()
    areaCode = serializers.CharField()
    block = BlockResultShape(allow_null=True)
    trades = TradeShape(many=True)


class CurrencyPriceShape(serializers.Serializer):
    """A price."""

    currencyCode = serializers.CharField()
    marketPrice = NumberField()
    status = serializers.ChoiceField(["Final"])


class AreaPriceShape(serializers.Serializer):
    """The price of an area."""

    areaCode = serializers.CharField()
    prices = CurrencyPriceShape(many=True)


class ContractPriceShape(serializers.Serializer):
    """The prices of a contract."""

    contractId = serializers.CharField()
    deliveryStart = serializers.DateTimeField()
    deliveryEnd = serializers.DateTimeField()
    areas = AreaPriceShape(many=True)


class PricesShape(serializers.Serializer):
    """The prices of an auction."""

    auction = serializers.CharField()
    auctionDeliveryStart = serializers.DateTimeField()
    auctionDeliveryEnd = serializers.DateTimeField()
    contracts = ContractPriceShape(many=True)


class NetVolumeShape(serializers.Serializer):
    """What was sold (+) or bought (−) of a contract."""

    contractId = serializers.CharField()
    deliveryStart = serializers.DateTimeField()
    deliveryEnd = serializers.DateTimeField()
    netVolume = NumberField()


class AreaVolumesShape(serializers.Serializer):
    """The volumes in one area."""

    areaCode = serializers.CharField()
    netVolumes = NetVolumeShape(many=True)


class PortfolioVolumesShape(serializers.Serializer):
    """The volumes of one portfolio."""

    portfolio = serializers.CharField()
    companyName = serializers.CharField()
    areaNetVolumes = AreaVolumesShape(many=True)


class VolumesShape(serializers.Serializer):
    """The volumes of an auction."""

    auctionId = serializers.CharField()
    portfolioNetVolumes = PortfolioVolumesShape(many=True)


class CancelledShape(serializers.Serializer):
    """Which orders were cancelled."""

    cancelledOrderIds = serializers.ListField(child=serializers.UUIDField())
