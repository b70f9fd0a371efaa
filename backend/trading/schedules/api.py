"""The grid operator's seat: schedules out, answers in, and its own orders."""

import csv
import io

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from shared import fields
from shared.fields import utc_text
from shared.parsers import LongJSONParser
from trading.grid.access import OperatorDoor, read, read_query
from trading.markets import queries as markets
from trading.orders import queries as orders
from trading.orders.models import Order
from trading.orders.points import Points
from trading.schedules import flexibility, operations, queries
from trading.schedules.models import Acceptance

STATES, SIDES = Acceptance.State.values, Order.Side.values
MOST_PRICE, MOST_WH = 10**7, 10**9


class DayQuery(fields.StrictSerializer):
    """Which delivery day, if not the newest of all."""

    day = serializers.DateField(required=False)


class ScheduleShape(serializers.Serializer):
    """An auction's schedule and the answer to it. `scheduleHash` is what an answer names."""

    auctionId = serializers.CharField()
    marketId = serializers.CharField()
    number = serializers.IntegerField()
    deliveryDay = serializers.DateField()
    deliveryStartsAt = serializers.DateTimeField()
    deliveryEndsAt = serializers.DateTimeField()
    publishedAt = serializers.DateTimeField()
    state = serializers.ChoiceField(STATES)
    answerBy = serializers.DateTimeField()
    answeredAt = serializers.DateTimeField(allow_null=True)
    scheduleHash = serializers.CharField()
    curtailedWh = serializers.IntegerField()
    reason = serializers.CharField(allow_null=True)


class Schedules(OperatorDoor):
    """The schedules of an operator's grid."""

    class Answer(serializers.Serializer):
        """A list, the newest first."""

        items = ScheduleShape(many=True)

    @extend_schema(operation_id="schedules", parameters=[DayQuery], responses=Answer)
    def get(self, request, dso_id):
        """List them."""
        found = queries.of_operator(dso=self.dso, day=read_query(request, DayQuery).get("day"))
        return Response({"items": [queries.described(each) for each in found]})


class SchedulePage(OperatorDoor):
    """What each node must inject (+) or withdraw (−) after one auction."""

    class Answer(serializers.Serializer):
        """The schedule per node and period."""

        class NodeScheduleShape(serializers.Serializer):
            """One node; `curtailedWh` is what was taken off, empty where nothing was."""

            nodeId = serializers.CharField()
            customerNumber = serializers.CharField()
            busName = serializers.CharField()
            side = serializers.CharField()
            scheduledWh = serializers.ListField(child=serializers.IntegerField())
            curtailedWh = serializers.ListField(child=serializers.IntegerField())

        schedule = ScheduleShape()
        periodStarts = serializers.ListField(child=serializers.DateTimeField())
        nodes = NodeScheduleShape(many=True)

    @extend_schema(operation_id="schedule", responses=Answer)
    def get(self, request, dso_id, auction_id):
        """Show it."""
        auction = markets.auction(code=auction_id, dso_id=self.dso.pk)
        return Response(
            {
                "schedule": queries.described(queries.of_auction(auction=auction)),
                "periodStarts": [utc_text(each) for each in markets.period_starts(auction)],
                "nodes": [
                    {
                        "nodeId": each.node_id,
                        "customerNumber": each.customer_number,
                        "busName": each.bus,
                        "side": each.side,
                        "scheduledWh": each.scheduled_wh,
                        "curtailedWh": each.curtailed_wh,
                    }
                    for each in queries.of_nodes(auction=auction)
                ],
            }
        )


class ScheduleFile(OperatorDoor):
    """The same as a CSV file."""

    class Answer(serializers.Serializer):
        """The text of the file, a row per node and period, and a name for it."""

        fileName = serializers.CharField()
        csv = serializers.CharField()

    @extend_schema(operation_id="schedule_file", responses=Answer)
    def get(self, request, dso_id, auction_id):
        """Write it."""
        auction = markets.auction(code=auction_id, dso_id=self.dso.pk)
        queries.of_auction(auction=auction)
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["node", "customer", "bus", "side", "starts_at", "scheduled_wh", "curtailed_wh"])
        starts = [utc_text(each) for each in markets.period_starts(auction)]
        for each in queries.of_nodes(auction=auction):
            names = [_plain(name) for name in (each.node_id, each.customer_number, each.bus, each.side)]
            cut = each.curtailed_wh or [0] * len(starts)
            writer.writerows([*names, *row] for row in zip(starts, each.scheduled_wh, cut, strict=True))
        return Response({"fileName": f"schedule-{auction.code}.csv", "csv": text.getvalue()})


def _plain(name):
    """A name that no spreadsheet takes for a formula."""
    return f"'{name}" if name[:1] in "=+-@\t\r" else name


