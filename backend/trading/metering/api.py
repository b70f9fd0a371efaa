"""What meters counted: sent by the grid operator, shown to the household."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from shared import fields, problems
from shared.fields import utc_text
from shared.parsers import LongJSONParser
from trading.grid.access import NodeDoor, NodeNotYours, OperatorDoor, read, read_query
from trading.markets import queries as markets
from trading.metering import intake, operations, queries
from trading.metering.models import MeterReading, QuarantinedReading
from trading.metering.span import Span

MOST_SERIES, MOST_WH = 1000, 10**9
QUALITIES = MeterReading.Quality.values


class ReadingShape(serializers.Serializer):
    """One reading: what it counted, how sure it is, and its number (1 = never corrected)."""

    startsAt = serializers.DateTimeField()
    wh = serializers.IntegerField()
    quality = serializers.ChoiceField(QUALITIES)
    number = serializers.IntegerField()
    receivedAt = serializers.DateTimeField()


class NodeReadings(NodeDoor):
    """What a node's meter counted, as far as it was received."""

    class Answer(serializers.Serializer):
        """Readings in the order of time, and those that corrections replaced."""

        items = ReadingShape(many=True)
        replaced = ReadingShape(many=True)

    @extend_schema(operation_id="readings", parameters=[Span], responses=Answer)
    def get(self, request, node_id):
        """Show them."""
        asked = read_query(request, Span)
        span = {"node": self.node, "starts_at": asked["from"], "ends_at": asked["to"]}
        return Response(
            {
                "items": [_reading(each) for each in queries.shown(**span)],
                "replaced": [_reading(each) for each in queries.replaced(**span)],
            }
        )


class OperatorReadings(OperatorDoor):
    """Readings in bulk, from the grid operator."""

    parser_classes = (LongJSONParser,)

    class Delivery(fields.StrictSerializer):
        """Either series of consecutive quarter hours, or the text of a CSV file."""

        class SeriesShape(fields.StrictSerializer):
            """The readings of one node from an instant on; null stands for a gap."""

            nodeId = fields.StrictCharField(max_length=64)
            startsAt = fields.InstantField()
            wh = serializers.ListField(
                child=fields.StrictIntegerField(min_value=0, max_value=MOST_WH, allow_null=True),
                min_length=1,
                max_length=100_000,
            )

        unit = fields.StrictChoiceField(["Wh"], required=False)
        quality = fields.StrictChoiceField(QUALITIES, required=False)
        series = SeriesShape(many=True, required=False, allow_empty=False, max_length=MOST_SERIES)
        csv = serializers.CharField(required=False, trim_whitespace=False)

        def validate(self, sent):
            """Exactly one of both; series say their unit and how sure they are."""
            if ("csv" in sent) == ("series" in sent):
                raise problems.field_error("series", "required", "Send either series or csv.")
            for name in ("unit", "quality"):
                if ("series" in sent) != (name in sent):
                    raise problems.field_error(name, "required", "This belongs to series, and only there.")
            return sent

    class Answer(serializers.Serializer):
        """What became of the delivery, in readings."""

        new = serializers.IntegerField()
        corrected = serializers.IntegerField()
        unchanged = serializers.IntegerField()
        quarantined = serializers.IntegerField()

    @extend_schema(operation_id="recordReadings", request=Delivery, responses={200: Answer})
    def post(self, request, dso_id):
        """Record them, all or none."""
        sent = read(request.data, self.Delivery)
        at = markets.now()
        if "csv" in sent:
            taken = intake.record_file(dso=self.dso, raw=sent["csv"].encode(), at=at)
        else:
            series = [
                {"node": each["nodeId"], "starts_at": each["startsAt"], "wh": each["wh"]}
                for each in sent["series"]
            ]
            taken = intake.record_series(dso=self.dso, series=series, quality=sent["quality"], at=at)
        return Response(
            {name: getattr(taken, name) for name in ("new", "corrected", "unchanged", "quarantined")}
        )


class QuarantinedShape(serializers.Serializer):
    """A doubted reading and why."""

    quarantinedId = serializers.IntegerField()
    nodeId = serializers.CharField()
    startsAt = serializers.DateTimeField()
    wh = serializers.IntegerField()
    quality = serializers.ChoiceField(QUALITIES)
    reason = serializers.CharField()
    decision = serializers.ChoiceField(QuarantinedReading.Decision.values, allow_null=True)


class Quarantine(OperatorDoor):
    """Readings that can hardly be true, waiting for a decision."""

    class Answer(serializers.Serializer):
        """The oldest thousand."""

        items = QuarantinedShape(many=True)

    @extend_schema(operation_id="quarantine", responses=Answer)
    def get(self, request, dso_id):
        """Show them."""
        return Response({"items": [_quarantined(each) for each in queries.quarantined(dso=self.dso)]})


class QuarantinedPage(OperatorDoor):
    """One of them."""

    class Request(fields.StrictSerializer):
        """Accept it as true, or discard it."""

        accept = fields.StrictBooleanField()

    @extend_schema(operation_id="decideOnReading", request=Request, responses={200: QuarantinedShape})
    def put(self, request, dso_id, quarantined_id):
        """Decide."""
        accept = read(request.data, self.Request)["accept"]
        found = QuarantinedReading.objects.filter(node__bus__dso=self.dso).select_related("node")
        quarantined = found.filter(pk=_key(quarantined_id)).first()
        if quarantined is None:
            raise NodeNotYours
        decided = operations.decide(
            quarantined=quarantined, accept=accept, actor=request.user.subject, at=markets.now()
        )
        return Response(_quarantined(decided))


def _key(text):
    return int(text) if text.isdigit() and len(text) < 19 else -1


def _reading(reading):
    return {
        "startsAt": utc_text(reading.starts_at),
        "wh": reading.metered_wh,
        "quality": reading.quality,
        "number": reading.number,
        "receivedAt": utc_text(reading.received_at),
    }


def _quarantined(reading):
    return {
        "quarantinedId": reading.pk,
        "nodeId": reading.node.public_id,
        "startsAt": utc_text(reading.starts_at),
        "wh": reading.metered_wh,
        "quality": reading.quality,
        "reason": reading.reason,
        "decision": reading.decision or None,
    }
