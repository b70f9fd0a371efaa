"""The figures of one node: the original's contract, with its field names, units and timestamps."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.response import Response

from shared import fields, numbers, problems
from trading.grid.access import NodeDoor, read_query
from trading.markets import calendar
from trading.markets import queries as markets
from trading.metrics import queries

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


class MetricsPage(NodeDoor):
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
        figures = queries.node_metrics(
            node=self.node, starts_at=asked["startDate"], ends_at=asked["endDate"], at=markets.now()
        )
        return Response(_metrics(figures))


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
                "price": _chf_per_kwh(traded.price_rp_per_mwh),
                "amount": _kwh(traded.metered_wh),
                "strategy": traded.strategy,
                "lat": self.node.bus.latitude,
                "long": self.node.bus.longitude,
                "connectedNodes": [_connected(partner) for partner in traded.partners],
            }
        )


def _metrics(figures):
    cost_urp, utility_cost_urp = figures.total("cost_urp"), figures.total("utility_cost_urp")
    return {
        "averagePrice": _chf_per_kwh(figures.price_rp_per_mwh(figures.days)),
        "totalAmount": _kwh(figures.total("metered_wh")),
        "amountCommunity": _kwh(figures.total("community_wh")),
        "amountNetwork": _kwh(figures.total("network_wh")),
        "personalPriceHistory": [
            _point(day.day, figures.price_rp_per_mwh([day])) for day in figures.days if day.metered_wh
        ],
        "marketPriceHistory": [_point(day, price) for day, price in figures.market_prices],
        "savingsUrp": utility_cost_urp - cost_urp,
        "utilityName": figures.utility_name,
        "utilityCostUrp": utility_cost_urp,
        "costUrp": cost_urp,
        "feesUrp": figures.total("fees_urp"),
        "daily": [
            {
                "timestamp": _milliseconds(day.day),
                "amountCommunityWh": day.community_wh,
                "amountNetworkWh": day.network_wh,
                "costUrp": day.cost_urp,
            }
            for day in figures.days
        ],
    }


def _connected(partner):
    return {
        "nodeId": partner.partner_id,
        "kind": partner.kind,
        "name": partner.name,
        "distance": partner.distance_m,
        "price": _chf_per_kwh(partner.price_rp_per_mwh),
        "amount": _kwh(partner.energy_wh),
        "lat": partner.latitude,
        "long": partner.longitude,
    }


def _point(day, price_rp_per_mwh):
    return {"timestamp": _milliseconds(day), "price": _chf_per_kwh(price_rp_per_mwh)}


@lru_cache(maxsize=4096)  # a year's answer holds each of its days three times
def _milliseconds(day):
    return int(calendar.delivery_day(day)[0].timestamp()) * 1000


def _kwh(energy_wh):
    return numbers.format_decimal(energy_wh, scale=3)


def _chf_per_kwh(price_rp_per_mwh):
    # 1 Rp/MWh = 0.01 CHF / 1000 kWh
    return None if price_rp_per_mwh is None else numbers.format_decimal(price_rp_per_mwh, scale=5)
