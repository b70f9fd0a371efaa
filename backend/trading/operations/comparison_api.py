"""What a household's last week would have cost with each strategy."""

import numpy as np
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from shared import fields
from trading.grid.access import NodeDoor
from trading.grid.models import Asset, Node
from trading.markets import calendar
from trading.markets import queries as markets
from trading.metering import queries as metering
from trading.operations import comparisons
from trading.strategies import queries as strategies
from trading.strategies.models import OF_HOUSEHOLDS

RETRY_AFTER_S = 5


class Figures(serializers.Serializer):
    """What it cost, and whose energy it was."""

    costUrp = serializers.IntegerField()
    boughtCommunityWh = serializers.IntegerField()
    boughtNetworkWh = serializers.IntegerField()
    soldCommunityWh = serializers.IntegerField()
    soldNetworkWh = serializers.IntegerField()


class DayOfStrategy(Figures):
    """A local day with a strategy."""

    day = serializers.DateField()
    utilityCostUrp = serializers.IntegerField()


class WeekOfStrategy(Figures):
    """All days with a strategy; prices are averages at the meter.

    The cost is that of the days less `storedUrp`: what the battery holds at the end more than at the
    beginning, as cheap as it was to be had on the last day.
    """

    strategy = serializers.ChoiceField(OF_HOUSEHOLDS)
    boughtPriceRpPerMwh = serializers.IntegerField(allow_null=True)
    soldPriceRpPerMwh = serializers.IntegerField(allow_null=True)
    storedUrp = serializers.IntegerField()
    days = DayOfStrategy(many=True)


class StrategiesPage(NodeDoor):
    """Each strategy's week on the books as they were; computed once a day, after the first question."""

    class Answer(serializers.Serializer):
        """Of the whole household, before levies and VAT: below zero it earned; prices are at the meter."""

        startsAt = serializers.DateTimeField(allow_null=True)
        endsAt = serializers.DateTimeField(allow_null=True)
        isReady = serializers.BooleanField()
        retryAfterS = serializers.IntegerField()
        isProvisional = serializers.BooleanField()
        chosen = serializers.ChoiceField(OF_HOUSEHOLDS, allow_null=True)
        hasBattery = serializers.BooleanField()
        hasLoads = serializers.BooleanField()
        utilityCostUrp = serializers.IntegerField()
        strategies = WeekOfStrategy(many=True)

    @extend_schema(operation_id="compare_strategies", responses=Answer)
    def get(self, request, node_id):
        """Read it, or ask for it."""
        customer = self.node.customer
        real_at, consumers = markets.moment().real_at, customer.nodes.filter(side=Node.Side.CONSUMER)
        row = comparisons.ask(customer=customer, real_at=real_at)
        chosen = strategies.of(self.node)
        figures = None if row is None else row.figures
        loads = strategies.loads_of(np.array(consumers.values_list("pk", flat=True), np.int64))
        return Response(
            {
                **_span(customer, row),
                "isReady": row is None or comparisons.is_ready(row, real_at=real_at),
                "retryAfterS": RETRY_AFTER_S,
                "chosen": chosen.strategy if chosen and chosen.active else None,
                "hasBattery": Asset.objects.filter(node__customer=customer, kind=Asset.Kind.BATTERY).exists(),
                "hasLoads": len(loads.key) > 0,
                **(figures or {"utilityCostUrp": 0, "strategies": []}),
            }
        )


def _span(customer, row):
    """The days that are compared, and whether what was metered on them may still change."""
    if row is None:
        return {"startsAt": None, "endsAt": None, "isProvisional": False}
    starts_at, ends_at = calendar.delivery_day(row.first_day)[0], calendar.delivery_day(row.last_day)[1]
    unsure = metering.unsure(nodes=customer.nodes.all(), starts_at=starts_at, ends_at=ends_at)
    return {
        "startsAt": fields.utc_text(starts_at),
        "endsAt": fields.utc_text(ends_at),
        "isProvisional": unsure,
    }
