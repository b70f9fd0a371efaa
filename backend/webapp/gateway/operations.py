import re

import structlog

from shared import identity, problems
from shared.problems import Problem
from webapp.access import queries as access
from webapp.gateway import routes
from webapp.upstream import calls
from webapp.users import throttles

ENTITY_TAG = re.compile(r'"[A-Za-z0-9_.:-]{1,100}"', re.ASCII)
IDEMPOTENCY_KEY = re.compile(r"[A-Za-z0-9_-]{8,64}", re.ASCII)

log = structlog.get_logger(__name__)


class NotThere(Exception):
    """There is nothing here."""


problems.register(NotThere, status=404, code="not-found", title="Not found")


def forward(
    *, user, key=None, method, path, query, body, idempotency_key=None, if_match=None, digest=None, at
):
    """Do for a user what the table of routes allows, and nothing else.

    :param key: the key of the program that asks in the user's name; None where the user does
    :param path, query: as `webapp.gateway.addresses` has checked them
    :param digest: of what the caller said, where the body was made from it
    :raises NotThere: no such route; or a node that is missing or someone else's, which looks the same
    :raises Problem: 400, 403 or 405 for what the route does not allow
    """
    try:
        route, parts = _permitted(user, method, path)
        _check_scope(route, key)
        _check_query(route, query)
        _check_body(route, body)
        nodes = nodes_of(user, key)
        _check_ownership(user, nodes, [parts.get("node"), dict(query).get("node")], parts.get("dso"))
        _check_key(idempotency_key)
        _check_tag(if_match)
    except (Problem, NotThere) as error:
        log.warning(
            "gateway_refused", user_id=str(user.pk), method=method, path=path, code=problems.of(error).code
        )
        raise
    if method != "GET" and key is None:
        throttles.count("write", user.pk, at=at)
    return calls.send(
        method,
        route.path(parts),
        as_identity=identity.Identity(str(user.pk), user.role, tuple(sorted(nodes))),
        query=query,
        body=body,
        idempotency_key=idempotency_key if method != "GET" else None,
        if_match=if_match if method != "GET" else None,
        digest=digest if idempotency_key and method != "GET" else None,
        at=at,
        most=route.answer_bytes,
    )


def _permitted(user, method, path):
    route, parts, allowed = routes.find(method, path)
    if route is None and not allowed:
        raise NotThere
    if route is None:
        headers = {"Allow": ", ".join(allowed)}
        raise Problem(
            405, "method-not-allowed", "Not possible", f"{method} is not possible here.", headers=headers
        )
    if user.role not in route.roles:
        raise Problem(403, "forbidden", "Not allowed", "Your role may not do that.")
    return route, parts


def _check_scope(route, key):
    if key is not None and (route.scope is None or not key.allows(route.scope)):
        raise Problem(403, "scope-missing", "Scope missing", "This key was not given the scope for that.")


def nodes_of(user, key):
    """The nodes that are the user's now, and of these the ones that the key is for."""
    nodes = access.nodes_of(user)
    return nodes & frozenset(key.nodes) if key is not None and key.nodes else nodes


def _check_query(route, query):
    for key, value in query:
        if key not in route.query:
            raise problems.field_error(key[:50], "unknown-parameter", "This parameter is not known here.")
        if not re.fullmatch(route.query[key], value, re.ASCII):
            raise problems.field_error(key, "invalid", "This value is not of the right form.")


def _check_body(route, body):
    if route.body_bytes and not isinstance(body, dict):
        raise problems.field_error("body", "required", "A JSON object belongs here.")
    if not route.body_bytes and body is not None:
        raise problems.field_error("body", "unknown-field", "No body belongs here.")
    if body is not None and len(calls.encoded(body)) > route.body_bytes:
        raise Problem(413, "body-too-large", "Too large", f"At most {route.body_bytes} bytes are read here.")


def _check_ownership(user, nodes, asked_for, dso):
    if any(node is not None and node not in nodes for node in asked_for):
        raise NotThere
    if dso is not None and user.role == routes.DSO and not access.acts_for_dso(user, dso):
        raise NotThere


def _check_tag(if_match):
    if if_match is not None and not ENTITY_TAG.fullmatch(if_match):
        raise problems.field_error("If-Match", "invalid", "Write one ETag as it was answered.")


def _check_key(idempotency_key):
    if idempotency_key is not None and not IDEMPOTENCY_KEY.fullmatch(idempotency_key):
        raise problems.field_error("Idempotency-Key", "invalid", "Write 8 to 64 letters, digits, - or _.")
