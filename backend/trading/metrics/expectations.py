"""What a node is expected to use or make until tomorrow ends, how sure that is, and how right it was."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

import numpy as np

from trading.grid.models import Node
from trading.markets import calendar
from trading.metering import queries as readings
from trading.strategies import forecast

LOOKED_BACK_DAYS = 7
GATE = time(10, 50)  # when strategies bid for the next day
A_DAY, A_WEEK = forecast.QUARTERS_A_DAY, 7 * forecast.QUARTERS_A_DAY
LOW, MIDDLE, HIGH = 0, len(forecast.LEVELS) // 2, len(forecast.LEVELS) - 1


@dataclass(frozen=True, slots=True)
class Expectation:
    """Quantities that the meter stays below in one, five and nine of ten cases, per quarter hour. [Wh]"""

    known_until: datetime
    low_wh: list
    middle_wh: list
    high_wh: list
    errors: tuple | None


def of(*, node, at):
    """Expect a node's quarter hours from the last reading until the end of tomorrow.

    `errors` are mean absolute errors of the last week's day-ahead forecasts and of "the same as a week
    before", in thousandths of what was metered; None where there is no week to look back on.
    """
    days = forecast.HISTORY_DAYS + LOOKED_BACK_DAYS
    known = readings.history(nodes=[node.pk], until=at, days=days, received_until=at)
    now = known.first + known.wh.shape[1]
    ends_at = calendar.delivery_day(calendar.day_of(at) + timedelta(days=1))[1]
    producers = np.array([node.side == Node.Side.PRODUCER])
    bands = forecast.bands(known, producers=producers, quarters=np.arange(now, forecast.quarter_of(ends_at)))
    return Expectation(
        known_until=forecast.utc(now),
        low_wh=bands[LOW, 0].tolist(),
        middle_wh=bands[MIDDLE, 0].tolist(),
        high_wh=bands[HIGH, 0].tolist(),
        errors=_errors(known, producers, calendar.day_of(at)),
    )


def _errors(known, producers, today):
    """How far last week's forecasts were off, each made with what was known before its gate."""
    sums = np.zeros(3)
    for back in range(LOOKED_BACK_DAYS, 0, -1):
        day = today - timedelta(days=back)
        starts_at, ends_at = calendar.delivery_day(day)
        quarters = np.arange(forecast.quarter_of(starts_at), forecast.quarter_of(ends_at))
        gate = forecast.quarter_of(calendar.local(day - timedelta(days=1), GATE)) - known.first
        then = forecast.History(known.nodes, known.starts_at, known.wh[:, :gate])
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
