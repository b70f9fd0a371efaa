from datetime import timedelta

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.response import Response
from rest_framework.views import APIView

from shared import fields, identity
from webapp.keys import operations, queries
from webapp.keys.models import SCOPES
from webapp.users import inputs

LONGEST_DAYS = 730


class KeyShape(serializers.Serializer):
    """A key; its secret was shown once, when it was made."""

    keyId = serializers.UUIDField()
    name = serializers.CharField()
    prefix = serializers.CharField()
    scopes = serializers.ListField(child=serializers.ChoiceField(SCOPES))
    nodes = serializers.ListField(child=serializers.CharField())
    requestsPerMinute = serializers.IntegerField()
    createdAt = serializers.DateTimeField()
    expiresAt = serializers.DateTimeField()
    lastUsedAt = serializers.DateTimeField(allow_null=True)


class NewKeyShape(KeyShape):
    """A key that was just made, with its secret."""

    secret = serializers.CharField()


class KeysShape(serializers.Serializer):
    """A list."""

    items = KeyShape(many=True)


class Keys(APIView):
    """The keys that a user gave to programs. No key can make another: only people come in here."""

    class NewKey(fields.StrictSerializer):
        name = fields.StrictCharField(max_length=60)
        scopes = serializers.ListField(
            child=fields.StrictChoiceField(SCOPES), min_length=1, max_length=len(SCOPES)
        )
        nodes = serializers.ListField(
            child=fields.StrictCharField(max_length=64), max_length=50, required=False, default=list
        )
        validForDays = fields.StrictIntegerField(min_value=1, max_value=LONGEST_DAYS)

    @extend_schema(operation_id="keys", responses=KeysShape)
    def get(self, request):
        """List them, the newest first."""
        return Response({"items": [queries.described(key) for key in queries.keys_of(request.user)]})

    @extend_schema(operation_id="create_key", request=NewKey, responses={201: NewKeyShape})
    def post(self, request):
        """Make one; its secret is in this answer and nowhere else."""
        said = inputs.read(self.NewKey, request)
        key, secret = operations.create(
            user=request.user,
            name=said["name"],
            scopes=said["scopes"],
            nodes=said["nodes"],
            valid_for=timedelta(days=said["validForDays"]),
            at=identity.real_time(),
        )
        answer = Response(queries.described(key) | {"secret": secret}, status=status.HTTP_201_CREATED)
        answer["Cache-Control"] = "no-store"
        return answer


class OneKey(APIView):
    """One key."""

    @extend_schema(operation_id="revoke_key", responses={204: None})
    def delete(self, request, key_id):
        """Revoke it; the next request with it is refused."""
        operations.revoke(user=request.user, key_id=key_id, at=identity.real_time())
        return Response(status=status.HTTP_204_NO_CONTENT)
