"""Noon of one day: Ada's roof and Bo's home trade, and their meters count something else.

At noon Ada sells 1,000 Wh and the utility 500 to Bo, at the utility's price at his bus, 16,410 Rp/MWh; a
quarter of an hour later Ada sells him 400 Wh at her limit of 8,000. The meters then count 1,100 and 400 Wh at
Ada's roof, 1,450 and 500 at Bo's home. Only these two quarter hours are settled.
"""

from datetime import timedelta

import numpy as np
import pytest

from trading.metering import operations as metering
from trading.operations.tests.conftest import worker
from trading.operations.tests.invariants import books
from trading.orders import operations as orders
from trading.settlement import imbalances
from trading.strategies import operations as strategies
from trading.tests.cast import NOON_BEFORE, auction, points

__all__ = ["books", "worker"]

NOON, QUARTER_PAST = 48, 49
COUNTED = {"ada": (1_100, 400), "ada_at_home": (0, 0), "bo": (1_450, 500)}


@pytest.fixture
def noon(street, dam, worker):
    """The street after the day of `DAY`: its day-ahead auction, settled for two quarter hours."""
    strategies.choose_default(nodes=[street.utility_sells, street.utility_buys], at=NOON_BEFORE)
    for node, side, *rows in (
        (street.ada, "sell", (NOON, 8_000, 1_000), (QUARTER_PAST, 8_000, 1_000)),
        (street.bo, "buy", (NOON, 26_450, 1_500), (QUARTER_PAST, 26_450, 400)),
    ):
        order = {"node": node, "side": side, "curve": "step", "points": points(*rows), "actor": "a-user"}
        orders.place(auction=dam, at=NOON_BEFORE, **order)
    worker(at=dam.gate_closes_at - timedelta(minutes=5))
    worker(at=dam.gate_closes_at)
    settle(street, dam)
    return street


def settle(street, dam):
    """Read the meters of the two quarter hours and settle what they count beside the schedule."""
    starts_at = np.datetime64(dam.delivery_starts_at.replace(tzinfo=None), "s")
    readings = metering.Readings(
        nodes=np.repeat([getattr(street, name).pk for name in COUNTED], 2),
        starts_at=np.tile(starts_at + np.array([NOON, QUARTER_PAST]) * np.timedelta64(900, "s"), 3),
        wh=np.array(list(COUNTED.values())).ravel(),
    )
    at = dam.delivery_ends_at + timedelta(minutes=1)
    metering.record(readings=readings, at=at)
    imbalances.settle(auction=auction(f"rtm-{dam.delivery_day}-25"), at=at)
