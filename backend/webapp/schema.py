"""The description of the API, made from the code once per process."""

import json
from functools import cache

from django.http import HttpResponse
from drf_spectacular.generators import SchemaGenerator

from shared import problems


def answer(request):
    """OpenAPI 3.1 as JSON."""
    if request.method not in ("GET", "HEAD"):
        problem = problems.Problem(405, "method-not-allowed", "Not possible", headers={"Allow": "GET, HEAD"})
        return problems.respond(problem)
    return HttpResponse(_document(), content_type="application/vnd.oai.openapi+json")


@cache
def _document():
    return json.dumps(SchemaGenerator().get_schema(request=None, public=True), default=str)


# Every refusal is a problem by RFC 9457; which of them a door can give depends on how it is asked.
REFUSALS = {
    "400": "Not as asked for: `invalid` with the fields, `malformed-json`, `bad-address`, `too-deep`, …",
    "401": "`not-authenticated`: no session or key, or an ended one.",
    "403": "`forbidden` for this role, or `scope-missing` for this key.",
    "404": "`not-found`: missing or someone else's, which looks the same; `not-published` so far.",
    "405": "`method-not-allowed`.",
    "406": "`not-acceptable`.",
    "409": "`gate-closed`, `intake-paused`, `order-not-open`, `version-conflict`, `already-paired`, …",
    "412": "`precondition-failed`: the ETag in If-Match is not the present one.",
    "413": "`body-too-large`.",
    "415": "`unsupported-media-type`.",
    "422": "`capacity-exceeded`, `limit-exceeded`, `idempotency-key-reused`, `nothing-placed`.",
    "429": "`too-many-requests`, with Retry-After.",
    "502": "`trading-unreachable`, `trading-not-understood`.",
    "503": "`trading-busy`, `trading-unavailable`, `unavailable`, with Retry-After.",
    "504": "`trading-too-slow`: a change may still have been made; ask again with the same idempotency key.",
}
PROBLEM = {
    "type": "object",
    "description": "What went wrong (RFC 9457); more members may tell the numbers behind it.",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "Stable: what programs go by."},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {name: {"type": "string"} for name in ("field", "code", "detail")},
                "required": ["field", "code", "detail"],
            },
        },
    },
    "required": ["type", "title", "status", "code", "detail"],
}


def with_problems(result, generator, request, public):
    """Describe at every operation how it refuses."""
    result["components"].setdefault("schemas", {})["Problem"] = PROBLEM
    content = {problems.CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for operations in result["paths"].values():
        for operation in operations.values():
            for status, text in REFUSALS.items():
                operation["responses"].setdefault(status, {"description": text, "content": content})
    return result
