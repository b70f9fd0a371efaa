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
