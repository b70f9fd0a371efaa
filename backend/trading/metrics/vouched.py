"""Whole answers as they were written before, each for as long as the database vouches for it.

Asked for a node's figures, the database first tells in one statement what they depend on. While that is what
it was, so is the answer: nothing is read, added up or written again. What it tells is read before the figures
are, so an answer is never older than what vouches for it, and a correction shows at once. The least recently
asked for are forgotten.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from shared.postgresql.prepared import Prepared
from trading.grid.models import Node
from trading.metrics import known, queries, spans, sql, written

ANSWERS = 512  # of a year each has 75 kB, of which the months are those that `written` remembers anyway

_look = Prepared(
    sql.VOUCHER,
    node="text",
    first="date",
    end="date",
    opens="timestamptz[]",
    closes="timestamptz[]",
)


@dataclass(frozen=True, slots=True)
class _Voucher:
    """What an answer depends on, and the instant until which no other price can begin to show."""

    until: datetime
    said: str


@dataclass(frozen=True, slots=True)
class _Written:
    """An answer in parts, what vouched for it, and the spans of time in it that were not added up before."""

    voucher: _Voucher | None
    rest: tuple
    texts: tuple


class _Place:
    """Where something is kept, replaced as a whole: other threads read it meanwhile."""

    kept = None


def answer(*, node_id, starts_at, ends_at):
    """The figures of a node for a span of time as JSON, as they are now.

    :raises Node.DoesNotExist: there is none
    """
    mine, usual = _of_node(node_id, starts_at, ends_at), _of_span(starts_at, ends_at)
    before = mine.kept
    rest = before.rest if before else usual.kept or ()
    at, voucher = _ask(node_id, starts_at, ends_at, rest)
    if before and before.voucher == voucher:
        return written.text(before.texts)
    figures = queries.node_metrics(node_id=node_id, starts_at=starts_at, ends_at=ends_at, at=at)
    texts = written.parts(figures)
    usual.kept = of_now = _few(figures.rest)
    # What vouches for other spans than these would not see a change in them.
    mine.kept = _Written(voucher if rest == of_now else None, of_now, texts)
    return written.text(texts)


def _ask(node_id, starts_at, ends_at, rest):
    first, end = spans.whole_days(starts_at, ends_at)
    opens, closes = [span[0] for span in rest], [span[1] for span in rest]
    found = _look.rows(node=node_id, first=first, end=end, opens=opens, closes=closes)
    if not found:
        raise Node.DoesNotExist
    at, said = found[0]
    return at, _Voucher(min(ends_at, known.end_of_minute(at)), said)


def _few(rest):
    """The spans, the later ones as one: more lies in it then, and vouches for more than it need."""
    some, more = rest[: sql.SPANS - 1], rest[sql.SPANS - 1 :]
    return (*some, (more[0][0], more[-1][1])) if more else some


@lru_cache(ANSWERS)
def _of_node(node_id, starts_at, ends_at):
    return _Place()


@lru_cache(ANSWERS)
def _of_span(starts_at, ends_at):
    """Which rest nodes usually have."""
    return _Place()
