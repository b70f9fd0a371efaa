"""The cast and its street, and the invariants after every test that trades."""

from trading.operations.tests.invariants import assert_books_hold, books
from trading.tests.cast import dam, rtm, street

__all__ = ["assert_books_hold", "books", "dam", "rtm", "street"]
