"""A published day-ahead auction: what the public may see, and what it may not."""

from datetime import timedelta

import pytest

from trading.operations.tests.conftest import books, place, worker
from trading.tests.cast import auction

__all__ = ["books", "worker"]


@pytest.fixture
def published(street, dam, worker):
    """At noon Ada has more than Bo needs, and a second, dearer offer; later Bo bids too little."""
    at = dam.gate_closes_at - timedelta(hours=1)
    place(street.ada, dam, "sell", (48, 8_000, 1_000), (49, 8_000, 1_000), at=at)
    place(street.ada, dam, "sell", (48, 8_000, 1_000), (49, 9_000, 500), at=at)
    place(street.bo, dam, "buy", (48, 26_450, 600), (49, 14_000, 600), at=at)
    worker(at=dam.gate_closes_at)
    return auction()
