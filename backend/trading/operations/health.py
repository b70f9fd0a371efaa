"""Is this service alive, may it get requests, and which revision is it? No identity is needed to ask."""

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from drf_spectacular.utils import OpenApiTypes, extend_schema
from rest_framework.response import Response
from rest_framework.views import APIView

_known = {"migrated": False}


class Public(APIView):
    """For load balancers."""

    authentication_classes = ()
    permission_classes = ()


class Live(Public):
    """The process answers."""

    @extend_schema(operation_id="live", responses=OpenApiTypes.OBJECT)
    def get(self, request):
        """Say so."""
        return Response({"status": "alive"})


class Ready(Public):
    """Requests may come: the database answers and has every migration."""

    @extend_schema(operation_id="ready", responses={200: OpenApiTypes.OBJECT, 503: OpenApiTypes.OBJECT})
    def get(self, request):
        """Ask it."""
        if not database_ready():
            return Response({"status": "not-ready", "checks": {"database": False}}, status=503)
        return Response({"status": "ready", "checks": {"database": True}})


class Version(Public):
    """Which revision runs."""

    @extend_schema(operation_id="version", responses=OpenApiTypes.OBJECT)
    def get(self, request):
        """Tell it."""
        return Response({"revision": settings.REVISION})


def database_ready():
    """True if the database answers and has every migration; the second is asked until it is true."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        if not _known["migrated"]:
            executor = MigrationExecutor(connection)
            _known["migrated"] = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return False
    return _known["migrated"]
