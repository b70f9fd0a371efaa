from django.http import HttpResponse
from drf_spectacular.utils import OpenApiTypes, extend_schema
from rest_framework import serializers
from rest_framework.views import APIView

from shared import fields, identity, problems
from shared.answers import JSONAlone
from shared.parsers import BulkJSONParser, LinesParser, LongJSONParser, TableParser
from webapp.gateway import addresses, operations, routes
from webapp.keys import authentication
from webapp.keys.models import ApiKey
from webapp.users import inputs

NOTE = "Answers with what the trading service answers, or with a problem."


class JSONValueField(serializers.JSONField):
    """Any JSON value; which one the route decides."""


class Proxy(APIView):
    """The original's door: the address, method and body of a request to trading in one JSON object."""

    authentication_classes = authentication.PEOPLE_AND_PROGRAMS
    content_negotiation_class = JSONAlone
    parser_classes = (LongJSONParser,)

    def finalize_response(self, request, response, *args, **kwargs):
        """Keep the table's word on which methods are allowed, which is not about this address."""
        allowed = response.headers.get("Allow")
        response = super().finalize_response(request, response, *args, **kwargs)
        if allowed is not None:
            response.headers["Allow"] = allowed
        return response

    class Request(fields.StrictSerializer):
        url = fields.StrictCharField(max_length=addresses.LONGEST, trim_whitespace=False)
        method = fields.StrictChoiceField(routes.METHODS)
        body = JSONValueField(required=False, allow_null=True)

    @extend_schema(request=Request, responses={200: OpenApiTypes.OBJECT}, description=NOTE)
    def post(self, request):
        asked = inputs.read(self.Request, request)
        path, query = addresses.split(asked["url"])
        return _forward(request._request, asked["method"], path, query, asked.get("body"))


class Trading(APIView):
    """The same gateway, each of trading's paths under its own name.

    REST framework describes it and reads bodies; what has none to read passes it by, in half the time.
    """

    parser_classes = (BulkJSONParser, LinesParser, TableParser)

    @extend_schema(responses={200: OpenApiTypes.OBJECT}, description=NOTE)
    def get(self, request, path):
        return self._forward(request)

    @extend_schema(request=OpenApiTypes.OBJECT, responses={200: OpenApiTypes.OBJECT}, description=NOTE)
    def post(self, request, path):
        return self._forward(request)

    @extend_schema(request=OpenApiTypes.OBJECT, responses={200: OpenApiTypes.OBJECT}, description=NOTE)
    def put(self, request, path):
        return self._forward(request)

    @extend_schema(responses={200: OpenApiTypes.OBJECT}, description=NOTE)
    def delete(self, request, path):
        return self._forward(request)

    def dispatch(self, request, path):
        """See who asks, forward it, and answer a refusal as every other door does."""
        try:
            request.user, request.auth = authentication.recognised(request)
            # The table says which methods a path knows, not this class.
            return self._forward(request)
        except Exception as error:
            problem = problems.of(error)
            if problem is None:
                raise
            return problems.respond(problem)

    def _forward(self, request):
        path = addresses.checked_path(_written_path(request).removeprefix("/api/trading"))
        query = addresses.checked_query(request.META.get("QUERY_STRING", ""))
        has_body = request.META.get("CONTENT_LENGTH") not in (None, "", "0")
        body = self.initialize_request(request).data if has_body else None
        return _forward(request, request.method, path, query, body)


def _written_path(request):
    """The path as the caller wrote it, before the server decoded it, where the server tells."""
    raw = request.META.get("RAW_URI")
    if raw is None:
        return request.path
    return raw.partition("?")[0]


def _forward(request, method, path, query, body):
    # For the audit, which sees both doors as one.
    request.forwarded = f"{method} {path}"
    answer = operations.forward(
        user=request.user,
        key=request.auth if isinstance(request.auth, ApiKey) else None,
        method=method,
        path=path,
        query=query,
        body=body,
        idempotency_key=request.META.get("HTTP_IDEMPOTENCY_KEY"),
        if_match=request.META.get("HTTP_IF_MATCH"),
        at=identity.real_time(),
    )
    content_type = problems.CONTENT_TYPE if answer.is_problem else "application/json"
    response = HttpResponse(
        answer.body, status=answer.status, content_type=content_type, headers=answer.headers
    )
    if answer.status == 204:
        del response["Content-Type"]
    return response
