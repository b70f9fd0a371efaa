"""The cookie that holds the refresh token, and from where it may be used."""

from urllib.parse import urlsplit

from django.conf import settings

from shared.problems import Problem
from webapp.users import sessions, tokens

PATH = "/api/auth"
NAME = "__Secure-ceex-refresh" if settings.HTTPS else "ceex-refresh"


def give(response, token):
    """Put the refresh token where no script can read it."""
    response.set_cookie(
        NAME,
        token,
        max_age=int(sessions.IDLE_LIFETIME.total_seconds()),
        path=PATH,
        secure=settings.HTTPS,
        httponly=True,
        samesite="Strict",
    )
    return response


def take_away(response):
    """Remove the refresh token from the browser."""
    response.set_cookie(
        NAME, "", max_age=0, path=PATH, secure=settings.HTTPS, httponly=True, samesite="Strict"
    )
    return response


def token_of(request):
    """The refresh token of a request; empty if there is none that could be one."""
    token = request.COOKIES.get(NAME, "")
    return token if len(token) <= tokens.LONGEST else ""


def refuse_other_sites(request):
    """The cookie counts only for requests that our own page makes.

    :raises Problem: 403 if the browser says that another site asks
    """
    fetch_site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    if fetch_site is not None:
        allowed = fetch_site == "same-origin"
    else:
        # Older browsers say only where the page came from; programs say neither.
        allowed = origin is None or origin == _origin(settings.PUBLIC_URL)
    if not allowed:
        raise Problem(403, "other-site", "Not allowed", "This request does not come from the page itself.")


def _origin(url):
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
