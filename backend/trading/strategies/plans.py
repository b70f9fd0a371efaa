"""What homes with a battery plan before a gate, as steps to bid: from forecasts and published prices."""

from dataclasses import dataclass

import numpy as np

from trading.strategies import forecast, storage
from trading.strategies.market_benefit import SURENESS

PRICES_BACK_DAYS, PRICES_HALVE_DAYS = 7, 3
STEPS = len(SURENESS) + 1  # those of the home, and two of its battery
AHEAD, BEYOND = (
    36 * 4,
    18 * 4,
)  # quarter hours, from now and after delivery: what is stored serves the next morning


@dataclass(frozen=True, slots=True, eq=False)
class Homes:
    """Homes with a battery. `producer` is −1 where there is none; levels and readings are known by now.

    `house` holds what the homes' two meters would have counted without the battery: a row per consumer node,
    in the order of the homes, then a row per producer node that there is, in the same order.
    """

    consumer: np.ndarray
    producer: np.ndarray
    batteries: storage.Batteries
    level_wh: np.ndarray
    house: forecast.History


@dataclass(frozen=True, slots=True, eq=False)
class Steps:
    """What each node of a home bids: (step, node, period) in Wh and Rp/MWh at the meter.

    A consumer's prices fall from step to step, a producer's rise.
    """

    nodes: np.ndarray
    wh: np.ndarray
    prices_rp_per_mwh: np.ndarray


def horizon(now, quarters):
    """The quarter hour before which a plan for some quarter hours ends."""
    return max(now + AHEAD, int(quarters[-1]) + 1 + BEYOND)


def expected_prices(prices):
    """Fill the prices that are not published yet with what they were at the same time of the last days.

    Parameters
    ----------
    prices : ndarray of float, shape (..., n_quarters)
        NaN where nothing is published. [Rp/MWh]

    Returns
    -------
    prices : ndarray of float, same shape
        NaN only where the days before know nothing either.
    """
    filled, known = np.array(prices), ~np.isnan(prices)
    lags = np.arange(1, PRICES_BACK_DAYS + 2)
    weights = 0.5 ** (lags / PRICES_HALVE_DAYS)
    for quarter in np.flatnonzero(~known.all(axis=tuple(range(prices.ndim - 1)))):
        places = quarter - lags * forecast.QUARTERS_A_DAY
        places = places[places >= 0]
        before, weight = prices[..., places], weights[: len(places)]
        weight = np.where(np.isnan(before), 0, weight)
        total = weight.sum(axis=-1)
        mean = np.nansum(before * weight, axis=-1) / np.where(total > 0, total, np.nan)
        filled[..., quarter] = np.where(known[..., quarter], prices[..., quarter], mean)
    return filled


def of(homes, *, until, quarters, held_wh, prices, fee_rp_per_mwh, utility, all_power=None):
    """Plan, and say what to bid in the auction of some quarter hours.

    Parameters
    ----------
    homes : Homes
    until : int
        The number of the quarter hour before which the horizon ends.
    quarters : ndarray of int64
        The auction's.
    held_wh : ndarray, shape (n_homes, n_held)
        What the homes withdraw in the quarter hours from now whose gates are closed.
    prices : ndarray, shape (n_homes, n_horizon)
        At the homes' buses, from now until the horizon's end. [Rp/MWh]
    fee_rp_per_mwh : ndarray, shape (n_homes,)
        What a home pays for withdrawing.
    utility : (takes, gives)
        What the utility's tariffs come to at the consumer's meter, per home. [Rp/MWh]
    all_power : ndarray of bool, shape (n_homes,), optional
        Whether all that a battery can take and give is bid, not only what is planned.
    """
    now = homes.house.first + homes.house.wh.shape[1]
    bands_wh = expected_bands(homes, np.arange(now, until))
    takes, gives = utility
    prices = np.where(np.isnan(prices), (takes - fee_rp_per_mwh)[:, None], prices)
    planned = storage.plan(
        homes.batteries,
        level_wh=homes.level_wh,
        net_wh=_net_wh(homes, bands_wh),
        buys_at=prices + fee_rp_per_mwh[:, None],
        sells_at=prices,
        held_wh=held_wh,
        ahead=int(quarters[-1]) + 1 - now,
    )
    span = slice(int(quarters[0]) - now, int(quarters[-1]) + 1 - now)
    flow, worth = planned.flow_wh[:, span], planned.worth_rp_per_mwh[:, span]
    taken, given = np.maximum(flow, 0), np.maximum(-flow, 0)
    if all_power is not None and all_power.any():
        level = homes.level_wh + _into(planned.flow_wh[:, : span.start]).sum(axis=1)
        most = _all_power(homes.batteries, level, len(quarters))
        taken = np.where(all_power[:, None], np.maximum(taken, most[0]), taken)
        given = np.where(all_power[:, None], np.maximum(given, most[1]), given)
    return _steps(homes, bands_wh[:, :, span], taken, given, worth, takes, gives, fee_rp_per_mwh)


