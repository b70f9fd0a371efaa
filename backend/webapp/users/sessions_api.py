"""Where a user is logged in, and the end of any of these sessions."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.response import Response
from rest_framework.views import APIView

from shared import identity
from shared.fields import utc_text
from webapp.users import sessions


class Sessions(APIView):
    """Every living session of the user."""

    class Answer(serializers.Serializer):
        """The newest first."""

        class SessionOfUser(serializers.Serializer):
            """One session; `device` is what its browser calls itself."""

            sessionId = serializers.UUIDField()
            device = serializers.CharField()
            openedAt = serializers.DateTimeField()
            seenAt = serializers.DateTimeField()
            current = serializers.BooleanField()

        items = SessionOfUser(many=True)

    @extend_schema(operation_id="sessions", responses=Answer)
    def get(self, request):
        """List them."""
        own = request.auth.get("sid")
        living = sessions.living(user=request.user, at=identity.real_time())
        return Response({"items": [_described(family, own) for family in living]})


class OneSession(APIView):
    """One of them."""

    @extend_schema(operation_id="end_session", request=None, responses={204: None})
    def delete(self, request, session_id):
        """End it at once, wherever it is."""
        sessions.end(user=request.user, session_id=session_id, at=identity.real_time())
        return Response(status=status.HTTP_204_NO_CONTENT)


def _described(family, own):
    return {
        "sessionId": str(family.pk),
        "device": family.device,
        "openedAt": utc_text(family.opened_at),
        "seenAt": utc_text(family.seen_at or family.opened_at),
        "current": str(family.pk) == own,
    }
