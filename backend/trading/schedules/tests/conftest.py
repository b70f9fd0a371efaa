"""A published day: Ada sold 1000 Wh at noon, 600 of them to Bo and 400 to the utility."""

from datetime import timedelta

import pytest

from trading.operations.tests.conftest import books, place, worker
from trading.results import queries as results
from trading.strategies import operations as strategies
from trading.tests.cast import NOON_BEFORE, auction

__all__ = ["books", "worker"]

NOON = 48


@pytest.fixture
def published(street, dam, worker):
    """With the utility in the book, so that something crosses the border too."""
    strategies.choose_default(nodes=[street.utility_sells, street.utility_buys], at=NOON_BEFORE)
    at = dam.gate_closes_at - timedelta(hours=1)
    place(street.ada, dam, "sell", (NOON, 5_000, 1_000), (NOON + 1, 5_000, 100), at=at)
    place(street.bo, dam, "buy", (NOON, 26_450, 600), (NOON + 1, 26_450, 100), at=at)
    worker(at=dam.gate_closes_at - timedelta(minutes=5))
    worker(at=dam.gate_closes_at)
    return auction()


@pytest.fixture
def digest(published):
    """The hash that an answer has to name."""
    return results.published(auction=published).result_hash