def expected_bands(homes, quarters):
    """What the homes would stay below without their batteries: (level, row of `house`, quarter hour)."""
    producers = np.arange(len(homes.house.wh)) >= len(homes.consumer)
    return forecast.bands(homes.house, producers=producers, quarters=quarters).astype(np.int64)


def _net_wh(homes, bands_wh):
    """What each home needs on average: bands are equally likely, so their mean is that of the forecast."""
    mean_wh, count = bands_wh.mean(axis=0), len(homes.consumer)
    net_wh = mean_wh[:count]
    net_wh[homes.producer >= 0] -= mean_wh[count:]
    return net_wh


def _into(flow):
    return np.where(flow > 0, flow * storage.ROUND_TRIP_PERCENT // 100, flow)


def _all_power(batteries, level, periods):
    """All that a battery can take, or give, in each period, so that it could in all of them."""
    room = (batteries.capacity_wh - level).clip(0) * 100 // storage.ROUND_TRIP_PERCENT // periods
    take, give = (
        np.minimum(batteries.power_wh, room),
        np.minimum(batteries.power_wh, level.clip(0) // periods),
    )
    return take[:, None], give[:, None]


def _steps(homes, bands_wh, taken, given, worth, takes, gives, fee):
    """What the home surely needs or has too much first, then what it may, and its battery where it belongs.

    What is bought too much enters the battery: so a step that is needed with some probability is worth
    something between the utility's price and that of stored energy. What is sold too much the utility
    supplies: a grey day lacks more than a battery holds.
    """
    count, feeding = len(homes.consumer), homes.producer >= 0
    needed, spare = bands_wh[:, :count], np.zeros((len(bands_wh), *worth.shape), np.int64)
    spare[:, feeding] = bands_wh[:, count:]
    usual_need, usual_spare = needed[len(needed) // 2], spare[len(spare) // 2]
    instead, own = np.minimum(given, usual_need), np.minimum(taken, usual_spare)
    keeps = worth * storage.ROUND_TRIP_PERCENT // 100
    takes, fee, sureness = takes[:, None], fee[:, None], SURENESS[:-1, None, None]
    gives = gives[:, None]
    keeps_at_most, worth_at_most = np.clip(keeps, gives, takes), np.clip(worth, gives, takes)
    buys = np.concatenate([takes - sureness * (takes - keeps_at_most), [worth_at_most, keeps_at_most]])
    bought = np.concatenate([_stepwise(needed - instead), [instead, taken - own]])
    feed_in, retail = gives - fee, takes - fee
    keeps_at_least, worth_at_least = np.clip(keeps, feed_in, retail), np.clip(worth, feed_in, retail)
    unsure = np.broadcast_to(feed_in + sureness * (retail - feed_in), spare.shape)
    sells = np.concatenate([unsure, [keeps_at_least, worth_at_least]])
    sold = np.concatenate([_stepwise(spare - own), [own, given - instead]])
    buys, bought = _sorted(-buys, bought)
    sells, sold = _sorted(sells, sold)
    return Steps(
        nodes=np.concatenate([homes.consumer, homes.producer[feeding]]),
        wh=np.concatenate([bought, sold[:, feeding]], axis=1),
        prices_rp_per_mwh=np.concatenate([-buys, sells[:, feeding]], axis=1),
    )


def _stepwise(upper):
    return np.diff(np.maximum(upper, 0), axis=0, prepend=0)


def _sorted(prices, wh):
    prices = np.rint(prices).astype(np.int64)
    order = prices.argsort(axis=0, kind="stable")
    return np.take_along_axis(prices, order, axis=0), np.take_along_axis(wh, order, axis=0)
