"""The figures of one node: the original's contract, with its field names, units and timestamps."""

from datetime import UTC, datetime, timedelta

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.response import Response

from shared import fields, numbers, problems
from trading.grid.access import NodeDoor, OwnDoor, read_query
from trading.markets import queries as markets
from trading.metrics import queries, vouched, written

LONGEST = timedelta(days=400)
LATEST_MS = 4_102_444_800_000  # the year 2100


@extend_schema_field({"type": "integer", "minimum": 0, "maximum": LATEST_MS})
class MillisecondsField(serializers.Field):
    """An instant in milliseconds since 1970, as text of a query."""

    default_error_messages = {"invalid": "Write milliseconds since 1970, 0 to {latest}."}

    def to_internal_value(self, data):
        """Read it as an instant."""
        try:
            milliseconds = numbers.parse_integer(data, low=0, high=LATEST_MS)
        except numbers.NotANumber:
            self.fail("invalid", latest=LATEST_MS)
        return datetime.fromtimestamp(milliseconds // 1000, UTC) + timedelta(milliseconds=milliseconds % 1000)


class PricePoint(serializers.Serializer):
    """A price of one local day."""

    timestamp = serializers.IntegerField(help_text="midnight, in milliseconds since 1970")
    price = serializers.CharField(help_text="CHF/kWh")


class MetricsPage(OwnDoor):
    """What a node used or made, from and to whom, at which price, and what that saved."""

    class Query(fields.StrictSerializer):
        """A span of time, at most 400 days."""

        startDate = MillisecondsField()
        endDate = MillisecondsField()

        def validate(self, asked):
            """Check that it is a span, and not too long a one."""
            if asked["endDate"] <= asked["startDate"]:
                raise problems.field_error("endDate", "not-after-start", "The end must lie after the start.")
            if asked["endDate"] - asked["startDate"] > LONGEST:
                detail = f"A span has at most {LONGEST.days} days."
                raise problems.field_error("endDate", "out-of-range", detail)
            return asked

    class Answer(serializers.Serializer):
        """Energies in kWh and prices in CHF/kWh are decimal strings; the rest are whole Wh and µRp."""

        class DayShape(serializers.Serializer):
            """One local day."""

            timestamp = serializers.IntegerField()
            amountCommunityWh = serializers.IntegerField()
            amountNetworkWh = serializers.IntegerField()
            costUrp = serializers.IntegerField()

        averagePrice = serializers.CharField(allow_null=True)
        totalAmount = serializers.CharField()
        amountCommunity = serializers.CharField()
        amountNetwork = serializers.CharField()
        personalPriceHistory = PricePoint(many=True)
        marketPriceHistory = PricePoint(many=True)
        savingsUrp = serializers.IntegerField()
        utilityName = serializers.CharField()
        utilityCostUrp = serializers.IntegerField()
        costUrp = serializers.IntegerField()
        feesUrp = serializers.IntegerField()
        daily = DayShape(many=True)

    @extend_schema(operation_id="metrics", parameters=[Query], responses=Answer)
    def get(self, request, node_id):
        """Add it up."""
        asked = read_query(request, self.Query)
        text = vouched.answer(node_id=node_id, starts_at=asked["startDate"], ends_at=asked["endDate"])
        return HttpResponse(text, content_type="application/json")


class TradingPage(NodeDoor):
    """A node on the last delivered day, with the nodes it was connected with."""

    class Answer(serializers.Serializer):
        """The node, in the original's words."""

        class Connected(serializers.Serializer):
            """A partner; its name and place only if it shares them, its id known to this viewer alone."""

            nodeId = serializers.CharField()
            kind = serializers.ChoiceField(["community", "network"])
            name = serializers.CharField(allow_null=True)
            distance = serializers.IntegerField(help_text="m")
            price = serializers.CharField(help_text="CHF/kWh")
            amount = serializers.CharField(help_text="kWh")
            lat = serializers.FloatField(allow_null=True)
            long = serializers.FloatField(allow_null=True)

        nodeId = serializers.CharField()
        name = serializers.CharField()
        day = serializers.DateField(allow_null=True)
        distance = serializers.IntegerField()
        price = serializers.CharField(allow_null=True)
        amount = serializers.CharField()
        strategy = serializers.CharField(allow_null=True)
        lat = serializers.FloatField()
        long = serializers.FloatField()
        connectedNodes = Connected(many=True)

    @extend_schema(operation_id="trading", responses=Answer)
    def get(self, request, node_id):
        """Show it."""
        traded = queries.trading_day(node=self.node, at=markets.now())
        return Response(
            {
                "nodeId": self.node.public_id,
                "name": self.node.display_name,
                "day": traded.day and traded.day.isoformat(),
                "distance": 0,
                "price": written.chf_per_kwh(traded.price_rp_per_mwh),
                "amount": written.kwh(traded.metered_wh),
                "strategy": traded.strategy,
                "lat": self.node.bus.latitude,
                "long": self.node.bus.longitude,
                "connectedNodes": [_connected(partner) for partner in traded.partners],
            }
        )


def _connected(partner):
    return {
        "nodeId": partner.partner_id,
        "kind": partner.kind,
        "name": partner.name,
        "distance": partner.distance_m,
        "price": written.chf_per_kwh(partner.price_rp_per_mwh),
        "amount": written.kwh(partner.energy_wh),
        "lat": partner.latitude,
        "long": partner.longitude,
    }
