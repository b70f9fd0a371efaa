"""How many requests a key may still make in the present minute.

All processes count together, in the database, and each counts some ahead: a part of what is left, which it
then uses without asking. So a key never makes more than it may. Where several processes serve it, what one
of them counted and did not use is lost to the others until the minute is over: a sixteenth at most.
"""

import math
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.postgresql.prepared import Prepared
from shared.problems import Problem

WINDOW = timedelta(minutes=1)
AHEAD, MOST_AHEAD = 16, 32  # the part of what is left, and how many at most
MOST_KEPT = 10_000  # keys

# Nobody waits until the count is on the disk: a database that falls over may forget the last second's.
COUNT = Prepared(
    """
    WITH unhurried AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true) AS is_set)
    INSERT INTO keys_keyuse AS u (key_id, requests, ends_at)
    SELECT %(key)s, %(taken)s, %(ends_at)s FROM unhurried WHERE is_set = 'off'
    ON CONFLICT (key_id) DO UPDATE SET
        requests = CASE WHEN u.ends_at <= %(at)s THEN EXCLUDED.requests
            ELSE LEAST(u.requests + EXCLUDED.requests, 1000000) END,
        ends_at = CASE WHEN u.ends_at <= %(at)s THEN EXCLUDED.ends_at ELSE u.ends_at END
    RETURNING requests, ends_at
    """,
    key="uuid",
    taken="integer",
    at="timestamptz",
    ends_at="timestamptz",
)


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many requests a key may make in the present window, and how many were left when last counted."""

    most: int
    left: int
    seconds: int

    def headers(self):
        """The fields RateLimit-Policy and RateLimit, as the draft of the IETF writes them."""
        return {
            "RateLimit-Policy": f'"key";q={self.most};w={int(WINDOW.total_seconds())}',
            "RateLimit": f'"key";r={self.left};t={self.seconds}',
        }


@dataclass(frozen=True, slots=True)
class _Share:
    """What this process has counted ahead, and what nobody had when it did."""

    mine: int
    others: int
    ends_at: datetime


_shares = {}
_lock = threading.Lock()


def count(key, *, at):
    """Count one more request of a key; returns what is left.

    :raises Problem: 429 once there were too many in this minute
    """
    share = _used(key.pk, at) or _taken(key, at)
    left = max(0, share.mine + share.others)
    seconds = max(1, math.ceil((share.ends_at - at).total_seconds()))
    allowance = Allowance(key.requests_per_minute, left, seconds)
    if share.mine < 0:
        raise _too_often(allowance)
    return allowance


def _used(key_id, at):
    """This process's share after one more request; None if it has none."""
    with _lock:
        share = _shares.get(key_id)
        if share is None or share.mine < 1 or share.ends_at <= at:
            return None
        _shares[key_id] = share = _Share(share.mine - 1, share.others, share.ends_at)
        return share


def _taken(key, at):
    """A new share after its first request; less than nothing where none was left."""
    most, before = key.requests_per_minute, _shares.get(key.pk)
    left = before.others if before is not None and at < before.ends_at else most
    taken = max(1, min(left // AHEAD, MOST_AHEAD))
    ((requests, ends_at),) = COUNT.rows(key=key.pk, taken=taken, at=at, ends_at=at + WINDOW)
    others = most - requests
    share = _Share(min(taken, taken + others) - 1, max(0, others), ends_at)
    with _lock:
        if len(_shares) >= MOST_KEPT:
            _shares.clear()
        _shares[key.pk] = share
    return share


def _too_often(allowance):
    return Problem(
        429,
        "too-many-requests",
        "Too many requests",
        "This key was used too often. Please wait.",
        headers=allowance.headers() | {"Retry-After": str(allowance.seconds)},
        retryAfterS=allowance.seconds,
    )
