"""The second factor of whoever is logged in; each change asks for the password again."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.response import Response
from rest_framework.views import APIView

from shared import fields, identity
from webapp.users import second_factor
from webapp.users.inputs import code_field, password_field, read


class FactorSecret(APIView):
    """What an authenticator app needs."""

    class Request(fields.StrictSerializer):
        password = password_field()

    class Answer(serializers.Serializer):
        """The secret, shown once; `squares` are the rows of a QR code of the address."""

        secret = serializers.CharField()
        address = serializers.CharField()
        squares = serializers.ListField(child=serializers.CharField())

    @extend_schema(operation_id="begin_second_factor", request=Request, responses={201: Answer})
    def post(self, request):
        """Make a new one; it counts once a code of it was confirmed."""
        body = read(self.Request, request)
        secret = second_factor.begin(user=request.user, **body, at=identity.real_time())
        address = second_factor.address_of(request.user, secret)
        answer = {"secret": secret, "address": address, "squares": second_factor.squares_of(address)}
        return _never_kept(Response(answer, status=status.HTTP_201_CREATED))


class FactorConfirmation(APIView):
    """The first code of the app."""

    class Request(fields.StrictSerializer):
        code = code_field()

    class Answer(serializers.Serializer):
        """Codes for who has lost the app, each good once; shown once."""

        spareCodes = serializers.ListField(child=serializers.CharField())

    @extend_schema(operation_id="confirm_second_factor", request=Request, responses={200: Answer})
    def post(self, request):
        """Turn the second factor on."""
        body = read(self.Request, request)
        spare = second_factor.confirm(user=request.user, **body, at=identity.real_time())
        return _never_kept(Response({"spareCodes": spare}))


class FactorEnd(APIView):
    """No second factor any more."""

    class Request(fields.StrictSerializer):
        password = password_field()
        code = code_field()

    @extend_schema(operation_id="end_second_factor", request=Request, responses={204: None})
    def post(self, request):
        """Turn it off, by password and code."""
        second_factor.end(user=request.user, **read(self.Request, request), at=identity.real_time())
        return Response(status=status.HTTP_204_NO_CONTENT)


def _never_kept(response):
    response["Cache-Control"] = "no-store"
    return response
