"""Names of orders, buses and periods, and the numbers that the clearing knows them by."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from clearing.files.units import Malformed, Reader, quoted

# Printable ASCII without blanks at the ends: two names that look the same are the same.
NAME = re.compile(r"[!-~](?:[ -~]{0,98}[!-~])?", re.ASCII)
# No leading zeros: two names may not have one value.
PLAIN_NUMBERS = re.compile(r"(?:(?:0|[1-9][0-9]*)\n)*+", re.ASCII)
MOST_LETTERS, MOST_DIGITS = 100, 18


def name(text: str) -> str:
    """Let a name pass that is 1 to 100 printable ASCII characters with no blank at either end."""
    if not text:
        raise Malformed("the field is empty")
    if NAME.fullmatch(text) is None:
        raise Malformed(f"{quoted(text)} is not a name: 1 to 100 ASCII characters, no blank at either end")
    return text


def _at_a_glance(texts: Collection[str]) -> Collection[str] | None:
    """Many names at once, if none has a blank."""
    joined, lengths = "".join(texts), set(map(len, texts))
    visible = joined.isascii() and joined.isprintable() and " " not in joined
    return texts if visible and lengths <= set(range(1, MOST_LETTERS + 1)) else None


READER = Reader(name, _at_a_glance)


def name_or_empty(text: str) -> str:
    """Let a name pass, or nothing."""
    return name(text) if text else ""


def in_order(names: Iterable[str]) -> tuple[str, ...]:
    """Distinct names as published: shorter first, then bytewise, so that numbers follow their value.

    Examples
    --------
    >>> in_order(["N2", "N10", "N1", "N2"])
    ('N1', 'N2', 'N10')
    """
    # Two stable sorts on what is there are far faster than one on pairs.
    return tuple(sorted(sorted(set(names)), key=len))


def numbered(names: tuple[str, ...]) -> dict[str, int]:
    """Each name's place."""
    return {text: place for place, text in enumerate(names)}


def order_numbers(names: Iterable[str]) -> dict[str, int]:
    """Plain decimal numbers keep their value; if a name is none, all are numbered in order.

    Examples
    --------
    >>> order_numbers(["30", "7"]), order_numbers(["Ada", "7"]), order_numbers(["07", "7"])
    ({'30': 30, '7': 7}, {'7': 0, 'Ada': 1}, {'7': 0, '07': 1})
    """
    distinct = dict.fromkeys(names)
    joined = "\n".join([*distinct, ""])
    if max(map(len, distinct), default=0) <= MOST_DIGITS and PLAIN_NUMBERS.fullmatch(joined):
        return dict(zip(distinct, map(int, distinct), strict=True))
    return numbered(in_order(distinct))
