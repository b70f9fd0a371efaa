"""The member API: names, payloads, states and error habits of the Nord Pool Auction API, version 1."""

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.response import Response
from rest_framework.views import APIView

from shared import fields, problems
from shared.parsers import LongJSONParser
from webapp.keys.authentication import PEOPLE_AND_PROGRAMS
from webapp.member import auctions, block_shapes, blocks, curves, operations, shapes
from webapp.member.exchange import Exchange
from webapp.users import inputs

FILTERS = [
    OpenApiParameter("portfolios", str, many=True, description="Portfolios; all without it."),
    OpenApiParameter("areas", str, many=True, description="Areas; all without it."),
]
MOST_CURVES = 100
MOST_POINTS = 200


class MemberDoor(APIView):
    """A view that members' programs use."""

    authentication_classes = PEOPLE_AND_PROGRAMS
    parser_classes = (LongJSONParser,)
    filters = ()

    def initial(self, request, *args, **kwargs):
        """Look at the query, and get hold of the exchange as this caller may use it."""
        super().initial(request, *args, **kwargs)
        for name in request.query_params:
            if name not in self.filters:
                raise problems.field_error(
                    name[:50], "unknown-parameter", "This parameter is not known here."
                )
        self.exchange = Exchange.of(request)

    def handle_exception(self, exc):
        """Say what is wrong under the name that clients of this dialect read, too."""
        response = super().handle_exception(exc)
        if isinstance(response.data, dict) and response.status_code >= 400:
            response.data["message"] = _message(response.data)
        return response

    def chosen(self, request):
        """The portfolios that the query asks for."""
        asked = {name: request.query_params.getlist(name) for name in ("portfolios", "areas")}
        return operations.chosen(self.exchange, **asked)


def _message(said):
    errors = "; ".join(f"{each['field']}: {each['detail']}" for each in said.get("errors", []))
    return f"{said.get('detail', '')} {errors}".strip()


class Auctions(MemberDoor):
    """Auctions by the time at which they close."""

    filters = ("closeBiddingFrom", "closeBiddingTo")

    class Query(fields.StrictSerializer):
        closeBiddingFrom = fields.InstantField()
        closeBiddingTo = fields.InstantField()

    @extend_schema(
        operation_id="member_auctions", parameters=[Query], responses=shapes.AuctionShape(many=True)
    )
    def get(self, request):
        """List them."""
        serializer = self.Query(data=request.query_params.dict())
        serializer.is_valid(raise_exception=True)
        said = serializer.validated_data
        span = said["closeBiddingFrom"], said["closeBiddingTo"]
        found = auctions.closing_between(self.exchange, *span)
        return Response([auctions.described(each) for each in found])


class OneAuction(MemberDoor):
    """An auction with its contracts, portfolios, areas and bounds."""

    @extend_schema(operation_id="member_auction", responses=shapes.FullAuctionShape)
    def get(self, request, auction_id):
        """Show it."""
        return Response(auctions.described_in_full(self.exchange, self.exchange.auction(auction_id)))


class Orders(MemberDoor):
    """One's own orders in an auction."""

    filters = ("portfolios", "areas")

    @extend_schema(operation_id="member_orders", parameters=FILTERS, responses=block_shapes.OrdersShape)
    def get(self, request, auction_id):
        """List them."""
        auction, chosen = self.exchange.auction(auction_id)["auctionId"], self.chosen(request)
        found = [
            curves.described(order, portfolio=where)
            for where in chosen
            for order in self.exchange.orders(auction, where.node)
        ]
        lists = [
            blocks.described(each, portfolio=where)
            for where in chosen
            for each in self.exchange.block_lists(auction, where.node)
        ]
        return Response({"curveOrders": found, "blockLists": lists})


class Trades(MemberDoor):
    """What one's own orders got."""

    filters = ("portfolios", "areas")

    @extend_schema(operation_id="member_trades", parameters=FILTERS, responses=shapes.TradesShape(many=True))
    def get(self, request, auction_id):
        """List it, order by order."""
        auction = self.exchange.auction(auction_id)
        return Response(list(auctions.trades(self.exchange, auction, self.chosen(request))))


class Prices(MemberDoor):
    """The prices of an auction."""

    @extend_schema(operation_id="member_prices", responses=shapes.PricesShape)
    def get(self, request, auction_id):
        """Show them."""
        return Response(auctions.prices(self.exchange, self.exchange.auction(auction_id)))


class PortfolioVolumes(MemberDoor):
    """What each portfolio sold and bought together."""

    filters = ("portfolios", "areas")

    @extend_schema(operation_id="member_portfolio_volumes", parameters=FILTERS, responses=shapes.VolumesShape)
    def get(self, request, auction_id):
        """Show it."""
        auction = self.exchange.auction(auction_id)
        return Response(auctions.volumes(self.exchange, auction, self.chosen(request)))


class CancelAll(MemberDoor):
    """All of one's orders in an auction."""

    @extend_schema(operation_id="member_cancel_all", responses={200: shapes.CancelledShape})
    def delete(self, request, auction_id):
        """Cancel them."""
        return _cancelled(self.exchange, auction_id, self.exchange.portfolios())


