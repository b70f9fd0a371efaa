"""What must be true of the books, whatever happened: the queries of `invariants.sql`, which find what is not.

They run after every test that trades, after each auction for that auction alone,
and every minute in a worker.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from django.db import connection, transaction

SHOWN = 5  # rows of evidence that a violation carries

CHOSEN = (
    "(SELECT * FROM markets_auction"
    " WHERE (%(auctions)s::bigint[] IS NULL OR id = ANY(%(auctions)s)) AND gate_closes_at >= %(since)s)"
)
FORM = re.compile(r"-- (?P<name>[a-z-]+)(?P<all> \(everything\))?\n(?P<sentence>(?:-- .*\n)+)(?P<sql>[^;]+);")


@dataclass(frozen=True)
class Invariant:
    """A sentence that must be true, and the query for the rows that contradict it."""

    name: str
    sentence: str
    sql: str
    of_an_auction: bool


@dataclass(frozen=True)
class Violation:
    """An invariant that does not hold, with the first rows that break it."""

    name: str
    sentence: str
    rows: list


def _read(text):
    return tuple(
        Invariant(
            name=found["name"],
            sentence=found["sentence"].replace("-- ", "").replace("\n", " ").strip(),
            sql=found["sql"].replace("{chosen}", CHOSEN),
            of_an_auction=not found["all"],
        )
        for found in FORM.finditer(text)
    )


ALL = _read((Path(__file__).parent / "invariants.sql").read_text())


def check(*, at, auctions=None, since=None, names=None):
    """Return the violations.

    :param auctions: keys of the auctions to look at, and at nothing else
    :param since: leave out auctions whose gate closed before this instant
    :param names: ask these invariants alone
    """
    chosen = [each for each in ALL if auctions is None or each.of_an_auction]
    chosen = [each for each in chosen if names is None or each.name in names]
    values = {
        "at": at,
        "auctions": None if auctions is None else list(auctions),
        "since": since or "-infinity",
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL jit = off")  # compiling such queries takes longer than running them
        if auctions is None and since is None:
            # Of everything, hashing is right, whatever the planner believes of tables never looked at.
            cursor.execute("SET LOCAL enable_nestloop = off")
        found = [(each, _rows(cursor, each, values)) for each in chosen]
        cursor.execute("SET LOCAL enable_nestloop TO DEFAULT")
    return [Violation(each.name, each.sentence, rows) for each, rows in found if rows]


def _rows(cursor, invariant, values):
    # The inserted part is a query of our own file; what it is asked with goes beside it.
    cursor.execute(f"SELECT * FROM ({invariant.sql}) AS broken LIMIT {SHOWN}", values)  # nosec B608
    names = [column.name for column in cursor.description]
    return [dict(zip(names, map(str, row), strict=True)) for row in cursor.fetchall()]
