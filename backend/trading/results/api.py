"""What was decided, for everybody, for one node and for the grid operator; nothing before publication."""

import numpy as np
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from shared import fields, problems
from trading.grid.access import PEOPLE, Door, NodeDoor, OperatorDoor, own_node, own_nodes, read_query
from trading.markets import queries as markets
from trading.results import lines, queries
from trading.results.outcome_shapes import OrderOutcomeShape, told

PARTNERS = ("community", "network")

problems.register(queries.NotPublished, status=404, code="not-published", title="Not published yet")


class AuctionQuery(fields.StrictSerializer):
    """Which auction."""

    auction = fields.StrictCharField(max_length=32)


class NodeQuery(fields.StrictSerializer):
    """For which node, if not for the border."""

    node = fields.StrictCharField(max_length=32, required=False)


class PriceAnswer(serializers.Serializer):
    """A price and the interval that cleared, at one bus."""

    period = serializers.IntegerField()
    startsAt = serializers.DateTimeField()
    priceRpPerMwh = serializers.IntegerField()
    priceLow = serializers.IntegerField()
    priceHigh = serializers.IntegerField()


class PricesAnswer(serializers.Serializer):
    """The prices of an auction at one bus."""

    auctionId = serializers.CharField()
    busName = serializers.CharField()
    items = PriceAnswer(many=True)


class PartnerAnswer(serializers.Serializer):
    """Somebody that the node traded with; name and place only if that one shares them."""

    partnerId = serializers.CharField()
    name = serializers.CharField(allow_null=True)
    kind = serializers.ChoiceField(PARTNERS)
    distanceM = serializers.IntegerField()
    energyWh = serializers.IntegerField()
    priceRpPerMwh = serializers.IntegerField()
    lat = serializers.FloatField(allow_null=True)
    long = serializers.FloatField(allow_null=True)


class NodeResultsAnswer(serializers.Serializer):
    """What an auction decided for one node."""

    auctionId = serializers.CharField()
    curtailedBecause = serializers.CharField(
        allow_null=True, help_text="the grid operator's reason, if it curtailed the node's trades"
    )
    items = OrderOutcomeShape(many=True)
    partners = PartnerAnswer(many=True)


class LineFlowsAnswer(serializers.Serializer):
    """One line per period: its flow, towards the border positive, what it might carry, the price below it.

    `bindingPeriods` are those in which it carries all it may, so that prices part there.
    """

    fromBus = serializers.CharField()
    toBus = serializers.CharField()
    flowsWh = serializers.ListField(child=serializers.IntegerField())
    capacitiesUpWh = serializers.ListField(child=serializers.IntegerField(allow_null=True))
    capacitiesDownWh = serializers.ListField(child=serializers.IntegerField(allow_null=True))
    pricesRpPerMwh = serializers.ListField(child=serializers.IntegerField())
    bindingPeriods = serializers.ListField(child=serializers.IntegerField())


class FlowsAnswer(serializers.Serializer):
    """The flows that an auction makes on a grid operator's lines, and the prices at the border."""

    auctionId = serializers.CharField()
    periodStarts = serializers.ListField(child=serializers.DateTimeField())
    border = serializers.CharField()
    borderPricesRpPerMwh = serializers.ListField(child=serializers.IntegerField())
    items = LineFlowsAnswer(many=True)


class Prices(Door):
    """The prices of an auction, at a node of the caller's or at the border."""

    @extend_schema(parameters=[NodeQuery], responses=PricesAnswer)
    def get(self, request, auction_id):
        """Read the prices."""
        node = read_query(request, NodeQuery).get("node")
        bus = own_node(request.user, node).bus if node else None
        auction = markets.auction(code=auction_id, dso_id=bus and bus.dso_id)
        bus = bus or queries.border(dso=auction.market.dso)
        found = queries.prices(result=queries.published(auction=auction), bus=bus)
        items = [
            {
                "period": each.period,
                "startsAt": fields.utc_text(each.starts_at),
                "priceRpPerMwh": each.price_rp_per_mwh,
                "priceLow": each.low_rp_per_mwh,
                "priceHigh": each.high_rp_per_mwh,
            }
            for each in found
        ]
        return Response({"auctionId": auction.code, "busName": bus.name, "items": items})


