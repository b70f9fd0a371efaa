from datetime import date

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, OpenApiTypes, extend_schema
from rest_framework import permissions, serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from shared import fields, identity, problems
from shared.problems import Problem
from webapp.prices import openadr, queries
from webapp.users import throttles

QUERY = [
    OpenApiParameter("market", str, enum=queries.MARKETS, description="dam without it."),
    OpenApiParameter("day", OpenApiTypes.DATE, required=True, description="A day of delivery."),
]
MOST_EVENTS = 200
OBJECTS = {"type": "array", "items": {"type": "object", "additionalProperties": {}}}


class PublicDoor(APIView):
    """A view for everybody, of what is public anyway."""

    authentication_classes = ()
    permission_classes = (permissions.AllowAny,)


class PriceShape(serializers.Serializer):
    """The price of a quarter hour at the border of the community."""

    startsAt = serializers.DateTimeField()
    priceRpPerMwh = serializers.IntegerField()


class DayShape(serializers.Serializer):
    """The published prices of a day."""

    marketId = serializers.ChoiceField(queries.MARKETS)
    day = serializers.DateField()
    currency = serializers.CharField()
    items = PriceShape(many=True)


class Prices(PublicDoor):
    """The published prices of a day as JSON, with an ETag by which they are revalidated."""

    content_type = "application/json"

    @extend_schema(
        operation_id="prices",
        parameters=QUERY,
        auth=[],
        responses={200: DayShape, 304: OpenApiResponse(description="As you have them.")},
    )
    def get(self, request):
        """Read them."""
        found = _found(request)
        if found.etag in request.headers.get("If-None-Match", ""):
            return HttpResponse(status=304, headers=queries.headers(found))
        body, said = self._body(found), queries.headers(found)
        return HttpResponse(body, content_type=self.content_type, headers=said)

    @staticmethod
    def _body(found):
        return found.as_json


class PricesTable(Prices):
    """The same as CSV."""

    content_type = "text/csv; charset=utf-8"

    @extend_schema(
        operation_id="prices_csv",
        parameters=QUERY,
        auth=[],
        responses={
            (200, "text/csv"): OpenApiTypes.STR,
            304: OpenApiResponse(description="As you have them."),
        },
    )
    def get(self, request):
        """Read them."""
        return super().get(request)

    @staticmethod
    def _body(found):
        return found.as_csv


class Programs(PublicDoor):
    """OpenADR 3.1: the markets as programs."""

    @extend_schema(operation_id="openadr_programs", auth=[], responses={200: OBJECTS})
    def get(self, request):
        """List them."""
        return Response(_page(request, [openadr.program(market) for market in queries.MARKETS]))


class OneProgram(PublicDoor):
    """OpenADR 3.1: a market as a program."""

    @extend_schema(operation_id="openadr_program", auth=[], responses={200: OpenApiTypes.OBJECT})
    def get(self, request, program_id):
        """Show it."""
        if program_id not in queries.MARKETS:
            raise _nothing()
        return Response(openadr.program(program_id))


class Events(PublicDoor):
    """OpenADR 3.1: published auctions as events."""

    @extend_schema(operation_id="openadr_events", auth=[], responses={200: OBJECTS})
    def get(self, request):
        """List those of yesterday, today and tomorrow."""
        program = request.query_params.get("programID")
        if program is not None and program not in queries.MARKETS:
            return Response([])
        return Response(_page(request, list(_events([program] if program else queries.MARKETS))))


class OneEvent(PublicDoor):
    """OpenADR 3.1: a published auction as an event."""

    @extend_schema(operation_id="openadr_event", auth=[], responses={200: OpenApiTypes.OBJECT})
    def get(self, request, event_id):
        """Show it."""
        found = next((each for each in _events(queries.MARKETS) if each["id"] == event_id), None)
        if found is None:
            raise _nothing()
        return Response(found)


def _events(markets):
    at = identity.real_time()
    today = queries.exchange_day(at=at)
    return openadr.events(markets=markets, today=today, at=at)


def _page(request, items):
    skip, limit = (_count(request, name, default) for name, default in (("skip", 0), ("limit", MOST_EVENTS)))
    return items[skip : skip + min(limit, MOST_EVENTS)]


def _count(request, name, default):
    text = request.query_params.get(name, str(default))
    if not text.isascii() or not text.isdigit() or len(text) > 6:
        raise problems.field_error(name, "invalid", "A whole number is required.")
    return int(text)


def _nothing():
    return Problem(404, "not-found", "Not found", "There is nothing here.")


class DayQuery(fields.StrictSerializer):
    """A market and a day."""

    market = fields.StrictChoiceField(queries.MARKETS, default="dam")
    day = serializers.DateField(format="iso-8601", input_formats=["iso-8601"])


def _found(request):
    serializer = DayQuery(data=request.query_params.dict())
    serializer.is_valid(raise_exception=True)
    said = serializer.validated_data
    if not date(2000, 1, 1) <= said["day"] <= date(2100, 1, 1):
        raise problems.field_error("day", "out-of-range", "There is no such day.")
    at = identity.real_time()
    if not queries.is_known(**said):
        # Whoever looks through the years asks trading for each day, and nobody knows who it is.
        throttles.count("prices-address", throttles.address_of(request), at=at)
    return queries.of_day(**said, at=at)
