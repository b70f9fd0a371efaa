"""What every answer carries: the request's id, and what a browser may do with the answer."""

import re
import uuid

import structlog
from django.conf import settings

from webapp.users import throttles

REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{8,64}", re.ASCII)
API_POLICY = "default-src 'none'; frame-ancestors 'none'"


class RequestId:
    """Give each request an id, or keep the one that stands before it if it is harmless.

    Whatever is written down until its end says where it comes from, as the throttles see it.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        given = request.META.get("HTTP_X_REQUEST_ID", "")
        request_id = given if REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        request.META["HTTP_X_REQUEST_ID"] = request_id
        structlog.contextvars.bind_contextvars(address=throttles.address_of(request))
        response = self.get_response(request)
        response["X-Request-ID"] = request_id
        return response


class SecurityHeaders:
    """Tell the browser to run nothing but the page's own files."""

    def __init__(self, get_response):
        self.get_response = get_response
        self.page_policy = page_policy(settings.MAP_TILES_URL)

    def __call__(self, request):
        response = self.get_response(request)
        from_api = request.path_info.startswith(("/api/", "/internal/"))
        response.headers.setdefault("Content-Security-Policy", API_POLICY if from_api else self.page_policy)
        response.headers.setdefault("X-Frame-Options", "DENY")
        response.headers.setdefault(
            "Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=()"
        )
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if from_api:
            response.headers.setdefault("Cache-Control", "no-store")
        return response


def page_policy(map_tiles_url):
    """The content security policy of the page: no inline script, styles inline because Material needs it."""
    tiles = re.match(r"https?://[A-Za-z0-9.{}:-]+", map_tiles_url or "")
    # A template such as https://{s}.tiles.example/… stands for any of its subdomains.
    images = " ".join(["'self' data: blob:", *([tiles.group().replace("{s}", "*")] if tiles else [])])
    return (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
        f"img-src {images}; font-src 'self'; connect-src 'self'; manifest-src 'self'; "
        "base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
    )
