from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from shared.fields import utc_text
from webapp.audit import queries
from webapp.users.permissions import IsOperator


class OperatorDeeds(APIView):
    """The audit trail of what operators did, the newest first."""

    permission_classes = (IsOperator,)

    class Answer(serializers.Serializer):
        """A list."""

        class Deed(serializers.Serializer):
            """One deed, with its number in the chain."""

            number = serializers.IntegerField()
            at = serializers.DateTimeField()
            email = serializers.EmailField()
            target = serializers.CharField()
            outcome = serializers.CharField()

        items = Deed(many=True)

    @extend_schema(responses=Answer)
    def get(self, request):
        """List the newest hundred."""
        return Response({"items": [_deed(entry, email) for entry, email in queries.deeds_of_operators()]})


def _deed(entry, email):
    return {
        "number": entry.number,
        "at": utc_text(entry.at),
        "email": email,
        "target": entry.target,
        "outcome": entry.outcome,
    }
