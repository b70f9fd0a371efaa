"""Orders of one's own nodes."""

import numpy as np
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.response import Response

from shared import fields, problems
from shared.fields import utc_text
from shared.parsers import LongJSONParser
from trading.grid.access import PEOPLE, Door, NodeDoor, read, read_query
from trading.markets import queries as markets
from trading.markets.fields import DayOrInstantField, WordsField
from trading.orders import asking, operations, queries
from trading.orders.models import Order
from trading.orders.points import InvalidPoints, Points

SIDES = Order.Side.values
PAGE = 100  # orders of one answer
COLUMNS = ("period", "priceRpPerMwh", "quantityWh")
MOST_POINTS = 20_000
SHOWN_ERRORS = 20


IF_MATCH = OpenApiParameter(
    "If-Match", str, OpenApiParameter.HEADER, description="The order's ETag: its version in quotes."
)


class PointShape(serializers.Serializer):
    """A point of a curve."""

    period = serializers.IntegerField()
    priceRpPerMwh = serializers.IntegerField()
    quantityWh = serializers.IntegerField()


@extend_schema_field(PointShape(many=True))
class PointsField(serializers.Field):
    """Points as rows of whole numbers, read in one go: an order may have thousands."""

    default_error_messages = {"invalid": "Points are a list of at most 20,000 objects."}

    def to_internal_value(self, data):
        """Read them into arrays."""
        if not isinstance(data, list) or len(data) > MOST_POINTS:
            self.fail("invalid")
        errors = [error for index, row in enumerate(data) for error in _errors(index, row)]
        if errors:
            raise InvalidPoints(errors[:SHOWN_ERRORS])
        columns = np.array([[row[name] for name in COLUMNS] for row in data], np.int64).reshape(-1, 3)
        return Points.of_one(*columns.T)


def _errors(index, row):
    if not isinstance(row, dict):
        yield _error(f"points.{index}", "invalid", "A point is an object.")
        return
    for name in row.keys() - set(COLUMNS):
        yield _error(f"points.{index}.{str(name)[:50]}", "unknown-field", "This field is not known.")
    for name in COLUMNS:
        value = row.get(name)
        if name not in row:
            yield _error(f"points.{index}.{name}", "required", "This field is required.")
        elif type(value) is not int or not -(2**31) <= value < 2**31:
            yield _error(f"points.{index}.{name}", "invalid", "A whole number is required.")


def _error(field, code, detail):
    return {"field": field, "code": code, "detail": detail}


class OrderShape(serializers.Serializer):
    """An order as its household sees it; limits are at the meter."""

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


class Orders(NodeDoor):
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
        asked = read_query(request, self.Query)
        rows = queries.orders_of(
            self.node,
            auction=asked.get("auction"),
            starts_from=asked.get("from"),
            starts_before=asked.get("to"),
            outcomes=asked.get("state"),
            before=asked.get("cursor"),
        )[: PAGE + 1]
        shown = list(rows)[:PAGE]
        following = str(shown[-1].pk) if len(rows) > PAGE else None
        return Response({"items": [_order(order) for order in shown], "next": following})

    @extend_schema(
        operation_id="place_order",
        parameters=[asking.KEY_HEADER],
        request=Place,
        responses={201: OrderShape},
    )
    def post(self, request, node_id):
        """Place one; the same `Idempotency-Key` with the same content places it once."""
        return asking.once(request, lambda: (201, self._placed(request)))

    def _placed(self, request):
        said = read(request.data, self.Place)
        order = operations.place(
            auction=_auction(said["auctionId"]),
            node=self.node,
            side=said["side"],
            curve=said["curve"],
            points=said["points"],
            actor=request.user.subject,
            source=asking.source_of(request.user),
            at=markets.now(),
        )
        return _order(order)


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
        parameters=[asking.KEY_HEADER, IF_MATCH],
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
            version=_read_version(request, said, order),
            curve=said["curve"],
            points=said["points"],
            actor=request.user.subject,
            source=asking.source_of(request.user),
            at=markets.now(),
        )
        return _order(order)

    @extend_schema(
        operation_id="cancel_order", parameters=[asking.KEY_HEADER, IF_MATCH], responses={200: OrderShape}
    )
    def delete(self, request, node_id, order_id):
        """Take it back; it stays on record."""
        return asking.once(request, lambda: (200, self._cancelled(request, order_id)))

    def _cancelled(self, request, order_id):
        order = queries.order(node=self.node, public_id=order_id)
        _check_tag(request, order)
        order = operations.cancel(order=order, actor=request.user.subject, at=markets.now())
        return _order(order)


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


def _auction(auction_id):
    try:
        return markets.auction(code=auction_id)
    except markets.AuctionNotFound as error:
        raise problems.field_error("auctionId", "unknown", "There is no such auction.") from error


def _read_version(request, said, order):
    """The version that the caller has read."""
    if "If-Match" in request.headers:
        _check_tag(request, order)
        return order.version
    if "version" not in said:
        raise problems.field_error("version", "required", "Name the version that you read, or use If-Match.")
    return said["version"]


def _check_tag(request, order):
    tag = request.headers.get("If-Match")
    if tag is not None and tag != f'"{order.version}"':
        title, detail = "Changed meanwhile", "The order has changed since it was read."
        raise problems.Problem(
            412, "precondition-failed", title, detail, headers={"ETag": f'"{order.version}"'},
            currentVersion=order.version,
        )  # fmt: skip


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