class DayPrices(Door):
    """The published prices of a market on a day, at the border, auction by auction."""

    class Query(fields.StrictSerializer):
        """A market and a day of delivery."""

        market = fields.StrictCharField(max_length=8)
        day = serializers.DateField(format="iso-8601", input_formats=["iso-8601"])

    class Answer(serializers.Serializer):
        """A list."""

        class AuctionPrices(serializers.Serializer):
            """The prices of one auction."""

            class PriceAtBorder(serializers.Serializer):
                """The price of one period."""

                startsAt = serializers.DateTimeField()
                priceRpPerMwh = serializers.IntegerField()

            auctionId = serializers.CharField()
            publishedAt = serializers.DateTimeField()
            items = PriceAtBorder(many=True)

        items = AuctionPrices(many=True)

    @extend_schema(operation_id="day_prices", parameters=[Query], responses=Answer)
    def get(self, request):
        """Read them."""
        found = {}
        for code, published_at, starts_at, price in queries.prices_of_day(**read_query(request, self.Query)):
            auction = found.setdefault(
                code, {"auctionId": code, "publishedAt": fields.utc_text(published_at), "items": []}
            )
            auction["items"].append({"startsAt": fields.utc_text(starts_at), "priceRpPerMwh": price})
        return Response({"items": list(found.values())})


class NodeResults(NodeDoor):
    """What an auction decided for a node, and what the grid operator curtailed of it."""

    curtailed_of = None  # known above; comes in through `urls.py`

    @extend_schema(parameters=[AuctionQuery], responses=NodeResultsAnswer)
    def get(self, request, node_id):
        """Read each order's outcome, and the partners."""
        asked = read_query(request, AuctionQuery)
        auction = markets.auction(code=asked["auction"], dso_id=self.node.bus.dso_id)
        result = queries.published(auction=auction)
        reason, cuts = self.curtailed_of(nodes=[self.node], auction=auction)
        orders = queries.orders_of(nodes=[self.node], result=result, cuts=cuts)
        partners = queries.partners(node=self.node, results=[result.pk])
        return Response(
            {
                "auctionId": auction.code,
                "curtailedBecause": reason,
                "items": [told(each) for each in orders],
                "partners": [_partner(each) for each in partners],
            }
        )


class OwnResults(Door):
    """What an auction decided for all of the caller's nodes."""

    roles = PEOPLE
    curtailed_of = None  # known above; comes in through `urls.py`

    class Answer(serializers.Serializer):
        """What became of each order."""

        auctionId = serializers.CharField()
        items = OrderOutcomeShape(many=True)

    @extend_schema(operation_id="own_results", parameters=[AuctionQuery], responses=Answer)
    def get(self, request):
        """Read each order's outcome."""
        auction = markets.auction(code=read_query(request, AuctionQuery)["auction"])
        result, nodes = queries.published(auction=auction), own_nodes(request.user)
        _, cuts = self.curtailed_of(nodes=nodes, auction=auction)
        found = queries.orders_of(nodes=nodes, result=result, cuts=cuts)
        return Response({"auctionId": auction.code, "items": [told(each) for each in found]})


class LineFlows(OperatorDoor):
    """The flows that an auction makes on the lines of a grid operator."""

    @extend_schema(parameters=[AuctionQuery], responses=FlowsAnswer)
    def get(self, request, dso_id):
        """Read flows against capacities."""
        auction = markets.auction(code=read_query(request, AuctionQuery)["auction"], dso_id=self.dso.pk)
        found = lines.flows(result=queries.published(auction=auction))
        tree, prices = found.tree, found.prices_rp_per_mwh
        return Response(
            {
                "auctionId": auction.code,
                "periodStarts": [fields.utc_text(each) for each in markets.period_starts(auction)],
                "border": tree.names[tree.root],
                "borderPricesRpPerMwh": prices[:, tree.root].tolist(),
                "items": [_line(found, bus) for bus in range(len(tree.parent)) if tree.parent[bus] >= 0],
            }
        )


def _line(found, bus):
    tree = found.tree
    return {
        "fromBus": tree.names[bus],
        "toBus": tree.names[tree.parent[bus]],
        "flowsWh": found.flows_wh[:, bus].tolist(),
        "capacitiesUpWh": found.capacity(found.capacity_up_wh, bus),
        "capacitiesDownWh": found.capacity(found.capacity_down_wh, bus),
        "pricesRpPerMwh": found.prices_rp_per_mwh[:, bus].tolist(),
        "bindingPeriods": np.flatnonzero(found.binding[:, bus]).tolist(),
    }


def _partner(card):
    return {
        "partnerId": card.partner_id,
        "name": card.name,
        "kind": card.kind,
        "distanceM": card.distance_m,
        "energyWh": card.energy_wh,
        "priceRpPerMwh": card.price_rp_per_mwh,
        "lat": card.latitude,
        "long": card.longitude,
    }
