"""Where deeds are noticed: one place for every door, so that no door can forget to tell."""

import structlog
from django.db import DatabaseError

from shared import identity
from webapp.audit import operations
from webapp.users import throttles

READING = ("GET", "HEAD", "OPTIONS")
DOORS, LOG_IN_DOORS = "api/", "api/auth/"
# Sessions go on every few minutes; one that ends because its token came back is kept with its family.
ROUTINE = ("api/auth/refresh",)
# Whoever asks too often is slowed down by the throttles, and must not fill the books either.
TOO_OFTEN = 429

log = structlog.get_logger(__name__)


class Audited:
    """Record every deed of someone who is logged in, and every try to become so."""

    def __init__(self, get_response):
        self._get_response = get_response

    def __call__(self, request):
        """Answer, then write down what was asked and how it ended."""
        response = self._get_response(request)
        if _counts(request, response):
            self._record(request, response)
        return response

    def _record(self, request, response):
        try:
            operations.record(
                actor=_actor(request),
                action=f"{request.method} {request.resolver_match.route}",
                target=_target(request),
                address=throttles.address_of(request),
                outcome=_outcome(response),
                at=identity.real_time(),
            )
        except DatabaseError:
            # The deed is done and its answer is true; what is missing is said in the log instead.
            log.exception("audit_not_written", path=request.path, status=response.status_code)


def _counts(request, response):
    match = request.resolver_match
    if request.method in READING or match is None or not match.route.startswith(DOORS):
        return False
    if match.route in ROUTINE or response.status_code == TOO_OFTEN:
        return False
    return _user(request) is not None or match.route.startswith(LOG_IN_DOORS)


def _target(request):
    """What was asked of trading, whichever door it came through; whose log-in was tried; or the address."""
    return getattr(request, "forwarded", None) or getattr(request, "claimed_account", None) or request.path


def _user(request):
    return getattr(request, "user", None)


def _actor(request):
    user = _user(request)
    if user is None:
        return ""
    key = getattr(getattr(request, "auth", None), "key_id", None)
    return f"user {user.pk}" if key is None else f"user {user.pk} key {key}"


def _outcome(response):
    code = getattr(response, "data", None)
    code = code.get("code", "") if isinstance(code, dict) and response.status_code >= 400 else ""
    return f"{response.status_code} {code}".strip()
