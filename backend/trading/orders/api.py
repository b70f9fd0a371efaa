"""Orders of one's own nodes."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from shared import fields
from shared.fields import utc_text
from shared.parsers import LongJSONParser
from trading.grid.access import PEOPLE, Door, NodeDoor, OwnDoor, own_node, own_nodes, read, read_query
from trading.markets import queries as markets
from trading.markets.fields import DayOrInstantField, WordsField
from trading.orders import asking, operations, queries
from trading.orders.models import Order
from trading.orders.point_fields import COLUMNS, PointsField, PointShape
from trading.orders.said import Said

SIDES = Order.Side.values
PAGE = 100  # orders of one answer


class BlockShape(serializers.Serializer):
    """What a block order says beside its points; it is not accepted without the block `linkedTo`."""

    name = serializers.CharField()
    listId = serializers.CharField()
    minRatioPermille = serializers.IntegerField()
    linkedTo = serializers.CharField(allow_null=True)
    exclusiveGroup = serializers.CharField(allow_null=True)


class OrderShape(serializers.Serializer):
    """An order as its household sees it; limits are at the meter. `block` is null for a curve order."""

    orderId = serializers.CharField()
    nodeId = serializers.CharField()
    auctionId = serializers.CharField()
    marketId = serializers.CharField()
    side = serializers.ChoiceField(SIDES)
    curve = serializers.ChoiceField(Order.Curve.values)
    state = serializers.ChoiceField(queries.OUTCOME_NAMES)
    source = serializers.ChoiceField(["household", "strategy"])
    version = serializers.IntegerField()
    points = PointShape(many=True)
    heldUrp = serializers.IntegerField()
    receivedAt = serializers.DateTimeField()
    cancelledAt = serializers.DateTimeField(allow_null=True)
    acceptedWh = serializers.IntegerField(allow_null=True)
    block = BlockShape(allow_null=True)


class Orders(OwnDoor):
    """The orders of a node."""

    parser_classes = (LongJSONParser,)

    class Query(fields.StrictSerializer):
        """An auction, a span of deliveries, states; `cursor` is the `next` of the answer before."""

        auction = fields.StrictCharField(max_length=32, required=False)
        to = DayOrInstantField(required=False)
        state = WordsField(queries.OUTCOME_NAMES, required=False)
        cursor = serializers.RegexField(r"\A[0-9]{1,18}\Z", required=False)

        def get_fields(self):
            """Add `from`, which is no name in Python."""
            return super().get_fields() | {"from": DayOrInstantField(required=False)}

    class Place(fields.StrictSerializer):
        """A new order."""

        auctionId = fields.StrictCharField(max_length=32)
        side = fields.StrictChoiceField(SIDES)
        curve = fields.StrictChoiceField(Order.Curve.values)
        points = PointsField()

    class Answer(serializers.Serializer):
        """A list; `next` is null at its end."""

        items = OrderShape(many=True)
        next = serializers.CharField(allow_null=True)

    @extend_schema(operation_id="orders", parameters=[Query], responses=Answer)
    def get(self, request, node_id):
        """List them, the newest first."""
        return _page(request, [own_node(request.user, node_id)])

    @extend_schema(
        operation_id="place_order",
        parameters=[asking.KEY_HEADER],
        request=Place,
        responses={201: OrderShape},
    )
    def post(self, request, node_id):
        """Place one; the same `Idempotency-Key` with the same content places it once."""
        return asking.once(request, lambda: (201, self._placed(request, node_id)))

    def _placed(self, request, node_id):
        said = read(request.data, self.Place)
        who = request.user
        order = Said(
            node=node_id,
            side=said["side"],
            curve=said["curve"],
            points=said["points"],
            actor=who.subject,
            source=asking.source_of(who),
        )
        return _order(asking.place(said["auctionId"], order))


class OrderPage(NodeDoor):
    """One order of a node."""

    parser_classes = (LongJSONParser,)

    class Replace(fields.StrictSerializer):
        """What it says from now on; `version` is the one that was read, unless If-Match tells its ETag."""

        version = fields.StrictIntegerField(min_value=1, max_value=2**31 - 1, required=False)
        curve = fields.StrictChoiceField(Order.Curve.values)
        points = PointsField()

    @extend_schema(operation_id="order", responses=OrderShape)
    def get(self, request, node_id, order_id):
        """Show it."""
        return asking.tagged(200, _order(queries.order(node=self.node, public_id=order_id)))

    @extend_schema(
        operation_id="replace_order",
        parameters=[asking.KEY_HEADER, asking.IF_MATCH],
        request=Replace,
        responses=OrderShape,
    )
    def put(self, request, node_id, order_id):
        """Replace it in one step."""
        return asking.once(request, lambda: (200, self._replaced(request, order_id)))

    def _replaced(self, request, order_id):
        said = read(request.data, self.Replace)
        order = queries.order(node=self.node, public_id=order_id)
        order = operations.replace(
            order=order,
            version=asking.read_version(request, said, order),
            curve=said["curve"],
            points=said["points"],
            actor=request.user.subject,
            source=asking.source_of(request.user),
            at=markets.now(),
        )
        return _order(order)

    @extend_schema(
        operation_id="cancel_order",
        parameters=[asking.KEY_HEADER, asking.IF_MATCH],
        responses={200: OrderShape},
    )
    def delete(self, request, node_id, order_id):
        """Take it back; it stays on record."""
        return asking.once(request, lambda: (200, self._cancelled(request, order_id)))

    def _cancelled(self, request, order_id):
        order = queries.order(node=self.node, public_id=order_id)
        asking.check_tag(request, order)
        version = order.version if "HTTP_IF_MATCH" in request.META else None
        order = operations.cancel(order=order, actor=request.user.subject, at=markets.now(), version=version)
        return _order(order)


class OwnOrders(Door):
    """The orders of all of the caller's nodes."""

    roles = PEOPLE

    @extend_schema(operation_id="own_orders", parameters=[Orders.Query], responses=Orders.Answer)
    def get(self, request):
        """List them, the newest first."""
        return _page(request, own_nodes(request.user))


