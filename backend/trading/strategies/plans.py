"""What homes with a battery plan before a gate, as steps to bid: from forecasts and published prices."""

from dataclasses import dataclass

import numpy as np

from trading.strategies import forecast, storage

COURSES = 7  # that the next days may take: those of the last ones
# What the newest prices differ from a course is added to it, halved every three hours.
NEWEST, DIFFERENCE_HALVES = 4, 12  # quarter hours
PRICES_BACK_DAYS = COURSES + 1
# What neighbours need without a plan is shared among the batteries by their power, but never do all of them
# sell: so many times its share a home expects to sell at the price. With the whole need each waited for the
# dearest hour, in which then all could not sell what they had.
SELLING = 4
MORE = (0.1, 0.25, 0.5, 1)  # edges of the steps beyond what is needed, as shares of it
STEPS = len(forecast.LEVELS) + len(MORE)
# Quarter hours, from now and after delivery: what is stored serves the next morning.
AHEAD, BEYOND = 36 * 4, 18 * 4


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

    A consumer's prices fall from step to step, a producer's rise. `stored_rp_per_mwh` is what stored energy
    is worth then, (home, period, level): by it the batteries act when needs are known.
    """

    nodes: np.ndarray
    wh: np.ndarray
    prices_rp_per_mwh: np.ndarray
    stored_rp_per_mwh: np.ndarray


def horizon(now, quarters):
    """The quarter hour before which a plan for some quarter hours ends."""
    return max(now + AHEAD, int(quarters[-1]) + 1 + BEYOND)


def courses(prices):
    """Let the prices that are not published yet take the course that they took on each of the last days.

    A course begins where prices are now: else somebody who sells waits for what prices were last week.

    Parameters
    ----------
    prices : ndarray of float, shape (n_homes, n_quarters)
        NaN where nothing is published. [Rp/MWh]

    Returns
    -------
    prices : ndarray of float, shape (COURSES, n_homes, n_quarters)
        NaN only where the days before know nothing either.
    """
    filled = np.repeat(prices[None], COURSES, axis=0)
    known = ~np.isnan(prices).any(axis=0)
    a_day, published = forecast.QUARTERS_A_DAY, np.flatnonzero(known)
    if len(published) == 0:
        return filled
    unknown = np.flatnonzero(~known[published[-1] + 1 :]) + published[-1] + 1
    # The newest day that tells of a quarter hour, and the days before that one.
    newest = unknown - a_day * (1 + (unknown - published[-1] - 1) // a_day)
    latest = np.arange(max(published[-1] + 1 - NEWEST, 0), published[-1] + 1)
    halved = 0.5 ** ((unknown - published[-1]) / DIFFERENCE_HALVES)
    low, high = np.nanmin(prices), np.nanmax(prices)
    for course in range(COURSES):
        there, then = _seen(prices, newest - a_day * course), _seen(prices, latest - a_day * (course + 1))
        there = np.where(np.isnan(there), filled[0][:, unknown], there)
        difference = np.nan_to_num((prices[:, latest] - then).mean(axis=1))
        filled[course][:, unknown] = np.clip(there + difference[:, None] * halved, low, high)
    return filled


def _seen(prices, places):
    """The prices at some places, NaN before the first."""
    return np.where(places >= 0, prices[:, places.clip(0)], np.nan)


def of(
    homes,
    *,
    until,
    quarters,
    held_wh,
    prices,
    fee_rp_per_mwh,
    utility,
    real_time,
    all_power=None,
    sold_wh=None,
):
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
    prices : ndarray, shape (n_courses, n_homes, n_horizon)
        At the homes' buses, from now until the horizon's end. [Rp/MWh]
    fee_rp_per_mwh : ndarray, shape (n_homes,)
        What a home pays for withdrawing.
    utility : (takes, gives)
        What the utility's tariffs come to at the consumer's meter, per home. [Rp/MWh]
    real_time : bool
        Whether all that a battery can take is bid, not only what is planned.
    all_power : ndarray of bool, shape (n_homes,), optional
        Whether all that it can give is bid, too.
    sold_wh : ndarray, shape of `prices`, optional
        The most that each home expects to sell of what it stores.
    """
    now = homes.house.first + homes.house.wh.shape[1]
    (takes, gives), fee = utility, fee_rp_per_mwh[:, None]
    prices = np.where(np.isnan(prices), takes[:, None] - fee, prices)
    planned = storage.plan(
        homes.batteries,
        level_wh=homes.level_wh,
        net_wh=_net_courses(homes, np.arange(now, until)),
        buys_at=prices + fee,
        sells_at=prices,
        held_wh=held_wh,
        sold_wh=sold_wh,
        ahead=int(quarters[-1]) + 1 - now,
    )
    span = slice(int(quarters[0]) - now, int(quarters[-1]) + 1 - now)
    can = _Can.of(homes, planned, expected_bands(homes, quarters), span)
    taken, given = _beyond_need(can, planned.flow_wh[:, span], real_time=real_time, all_power=all_power)
    return _curves(homes, can, taken, given, short=takes[:, None], spare=gives[:, None], fee=fee)


