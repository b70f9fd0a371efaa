import math
from dataclasses import dataclass
from datetime import timedelta
from functools import cache

from django.db import transaction

from shared import problems
from shared.postgresql.prepared import Prepared
from shared.problems import Problem
from webapp.access import queries as access
from webapp.keys import queries
from webapp.keys.models import SCOPES, ApiKey
from webapp.users import seen, tokens
from webapp.users.models import User

MARK = "ceex_"
SHOWN = 6  # characters of the secret that stay in sight, after the mark
MOST_KEYS = 20
WINDOW = timedelta(minutes=1)
REQUESTS_PER_MINUTE = 600
LAST_USE_KNOWN_TO = timedelta(minutes=1)

KEY = [each.attname for each in ApiKey._meta.concrete_fields]


@cache
def _use():
    """A key with its user, and its use counted if it is valid: all in one question.

    Nobody waits until the count is on the disk: a database that falls over may forget some requests of the
    last second.
    """
    return Prepared(
        f"""
        WITH unhurried AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true) AS is_set),
        found AS (
            SELECT {", ".join(f"key.{name} AS key_{place}" for place, name in enumerate(KEY))},
                {seen.columns()}, key.key_id AS number,
                key.revoked_at IS NULL AND key.expires_at > %(at)s AND person.is_active AS valid
            FROM keys_apikey key JOIN users_user person ON person.user_id = key.user_id
            JOIN unhurried ON is_set = 'off'
            WHERE key.digest = %(digest)s
        ), counted AS (
            INSERT INTO keys_keyuse AS u (key_id, requests, ends_at)
            SELECT number, 1, %(ends_at)s FROM found WHERE valid
            ON CONFLICT (key_id) DO UPDATE SET
                requests = CASE WHEN u.ends_at <= %(at)s THEN 1 ELSE LEAST(u.requests + 1, 1000000) END,
                ends_at = CASE WHEN u.ends_at <= %(at)s THEN EXCLUDED.ends_at ELSE u.ends_at END
            RETURNING requests, ends_at
        )
        SELECT counted.requests, counted.ends_at AS window_ends_at, found.*
        FROM found LEFT JOIN counted ON valid
        """,  # nosec B608: columns of our own
        digest="text",
        at="timestamptz",
        ends_at="timestamptz",
    )


class TooManyKeys(Exception):
    """You have as many keys as one user may have; revoke one first."""


class KeyNotYours(Exception):
    """You have no such key."""


class KeyNotValid(Exception):
    """This key is unknown, revoked or expired."""


problems.register(TooManyKeys, status=409, code="too-many-keys", title="Too many keys")
problems.register(KeyNotYours, status=404, code="not-found", title="Not found")


@dataclass(frozen=True)
class Allowance:
    """How many requests a key may make in the present window, and how many are left."""

    most: int
    left: int
    seconds: int

    def headers(self):
        """The fields RateLimit-Policy and RateLimit, as the draft of the IETF writes them."""
        return {
            "RateLimit-Policy": f'"key";q={self.most};w={int(WINDOW.total_seconds())}',
            "RateLimit": f'"key";r={self.left};t={self.seconds}',
        }


@transaction.atomic
def create(*, user, name, scopes, nodes, valid_for, at):
    """Give a user a key; returns it and the secret, which is not kept.

    :raises Problem: 400 for a node that is not the user's, or a scope beyond the user's role
    :raises TooManyKeys: one of the others must be revoked first
    """
    _check(user, scopes, nodes)
    # Two requests at the same time count after each other.
    User.objects.select_for_update().get(pk=user.pk)
    if queries.keys_of(user).count() >= MOST_KEYS:
        raise TooManyKeys
    secret = MARK + tokens.new()
    key = ApiKey.objects.create(
        user=user,
        name=name,
        prefix=secret[: len(MARK) + SHOWN],
        digest=tokens.digest(secret),
        scopes=[scope for scope in SCOPES if scope in scopes],
        nodes=sorted(set(nodes)),
        requests_per_minute=REQUESTS_PER_MINUTE,
        created_at=at,
        expires_at=at + valid_for,
    )
    return key, secret


def revoke(*, user, key_id, at):
    """End a key; counts from the next request on.

    :raises KeyNotYours: there is none, or it is someone else's
    """
    if not ApiKey.objects.filter(user=user, key_id=key_id, revoked_at=None).update(revoked_at=at):
        raise KeyNotYours


def use(*, secret, at):
    """Recognise a key and count its use; returns it and what it has left.

    :raises KeyNotValid: unknown, revoked, expired, or its user is no longer active
    :raises Problem: 429 once it was used too often in this minute
    """
    rows = _use().rows(digest=tokens.digest(secret), at=at, ends_at=at + WINDOW)
    requests, window_ends_at, *found = rows[0] if rows else (None, None)
    if requests is None:
        raise KeyNotValid
    key = ApiKey.from_db("default", KEY, found[: len(KEY)])
    key.user = seen.user(found[len(KEY) : -2])
    allowance = _allowance(key, requests, window_ends_at, at)
    if requests > key.requests_per_minute:
        raise _too_often(allowance)
    if key.last_used_at is None or at - key.last_used_at >= LAST_USE_KNOWN_TO:
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=at)
    return key, allowance


def _check(user, scopes, nodes):
    if "dso" in scopes and user.role != "dso":
        raise problems.field_error("scopes", "forbidden", "This scope is for the staff of a grid operator.")
    mine = access.nodes_of(user)
    for index, node in enumerate(nodes):
        if node not in mine:
            raise problems.field_error(f"nodes.{index}", "unknown", "You have no such node.")


def _allowance(key, requests, window_ends_at, at):
    seconds = max(1, math.ceil((window_ends_at - at).total_seconds()))
    most = key.requests_per_minute
    return Allowance(most, max(0, most - requests), seconds)


def _too_often(allowance):
    return Problem(
        429,
        "too-many-requests",
        "Too many requests",
        "This key was used too often. Please wait.",
        headers=allowance.headers() | {"Retry-After": str(allowance.seconds)},
        retryAfterS=allowance.seconds,
    )