class AcceptancePage(OperatorDoor):
    """The operator's yes."""

    class Accept(fields.StrictSerializer):
        """Which schedule is meant."""

        scheduleHash = fields.StrictCharField(max_length=64)

    @extend_schema(operation_id="accept_schedule", request=Accept, responses=ScheduleShape)
    def post(self, request, dso_id, auction_id):
        """Accept; saying it again changes nothing."""
        digest = read(request.data, self.Accept)["scheduleHash"]
        auction = markets.auction(code=auction_id, dso_id=self.dso.pk)
        actor, at = request.user.subject, markets.now()
        operations.accept(auction=auction, schedule_hash=digest, actor=actor, at=at)
        return Response(queries.described(queries.of_auction(auction=auction)))


class FlexibilityOrderShape(serializers.Serializer):
    """An order of the operator's; `periods` tell the outcome once it is published."""

    class FlexibilityOutcome(serializers.Serializer):
        """What was accepted in one period, at which price at the bus."""

        period = serializers.IntegerField()
        startsAt = serializers.DateTimeField()
        orderedWh = serializers.IntegerField()
        acceptedWh = serializers.IntegerField()
        priceRpPerMwh = serializers.IntegerField()

    orderId = serializers.CharField()
    auctionId = serializers.CharField()
    busName = serializers.CharField()
    side = serializers.ChoiceField(SIDES)
    state = serializers.CharField()
    orderedWh = serializers.IntegerField()
    acceptedWh = serializers.IntegerField(allow_null=True)
    periods = FlexibilityOutcome(many=True)


class Flexibility(OperatorDoor):
    """The operator's own orders, and what it bought or sold by them."""

    parser_classes = (LongJSONParser,)

    class Query(fields.StrictSerializer):
        """In which auction, if not in all."""

        auction = fields.StrictCharField(max_length=32, required=False)

    class Place(fields.StrictSerializer):
        """A new order at a bus."""

        class FlexibilityPoint(fields.StrictSerializer):
            """So much at this limit in one period."""

            period = fields.StrictIntegerField(min_value=0, max_value=99)
            priceRpPerMwh = fields.StrictIntegerField(min_value=-MOST_PRICE, max_value=MOST_PRICE)
            quantityWh = fields.StrictIntegerField(min_value=1, max_value=MOST_WH)

        auctionId = fields.StrictCharField(max_length=32)
        busName = fields.StrictCharField(max_length=64)
        side = fields.StrictChoiceField(SIDES)
        points = serializers.ListField(child=FlexibilityPoint(), min_length=1, max_length=20_000)

    class Answer(serializers.Serializer):
        """A list, the newest first."""

        items = FlexibilityOrderShape(many=True)

    @extend_schema(operation_id="flexibility", parameters=[Query], responses=Answer)
    def get(self, request, dso_id):
        """List them."""
        code = read_query(request, self.Query).get("auction")
        auction = None if code is None else markets.auction(code=code, dso_id=self.dso.pk)
        found = flexibility.bought(dso=self.dso, auction=auction)
        return Response({"items": [_flexibility(order, outcomes) for order, outcomes in found]})

    @extend_schema(operation_id="order_flexibility", request=Place, responses={201: FlexibilityOrderShape})
    def post(self, request, dso_id):
        """Order some."""
        said = read(request.data, self.Place)
        points = sorted(said["points"], key=lambda each: (each["period"], each["priceRpPerMwh"]))
        columns = ([each[name] for each in points] for name in ("period", "priceRpPerMwh", "quantityWh"))
        order = flexibility.place(
            dso=self.dso,
            bus_name=said["busName"],
            auction=markets.auction(code=said["auctionId"], dso_id=self.dso.pk),
            side=said["side"],
            points=Points.of_one(*columns),
            actor=request.user.subject,
            at=markets.now(),
        )
        return Response(_flexibility(order, []), status=201)


class FlexibilityPage(OperatorDoor):
    """One order of the operator's."""

    @extend_schema(operation_id="cancel_flexibility", responses={200: FlexibilityOrderShape})
    def delete(self, request, dso_id, order_id):
        """Take it back; it stays on record."""
        actor, at = request.user.subject, markets.now()
        order = flexibility.cancel(dso=self.dso, order_id=order_id, actor=actor, at=at)
        return Response(_flexibility(order, []))


def _flexibility(order, outcomes):
    return {
        "orderId": order.public_id,
        "auctionId": order.auction.code,
        "busName": order.node.bus.name,
        "side": order.side,
        "state": orders.outcome(order),
        "orderedWh": order.ordered_wh,
        "acceptedWh": orders.accepted(order),
        "periods": [
            {
                "period": each.period,
                "startsAt": utc_text(each.starts_at),
                "orderedWh": each.ordered_wh,
                "acceptedWh": each.accepted_wh,
                "priceRpPerMwh": each.price_rp_per_mwh,
            }
            for each in outcomes
        ],
    }
