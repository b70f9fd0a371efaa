"""The village's cars and heat pumps, played from its year of data as if they reported by themselves."""

import numpy as np

from trading.grid import village
from trading.grid.models import Asset
from trading.metering import loads as reports
from trading.metering import queries, village_series
from trading.strategies import forecast
from trading.strategies import queries as strategies


def of(nodes):
    """Those behind some nodes that may wait and have a series, and the name of each one's."""
    loads = strategies.loads_of(nodes)
    profiles = dict(Asset.objects.filter(pk__in=loads.key.tolist()).values_list("pk", "profile"))
    return loads.only(np.array([bool(profiles[key]) for key in loads.key.tolist()], bool)), profiles


def series(loads, profiles, from_, to):
    """What is drawn, and taken and lacked if nothing waits: three arrays (load, quarter hour). [Wh]"""
    positions = village_series.positions(np.arange(forecast.quarter_of(from_), forecast.quarter_of(to)))
    found = np.zeros((3, len(loads.key), len(positions)), np.int64)
    for row, (key, is_car) in enumerate(zip(loads.key.tolist(), loads.is_car.tolist(), strict=True)):
        found[:, row] = village_series.drawn_year(profiles[key], is_car, village.energies())[:, positions]
    return found


def note_at_once(loads, profiles, from_, to):
    """Report what cars and heat pumps did that never wait."""
    drawn_wh, taken_wh, lacks_wh = series(loads, profiles, from_ - queries.QUARTER, to)
    level_wh = (loads.begins_at_wh()[:, None] - lacks_wh).clip(0)
    reports.note(
        keys=loads.key.tolist(),
        first=forecast.quarter_of(from_),
        drawn_wh=drawn_wh[:, 1:],
        taken_wh=taken_wh[:, 1:],
        level_wh=level_wh[:, 1:],
        before_wh=level_wh[:, 0],
    )
