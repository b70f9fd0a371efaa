"""Grid operators, pairing, nodes and the map. What rooms above know comes in through `urls.py`."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from shared import fields, identity, problems
from trading.grid import operations, queries
from trading.grid.access import PEOPLE, Door, NodeDoor, own_nodes, read, read_query
from trading.grid.asset_api import AssetShape, described
from trading.grid.models import Customer, Node

SIDES = Node.Side.values


class CustomerNotFound(Exception):
    """This grid operator has no customer with this number."""


problems.register(CustomerNotFound, status=404, code="customer-not-found", title="Customer not found")


class TariffShape(serializers.Serializer):
    """What a grid operator charges and pays."""

    retailEnergyRpPerMwh = serializers.IntegerField()
    gridRpPerMwh = serializers.IntegerField()
    leviesRpPerMwh = serializers.IntegerField()
    feedInRpPerMwh = serializers.IntegerField()
    vatPermille = serializers.IntegerField()


class Operators(Door):
    """Every grid operator with today's tariff."""

    today = None  # the exchange's clock is a room above

    class Answer(serializers.Serializer):
        """A list."""

        class Operator(serializers.Serializer):
            """One grid operator."""

            dsoId = serializers.CharField()
            name = serializers.CharField()
            municipality = serializers.CharField()
            areaCode = serializers.CharField()
            tariff = TariffShape()

        items = Operator(many=True)

    @extend_schema(operation_id="operators", responses=Answer)
    def get(self, request):
        """List them by name."""
        day = self.today()
        return Response({"items": [_operator(dso, day) for dso in queries.operators()]})


def _operator(dso, day):
    tariff = queries.tariff(dso=dso, day=day)
    return {
        "dsoId": dso.public_id,
        "name": dso.name,
        "municipality": dso.municipality,
        "areaCode": dso.area,
        "tariff": {
            "retailEnergyRpPerMwh": tariff.retail_energy_rp_per_mwh,
            "gridRpPerMwh": tariff.grid_rp_per_mwh,
            "leviesRpPerMwh": tariff.levies_rp_per_mwh,
            "feedInRpPerMwh": tariff.feed_in_rp_per_mwh,
            "vatPermille": tariff.vat_permille,
        },
    }


class Pairing(Door):
    """Which nodes a customer number stands for; for the public door alone."""

    roles = frozenset({identity.SERVICE})

    class Query(fields.StrictSerializer):
        """A grid operator and a customer number of its."""

        dso = fields.StrictCharField(max_length=32)
        dsoClientId = fields.StrictCharField(max_length=32)

    class Answer(serializers.Serializer):
        """The customer's nodes."""

        consumerNodeId = serializers.CharField(allow_null=True)
        producerNodeId = serializers.CharField(allow_null=True)
        customerName = serializers.CharField()
        dsoId = serializers.CharField()

    @extend_schema(operation_id="pairing", parameters=[Query], responses=Answer)
    def get(self, request):
        """Look a customer up."""
        asked = read_query(request, self.Query)
        try:
            customer = queries.customer(dso_id=asked["dso"], number=asked["dsoClientId"])
        except Customer.DoesNotExist as error:
            raise CustomerNotFound from error
        consumer, producer = queries.nodes_of(customer)
        return Response(
            {
                "consumerNodeId": consumer and consumer.public_id,
                "producerNodeId": producer and producer.public_id,
                "customerName": customer.name,
                "dsoId": customer.dso.public_id,
            }
        )


class StrategyShape(serializers.Serializer):
    """Who bids for a node."""

    strategy = serializers.CharField()
    active = serializers.BooleanField()
    limitPriceRpPerMwh = serializers.IntegerField(allow_null=True)
    version = serializers.IntegerField()


class NodePage(NodeDoor):
    """A node, what stands behind it, and who bids for it."""

    strategy_of = None  # the strategies are a room above

    class Answer(serializers.Serializer):
        """One node."""

        nodeId = serializers.CharField()
        side = serializers.ChoiceField(SIDES)
        displayName = serializers.CharField()
        shared = serializers.BooleanField()
        dsoId = serializers.CharField()
        busName = serializers.CharField()
        lat = serializers.FloatField()
        long = serializers.FloatField()
        withdrawalFeeRpPerMwh = serializers.IntegerField()
        connectionCapacityW = serializers.IntegerField()
        assets = AssetShape(many=True)
        strategy = StrategyShape(allow_null=True)
        otherNodeId = serializers.CharField(allow_null=True)

    @extend_schema(operation_id="node", responses=Answer)
    def get(self, request, node_id):
        """Show it."""
        return Response(_node(self.node, self.strategy_of(self.node)))


