"""Every error answer of both services: RFC 9457 problems with a stable code."""

import json
import math
from http import HTTPStatus

import structlog
from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.http import Http404, HttpResponse
from rest_framework import exceptions
from rest_framework.response import Response

CONTENT_TYPE = "application/problem+json"
RESERVED = frozenset({"type", "title", "status", "code", "detail", "errors"})

log = structlog.get_logger(__name__)
_registered = {}
_CODES = {
    exceptions.ParseError: "malformed",
    exceptions.NotAuthenticated: "not-authenticated",
    exceptions.AuthenticationFailed: "not-authenticated",
    exceptions.PermissionDenied: "forbidden",
    exceptions.NotFound: "not-found",
    exceptions.MethodNotAllowed: "method-not-allowed",
    exceptions.NotAcceptable: "not-acceptable",
    exceptions.UnsupportedMediaType: "unsupported-media-type",
    exceptions.Throttled: "too-many-requests",
}


class Problem(Exception):
    """An error that is answered as it says."""

    def __init__(self, status, code, title, detail="", errors=None, headers=None, **params):
        if RESERVED & params.keys():
            raise ValueError("a parameter may not replace a member of the problem")
        super().__init__(code)
        self.status, self.code, self.title, self.detail = status, code, title, detail
        self.errors, self.headers, self.params = errors, headers or {}, params

    def body(self):
        """The members of the answer, in the order people read them."""
        body = {
            "type": f"urn:ceex:problem:{self.code}",
            "title": self.title,
            "status": self.status,
            "code": self.code,
            "detail": self.detail or self.title,
        }
        if self.errors:
            body["errors"] = self.errors
        return body | self.params


def register(exception, *, status, code, title=None):
    """Answer a domain error, and those derived from it, with this status and code.

    The detail is the error's own text or else its docstring; its `params`, if it has any, are added, and its
    `retry_after_s` becomes the header Retry-After.
    """
    known = _registered.get(exception)
    if known and known != (status, code, title):
        raise ValueError(f"{exception.__name__} is already registered otherwise")
    _registered[exception] = (status, code, title)


def handler(error, context):
    """Turn an error into its answer; None for the unexpected, which must crash loudly."""
    # Not above: while the framework's views load, they load our parsers, which load this module.
    from rest_framework.views import set_rollback

    problem = of(error)
    if problem is None:
        return None
    set_rollback()
    return Response(problem.body(), problem.status, headers=problem.headers, content_type=CONTENT_TYPE)


def of(error):
    """The problem that describes an error, or None if nobody expected it."""
    if isinstance(error, Problem):
        return error
    for kind in type(error).__mro__:
        if kind in _registered:
            return _of_domain_error(error, *_registered[kind])
    if isinstance(error, exceptions.ValidationError):
        return invalid(_flat(error.detail))
    if isinstance(error, Http404):
        return Problem(404, "not-found", "Not found", "There is nothing here.")
    if isinstance(error, OperationalError):
        log.error("database_unavailable", exc_info=error)
        return Problem(503, "unavailable", "Unavailable", "Please try again.", headers={"Retry-After": "2"})
    if isinstance(error, PermissionDenied):
        return Problem(403, "forbidden", "Not allowed", "This role may not do that.")
    return _of_api_error(error) if isinstance(error, exceptions.APIException) else None


def invalid(errors):
    """The one answer to input that is well-formed JSON but not what was asked for."""
    return Problem(400, "invalid", "Invalid input", "Some fields are not as they should be.", errors=errors)


def field_error(field, code, detail):
    """The same for one field."""
    return invalid([{"field": field, "code": code, "detail": detail}])


def respond(problem):
    """The answer outside of REST framework: middleware, the gateway and the handlers of `urls.py`."""
    body = problem.body()
    answer = HttpResponse(
        json.dumps(body), status=problem.status, content_type=CONTENT_TYPE, headers=problem.headers
    )
    answer.data = body  # for the audit, as REST framework's answers have it
    return answer


def bad_request(request, exception=None):
    """`handler400`: a request that Django refused to read."""
    return respond(Problem(400, "bad-request", "Bad request", "The request could not be read."))


def forbidden(request, exception=None):
    """`handler403`."""
    return respond(Problem(403, "forbidden", "Not allowed", "This is not allowed."))


def not_found(request, exception=None):
    """`handler404`."""
    return respond(Problem(404, "not-found", "Not found", "There is nothing here."))


def server_error(request):
    """`handler500`: says nothing about the cause; the log has it."""
    return respond(Problem(500, "internal-error", "Internal error", "This is our fault. It has been logged."))


def _of_domain_error(error, status, code, title):
    docstring = (type(error).__doc__ or "").strip().split("\n")[0]
    detail = str(error) or docstring
    params = {key: value for key, value in getattr(error, "params", {}).items() if key not in RESERVED}
    wait_s = getattr(error, "retry_after_s", None)
    headers = {} if wait_s is None else {"Retry-After": str(wait_s)}
    return Problem(status, code, title or HTTPStatus(status).phrase, detail, headers=headers, **params)


def _of_api_error(error):
    code = next((_CODES[kind] for kind in type(error).__mro__ if kind in _CODES), None)
    headers = {}
    if getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = error.auth_header
    if getattr(error, "wait", None) is not None:
        headers["Retry-After"] = str(math.ceil(error.wait))
    status = error.status_code
    title = HTTPStatus(status).phrase
    return Problem(status, code or _hyphens(error.default_code), title, _text(error.detail), headers=headers)


def _text(detail):
    """One sentence of DRF's detail, which may also be a dictionary or a list."""
    if isinstance(detail, dict):
        return _text(detail.get("detail", next(iter(detail.values()), "")))
    if isinstance(detail, list):
        return _text(detail[0]) if detail else ""
    return str(detail)


def _flat(detail, path=""):
    """DRF's nested validation errors as one list of fields."""
    if isinstance(detail, dict):
        return [each for name, inner in detail.items() for each in _flat(inner, _joined(path, name))]
    if isinstance(detail, list):
        return [each for index, inner in enumerate(detail) for each in _flat_item(inner, path, index)]
    return [{"field": path, "code": _hyphens(getattr(detail, "code", "invalid")), "detail": str(detail)}]


def _flat_item(inner, path, index):
    # A list of texts are the errors of one field; a list of dictionaries are its elements.
    return _flat(inner, _joined(path, index) if isinstance(inner, dict | list) else path)


def _joined(path, name):
    if name == "non_field_errors":
        return path
    return f"{path}.{name}" if path else str(name)


def _hyphens(code):
    return str(code or "invalid").replace("_", "-")
