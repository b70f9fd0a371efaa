"""The invariants as a fixture: whatever a test did, afterwards the books hold."""

from datetime import UTC, datetime

import pytest

from trading.operations import invariants

BEFORE_ALL_DELIVERY = datetime(2000, 1, 1, tzinfo=UTC)


def assert_books_hold(at=BEFORE_ALL_DELIVERY):
    """Fail with the sentences that are not true; `at` says by when auctions must have ended."""
    broken = [f"{each.name}: {each.sentence} {each.rows}" for each in invariants.check(at=at)]
    assert not broken, "\n".join(broken)


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
