"""Who bids for a node, at which limit, and whether at all."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from shared import fields
from trading.grid.access import NodeDoor, read
from trading.markets import queries as markets
from trading.strategies import operations
from trading.strategies.models import OF_HOUSEHOLDS

WIDEST_RP_PER_MWH = 10_000_000  # each market's own bounds are checked within


class StrategyPage(NodeDoor):
    """The strategy of a node. The limit is at its meter."""

    class Shape(fields.StrictSerializer):
        """What the household chooses."""

        strategy = fields.StrictChoiceField(OF_HOUSEHOLDS)
        active = fields.StrictBooleanField()
        limitPriceRpPerMwh = fields.StrictIntegerField(
            min_value=-WIDEST_RP_PER_MWH, max_value=WIDEST_RP_PER_MWH, allow_null=True
        )

    class Answer(serializers.Serializer):
        """The same, with the version that it became."""

        strategy = serializers.ChoiceField(OF_HOUSEHOLDS)
        active = serializers.BooleanField()
        limitPriceRpPerMwh = serializers.IntegerField(allow_null=True)
        version = serializers.IntegerField()

    @extend_schema(operation_id="choose_strategy", request=Shape, responses=Answer)
    def put(self, request, node_id):
        """Choose."""
        said = read(request.data, self.Shape)
        choice = operations.choose(
            node=self.node,
            strategy=said["strategy"],
            active=said["active"],
            limit_price_rp_per_mwh=said["limitPriceRpPerMwh"],
            actor=request.user.subject,
            at=markets.now(),
        )
        return Response(
            {
                "strategy": choice.strategy,
                "active": choice.active,
                "limitPriceRpPerMwh": choice.limit_price_rp_per_mwh,
                "version": choice.version,
            }
        )
