from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework import permissions, serializers, status
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.response import Response
from rest_framework.views import APIView

from shared import fields, identity
from shared.parsers import LongJSONParser
from webapp.inbox import operations, queries, wishes
from webapp.neighbours import queries as neighbours
from webapp.users import inputs

LARGEST = 2**63 - 1
TIMES = ("deliveryStartsAt", "deliveryEndsAt", "answerBy", "endsAt")


class Notifications(APIView):
    """What a user should know."""

    class Answer(serializers.Serializer):
        items = serializers.ListField(child=serializers.DictField())
        unread = serializers.IntegerField()
        unreadMessages = serializers.IntegerField(help_text="of neighbours")

    @extend_schema(responses={200: Answer})
    def get(self, request):
        items = [queries.described(each) for each in queries.newest_of(request.user)]
        unread = {
            "unread": queries.unread_of(request.user),
            "unreadMessages": neighbours.unread_of(request.user),
        }
        return Response({"items": items} | unread)


class ReadOne(APIView):
    """A notification has been read."""

    @extend_schema(request=None, responses={204: None})
    def post(self, request, notification_id):
        operations.mark_read(user=request.user, notification_id=notification_id, at=identity.real_time())
        return Response(status=status.HTTP_204_NO_CONTENT)


class ReadAll(APIView):
    """All notifications have been read."""

    @extend_schema(request=None, responses={204: None})
    def post(self, request):
        operations.mark_all_read(user=request.user, at=identity.real_time())
        return Response(status=status.HTTP_204_NO_CONTENT)


class FromTrading(BaseAuthentication):
    """A token that the trading service signed for this one."""

    def authenticate(self, request):
        """Believe trading itself only."""
        try:
            who = identity.verify_header(
                settings.TRADING_PUBLIC_KEY,
                request.headers.get("Authorization"),
                issuer="trading",
                audience="webapp",
                at=identity.real_time(),
            )
        except identity.NotTrusted as error:
            raise AuthenticationFailed("This door is for the trading service.") from error
        return who, None

    def authenticate_header(self, request):
        """Say what was expected."""
        return "Bearer"


class IsService(permissions.BasePermission):
    """A service, not someone for whom it speaks."""

    def has_permission(self, request, view):
        """Check the role in the token."""
        return request.user is not None and request.user.role == identity.SERVICE


class NodeOfEvent(serializers.Serializer):
    nodeId = fields.StrictCharField(max_length=64)
    boughtWh = fields.StrictIntegerField(min_value=0, max_value=LARGEST)
    soldWh = fields.StrictIntegerField(min_value=0, max_value=LARGEST)
    amountUrp = fields.StrictIntegerField(min_value=-LARGEST, max_value=LARGEST)
    manual = fields.StrictBooleanField()


class Event(serializers.Serializer):
    """What every event says; fields not known here yet are left aside, so that trading may grow first."""

    eventId = serializers.UUIDField()
    kind = fields.StrictCharField(max_length=32)
    at = fields.InstantField()


class AuctionEvent(Event):
    """An auction was published or cancelled."""

    auctionId = fields.StrictCharField(max_length=64)
    marketId = fields.StrictCharField(max_length=16)
    number = fields.StrictIntegerField(min_value=0, max_value=10_000)
    deliveryDay = serializers.DateField(format="iso-8601", input_formats=["iso-8601"])
    deliveryStartsAt = fields.InstantField()
    deliveryEndsAt = fields.InstantField()
    reason = fields.StrictCharField(max_length=500, allow_null=True)
    nodes = NodeOfEvent(many=True)


class ScheduleEvent(Event):
    """A schedule waits for the grid operator's answer."""

    auctionId = fields.StrictCharField(max_length=64)
    dsoId = fields.StrictCharField(max_length=64)
    scheduleHash = fields.StrictCharField(max_length=64)
    answerBy = fields.InstantField()


class IncidentEvent(Event):
    """Something is out of bounds."""

    code = fields.StrictCharField(max_length=64)
    auctionId = fields.StrictCharField(max_length=64, allow_null=True)
    # Whose grid the auction or the node is of; trading of an earlier release does not say so.
    dsoId = fields.StrictCharField(max_length=64, allow_null=True, default=None)


class PauseEvent(Event):
    """No order is taken from a node for a while."""

    nodeId = fields.StrictCharField(max_length=64)
    endsAt = fields.InstantField()
    reason = fields.StrictCharField(max_length=200)


SHAPES = {
    wishes.PUBLISHED: AuctionEvent,
    wishes.CANCELLED: AuctionEvent,
    wishes.CURTAILED: AuctionEvent,
    wishes.ASIDE: AuctionEvent,
    operations.SCHEDULE: ScheduleEvent,
    operations.INCIDENT: IncidentEvent,
    operations.PAUSED: PauseEvent,
}


class EventField(serializers.Field):
    """One event, read by the shape of its kind."""

    default_error_messages = {"invalid": "An event is an object.", "unknown": "There is no such kind."}

    def to_internal_value(self, data):
        """Choose the shape and read it."""
        if not isinstance(data, dict):
            self.fail("invalid")
        shape = SHAPES.get(data["kind"]) if isinstance(data.get("kind"), str) else None
        if shape is None:
            raise serializers.ValidationError({"kind": self.error_messages["unknown"]}, code="invalid")
        serializer = shape(data=data)
        serializer.is_valid(raise_exception=True)
        return serializer.validated_data


class Events(APIView):
    """What trading tells this service; delivered at least once. Not routed from outside."""

    authentication_classes = (FromTrading,)
    permission_classes = (IsService,)
    parser_classes = (LongJSONParser,)

    class Request(serializers.Serializer):
        events = serializers.ListField(child=EventField(), max_length=100)

    @extend_schema(exclude=True)
    def post(self, request):
        said = inputs.read(self.Request, request)
        operations.receive(events=[_plain(each) for each in said["events"]], at=identity.real_time())
        return Response(status=status.HTTP_204_NO_CONTENT)


def _plain(event):
    """The event with its times as text, but for the one that is stored as a time."""
    plain = {name: fields.utc_text(event[name]) for name in TIMES if name in event}
    if "deliveryDay" in event:
        plain |= {"deliveryDay": event["deliveryDay"].isoformat(), "nodes": [dict(n) for n in event["nodes"]]}
    return {**event, **plain}
