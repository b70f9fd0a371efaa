"""Log-ins: families of refresh tokens, each token used once; re-use ends the whole family."""

import uuid
from dataclasses import dataclass
from datetime import timedelta
from functools import cache

import structlog
from django.db import transaction
from django.db.models import F, Max
from rest_framework_simplejwt.tokens import AccessToken

from shared.postgresql.prepared import Prepared
from webapp.users import seen, tokens
from webapp.users.models import RefreshFamily, RefreshToken, User

ACCESS_LIFETIME = timedelta(minutes=5)
IDLE_LIFETIME = timedelta(days=7)
LONGEST_LIFETIME = timedelta(days=30)
# An answer may be lost on its way; for this long the same question gets the same answer.
GRACE = timedelta(seconds=10)

log = structlog.get_logger(__name__)


class NotLoggedIn(Exception):
    """The session has ended; please log in."""


class SessionNotYours(Exception):
    """You have no such session."""


@dataclass(frozen=True)
class Session:
    """What a browser gets: a short token for its requests, a long one for its cookie."""

    user: User
    access_token: str
    refresh_token: str


@transaction.atomic
def open(*, user, at, device=""):  # noqa: A001 – read as sessions.open(...)
    """Begin a session of someone who has proved who they are."""
    family = RefreshFamily.objects.create(
        user=user,
        session_version=user.session_version,
        opened_at=at,
        expires_at=at + LONGEST_LIFETIME,
        device=device,
    )
    token = tokens.new()
    _add(family, token, at)
    return Session(user, _access_token(family, at), token)


def refresh(*, token, at):
    """Exchange a refresh token for its one successor.

    :raises NotLoggedIn: unknown, expired or revoked; or used before, which also revokes its family
    """
    session, stolen = _rotate(token, at)
    if stolen is not None:
        revoke(family=stolen, at=at, because="re-use")
        log.warning("refresh_token_used_again", family_id=str(stolen.family_id), user_id=str(stolen.user_id))
    if session is None:
        raise NotLoggedIn
    return session


def close(*, token, at):
    """End the session that a refresh token belongs to, if any."""
    found = RefreshToken.objects.filter(digest=tokens.digest(token)).select_related("family").first()
    if found is not None:
        revoke(family=found.family, at=at, because="log-out")


def end(*, user, session_id, at):
    """End one of a user's own sessions.

    :raises SessionNotYours: there is none, or it is someone else's
    """
    family = living(user=user, at=at).filter(pk=session_id).first()
    if family is None:
        raise SessionNotYours
    revoke(family=family, at=at, because="ended")


def living(*, user, at):
    """The sessions of a user that have not ended, the newest first, each with when it was last used."""
    alive = RefreshFamily.objects.filter(
        user=user, revoked_at=None, expires_at__gt=at, session_version=user.session_version
    )
    # The latest token ends last: whoever stays away that long is logged out.
    seen = alive.annotate(seen_at=Max("tokens__used_at"), idle_until=Max("tokens__expires_at"))
    return seen.filter(idle_until__gt=at).order_by("-opened_at")


def revoke(*, family, at, because):
    """End one session at once."""
    RefreshFamily.objects.filter(pk=family.pk, revoked_at=None).update(revoked_at=at, revoked_because=because)


@transaction.atomic
def end_all(*, user, at, because):
    """End every session of a user at once, also those that are just being opened."""
    User.objects.filter(pk=user.pk).update(session_version=F("session_version") + 1)
    user.refresh_from_db(fields=["session_version"])
    RefreshFamily.objects.filter(user=user, revoked_at=None).update(revoked_at=at, revoked_because=because)


def user_of(*, family_id, at):
    """The user of a living session, or None."""
    try:
        family_id = uuid.UUID(family_id)
    except (ValueError, TypeError, AttributeError):
        return None
    rows = _alive().rows(family=family_id, at=at)
    return seen.user(rows[0]) if rows else None


@cache
def _alive():
    """Says of a session who it belongs to, if it is alive as `_is_alive` means it."""
    return Prepared(
        f"""
        SELECT {seen.columns()}
        FROM users_refreshfamily family JOIN users_user person ON person.user_id = family.user_id
        WHERE family.family_id = %(family)s AND family.revoked_at IS NULL AND family.expires_at > %(at)s
            AND family.session_version = person.session_version AND person.is_active
        """,  # nosec B608: columns of our own
        family="uuid",
        at="timestamptz",
    )


def _rotate(token, at):
    """The next session, or None; and the family whose token was used twice, or None."""
    with transaction.atomic():
        found = (
            RefreshToken.objects.select_related("family__user").filter(digest=tokens.digest(token)).first()
        )
        if found is None or found.expires_at <= at or not _is_alive(found.family, at):
            return None, None
        following = tokens.successor(token)
        # Of two requests with one token, exactly one finds it unused; the other waits here for the first.
        if RefreshToken.objects.filter(pk=found.pk, used_at=None).update(used_at=at):
            _add(found.family, following, at)
        elif not _answer_was_lost(found, following, at):
            return None, found.family
        return Session(found.family.user, _access_token(found.family, at), following), None


def _answer_was_lost(found, following, at):
    """True if the token was exchanged a moment ago and its successor has not been seen since."""
    found.refresh_from_db(fields=["used_at"])
    unseen = RefreshToken.objects.filter(digest=tokens.digest(following), used_at=None).exists()
    return unseen and at - found.used_at <= GRACE


def _add(family, token, at):
    expires_at = min(at + IDLE_LIFETIME, family.expires_at)
    RefreshToken.objects.create(family=family, digest=tokens.digest(token), expires_at=expires_at)


def _is_alive(family, at):
    user = family.user
    return (
        family.revoked_at is None
        and family.expires_at > at
        and family.session_version == user.session_version
        and user.is_active
    )


def _access_token(family, at):
    token = AccessToken()
    token.set_iat(at_time=at)
    token.set_exp(from_time=at, lifetime=ACCESS_LIFETIME)
    token["sub"] = str(family.user_id)
    token["sid"] = str(family.family_id)
    return str(token)