class OwnNodes(Door):
    """All nodes of the caller's."""

    roles = PEOPLE

    class Answer(serializers.Serializer):
        """A list."""

        class OwnNodeShape(serializers.Serializer):
            """One node."""

            nodeId = serializers.CharField()
            side = serializers.ChoiceField(SIDES)
            dsoId = serializers.CharField()
            connectionCapacityW = serializers.IntegerField()

        items = OwnNodeShape(many=True)

    @extend_schema(operation_id="own_nodes", responses=Answer)
    def get(self, request):
        """List them."""
        return Response({"items": [_own(node) for node in own_nodes(request.user)]})


def _own(node):
    return {
        "nodeId": node.public_id,
        "side": node.side,
        "dsoId": node.customer.dso.public_id,
        "connectionCapacityW": node.connection_capacity_w,
    }


def _node(node, choice):
    other = queries.other_node(node)
    return {
        "nodeId": node.public_id,
        "side": node.side,
        "displayName": node.display_name,
        "shared": node.shared,
        "dsoId": node.customer.dso.public_id,
        "busName": node.bus.name,
        "lat": node.bus.latitude,
        "long": node.bus.longitude,
        "withdrawalFeeRpPerMwh": node.withdrawal_fee_rp_per_mwh,
        "connectionCapacityW": node.connection_capacity_w,
        "assets": [described(asset) for asset in node.assets.order_by("pk")],
        "strategy": choice
        and {
            "strategy": choice.strategy,
            "active": choice.active,
            "limitPriceRpPerMwh": choice.limit_price_rp_per_mwh,
            "version": choice.version,
        },
        "otherNodeId": other and other.public_id,
    }


class Profile(NodeDoor):
    """What others see of a node: nothing, unless it is shared."""

    class Shape(fields.StrictSerializer):
        """A name, and whether others see it."""

        displayName = fields.StrictCharField(max_length=60, allow_blank=True)
        shared = fields.StrictBooleanField()

    @extend_schema(operation_id="set_profile", request=Shape, responses=Shape)
    def put(self, request, node_id):
        """Say it anew."""
        said = read(request.data, self.Shape)
        node = operations.set_profile(node=self.node, display_name=said["displayName"], shared=said["shared"])
        return Response({"displayName": node.display_name, "shared": node.shared})


class NodeMap(NodeDoor):
    """The grid around a node."""

    class Answer(serializers.Serializer):
        """Buses and lines."""

        class BusShape(serializers.Serializer):
            """A point of the grid."""

            name = serializers.CharField()
            lat = serializers.FloatField()
            long = serializers.FloatField()
            kind = serializers.CharField()

        class LineShape(serializers.Serializer):
            """A line; `to` lies towards the root. No capacity means unlimited."""

            lengthM = serializers.IntegerField()
            capacityW = serializers.IntegerField(allow_null=True)
            to = serializers.CharField()

            def get_fields(self):
                """Add `from`, which is no name in Python."""
                return super().get_fields() | {"from": serializers.CharField()}

        buses = BusShape(many=True)
        lines = LineShape(many=True)
        home = serializers.CharField()

    @extend_schema(operation_id="map", responses=Answer)
    def get(self, request, node_id):
        """Show it."""
        buses, lines = queries.buses_and_lines(dso=self.node.bus.dso_id)
        return Response(
            {
                "buses": [
                    {"name": bus.name, "lat": bus.latitude, "long": bus.longitude, "kind": bus.kind}
                    for bus in buses
                ],
                "lines": [
                    {
                        "from": line.bus.name,
                        "to": line.towards.name,
                        "lengthM": line.length_m,
                        "capacityW": line.capacity_up_w,
                    }
                    for line in lines
                ],
                "home": self.node.bus.name,
            }
        )
