"""The operator's doors to paused nodes: which they are, pausing one, and letting it order again."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from shared import fields
from shared.fields import utc_text
from trading.grid.access import read
from trading.markets import queries as markets
from trading.operations import console
from trading.operations.console_api import OperatorOnly
from trading.orders import pauses


class PauseShape(serializers.Serializer):
    """A time in which no order of a node is taken."""

    pauseId = serializers.CharField()
    nodeId = serializers.CharField()
    customerNumber = serializers.CharField()
    side = serializers.CharField()
    reason = serializers.CharField()
    begunBy = serializers.CharField()
    beganAt = serializers.DateTimeField()
    endsAt = serializers.DateTimeField()


class Pauses(OperatorOnly):
    """Nodes from which no order is taken now."""

    class Pause(fields.StrictSerializer):
        """Which node, and why; its household reads it."""

        nodeId = fields.StrictCharField(max_length=64)
        reason = fields.StrictCharField(min_length=3, max_length=200)

    class Answer(serializers.Serializer):
        """A list, the newest first."""

        items = PauseShape(many=True)

    @extend_schema(operation_id="intake_pauses", responses=Answer)
    def get(self, request):
        """List them."""
        return Response({"items": [_pause(each) for each in pauses.listed(at=markets.now())]})

    @extend_schema(operation_id="pause_intake", request=Pause, responses={201: PauseShape})
    def post(self, request):
        """Pause one for a day."""
        said = read(request.data, self.Pause)
        made = console.pause_intake(
            node_id=said["nodeId"], reason=said["reason"], actor=request.user.subject, at=markets.now()
        )
        return Response(_pause(made), status=201)


class PauseEnd(OperatorOnly):
    """The end of a pause before its time."""

    @extend_schema(operation_id="end_intake_pause", request=None, responses=PauseShape)
    def post(self, request, pause_id):
        """Let the node order again."""
        key = self.key_of(pause_id)
        return Response(_pause(pauses.end(pause_id=key, actor=request.user.subject, at=markets.now())))


def _pause(pause):
    return {
        "pauseId": str(pause.pk),
        "nodeId": pause.node.public_id,
        "customerNumber": pause.node.customer.number,
        "side": pause.node.side,
        "reason": pause.reason,
        "begunBy": pause.begun_by,
        "beganAt": utc_text(pause.began_at),
        "endsAt": utc_text(pause.ends_at),
    }
