import re

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.response import Response
from rest_framework.views import APIView

from shared import fields, identity
from webapp.access import operations, queries
from webapp.users import inputs, throttles
from webapp.users.shapes import PairingShape

PLAIN = re.compile(r"[A-Za-z0-9._/ -]+", re.ASCII)


class PlainField(fields.StrictCharField):
    """A name or number as it stands on a bill."""

    default_error_messages = {"plain": "Only letters, digits, blanks and . - / _ are allowed."}

    def to_internal_value(self, data):
        """Take plain ASCII."""
        text = super().to_internal_value(data)
        if not PLAIN.fullmatch(text):
            self.fail("plain")
        return text


class Pairings(APIView):
    """The customers a user acts for."""

    class Request(fields.StrictSerializer):
        dso = PlainField(max_length=64)
        dsoClientId = PlainField(max_length=64)

    @extend_schema(request=Request, responses={201: PairingShape})
    def post(self, request):
        said = inputs.read(self.Request, request)
        pairing = operations.pair_as_asked(
            user=request.user,
            dso=said["dso"],
            dso_client_id=said["dsoClientId"],
            address=throttles.address_of(request),
            at=identity.real_time(),
        )
        return Response(queries.described(pairing), status=status.HTTP_201_CREATED)


class OnePairing(APIView):
    """One customer a user acts for."""

    @extend_schema(responses={204: None})
    def delete(self, request, pairing_id):
        operations.unpair(user=request.user, pairing_id=pairing_id, at=identity.real_time())
        return Response(status=status.HTTP_204_NO_CONTENT)
