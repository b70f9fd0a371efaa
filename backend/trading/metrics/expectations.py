"""What a node is expected to use or make until tomorrow ends, how sure that is, and how right it was."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from trading.grid.models import Node
from trading.markets import calendar
from trading.markets import queries as markets
from trading.metering import queries as readings
from trading.strategies import forecast

LOOKED_BACK_DAYS = 7
A_WEEK = 7 * forecast.QUARTERS_A_DAY
LOW, MIDDLE, HIGH = 0, len(forecast.LEVELS) // 2, len(forecast.LEVELS) - 1


@dataclass(frozen=True, slots=True)
class Expectation:
    """Quantities that the meter stays below in one, five and nine of ten cases, per quarter hour. [Wh]

    `errors` are mean absolute errors of the last week's day-ahead forecasts and of "the same as a week
    before", in thousandths of what was metered; None where there is no week to look back on.
    """

    starts_at: datetime
    low_wh: list
    middle_wh: list
    high_wh: list
    errors: tuple | None


def of(*, node, at):
    """Expect a node's quarter hours from the one that runs now until the end of tomorrow."""
    days = forecast.HISTORY_DAYS + LOOKED_BACK_DAYS
    known = readings.history(nodes=[node.pk], until=at, days=days, received_until=at)
    now = known.first + known.wh.shape[1]
    ends_at = calendar.delivery_day(calendar.day_of(at) + timedelta(days=1))[1]
    producers = np.array([node.side == Node.Side.PRODUCER])
    bands = forecast.bands(known, producers=producers, quarters=np.arange(now, forecast.quarter_of(ends_at)))
    return Expectation(
        starts_at=forecast.utc(now),
        low_wh=bands[LOW, 0].tolist(),
        middle_wh=bands[MIDDLE, 0].tolist(),
        high_wh=bands[HIGH, 0].tolist(),
        errors=_errors(known, producers, _last_week(node, at)),
    )


def _last_week(node, at):
    """(instant of the bid, start and end of delivery) of the last week's day-ahead auctions.

    Where several markets trade whole days, those of the first; where none does, nothing.
    """
    market = markets.markets(dso=node.bus.dso_id).filter(delivery_minutes=None).first()
    if market is None:
        return
    today = calendar.day_of(at)
    for back in range(LOOKED_BACK_DAYS, 0, -1):
        day = today - timedelta(days=back)
        starts_at, ends_at = calendar.delivery_day(day)
        yield calendar.bids_at(market, day, starts_at), starts_at, ends_at


def _errors(known, producers, auctions):
    """How far forecasts were off, each made with what was known when strategies bid."""
    sums = np.zeros(3)
    for bids_at, starts_at, ends_at in auctions:
        quarters = np.arange(forecast.quarter_of(starts_at), forecast.quarter_of(ends_at))
        then_known = known.wh[:, : forecast.quarter_of(bids_at) - known.first]
        then = forecast.History(known.nodes, known.starts_at, then_known)
        places = quarters - known.first
        metered, before = known.wh[0, places], known.wh[0, places - A_WEEK]
        expected = forecast.of(then, producers=producers, quarters=quarters)[0]
        both = (metered >= 0) & (before >= 0)
        sums += [
            abs(expected - metered)[both].sum(),
            abs(before - metered)[both].sum(),
            metered[both].sum(),
        ]
    return None if sums[2] == 0 else tuple(np.rint(1000 * sums[:2] / sums[2]).astype(int).tolist())
