"""Ada sells 1,000 Wh to Bo at noon of `DAY`; then their meters count, and the day is settled."""

from datetime import timedelta

import numpy as np
import pytest

from trading.markets import operations as markets
from trading.metering import operations as metering
from trading.operations import life
from trading.operations.meters import MeterWindow
from trading.operations.tests.invariants import books
from trading.orders import operations as orders
from trading.strategies import operations as strategies
from trading.tests.cast import NOON_BEFORE, auction, points

__all__ = ["books"]

NOON = 48
MINUTE = timedelta(minutes=1)


@pytest.fixture
def noon(request, street, dam):
    """The day-ahead auction and the one real-time auction around noon, published."""
    source = getattr(request, "param", "household")
    strategies.choose_default(nodes=[street.utility_sells, street.utility_buys], at=NOON_BEFORE)
    for node, side, price in ((street.ada, "sell", 8_000), (street.bo, "buy", 26_450)):
        order = {"side": side, "curve": "step", "points": points((NOON, price, 1_000)), "source": source}
        orders.place(auction=dam, node=node, actor="a-user", at=NOON_BEFORE, **order)
    rtm = auction(f"rtm-{dam.delivery_day}-25")
    markets.open_due(at=rtm.gate_closes_at - 5 * MINUTE)
    for code in (dam.code, rtm.code):
        closing = auction(code)
        life.bid(auction=closing, meters=MeterWindow(dso=street.dso.pk), at=closing.gate_closes_at - MINUTE)
        life.close(auction=auction(code), at=closing.gate_closes_at)
        life.decide(auction=auction(code), at=closing.gate_closes_at)
    return auction(rtm.code)


def meter(street, dam_or_rtm, counted, *, at, period=0, **options):
    """Record what meters counted in one quarter hour, by name; nothing in the other."""
    start = np.datetime64(dam_or_rtm.delivery_starts_at.replace(tzinfo=None), "s")
    keys = [getattr(street, name).pk for name in counted]
    readings = metering.Readings(
        nodes=np.repeat(keys, 2),
        starts_at=np.tile(start + np.array([0, 900]).astype("timedelta64[s]"), len(keys)),
        wh=np.ravel([[wh, 0] if period == 0 else [0, wh] for wh in counted.values()]),
        **options,
    )
    return metering.record(readings=readings, at=at)
