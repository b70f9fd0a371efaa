from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.response import Response
from rest_framework.views import APIView

from shared import fields, identity
from webapp.neighbours import operations, queries
from webapp.users import inputs


class CardShape(serializers.Serializer):
    """What neighbours see of the user, and whether they do; the picture is fetched apart."""

    name = serializers.CharField()
    open = serializers.BooleanField()
    picture = serializers.CharField(allow_null=True, help_text="changes with the picture")


class MessageShape(serializers.Serializer):
    """One message; `mine` is what the user wrote, `reported` what the user reported."""

    messageId = serializers.UUIDField()
    mine = serializers.BooleanField()
    text = serializers.CharField()
    at = serializers.DateTimeField()
    reported = serializers.BooleanField()


class OwnCard(APIView):
    """What neighbours see of the user."""

    class Request(fields.StrictSerializer):
        """An open card needs a name."""

        name = fields.StrictCharField(max_length=60, allow_blank=True)
        open = fields.StrictBooleanField()

    @extend_schema(operation_id="own_card", responses=CardShape)
    def get(self, request):
        """Show it."""
        return Response(_card(queries.card_of(request.user)))

    @extend_schema(operation_id="describe_oneself", request=Request, responses={200: CardShape})
    def put(self, request):
        """Say it anew."""
        said = inputs.read(self.Request, request)
        card = operations.describe(user=request.user, name=said["name"], is_open=said["open"])
        return Response(_card(card))


class Neighbours(APIView):
    """Who can be written to."""

    class Answer(serializers.Serializer):
        """By name; nobody unless the user's own card is open."""

        class NeighbourShape(serializers.Serializer):
            """One neighbour, with what of theirs is unread."""

            neighbourId = serializers.UUIDField()
            name = serializers.CharField()
            picture = serializers.CharField(allow_null=True)
            unread = serializers.IntegerField()
            blocked = serializers.BooleanField()

        items = NeighbourShape(many=True)

    @extend_schema(operation_id="neighbours", responses=Answer)
    def get(self, request):
        """List them."""
        return Response({"items": [_neighbour(each) for each in queries.neighbours_of(request.user)]})


class Messages(APIView):
    """What the user and a neighbour wrote to each other."""

    class Request(fields.StrictSerializer):
        """A text, under an id of the sender's making: sent again, it arrives once."""

        messageId = serializers.UUIDField()
        text = fields.StrictCharField(max_length=1000, multiline=True)

    class Answer(serializers.Serializer):
        """The newest two hundred, the oldest of them first."""

        items = MessageShape(many=True)

    @extend_schema(operation_id="messages", responses=Answer)
    def get(self, request, card_id):
        """Show them."""
        card = operations.find(user=request.user, card_id=card_id)
        return Response({"items": [_message(each, card) for each in queries.between(request.user, card)]})

    @extend_schema(operation_id="write_message", request=Request, responses={201: MessageShape})
    def post(self, request, card_id):
        """Write another."""
        said = inputs.read(self.Request, request)
        message = operations.write(
            user=request.user,
            card_id=card_id,
            message_id=said["messageId"],
            text=said["text"],
            at=identity.real_time(),
        )
        return Response(_message(message, message.receiver), status=status.HTTP_201_CREATED)


class ReadMessages(APIView):
    """The user has read what a neighbour wrote."""

    @extend_schema(operation_id="read_messages", request=None, responses={204: None})
    def post(self, request, card_id):
        """Note it."""
        operations.mark_read(user=request.user, card_id=card_id, at=identity.real_time())
        return Response(status=status.HTTP_204_NO_CONTENT)


class BlockedNeighbour(APIView):
    """A neighbour from whom the user wants to hear nothing."""

    @extend_schema(operation_id="block_neighbour", request=None, responses={204: None})
    def put(self, request, card_id):
        """Block."""
        operations.block(user=request.user, card_id=card_id)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(operation_id="let_neighbour_in", responses={204: None})
    def delete(self, request, card_id):
        """Let in again."""
        operations.let_in(user=request.user, card_id=card_id)
        return Response(status=status.HTTP_204_NO_CONTENT)


class MessageReport(APIView):
    """The operator shall see a message."""

    class Request(fields.StrictSerializer):
        """Why."""

        reason = fields.StrictCharField(max_length=500, multiline=True)

    @extend_schema(operation_id="report_message", request=Request, responses={204: None})
    def post(self, request, message_id):
        """Show it."""
        said = inputs.read(self.Request, request)
        operations.report(
            user=request.user, message_id=message_id, reason=said["reason"], at=identity.real_time()
        )
        return Response(status=status.HTTP_204_NO_CONTENT)


def _card(card):
    if card is None:
        return {"name": "", "open": False, "picture": None}
    return {"name": card.name, "open": card.is_open, "picture": card.picture_digest or None}


def _neighbour(neighbour):
    return {
        "neighbourId": str(neighbour.card.pk),
        "name": neighbour.card.name,
        "picture": neighbour.card.picture_digest or None,
        "unread": neighbour.unread,
        "blocked": neighbour.blocked,
    }


def _message(message, card):
    mine = message.receiver_id == card.pk
    return {
        "messageId": str(message.pk),
        "mine": mine,
        "text": message.text,
        "at": fields.utc_text(message.at),
        # Whoever wrote it does not learn that somebody complained.
        "reported": not mine and hasattr(message, "report"),
    }