class Cancel(MemberDoor):
    """The orders of some portfolios in an auction."""

    filters = ("portfolios",)

    @extend_schema(
        operation_id="member_cancel", parameters=FILTERS[:1], responses={200: shapes.CancelledShape}
    )
    def delete(self, request, auction_id):
        """Cancel them."""
        if not request.query_params.getlist("portfolios"):
            raise problems.field_error("portfolios", "required", "Say which, or use cancelall.")
        return _cancelled(self.exchange, auction_id, self.chosen(request))


def _cancelled(exchange, auction_id, portfolios):
    ids = operations.cancel(exchange, auction_id=auction_id, portfolios=portfolios)
    return Response({"cancelledOrderIds": ids})


class CurvePoint(fields.StrictSerializer):
    """A price and, signed, a volume: + sells, − buys."""

    price = shapes.NumberField()
    volume = shapes.NumberField()


class Curve(fields.StrictSerializer):
    """The points of one contract."""

    contractId = fields.StrictCharField(max_length=64)
    curvePoints = CurvePoint(many=True, max_length=MOST_POINTS, allow_empty=False)


class CurveOrders(MemberDoor):
    """New curve orders."""

    class NewCurveOrder(fields.StrictSerializer):
        auctionId = fields.StrictCharField(max_length=64)
        portfolio = fields.StrictCharField(max_length=64)
        areaCode = fields.StrictCharField(max_length=32)
        comment = fields.StrictCharField(max_length=255, required=False, allow_null=True, allow_blank=True)
        curveType = fields.StrictChoiceField([curves.STEP, curves.LINEAR], default=curves.STEP)
        curves = Curve(many=True, max_length=MOST_CURVES, allow_empty=False)

    @extend_schema(
        operation_id="place_curve_order",
        request=NewCurveOrder,
        parameters=[shapes.IDEMPOTENCY_KEY],
        responses={200: shapes.CurveOrderShape},
    )
    def post(self, request):
        """Place one."""
        return Response(operations.place_curve(self.exchange, said=inputs.read(self.NewCurveOrder, request)))


class OneCurveOrder(MemberDoor):
    """A curve order."""

    class CurveOrderPatch(fields.StrictSerializer):
        comment = fields.StrictCharField(max_length=255, required=False, allow_null=True, allow_blank=True)
        curveType = fields.StrictChoiceField([curves.STEP, curves.LINEAR], required=False)
        curves = Curve(many=True, max_length=MOST_CURVES)

    @extend_schema(operation_id="curve_order", responses=shapes.CurveOrderShape)
    def get(self, request, order_id):
        """Show it."""
        order, where = operations.find(self.exchange, order_id=order_id)
        return Response(curves.described(order, portfolio=where))

    @extend_schema(
        operation_id="change_curve_order",
        request=CurveOrderPatch,
        parameters=[shapes.IDEMPOTENCY_KEY],
        responses=shapes.CurveOrderShape,
    )
    def patch(self, request, order_id):
        """Replace the contracts that are named, add new ones; cancel the order if none is."""
        said = inputs.read(self.CurveOrderPatch, request)
        return Response(operations.patch_curve(self.exchange, order_id=order_id, said=said))


class CurveOrderVersions(MemberDoor):
    """What a curve order said."""

    @extend_schema(operation_id="curve_order_versions", responses=shapes.CurveOrderShape(many=True))
    def get(self, request, order_id):
        """List it, the first version first."""
        return Response(operations.versions(self.exchange, order_id=order_id))


class BlockOrders(MemberDoor):
    """New lists of block orders."""

    @extend_schema(
        operation_id="place_block_order",
        request=block_shapes.NewBlockList,
        parameters=[shapes.IDEMPOTENCY_KEY],
        responses={200: block_shapes.BlockListShape},
    )
    def post(self, request):
        """Place one: all its blocks or none."""
        said = inputs.read(block_shapes.NewBlockList, request)
        return Response(operations.place_blocks(self.exchange, said=said))


class OneBlockOrder(MemberDoor):
    """A list of block orders."""

    @extend_schema(operation_id="block_order", responses=block_shapes.BlockListShape)
    def get(self, request, order_id):
        """Show it."""
        found, where = operations.find_blocks(self.exchange, order_id=order_id)
        return Response(blocks.described(found, portfolio=where))

    @extend_schema(
        operation_id="change_block_order",
        request=block_shapes.BlockListPatch,
        parameters=[shapes.IDEMPOTENCY_KEY],
        responses=block_shapes.BlockListShape,
    )
    def patch(self, request, order_id):
        """Replace the blocks that are named, add new ones; cancel the list if none is."""
        said = inputs.read(block_shapes.BlockListPatch, request)
        return Response(operations.patch_blocks(self.exchange, order_id=order_id, said=said))


class BlockOrderVersions(MemberDoor):
    """What a list of block orders said."""

    @extend_schema(operation_id="block_order_versions", responses=block_shapes.BlockListShape(many=True))
    def get(self, request, order_id):
        """List it, the first version first."""
        return Response(operations.block_versions(self.exchange, order_id=order_id))
