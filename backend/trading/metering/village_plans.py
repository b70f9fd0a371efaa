"""What do the village's homes do that follow a plan, and what do their meters count?"""

import numpy as np

from trading.grid import queries as grid
from trading.markets import calendar
from trading.metering import batteries, loads, queries
from trading.results import queries as results
from trading.schedules import queries as schedules
from trading.strategies import acting, forecast, shiftable, storage


def follow(dso, found, from_, nodes, wh, *, house_wh, drawn_wh):
    """Put in what the homes' meters count, and report what batteries and loads do.

    :param nodes: the keys of the rows of `wh` and `house_wh`
    :param house_wh: what meters would count without the homes' batteries and loads
    :param drawn_wh: what the loads lack anew, (load, quarter hour)
    """
    rows = np.searchsorted(nodes, found.consumer)
    feeding = np.flatnonzero(found.producer >= 0)
    feed_in = np.searchsorted(nodes, found.producer[feeding])
    net_wh, both = house_wh[rows].astype(np.int64), [*found.consumer, *found.producer[feeding]]
    net_wh[feeding] -= house_wh[feed_in]
    scheduled_wh = schedules.position(
        nodes=[int(node) for node in both], starts_at=from_, periods=wh.shape[1]
    )
    bought_wh = -scheduled_wh[: len(rows)]
    bought_wh[feeding] -= scheduled_wh[len(rows) :]
    outside_wh = _acted(dso, found, from_, net_wh, bought_wh, drawn_wh)
    # Whose producer node does not plan keeps what it has too much there.
    wh[rows], wh[feed_in] = np.maximum(outside_wh, 0), np.maximum(-outside_wh[feeding], 0)


def _acted(dso, found, from_, net_wh, bought_wh, drawn_wh):
    """Act quarter hour by quarter hour and report it; returns what the homes' meters count."""
    periods, nodes = net_wh.shape[1], found.consumer.tolist()
    level_wh = np.minimum(batteries.levels(nodes=nodes, at=from_), found.batteries.capacity_wh)
    shifted_wh, done = loads.levels(found.loads, at=from_), []
    before_wh = shifted_wh
    for known in _known(dso, found, from_, net_wh, bought_wh, drawn_wh):
        done.append(
            acting.act(found.batteries, found.loads, level_wh=level_wh, shifted_wh=shifted_wh, known=known)
        )
        level_wh, shifted_wh = done[-1].level_wh, done[-1].shifted_wh
    names = ("outside_wh", "flow_wh", "level_wh", "taken_wh", "shifted_wh")
    outside, flow, level, taken, shifted = (
        np.stack([getattr(each, name) for each in done], axis=1) for name in names
    )
    first, stored = forecast.quarter_of(from_), found.batteries.capacity_wh > 0
    batteries.note(
        nodes=found.consumer[stored].tolist(),
        quarters=range(first, first + periods),
        flow_wh=flow[stored],
        level_wh=level[stored],
    )
    loads.note(
        keys=found.loads.key.tolist(),
        first=first,
        drawn_wh=drawn_wh,
        taken_wh=taken,
        level_wh=shifted,
        before_wh=before_wh,
    )
    return outside


def _known(dso, found, from_, net_wh, bought_wh, drawn_wh):
    """What homes act by: as soon as prices and needs are known."""
    nodes, periods = found.consumer.tolist(), net_wh.shape[1]
    utility = grid.utility_prices(dso=dso, day=calendar.day_of(from_))
    retail, feed_in = utility.retail_rp_per_mwh[found.bus], utility.feed_in_rp_per_mwh[found.bus]
    price = np.repeat(retail[:, None], periods, axis=1)
    first, to = forecast.quarter_of(from_), from_ + periods * queries.QUARTER
    for starts_at, at_buses in results.last_prices(dso=dso, from_=from_, to=to, before=to):
        price[:, forecast.quarter_of(starts_at) - first] = np.array(at_buses)[found.bus]
    # Without a plan a battery takes what the home has too much, and gives it back as soon as it is needed.
    own_need = retail + found.fee_rp_per_mwh - 1
    stored = batteries.intended(nodes=nodes, starts_at=from_, periods=periods, otherwise=own_need)
    shifted = loads.intended(found.loads, starts_at=from_, periods=periods)
    required = shiftable.required_wh(found.loads, first + np.arange(periods))
    for place in range(periods):
        prices = {"price": price[:, place], "retail": retail, "feed_in": feed_in}
        deviating = storage.Deviating.expected(**prices, fee=found.fee_rp_per_mwh)
        yield acting.Known(
            net_wh=net_wh[:, place],
            bought_wh=bought_wh[:, place],
            deviating=deviating,
            shifting=deviating.evenly(**prices),
            stored_rp_per_mwh=stored[:, place],
            drawn_wh=drawn_wh[:, place],
            required_wh=required[:, place],
            shifted_rp_per_mwh=shifted[:, place],
        )
