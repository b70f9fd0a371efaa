"""The invariants as a fixture: whatever a test did, afterwards the books hold."""

from datetime import UTC, datetime

import pytest
from django.db import connection, transaction

from shared.postgresql.prepared import Prepared
from trading.operations import invariants

# Asked after more than a thousand tests: planned once. Only a broken sentence is asked again, for its rows.
BROKEN = Prepared(
    " UNION ALL ".join(f"(SELECT '{each.name}' WHERE EXISTS ({each.sql}))" for each in invariants.ALL),
    at="timestamptz",
    auctions="bigint[]",
    since="timestamptz",
)
BEFORE_ALL_DELIVERY = datetime(2000, 1, 1, tzinfo=UTC)


def assert_books_hold(at=BEFORE_ALL_DELIVERY):
    """Fail with the sentences that are not true; `at` says by when auctions must have ended."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL jit = off; SET LOCAL enable_nestloop = off")
        names = [name for (name,) in BROKEN.rows(at=at, auctions=None, since="-infinity")]
        cursor.execute("SET LOCAL enable_nestloop TO DEFAULT; SET LOCAL jit TO DEFAULT")
    found = invariants.check(at=at, names=names) if names else []
    assert not names, "\n".join(f"{each.name}: {each.sentence} {each.rows}" for each in found)


@pytest.fixture(autouse=True)
def books(request):
    """Check every invariant after each test that uses the database."""
    uses_database = {"db", "transactional_db"} & set(request.fixturenames)
    if uses_database:
        request.getfixturevalue("transactional_db" if "transactional_db" in uses_database else "db")
    yield
    if uses_database:
        assert_books_hold()


__all__ = ["assert_books_hold", "books"]
