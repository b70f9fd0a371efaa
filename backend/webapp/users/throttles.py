"""How often something may be tried; counted in the database, so that all processes count together."""

import hashlib
import ipaddress
import math
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache

from django.conf import settings
from django.db import connection

from shared.problems import Problem
from webapp.users.models import Throttle


@dataclass(frozen=True)
class Limit:
    """At most so many in a window that starts with the first."""

    most: int
    seconds: int


LIMITS = {
    "login-address": Limit(60, 900),
    "login-account-address": Limit(10, 900),
    "login-account": Limit(50, 3600),
    "letter": Limit(3, 3600),
    "letter-address": Limit(30, 3600),
    "token-address": Limit(60, 3600),
    "refresh-address": Limit(600, 300),
    "password": Limit(10, 3600),
    "second-factor": Limit(10, 3600),
    "feedback": Limit(20, 3600),
    "message": Limit(30, 3600),
    "picture": Limit(20, 3600),
    "report": Limit(20, 3600),
    "pairing": Limit(20, 3600),
    "pairing-address": Limit(60, 3600),
    "write": Limit(300, 60),
    "webhook-test": Limit(20, 600),
    "prices-address": Limit(300, 300),
}

UPSERT = """
    INSERT INTO users_throttle AS t (key, hits, ends_at) VALUES (%(key)s, 1, %(ends_at)s)
    ON CONFLICT (key) DO UPDATE SET
        hits = CASE WHEN t.ends_at <= %(at)s THEN 1 ELSE LEAST(t.hits + 1, 1000000) END,
        ends_at = CASE WHEN t.ends_at <= %(at)s THEN EXCLUDED.ends_at ELSE t.ends_at END
    RETURNING hits, ends_at
"""


def count(scope, key, *, at):
    """Count one more.

    :raises Problem: 429 with Retry-After once there are more than the scope's limit
    """
    hits, ends_at = note(scope, key, at=at)
    if hits > LIMITS[scope].most:
        refuse(ends_at, at=at)


def note(scope, key, *, at):
    """Count one more without refusing; returns the count and the end of the window."""
    ends_at = at + timedelta(seconds=LIMITS[scope].seconds)
    with connection.cursor() as cursor:
        cursor.execute(UPSERT, {"key": _key(scope, key), "ends_at": ends_at, "at": at})
        return cursor.fetchone()


def exceeded(scope, key, *, at):
    """True if the limit is already used up."""
    found = Throttle.objects.filter(key=_key(scope, key), ends_at__gt=at).first()
    return found is not None and found.hits >= LIMITS[scope].most


def forget(scope, key):
    """Begin anew, after a success."""
    Throttle.objects.filter(key=_key(scope, key)).delete()


def refuse(ends_at, *, at):
    """Answer that it was too often, and when to come back.

    :raises Problem: always
    """
    wait_s = max(1, math.ceil((ends_at - at).total_seconds()))
    raise Problem(
        429,
        "too-many-requests",
        "Too many requests",
        "That was too often. Please wait.",
        headers={"Retry-After": str(wait_s)},
        retryAfterS=wait_s,
    )


def address_of(request):
    """Where a request comes from: the entry that our outermost proxy wrote; an IPv6 network as one."""
    address = request.META.get("REMOTE_ADDR", "")
    if settings.PROXY_HOPS:
        entries = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
        if len(entries) >= settings.PROXY_HOPS:
            address = entries[-settings.PROXY_HOPS].strip()
    return _plain(address)


@lru_cache(10_000)
def _plain(address):
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if parsed.version == 6 and parsed.ipv4_mapped is None:
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(getattr(parsed, "ipv4_mapped", None) or parsed)


def _key(scope, key):
    # Digested, so that the table names no one and no key is too long.
    return f"{scope}:{hashlib.sha256(str(key).encode()).hexdigest()}"
