"""The built page: its files for ever, its first document never cached, its settings from the environment."""

import re
from datetime import timedelta
from functools import cache
from pathlib import Path

from django.conf import settings
from django.http import HttpResponse, JsonResponse
from whitenoise.middleware import WhiteNoiseMiddleware

from shared import identity, problems
from shared.fields import utc_text

# What the build names after its content, such as main-5XQ2ZKTA.js; a name of another kind may stay the same.
HASHED = re.compile(
    r"/((chunk|main|polyfills|scripts|styles|worker)-|media/[^/]+-)[A-Za-z0-9_-]{8}\.[a-z0-9]+", re.ASCII
)
# The RFC asks for less than a year; whoever fetches it anew gets a later end.
STAYS_TRUE = timedelta(days=180)
NOT_AS_FILES = ("/index.html", "/config.json")


class PageFiles(WhiteNoiseMiddleware):
    """Serve the files of the build, but for the two that are answered below."""

    def add_file_to_dictionary(self, url, path, stat_cache=None):
        """Leave out what must not be cached, and source maps."""
        if url not in NOT_AS_FILES and not url.endswith(".map"):
            super().add_file_to_dictionary(url, path, stat_cache)

    def candidate_paths_for_url(self, url):
        """The same where files are looked up at each request, which WhiteNoise does in debug mode."""
        if url not in NOT_AS_FILES and not url.endswith(".map"):
            yield from super().candidate_paths_for_url(url)

    def immutable_file_test(self, path, url):
        """A file named after its content never changes."""
        return bool(HASHED.fullmatch(url))


def index(request, path=""):
    """The page's first document, for every address that the page itself understands."""
    if request.method not in ("GET", "HEAD"):
        problem = problems.Problem(405, "method-not-allowed", "Not possible", headers={"Allow": "GET, HEAD"})
        return problems.respond(problem)
    # An address that looks like a file is a missing file, not a place in the page.
    if not settings.PAGE_DIR or "." in path.rpartition("/")[2] or path.startswith("."):
        return problems.not_found(request)
    return HttpResponse(
        _document(), content_type="text/html; charset=utf-8", headers={"Cache-Control": "no-cache"}
    )


def config(request):
    """What the page must know before it starts."""
    answer = {
        "environment": settings.ENVIRONMENT,
        "supportMail": settings.SUPPORT_MAIL,
        "mapTilesUrl": settings.MAP_TILES_URL,
        "mapTilesAttribution": settings.MAP_TILES_ATTRIBUTION,
        "speed": settings.SPEED,
    }
    return JsonResponse(answer, headers={"Cache-Control": "no-cache"})


def security(request):
    """Whom to tell about a hole, as RFC 9116 writes it."""
    lines = (
        f"Contact: mailto:{settings.SUPPORT_MAIL}",
        f"Expires: {utc_text(identity.real_time() + STAYS_TRUE)}",
        "Preferred-Languages: en, de, fr, it",
        f"Canonical: {settings.PUBLIC_URL.rstrip('/')}/.well-known/security.txt",
    )
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


@cache
def _document():
    return (Path(settings.PAGE_DIR) / "index.html").read_bytes()