class OwnOrder(Door):
    """An order of any node of the caller's, for whoever knows its name alone."""

    roles = PEOPLE

    @extend_schema(operation_id="own_order", responses=OrderShape)
    def get(self, request, order_id):
        """Show it."""
        return Response(_order(queries.order_of_any(nodes=request.user.nodes, public_id=order_id)))


class OrderVersions(NodeDoor):
    """What an order said, and when."""

    class Answer(serializers.Serializer):
        """A list from the first version on."""

        class VersionShape(serializers.Serializer):
            """One version."""

            version = serializers.IntegerField()
            deed = serializers.ChoiceField(["placed", "replaced", "cancelled"])
            at = serializers.DateTimeField()
            curve = serializers.ChoiceField(Order.Curve.values)
            points = PointShape(many=True)

        items = VersionShape(many=True)

    @extend_schema(operation_id="order_versions", responses=Answer)
    def get(self, request, node_id, order_id):
        """List them."""
        order = queries.order(node=self.node, public_id=order_id)
        return Response({"items": [_version(version) for version in queries.versions(order)]})


def _page(request, nodes):
    asked = read_query(request, Orders.Query)
    rows = queries.orders_of(
        nodes=nodes,
        auction=asked.get("auction"),
        starts_from=asked.get("from"),
        starts_before=asked.get("to"),
        outcomes=asked.get("state"),
        before=asked.get("cursor"),
    )[: PAGE + 1]
    shown = list(rows)[:PAGE]
    following = str(shown[-1].pk) if len(rows) > PAGE else None
    return Response({"items": [_order(order) for order in shown], "next": following})


def _order(order):
    return {
        "orderId": order.public_id,
        "nodeId": order.node.public_id,
        "auctionId": order.auction.code,
        "marketId": order.auction.market.code,
        "side": order.side,
        "curve": order.curve,
        "state": queries.outcome(order),
        "source": "household" if order.source in queries.OWN_SOURCES else "strategy",
        "version": order.version,
        "points": _points(order),
        "heldUrp": queries.held_urp(order),
        "receivedAt": utc_text(order.received_at),
        "cancelledAt": utc_text(order.cancelled_at),
        "acceptedWh": queries.accepted(order),
        "block": _block(order) if order.kind == Order.Kind.BLOCK else None,
    }


def _block(order):
    return {
        "name": order.name,
        "listId": order.block_list.public_id,
        "minRatioPermille": order.min_ratio_permille,
        "linkedTo": order.parent.name if order.parent else None,
        "exclusiveGroup": order.exclusive_group or None,
    }


def _version(version):
    return {
        "version": version.version,
        "deed": version.deed,
        "at": utc_text(version.at),
        "curve": version.curve,
        "points": _points(version),
    }


def _points(said):
    rows = zip(said.periods, said.prices_rp_per_mwh, said.quantities_wh, strict=True)
    return [dict(zip(COLUMNS, row, strict=True)) for row in rows]
