"""What homes that store or shift plan before a gate, from readings, schedules and published prices."""

import numpy as np

from trading.grid import queries as grid
from trading.metering import batteries, loads
from trading.results import queries as results
from trading.schedules import queries as schedules
from trading.strategies import courses, forecast, plans, shifting
from trading.strategies import queries as strategies

REPORTING = 7 * forecast.QUARTERS_A_DAY  # so long a load must have reported before it is planned with
CLOSED = 5  # quarter hours from now whose last gate has closed, or closes before anything could be changed


def steps(*, auction, history, at):
    """What the homes that follow a plan bid in an auction; None if there are none."""
    dso = auction.market.dso
    found = strategies.planning(dso=dso)
    if not len(found.consumer):
        return None
    now = history.first + history.wh.shape[1]
    quarters = forecast.quarter_of(auction.delivery_starts_at) + np.arange(auction.period_count)
    closed = max(min(CLOSED, int(quarters[0]) - now), 0)
    state, *reported = _shifting(found, history, at, closed)
    until = plans.horizon(now, quarters)
    utility = grid.utility_prices(dso=dso, day=auction.delivery_day)
    real_time = auction.market.delivery_minutes is not None
    return plans.of(
        plans.Homes(
            consumer=found.consumer,
            producer=found.producer,
            batteries=found.batteries,
            level_wh=batteries.levels(nodes=found.consumer.tolist(), at=at),
            house=_house(found, history, *reported),
            state=state,
        ),
        until=until,
        quarters=quarters,
        held_wh=_held(found, now, closed),
        prices=_prices(dso, found.bus, now, until, at),
        fee_rp_per_mwh=found.fee_rp_per_mwh,
        utility=(
            utility.retail_rp_per_mwh[found.bus] + found.fee_rp_per_mwh,
            utility.feed_in_rp_per_mwh[found.bus] + found.fee_rp_per_mwh,
        ),
        real_time=real_time,
        all_power=found.all_power & real_time,
        sold_wh=courses.sold_wh(
            _neighbours_need_wh(dso, found, history),
            history,
            until=until,
            shares=courses.shares(found.batteries),
        ),
    )


def intend(*, auction, planned):
    """Keep what stored energy is worth in the quarter hours of a real-time auction: homes act by it."""
    worth = planned.stored_rp_per_mwh
    quarters = forecast.quarter_of(auction.delivery_starts_at) + np.arange(auction.period_count)
    batteries.intend(
        nodes=planned.nodes[: len(worth)].tolist(), quarters=quarters.tolist(), worth_rp_per_mwh=worth
    )
    loads.intend(
        keys=planned.loads.tolist(), quarters=quarters.tolist(), worth_rp_per_mwh=planned.shifted_rp_per_mwh
    )


def _shifting(found, history, at, closed):
    """The state of the homes' cars and heat pumps, what loads took by home, and since when that is known.

    Which has not reported for long is no more than a part of what its home needs.
    """
    now = history.first + history.wh.shape[1]
    since = np.array(loads.reporting_since(keys=found.loads.key.tolist()), float)
    chosen = since <= now - REPORTING  # not a number where it never did
    of, since = found.loads.only(chosen), since[chosen].astype(np.int64)
    drawn_wh, taken_wh = loads.reported(
        keys=of.key.tolist(), starts_at=history.starts_at, periods=history.wh.shape[1]
    )
    by_home = np.zeros((len(found.consumer), history.wh.shape[1]), np.int64)
    np.add.at(by_home, of.home, taken_wh)
    known_since = np.full(len(found.consumer), history.first)
    np.maximum.at(known_since, of.home, since)
    worth = loads.intended(of, starts_at=forecast.utc(now), periods=closed)
    state = shifting.State(of, loads.levels(of, at=at), drawn_wh, worth)
    return state, by_home, known_since - history.first


def _neighbours_need_wh(dso, found, history):
    """What the homes without a plan withdrew more than they fed in."""
    others = ~np.isin(history.nodes, np.concatenate([found.consumer, found.producer]))
    consumers = np.isin(history.nodes[others], grid.consumers(dso=dso))
    return courses.needed_by(history.wh[others], consumers)


def _house(found, history, taken_wh, known_since):
    """What the homes' meters would have counted without their batteries and loads."""
    feeding = np.flatnonzero(found.producer >= 0)
    rows, feed_in = history.rows_of(found.consumer), history.rows_of(found.producer[feeding])
    periods = history.wh.shape[1]
    flows = batteries.flows(nodes=found.consumer.tolist(), starts_at=history.starts_at, periods=periods)
    withdrawn, injected = history.wh[rows].astype(np.int64), np.zeros((len(rows), periods), np.int64)
    injected[feeding] = history.wh[feed_in]
    net_wh = withdrawn - injected - flows - taken_wh
    known = (withdrawn >= 0) & (injected >= 0) & (np.arange(periods) >= known_since[:, None])
    house_wh = np.concatenate([np.maximum(net_wh, 0), np.maximum(-net_wh, 0)[feeding]])
    nodes = np.concatenate([found.consumer, found.producer[feeding]])
    both_known = np.concatenate([known, known[feeding]])
    return forecast.History(nodes, history.starts_at, np.where(both_known, house_wh, -1))


def _held(found, now, count):
    """What each home withdraws by its schedule in the quarter hours that come first."""
    feeding = np.flatnonzero(found.producer >= 0)
    nodes = [*found.consumer.tolist(), *found.producer[feeding].tolist()]
    if not count:
        return np.zeros((len(found.consumer), 0), np.int64)
    scheduled_wh = schedules.position(nodes=nodes, starts_at=forecast.utc(now), periods=count)
    held_wh = -scheduled_wh[: len(found.consumer)]
    held_wh[feeding] -= scheduled_wh[len(found.consumer) :]
    return held_wh


def _prices(dso, buses, now, until, at):
    """At the homes' buses, as far as the last auctions have told them; the rest as on the days before."""
    since = now - (courses.PRICES_BACK_DAYS) * forecast.QUARTERS_A_DAY
    prices = np.full((len(buses), until - since), np.nan)
    found = results.last_prices(dso=dso, from_=forecast.utc(since), to=forecast.utc(until), before=at)
    for starts_at, at_buses in found:
        prices[:, forecast.quarter_of(starts_at) - since] = np.array(at_buses)[buses]
    return courses.of_prices(prices)[:, :, now - since :]