def _beyond_need(can, flow_wh, *, real_time, all_power):
    """What is bid beyond what homes need or have too much: to take, and to feed in."""
    taken = can.takes_wh if real_time else np.minimum(np.maximum(flow_wh, 0), can.takes_wh)
    given = np.minimum(np.maximum(-flow_wh, 0), can.gives_wh)
    if all_power is not None:
        given = np.where(all_power[:, None], can.gives_wh, given)
    return taken, np.where(can.batteries.feeds_in[:, None], given, 0)


def _curves(homes, can, taken, given, *, short, spare, fee):
    """The curves of both nodes: a producer's prices are those at its own meter, without the fee."""
    bought, buys = _steps(can.net_wh, taken, lambda wh: can.worth_rp_per_mwh(wh, short, spare))
    sold, sells = _steps(
        -can.net_wh[::-1], given, lambda wh: can.worth_rp_per_mwh(-wh, short - fee, spare - fee)
    )
    feeding = homes.producer >= 0
    return Steps(
        nodes=np.concatenate([homes.consumer, homes.producer[feeding]]),
        wh=np.concatenate([bought, sold[:, feeding]], axis=1),
        prices_rp_per_mwh=np.concatenate([buys, sells[:, feeding]], axis=1),
        stored_rp_per_mwh=np.rint(can.stored_rp_per_mwh).astype(np.int64),
    )


def expected_bands(homes, quarters):
    """What the homes would stay below without their batteries: (level, row of `house`, quarter hour)."""
    producers = np.arange(len(homes.house.wh)) >= len(homes.consumer)
    return forecast.bands(homes.house, producers=producers, quarters=quarters).astype(np.int64)


def shares(batteries):
    """Each home's share of the power of the batteries that feed in."""
    power_wh = np.where(batteries.feeds_in, batteries.power_wh, 0)
    return power_wh / max(power_wh.sum(), 1)


def needed_by(wh, consumers):
    """What nodes together withdraw more than they feed in; NaN where none has reported."""
    return np.where((wh >= 0).any(axis=0), np.where(consumers, 1, -1) @ np.maximum(wh, 0), np.nan)


