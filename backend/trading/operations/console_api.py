"""The operator's doors: auctions, incidents, messages, participants. None leads into a book."""

from dataclasses import asdict

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from shared import fields, identity
from shared.fields import utc_text
from trading.grid import queries as grid
from trading.grid.access import Door, read, read_query
from trading.markets import queries as markets
from trading.operations import console, remedies, surveillance


class OperatorOnly(Door):
    """A view for the operator of the exchange alone."""

    roles = frozenset({identity.OPERATOR})

    @staticmethod
    def key_of(text):
        """The key that an address names; 0, which no row has, where it names none."""
        return int(text) if text.isdecimal() and len(text) < 19 else 0


class IncidentShape(serializers.Serializer):
    """Something out of bounds, with what was done about it."""

    class RemedyShape(serializers.Serializer):
        """A written step that was run."""

        remedy = serializers.CharField()
        ranAt = serializers.DateTimeField()
        seen = serializers.JSONField()
        done = serializers.JSONField()
        found = serializers.JSONField(allow_null=True)

    incidentId = serializers.CharField()
    code = serializers.CharField()
    auctionId = serializers.CharField(allow_null=True)
    nodeId = serializers.CharField(allow_null=True)
    severity = serializers.ChoiceField(["warn", "call"])
    openedAt = serializers.DateTimeField()
    closedAt = serializers.DateTimeField(allow_null=True)
    acknowledgedAt = serializers.DateTimeField(allow_null=True)
    acknowledgedBy = serializers.CharField(allow_null=True)
    note = serializers.CharField()
    seen = serializers.JSONField()
    remedies = RemedyShape(many=True)


class Incidents(OperatorOnly):
    """The newest incidents."""

    class Query(fields.StrictSerializer):
        """Which."""

        state = fields.StrictChoiceField(["open", "closed"], required=False)

    class Answer(serializers.Serializer):
        """A list, the newest first."""

        items = IncidentShape(many=True)

    @extend_schema(operation_id="incidents", parameters=[Query], responses=Answer)
    def get(self, request):
        """List them."""
        state = read_query(request, self.Query).get("state")
        found = console.incidents_listed(is_open=None if state is None else state == "open")
        return Response({"items": [_incident(each) for each in found]})


class Acknowledgement(OperatorOnly):
    """A person's word on an incident."""

    class Say(fields.StrictSerializer):
        """What they say, and whether it is over."""

        note = fields.StrictCharField(max_length=1000, allow_blank=True)
        isOver = fields.StrictBooleanField(required=False)

    @extend_schema(operation_id="acknowledge_incident", request=Say, responses=IncidentShape)
    def put(self, request, incident_id):
        """Say it."""
        said = read(request.data, self.Say)
        made = console.acknowledge(
            incident_id=self.key_of(incident_id),
            note=said["note"],
            is_over=said.get("isOver", False),
            actor=request.user.subject,
            at=markets.now(),
        )
        return Response(_incident(made))


class Cancellation(OperatorOnly):
    """Calling an auction off before it is published."""

    class Cancel(fields.StrictSerializer):
        """Why; the participants read it."""

        reason = fields.StrictCharField(min_length=3, max_length=200)

    class Answer(serializers.Serializer):
        """What became of it."""

        auctionId = serializers.CharField()
        state = serializers.CharField()
        cancelReason = serializers.CharField()

    @extend_schema(operation_id="cancel_auction", request=Cancel, responses={201: Answer})
    def post(self, request, auction_id):
        """Cancel it."""
        reason = read(request.data, self.Cancel)["reason"]
        found = markets.auction(code=auction_id)
        made = console.cancel(auction=found, reason=reason, actor=request.user.subject, at=markets.now())
        answer = {"auctionId": made.code, "state": made.state, "cancelReason": made.cancel_reason}
        return Response(answer, status=201)


