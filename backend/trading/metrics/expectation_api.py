"""What a node is expected to use or make, with bands, and how right that was lately."""

from datetime import timedelta

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from shared import fields
from trading.grid.access import NodeDoor
from trading.markets import queries as markets
from trading.metrics import expectations

QUARTER = timedelta(minutes=15)


class ForecastPage(NodeDoor):
    """The forecast that strategies bid with, until the end of tomorrow."""

    class Answer(serializers.Serializer):
        """Quarter hours, and errors in thousandths of what was metered; null without a week of readings."""

        class Expected(serializers.Serializer):
            """What the meter stays below in one, five and nine of ten cases."""

            startsAt = serializers.DateTimeField()
            lowWh = serializers.IntegerField()
            middleWh = serializers.IntegerField()
            highWh = serializers.IntegerField()

        items = Expected(many=True)
        errorPermille = serializers.IntegerField(allow_null=True)
        weekAgoErrorPermille = serializers.IntegerField(allow_null=True)

    @extend_schema(operation_id="forecast", responses=Answer)
    def get(self, request, node_id):
        """Read it."""
        found = expectations.of(node=self.node, at=markets.now())
        bands = zip(found.low_wh, found.middle_wh, found.high_wh, strict=True)
        ours, naive = found.errors or (None, None)
        return Response(
            {
                "items": [
                    {
                        "startsAt": fields.utc_text(found.starts_at + place * QUARTER),
                        "lowWh": low,
                        "middleWh": middle,
                        "highWh": high,
                    }
                    for place, (low, middle, high) in enumerate(bands)
                ],
                "errorPermille": ours,
                "weekAgoErrorPermille": naive,
            }
        )
