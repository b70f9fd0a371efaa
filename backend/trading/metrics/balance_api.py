"""Quarter hours and days of a node beside its schedule, each marked as estimated, provisional or final."""

from datetime import timedelta

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from shared.fields import utc_text
from trading.grid.access import NodeDoor, read_query
from trading.metering.models import MeterReading
from trading.metering.span import Span
from trading.metrics import balances

MARKS = MeterReading.Quality.values


class QuartersPage(NodeDoor):
    """A node's metered quarter hours."""

    class Answer(serializers.Serializer):
        """In the order of time; null is what is not settled, or has no price."""

        class QuarterShape(serializers.Serializer):
            """One quarter hour, energy in the node's own direction."""

            startsAt = serializers.DateTimeField()
            mark = serializers.ChoiceField(MARKS)
            meteredWh = serializers.IntegerField()
            scheduledWh = serializers.IntegerField(allow_null=True)
            communityWh = serializers.IntegerField(allow_null=True)
            costUrp = serializers.IntegerField(allow_null=True)
            priceRpPerMwh = serializers.IntegerField(allow_null=True)
            marketPriceRpPerMwh = serializers.IntegerField(allow_null=True)

        items = QuarterShape(many=True)

    @extend_schema(operation_id="quarters", parameters=[Span], responses=Answer)
    def get(self, request, node_id):
        """Show them."""
        asked = read_query(request, Span)
        found = balances.quarters(node=self.node, starts_at=asked["from"], ends_at=asked["to"])
        return Response({"items": [_quarter(each) for each in found]})


def _quarter(quarter):
    return {
        "startsAt": utc_text(quarter.starts_at),
        "mark": quarter.mark,
        "meteredWh": quarter.metered_wh,
        "scheduledWh": quarter.scheduled_wh,
        "communityWh": quarter.community_wh,
        "costUrp": quarter.cost_urp,
        "priceRpPerMwh": quarter.price_rp_per_mwh,
        "marketPriceRpPerMwh": quarter.market_price_rp_per_mwh,
    }


class DaysPage(NodeDoor):
    """A node's metered days."""

    class Query(Span):
        """A span of time, at most 400 days."""

        longest = timedelta(days=400)

    class Answer(serializers.Serializer):
        """In the order of time."""

        class DayShape(serializers.Serializer):
            """What one local day's meter counted beyond and below the schedule, and what that cost."""

            day = serializers.DateField()
            mark = serializers.ChoiceField(MARKS)
            moreWh = serializers.IntegerField()
            lessWh = serializers.IntegerField()
            imbalanceCostUrp = serializers.IntegerField()

        items = DayShape(many=True)

    @extend_schema(operation_id="days", parameters=[Query], responses=Answer)
    def get(self, request, node_id):
        """Show them."""
        asked = read_query(request, self.Query)
        found = balances.days(node=self.node, starts_at=asked["from"], ends_at=asked["to"])
        return Response({"items": [_day(each) for each in found]})


def _day(balance):
    return {
        "day": balance.day.isoformat(),
        "mark": balance.mark,
        "moreWh": balance.more_wh,
        "lessWh": balance.less_wh,
        "imbalanceCostUrp": balance.cost_urp,
    }