def sold_wh(need_wh, history, *, until, shares):
    """The most that each home expects to sell of what it stores, (course, home, quarter hour).

    :param need_wh: what neighbours without a plan needed together, in the quarter hours of a history; where
        it is not known it is taken for the mean of the other days
    """
    now = history.first + len(need_wh)
    places = _last_days(np.arange(now, until), history)
    seen_wh = np.where(places >= 0, need_wh[places.clip(0)], np.nan)
    known = ~np.isnan(seen_wh)
    mean_wh = np.where(known, seen_wh, 0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    return SELLING * np.maximum(np.where(known, seen_wh, mean_wh), 0)[:, None] * shares[:, None]


def _last_days(quarters, history):
    """Places in a history, (course, quarter hour): the same time of day on each of the last days."""
    latest = history.first + history.wh.shape[1] - 1
    newest = quarters - forecast.QUARTERS_A_DAY * (1 + (quarters - latest - 1) // forecast.QUARTERS_A_DAY)
    return newest - forecast.QUARTERS_A_DAY * np.arange(COURSES)[:, None] - history.first


def _net_courses(homes, quarters):
    """What each home may need: as on each of the last days, moved to what is expected on average."""
    count, feeding, house = len(homes.consumer), homes.producer >= 0, homes.house
    producers = np.arange(len(house.wh)) >= count
    mean_wh = forecast.means(house, producers=producers, quarters=quarters)
    places = _last_days(quarters, house)
    seen_wh = np.where(places >= 0, house.wh[:, places.clip(0)], -1).transpose(1, 0, 2)
    seen_wh = np.where(seen_wh < 0, mean_wh, seen_wh)
    wh = np.maximum(seen_wh + (mean_wh - seen_wh.mean(axis=0)), 0)
    net_wh = wh[:, :count]
    net_wh[:, feeding] -= wh[:, count:]
    return net_wh


def _net_bands(homes, bands_wh):
    """What each home may need in the end, as likely in each band: much if its roof has little."""
    count, feeding = len(homes.consumer), homes.producer >= 0
    net_wh = bands_wh[:, :count].copy()
    net_wh[:, feeding] -= bands_wh[::-1, count:]
    return net_wh


@dataclass(frozen=True, slots=True, eq=False)
class _Can:
    """What batteries can do in some quarter hours, and what homes may need of them.

    `net_wh` has a row per band; `takes_wh` and `gives_wh` are the most at the meter.
    """

    batteries: storage.Batteries
    net_wh: np.ndarray
    level_wh: np.ndarray
    takes_wh: np.ndarray
    gives_wh: np.ndarray
    stored_rp_per_mwh: np.ndarray

    @classmethod
    def of(cls, homes, planned, bands_wh, span):
        batteries, level_wh = homes.batteries, planned.level_wh[:, span]
        power_wh, room_wh = batteries.power_wh[:, None], batteries.capacity_wh[:, None] - level_wh
        takes_wh = np.minimum(power_wh, room_wh * 100 // storage.ROUND_TRIP_PERCENT).astype(np.int64)
        gives_wh = np.minimum(power_wh, level_wh).astype(np.int64)
        net_wh = _net_bands(homes, bands_wh)
        return cls(batteries, net_wh, level_wh, takes_wh, gives_wh, planned.worth_rp_per_mwh[:, span])

    def worth_rp_per_mwh(self, withdrawn_wh, short, spare):
        """What the last Wh is worth that a home withdraws: what its battery saves with it, on average.

        Where more is lacking than the battery can give it is worth what the utility takes (`short`), where
        there is more than it can take, what the utility gives (`spare`).
        """
        flow_wh = withdrawn_wh[:, None] - self.net_wh
        given = np.where(
            self.batteries.feeds_in[:, None], self.gives_wh, np.minimum(self.gives_wh, self.net_wh.clip(0))
        )
        kept = np.where(flow_wh > 0, storage.ROUND_TRIP_PERCENT / 100, 1)
        worth = kept * self._stored_at(self.level_wh + kept * flow_wh)
        worth = np.where(flow_wh > self.takes_wh, spare, np.clip(worth, spare, short))
        return np.where(flow_wh < -given, short, worth).mean(axis=1)

    def _stored_at(self, level_wh):
        by_home = level_wh.transpose(2, 3, 0, 1)  # (home, period, step, band)
        homes, periods = by_home.shape[:2]
        capacity = np.repeat(self.batteries.capacity_wh, periods)
        worth = storage.worth_at(
            capacity,
            self.stored_rp_per_mwh.reshape(homes * periods, -1),
            by_home.reshape(homes * periods, -1),
        )
        return worth.reshape(by_home.shape).transpose(2, 3, 0, 1)


def _steps(needed_wh, more_wh, worth):
    """Quantities up to what is needed in each band and, beyond the last, shares of what more there is."""
    needed = np.maximum(needed_wh, 0)
    beyond = needed[-1] + np.array([np.rint(share * more_wh) for share in MORE])
    edges = np.concatenate([np.zeros_like(needed[:1]), needed, beyond]).astype(np.int64)
    prices = np.rint(worth((edges[1:] + edges[:-1]) / 2)).astype(np.int64)
    return np.diff(edges, axis=0), prices
