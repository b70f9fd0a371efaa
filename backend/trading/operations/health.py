"""Is this service alive, may it get requests, and which revision is it? No identity is needed to ask."""

import time

from django.conf import settings
from django.db import connection
from drf_spectacular.utils import OpenApiTypes, extend_schema
from rest_framework.response import Response
from rest_framework.views import APIView

from shared import readiness

ASKED_EVERY_S = 0.5

database = readiness.Database()
spoken = readiness.Spoken()


def wait_until_ready():
    """Wait for the database and every migration; say once what is missing."""
    while not _is_ready():
        time.sleep(ASKED_EVERY_S)
    connection.close()  # a process forked from this one opens its own


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
        ready = _is_ready()
        answer = {"status": "ready" if ready else "not-ready", "checks": {"database": ready}}
        return Response(answer, status=200 if ready else 503)


class Version(Public):
    """Which revision runs."""

    @extend_schema(operation_id="version", responses=OpenApiTypes.OBJECT)
    def get(self, request):
        """Tell it."""
        return Response({"revision": settings.REVISION})


def _is_ready():
    state, details = database.state()
    spoken.say(state, **details)
    return state == readiness.READY
