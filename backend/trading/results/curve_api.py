"""The curves of a published auction for those who took part in it."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from shared import fields
from trading.grid.access import NodeDoor, read_query
from trading.markets import queries as markets
from trading.results import curves, queries


class Step(serializers.Serializer):
    """A quantity that is wanted, or offered, at a price."""

    priceRpPerMwh = serializers.IntegerField()
    quantityWh = serializers.IntegerField()


class OwnStep(Step):
    """One's own, at one's meter."""

    side = serializers.ChoiceField(["buy", "sell"])


class CurvesPage(NodeDoor):
    """Demand and supply of one period, added up over everybody, at the bus of one's node."""

    class Query(fields.StrictSerializer):
        """An auction and one of its periods, counted from 0."""

        auction = fields.StrictCharField(max_length=32)
        period = serializers.IntegerField(min_value=0, max_value=99)

    class Answer(serializers.Serializer):
        """Both curves; empty and not `shown` where one to four households ordered on a side."""

        auctionId = serializers.CharField()
        period = serializers.IntegerField()
        startsAt = serializers.DateTimeField()
        busName = serializers.CharField()
        priceRpPerMwh = serializers.IntegerField()
        shown = serializers.BooleanField()
        demand = Step(many=True)
        supply = Step(many=True)
        own = OwnStep(many=True)

    @extend_schema(operation_id="curves", parameters=[Query], responses=Answer)
    def get(self, request, node_id):
        """Read them."""
        asked = read_query(request, self.Query)
        bus = self.node.bus
        auction = markets.auction(code=asked["auction"], dso_id=bus.dso_id)
        prices = {each.period: each for each in _prices(auction, bus)}
        if asked["period"] not in prices:
            raise queries.NotPublished
        cleared = prices[asked["period"]]
        found = curves.of(auction=auction, period=cleared.period, node=self.node)
        return Response(
            {
                "auctionId": auction.code,
                "period": cleared.period,
                "startsAt": fields.utc_text(cleared.starts_at),
                "busName": bus.name,
                "priceRpPerMwh": cleared.price_rp_per_mwh,
                "shown": found.shown,
                "demand": [_step(*step) for step in found.demand],
                "supply": [_step(*step) for step in found.supply],
                "own": [{"side": side, **_step(price, wh)} for side, price, wh in found.own],
            }
        )


def _prices(auction, bus):
    return queries.prices(result=queries.published(auction=auction), bus=bus)


def _step(price_rp_per_mwh, quantity_wh):
    return {"priceRpPerMwh": price_rp_per_mwh, "quantityWh": quantity_wh}
