"""A call to trading: built here from checked parts, answered with checked JSON or an error of ours."""

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from urllib.parse import urlencode

import structlog
from django.conf import settings

from shared import identity, problems
from webapp.upstream import guards, transport

LARGEST_BYTES = 2 * 1024 * 1024
SAID_AGAIN_S = 10  # well within the 30 s that a statement lives
# What of an answer's headers is passed on, and what its value may look like.
PASSED_ON = {
    "ETag": re.compile(r'(W/)?"[A-Za-z0-9_.:-]{1,100}"', re.ASCII),
    "Retry-After": re.compile(r"[0-9]{1,5}", re.ASCII),
}

log = structlog.get_logger(__name__)


class Unreachable(Exception):
    """Trading could not be reached."""


class TooSlow(Exception):
    """Trading did not answer in time. A change may still have been made: look before you try again."""


class NotUnderstood(Exception):
    """Trading gave an answer that is not passed on."""


problems.register(Unreachable, status=502, code="trading-unreachable", title="Trading unreachable")
problems.register(TooSlow, status=504, code="trading-too-slow", title="Trading too slow")
problems.register(NotUnderstood, status=502, code="trading-not-understood", title="Trading not understood")


@dataclass(frozen=True)
class Answer:
    """What trading said, checked to be JSON of bearable size; `body` is empty for 204."""

    status: int
    body: bytes
    data: object
    headers: dict = field(default_factory=dict)

    @property
    def is_problem(self):
        """True if trading refused."""
        return self.status >= 400


def send(
    method,
    path,
    *,
    as_identity,
    query=(),
    body=None,
    idempotency_key=None,
    if_match=None,
    digest=None,
    at,
    most=LARGEST_BYTES,
):
    """Ask trading; what changes something once and never again.

    :param path: of checked segments only; nothing here unquotes or joins it
    :param digest: of what the key stands for, if that is not the body
    :param most: bytes of an answer that are read
    :raises Busy, Resting: it was not even asked
    :raises Unreachable, TooSlow, NotUnderstood: it was, or may have been
    """
    guards.breaker.enter()
    target = path + (f"?{urlencode(query)}" if query else "")
    conditions = {
        "Idempotency-Key": idempotency_key,
        "If-Match": if_match,
        "Idempotency-Digest": digest,
    }
    headers = _headers(as_identity, conditions, at)
    data = None
    if body is not None:
        data = encoded(body)
        headers["Content-Type"] = "application/json"
    with guards.bulkhead.place():
        try:
            answer = _asked(method, target, headers, data, most)
        except (Unreachable, TooSlow, NotUnderstood) as error:
            # An answer that is not passed on is an answer: one odd request must not stop the others.
            guards.breaker.note(succeeded=isinstance(error, NotUnderstood))
            log.error(
                "trading_failed", method=method, path=path, error=type(error).__name__, cause=str(error)
            )
            raise type(error) from error
    guards.breaker.note(succeeded=True)
    return answer


def encoded(body):
    """A JSON value as it is sent."""
    return json.dumps(body, allow_nan=False, separators=(",", ":")).encode()


def own_identity():
    """This service itself, for what it asks in nobody's name."""
    return identity.Identity("webapp", identity.SERVICE, ())


def _headers(who, conditions, at):
    token = _statement(settings.WEBAPP_PRIVATE_KEY, who, _lately(at))
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json", "User-Agent": "ceex-webapp"}
    request_id = structlog.contextvars.get_contextvars().get("request_id")
    if request_id:
        headers["X-Request-ID"] = str(request_id)
    return headers | {name: value for name, value in conditions.items() if value}


@lru_cache(maxsize=2_000)
def _statement(private_key, who, said_at):
    """Who asks, signed; for some seconds in the same words, which trading then need not prove anew."""
    return identity.sign(
        private_key,
        issuer="webapp",
        audience="trading",
        subject=who.subject,
        role=who.role,
        nodes=who.nodes,
        at=datetime.fromtimestamp(said_at, UTC),
    )


def _lately(at):
    return int(at.timestamp()) // SAID_AGAIN_S * SAID_AGAIN_S


def _asked(method, target, headers, data, most):
    try:
        return _exchange(method, target, headers, data, most)
    except Unreachable:
        if method != "GET":
            raise
        # Cut off by a copy that is just being replaced: another one answers, and to read twice is harmless.
        return _exchange(method, target, headers, data, most, anew=True)


def _exchange(method, target, headers, data, most, *, anew=False):
    asked = {"headers": headers, "body": data, "most": most, "anew": anew}
    try:
        return _checked(transport.ask(method, settings.TRADING_URL, target, **asked))
    except transport.TooLarge as error:
        raise NotUnderstood("too large") from error
    except TimeoutError as error:
        raise TooSlow(str(error)) from error
    except transport.ERRORS as error:
        raise Unreachable(str(error)) from error


def _checked(answer):
    status, media_type = answer.status, answer.headers.get("Content-Type", "").partition(";")[0].strip()
    if answer.headers.get("Content-Encoding", "identity") != "identity":
        raise NotUnderstood("compressed")
    if not (200 <= status < 300 or 400 <= status < 500 and status != 401):
        raise NotUnderstood(f"status {status}")
    if status == 204:
        return Answer(status, b"", None)
    if media_type not in ("application/json", "application/problem+json"):
        raise NotUnderstood("not JSON")
    data = _parsed(answer.body)
    if status >= 400 and not (isinstance(data, dict) and isinstance(data.get("code"), str)):
        raise NotUnderstood(f"status {status} without a problem")
    return Answer(status, answer.body, data, _passed_on(answer.headers))


def _parsed(body):
    try:
        return json.loads(body, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise NotUnderstood("not JSON") from error


def _refuse(name):
    raise ValueError(f"{name} is no JSON")


def _passed_on(headers):
    found = {name: headers.get(name, "") for name in PASSED_ON}
    return {name: value for name, value in found.items() if PASSED_ON[name].fullmatch(value)}
