"""For which node: every door of the exchange begins here."""

from functools import lru_cache

from django.http import QueryDict
from django.urls.converters import StringConverter
from rest_framework.views import APIView

from shared import identity, problems
from trading.grid import queries
from trading.grid.models import DistributionSystemOperator, Node

PEOPLE = frozenset({identity.HOUSEHOLD, identity.MEMBER, identity.DSO, identity.OPERATOR})
ANYONE = PEOPLE | {identity.SERVICE}


class NodeNotYours(Exception):
    """There is nothing here."""


problems.register(NodeNotYours, status=404, code="not-found", title="Not found")


class PublicName(StringConverter):
    """The part of a path that names a thing: as harmless as `opaque_id` makes it."""

    regex = "[A-Za-z0-9_-]{1,64}"


class Door(APIView):
    """A view that anyone with a role may use."""

    roles = ANYONE


class OwnDoor(Door):
    """A view of one node of the caller's; foreign and missing nodes look alike."""

    roles = PEOPLE

    def initial(self, request, *args, **kwargs):
        """See whose the node is before anything is read or done."""
        super().initial(request, *args, **kwargs)
        _check_own(request.user, kwargs["node_id"])


class NodeDoor(OwnDoor):
    """A view that works with the node itself."""

    def initial(self, request, *args, **kwargs):
        """Find the node."""
        super().initial(request, *args, **kwargs)
        self.node = own_node(request.user, kwargs["node_id"])


class OperatorDoor(Door):
    """A view of one grid operator; the gateway lets in who acts for it."""

    roles = frozenset({identity.DSO, identity.OPERATOR})

    def initial(self, request, *args, **kwargs):
        """Find the grid operator first."""
        super().initial(request, *args, **kwargs)
        try:
            self.dso = queries.operators().get(public_id=kwargs["dso_id"])
        except DistributionSystemOperator.DoesNotExist as error:
            raise NodeNotYours from error


def own_node(who, public_id):
    """A node that the caller may act for.

    :raises NodeNotYours: the caller may not, or there is none
    """
    _check_own(who, public_id)
    try:
        return queries.node(public_id=public_id)
    except Node.DoesNotExist as error:
        raise NodeNotYours from error


def own_nodes(who):
    """All nodes that the caller may act for."""
    return list(queries.named(public_ids=who.nodes))


def _check_own(who, public_id):
    if public_id not in who.nodes:
        raise NodeNotYours


def read_query(request, shape):
    """The query of a request, read by a strict serializer: no unknown keys, none twice."""
    return dict(_read_query(request.META.get("QUERY_STRING", "").encode("latin-1"), shape))


@lru_cache(1024)
def _read_query(query_string, shape):
    # Many ask the same, as each household does for its year; what is wrong is not remembered.
    query = QueryDict(query_string)
    for name, values in query.lists():
        if len(values) > 1:
            raise problems.field_error(name[:100], "duplicate-key", "This key stands there twice.")
    return read(query.dict(), shape)


def read(data, shape):
    """What was sent, read by a strict serializer."""
    return _reader(shape).run_validation(data)


@lru_cache
def _reader(shape):
    # One for all requests: to make one copies each of its fields, and to validate leaves no trace in it.
    return shape()
