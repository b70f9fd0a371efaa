from datetime import timedelta
from functools import cache

from django.db import transaction

from shared import problems
from shared.postgresql.prepared import Prepared
from webapp.access import queries as access
from webapp.keys import allowances, queries
from webapp.keys.models import SCOPES, ApiKey
from webapp.users import seen, tokens
from webapp.users.models import User

MARK = "ceex_"
SHOWN = 6  # characters of the secret that stay in sight, after the mark
MOST_KEYS = 20
REQUESTS_PER_MINUTE = 600
LAST_USE_KNOWN_TO = timedelta(minutes=1)

KEY = [each.attname for each in ApiKey._meta.concrete_fields]


@cache
def _look():
    """A key that is valid, with its user."""
    return Prepared(
        f"""
        SELECT {", ".join(f"key.{name} AS key_{place}" for place, name in enumerate(KEY))}, {seen.columns()}
        FROM keys_apikey key JOIN users_user person ON person.user_id = key.user_id
        WHERE key.digest = %(digest)s AND key.revoked_at IS NULL AND key.expires_at > %(at)s
            AND person.is_active
        """,  # nosec B608: columns of our own
        digest="text",
        at="timestamptz",
    )


class TooManyKeys(Exception):
    """You have as many keys as one user may have; revoke one first."""


class KeyNotYours(Exception):
    """You have no such key."""


class KeyNotValid(Exception):
    """This key is unknown, revoked or expired."""


problems.register(TooManyKeys, status=409, code="too-many-keys", title="Too many keys")
problems.register(KeyNotYours, status=404, code="not-found", title="Not found")


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
    rows = _look().rows(digest=tokens.digest(secret), at=at)
    if not rows:
        raise KeyNotValid
    key = ApiKey.from_db("default", KEY, rows[0][: len(KEY)])
    key.user = seen.user(rows[0][len(KEY) :])
    allowance = allowances.count(key, at=at)
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
