"""Is this service alive, may it get requests, and which revision is it?"""

import time

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from drf_spectacular.utils import OpenApiTypes, extend_schema
from rest_framework.response import Response
from rest_framework.views import APIView

from webapp.upstream import transport

FRESH_S = 2
_last = {"asked_at": float("-inf"), "reachable": False, "migrated": False}


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
        checks = {"database": database_ready(), "trading": trading_reachable()}
        if not checks["database"]:
            return Response({"status": "not-ready", "checks": checks}, status=503)
        return Response({"status": "ready" if checks["trading"] else "degraded", "checks": checks})


class Version(Public):
    """Which revision runs."""

    @extend_schema(responses={200: OpenApiTypes.OBJECT})
    def get(self, request):
        return Response({"revision": settings.REVISION, "environment": settings.ENVIRONMENT})


def database_ready():
    """True if the database answers and has every migration; the second is asked until it is true."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        if not _last["migrated"]:
            executor = MigrationExecutor(connection)
            _last["migrated"] = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return False
    return _last["migrated"]


def trading_reachable():
    """True if trading says that it is alive; asked every two seconds at most."""
    if time.monotonic() - _last["asked_at"] > FRESH_S:
        _last["asked_at"] = time.monotonic()
        _last["reachable"] = _ask_trading()
    return _last["reachable"]


def _ask_trading():
    try:
        answer = transport.open("GET", f"{settings.TRADING_URL}/health/live", headers={}, body=None)
        answer.close()
    except (OSError, ValueError):  # requests' errors are OSErrors
        return False
    return answer.status_code == 200
