"""Is this service alive, may it get requests, and which revision is it?"""

from django.conf import settings
from drf_spectacular.utils import OpenApiTypes, extend_schema
from rest_framework.response import Response
from rest_framework.views import APIView

from shared import readiness
from webapp.upstream import transport

FRESH_S = 2
LONGEST_BYTES = 1024


class Public(APIView):
    """For load balancers and the curious."""

    authentication_classes = ()
    permission_classes = ()


class Live(Public):
    """The process answers."""

    @extend_schema(responses={200: OpenApiTypes.OBJECT})
    def get(self, request):
        return Response({"status": "alive"})


class Ready(Public):
    """Requests may come; degraded where only what needs trading fails."""

    @extend_schema(responses={200: OpenApiTypes.OBJECT, 503: OpenApiTypes.OBJECT})
    def get(self, request):
        status, checks = state()
        return Response({"status": status, "checks": checks}, status=503 if status == "not-ready" else 200)


class Version(Public):
    """Which revision runs."""

    @extend_schema(responses={200: OpenApiTypes.OBJECT})
    def get(self, request):
        return Response({"revision": settings.REVISION, "environment": settings.ENVIRONMENT})


def state():
    """Say whether requests may come, and what was looked at.

    A process that never reached its own stack's trading is not ready: a new version with a wrong address, or
    half of one, must not replace the old one. Once it has, log-in and inbox stay open while trading is away.
    """
    found, details = database.state()
    reachable = trading.reachable()
    checks = {"database": found == readiness.READY, "trading": reachable}
    if found == readiness.READY and not reachable:
        found, details = readiness.AWAY, {"service": "trading", "address": _address()}
    spoken.say(found, **details)
    if not checks["database"] or not trading.answered_once:
        return "not-ready", checks
    return ("ready" if reachable else "degraded"), checks


def _address():
    return (not trading.answered_once and settings.OWN_TRADING_URL) or settings.TRADING_URL


def _ask_trading():
    try:
        answer = transport.ask("GET", _address(), "/health/live", headers={}, body=None, most=LONGEST_BYTES)
    except (*transport.ERRORS, transport.TooLarge):
        return False
    return answer.status == 200


database = readiness.Database()
trading = readiness.Neighbour(_ask_trading, fresh_s=FRESH_S)
spoken = readiness.Spoken()