class Outbox(OperatorOnly):
    """Messages to the public door that did not arrive."""

    class Answer(serializers.Serializer):
        """How many wait, and those that were tried in vain; not what they say."""

        class MessageShape(serializers.Serializer):
            """One message."""

            eventId = serializers.CharField()
            kind = serializers.CharField()
            auctionId = serializers.CharField(allow_null=True)
            createdAt = serializers.DateTimeField()
            attempts = serializers.IntegerField()
            nextAttemptAt = serializers.DateTimeField()
            deadAt = serializers.DateTimeField(allow_null=True)

        waiting = serializers.IntegerField()
        items = MessageShape(many=True)

    @extend_schema(operation_id="outbox", responses=Answer)
    def get(self, request):
        """List them."""
        waiting, stuck = console.outbox()
        return Response({"waiting": waiting, "items": [_message(each) for each in stuck]})


class Requeueing(OperatorOnly):
    """Trying again what was given up."""

    class Answer(serializers.Serializer):
        """How many messages were."""

        requeued = serializers.IntegerField()

    @extend_schema(operation_id="requeue_outbox", request=None, responses=Answer)
    def post(self, request):
        """Do so now; each keeps its id."""
        return Response(remedies.requeue(subject=None, moment=markets.moment()))


class Participants(OperatorOnly):
    """Who takes part: customers by their numbers; who acts for them webapp knows."""

    class Answer(serializers.Serializer):
        """A list."""

        class ParticipantShape(serializers.Serializer):
            """One customer."""

            dsoId = serializers.CharField()
            customerNumber = serializers.CharField()
            busName = serializers.CharField()
            sides = serializers.ListField(child=serializers.CharField())

        items = ParticipantShape(many=True)

    @extend_schema(operation_id="participants", responses=Answer)
    def get(self, request):
        """List them."""
        return Response(
            {
                "items": [
                    _participant(dso, each) for dso in grid.operators() for each in grid.households(dso=dso)
                ]
            }
        )


class Findings(OperatorOnly):
    """What stands out among the trades and orders of a day whose auctions have ended."""

    class Query(fields.StrictSerializer):
        """Which delivery day."""

        day = serializers.DateField()

    class Answer(serializers.Serializer):
        """A list."""

        class FindingShape(serializers.Serializer):
            """A pattern between two customers, or within one."""

            pattern = serializers.CharField()
            one = serializers.CharField()
            other = serializers.CharField()
            times = serializers.IntegerField()
            energyWh = serializers.IntegerField()

        items = FindingShape(many=True)

    @extend_schema(operation_id="findings", parameters=[Query], responses=Answer)
    def get(self, request):
        """List them."""
        day = read_query(request, self.Query)["day"]
        found = [each for dso in grid.operators() for each in surveillance.findings(dso=dso, day=day)]
        rows = [asdict(each) for each in found]
        return Response({"items": [row | {"energyWh": row.pop("energy_wh")} for row in rows]})


def _incident(incident):
    return {
        "incidentId": str(incident.pk),
        "code": incident.code,
        "auctionId": incident.auction and incident.auction.code,
        "nodeId": incident.node and incident.node.public_id,
        "severity": incident.severity,
        "openedAt": utc_text(incident.opened_at),
        "closedAt": utc_text(incident.closed_at),
        "acknowledgedAt": utc_text(incident.acknowledged_at),
        "acknowledgedBy": incident.acknowledged_by or None,
        "note": incident.note,
        "seen": incident.seen,
        "remedies": [
            {
                "remedy": run.remedy,
                "ranAt": utc_text(run.real_at),
                "seen": run.seen,
                "done": run.done,
                "found": run.found,
            }
            for run in sorted(incident.remedies.all(), key=lambda run: run.pk)
        ],
    }


def _message(message):
    return {
        "eventId": str(message.event_id),
        "kind": message.kind,
        "auctionId": message.payload.get("auctionId"),
        "createdAt": utc_text(message.created_at),
        "attempts": message.attempts,
        "nextAttemptAt": utc_text(message.next_attempt_at),
        "deadAt": utc_text(message.dead_at),
    }


def _participant(dso, customer):
    nodes = sorted(customer.nodes.all(), key=lambda node: node.side)
    return {
        "dsoId": dso.public_id,
        "customerNumber": customer.number,
        "busName": nodes[0].bus.name if nodes else "",
        "sides": [node.side for node in nodes],
    }
