"""A worker to play with, and the invariants after every test."""

from datetime import UTC, datetime, timedelta

import pytest

from trading.grid import queries as grid
from trading.grid import village
from trading.grid.models import Asset
from trading.markets.queries import Moment
from trading.operations import history, operations
from trading.operations.meters import MeterWindows
from trading.operations.tests.invariants import books
from trading.orders import operations as orders
from trading.strategies import operations as strategies
from trading.tests.cast import points

__all__ = ["books", "traded", "worker"]

BEGAN = datetime(2026, 11, 22, 9, tzinfo=UTC)  # of the database's time


@pytest.fixture
def worker():
    """Let a worker do all that is due at an instant, so much real time after the test began."""
    meters = MeterWindows()

    def make_pass(at, name="w1", later_s=0):
        moment = Moment(at=at, real_at=BEGAN + timedelta(seconds=later_s), speed=1)
        passes = iter(lambda: operations.run_due(worker=name, moment=moment, meters=meters), 0)
        return sum(passes)

    return make_pass


@pytest.fixture
def everyone_bids(street, monkeypatch):
    """Ada and Bo get meters that the village's series play; one process does it all."""
    for kind in ("load", "pv"):
        series = next(asset.name for asset in village.read().assets if asset.kind == kind)
        Asset.objects.filter(kind=kind).update(profile=series)
    monkeypatch.setattr(history, "WORTH_HELP", 10**6)
    strategies.choose_default(nodes=grid.nodes(dso=street.dso), at=BEGAN)


@pytest.fixture
def traded(street, dam):
    """The day-ahead auction with what Ada offers and Bo needs at noon."""
    at = dam.gate_closes_at - timedelta(hours=1)
    place(street.ada, dam, "sell", (48, 8_000, 1_000), at=at)
    place(street.bo, dam, "buy", (48, 26_450, 600), at=at)
    return dam


def place(node, auction, side, *rows, at):
    """Place a household's step order."""
    return orders.place(
        auction=auction, node=node, side=side, curve="step", points=points(*rows), actor="a-user", at=at
    )
