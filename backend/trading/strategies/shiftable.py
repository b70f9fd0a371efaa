"""When does a car charge, and when does a heat pump run? Arrays in, arrays out; no clock.

Both are stores that only take. What was driven lacks in a car from the moment it comes home, and it must be
full when it leaves; outside the hours in which it stands at home it charges at once. A heat pump runs ahead:
what it took is drawn by the heat that the house needs, and every hour a hundredth of it is lost. A store
never waits longer than its power lets it catch up: comfort comes before saving.

The plan is the dynamic program of `storage`, for each of the courses that the next days may take: the least
that the home still has to pay, for each level of its store. What a home pays less for one more Wh is what
stored energy is *worth*; so in each quarter hour a store takes up to the level where a Wh is worth its price.
"""

from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from trading.markets import calendar
from trading.strategies import forecast
from trading.strategies.storage import CHANGES, COARSE, between_levels, by_hours, worth_at

LEVELS = 65
LEAKS_IN_QUARTERS = 400  # of heat, a hundredth an hour
# For each Wh that a car lacks, in each quarter hour: 0.08 Rp/kWh an hour, so that no car waits for nothing.
WAITING_RP_PER_MWH = 20
MINUTES_A_DAY, QUARTER_MINUTES = 1440, 15


@dataclass(frozen=True, slots=True, eq=False)
class Loads:
    """Cars and heat pumps: whose they are, what they take in a quarter hour, and hold.

    `home` is a place among the homes that plan. A car stands at home from one minute of the day until
    another; both are −1 for a heat pump.
    """

    key: np.ndarray
    home: np.ndarray
    power_wh: np.ndarray
    capacity_wh: np.ndarray
    home_from: np.ndarray
    home_until: np.ndarray

    @property
    def is_car(self):
        """Which of them have to be full."""
        return self.home_from >= 0

    def only(self, chosen):
        """Some of them."""
        names = self.__dataclass_fields__
        return Loads(*(getattr(self, name)[chosen] for name in names))

    def begins_at_wh(self):
        """What each holds as long as it never waited: a car all, a heat pump nothing."""
        return np.where(self.is_car, self.capacity_wh, 0)


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """What loads are expected to take, and what stored energy is worth to them.

    `level_wh[course, load, quarter]` is what a store holds before it takes, `taken_wh` what it then takes;
    `worth_rp_per_mwh[load, quarter, k]` is what a Wh between the table's levels k and k + 1 saves after the
    quarter hour; it falls along k.
    """

    level_wh: np.ndarray
    taken_wh: np.ndarray
    worth_rp_per_mwh: np.ndarray


def none():
    """No loads at all."""
    return Loads(*np.zeros((6, 0), np.int64))


def required_wh(loads, quarters):
    """What each load has to hold after some quarter hours in a row, so that a car is full when it leaves.

    :param quarters: ndarray of int64, numbers of the quarter hours
    :returns: ndarray of int64, (load, quarter hour) [Wh]
    """
    count = len(quarters)
    # The next leave is at most a day away from the last of them.
    following = quarters[0] + np.arange(count + forecast.QUARTERS_A_DAY)
    required = np.where(_may_wait(loads, following), 0, loads.begins_at_wh()[:, None])
    for place in range(len(following) - 2, -1, -1):
        required[:, place] = np.maximum(required[:, place], required[:, place + 1] - loads.power_wh)
    return required[:, :count]


def _may_wait(loads, quarters):
    """Whether a car may lack something at the end of a quarter hour: it stands, and goes on standing."""
    starts = [datetime.fromtimestamp(int(each) * forecast.QUARTER_S, calendar.ZONE) for each in quarters]
    minutes = np.array([start.hour * 60 + start.minute for start in starts])
    begins, until = loads.home_from[:, None], loads.home_until[:, None]
    stays = (until - begins - 1) % MINUTES_A_DAY + 1
    return (minutes - begins) % MINUTES_A_DAY + QUARTER_MINUTES < stays


def at_once(loads, drawn_wh):
    """What loads take that never wait, (load, quarter hour). [Wh]"""
    lacks = np.zeros((len(drawn_wh), drawn_wh.shape[1] + 1), np.int64)
    for place in range(drawn_wh.shape[1]):
        lacks[:, place + 1] = np.maximum(lacks[:, place] + drawn_wh[:, place] - loads.power_wh, 0)
    return lacks[:, :-1] + drawn_wh - lacks[:, 1:]


def plan(loads, *, level_wh, drawn_wh, net_wh, buys_at, sells_at, required_wh, ahead, closed=None):
    """Plan what each load takes, for the least cost.

    Parameters
    ----------
    loads : Loads
    level_wh : ndarray, shape (n_loads,)
        What is stored now.
    drawn_wh : ndarray, shape (n_courses, n_loads, n_quarters)
        What will be drawn at the beginning of each quarter hour, in each course.
    net_wh : ndarray, same shape
        What the home needs from outside without the load; negative where it has too much.
    buys_at, sells_at : ndarray, same shape
        What a Wh costs or earns at the meter. [Rp/MWh]
    required_wh : ndarray, shape (n_loads, n_quarters)
        As by `required_wh`.
    ahead : int
        For how many quarter hours the plan is wanted; the rest tells what energy is worth after them.
    closed : ndarray, shape (n_loads, n_closed, LEVELS - 1), optional
        What energy was found to be worth in the first quarter hours, whose gates are closed: by that loads
        will act there, whatever it is now.
    """
    each = drawn_wh, net_wh, buys_at, sells_at, required_wh
    # Whole hours at the end.
    fine = net_wh.shape[2] - (net_wh.shape[2] - ahead) // COARSE * COARSE
    # What a car still lacks at the end it will have to buy.
    lacks = (loads.begins_at_wh()[:, None] - _step(loads)[:, None] * np.arange(LEVELS)).clip(0)
    at_last = lacks * buys_at.mean(axis=-1)[..., None]
    afterwards = _least_costs_afterwards(loads, *(part[..., fine:] for part in each), at_last)
    first = (part[..., :fine] for part in each)
    least = _least_costs(loads, *first, afterwards=afterwards)[1 : ahead + 1]
    worths = np.minimum.accumulate(_worths(loads, least.mean(axis=1)), axis=-1)
    level = np.broadcast_to(level_wh.astype(float), net_wh.shape[:2])
    levels, taken = np.zeros((2, *net_wh.shape[:2], ahead))
    for quarter in range(ahead):
        before = _drawn(loads, level, drawn_wh[..., quarter])
        prices = buys_at[..., quarter], sells_at[..., quarter]
        is_closed = closed is not None and quarter < closed.shape[1]
        targets = _targets(loads, closed[:, quarter] if is_closed else worths[quarter], *prices)
        level = _end(loads, before, net_wh[..., quarter], targets, required_wh[:, quarter])
        levels[..., quarter], taken[..., quarter] = before, level - before
    return Plan(levels, taken, worths.transpose(1, 0, 2))


def taken(loads, *, level_wh, drawn_wh, net_wh, bought_wh, worth_rp_per_mwh, deviating, required_wh):
    """Let each load take in one quarter hour what is best now that everything is known; all whole Wh.

    Parameters are those of `storage.answer`, and what is drawn and required.

    Returns
    -------
    taken, level : ndarray of int64
    """
    before = np.trunc(_drawn(loads, level_wh, drawn_wh)).astype(np.int64)
    between = np.where(bought_wh > 0, deviating.long + deviating.fee, deviating.short)
    prices = (deviating.long, between, deviating.short + deviating.fee)
    wanted = np.maximum(required_wh - before, -before.clip(max=0))
    for price, ends in zip(prices, (bought_wh.clip(max=0), bought_wh.clip(0), None), strict=True):
        up_to = (worth_rp_per_mwh > price[:, None]).sum(axis=1) * loads.capacity_wh // (LEVELS - 1)
        more = up_to - before
        wanted = np.maximum(wanted, more if ends is None else np.minimum(more, ends - net_wh))
    found = np.clip(np.minimum(wanted, loads.capacity_wh - before), 0, loads.power_wh)
    return found, before + found


def worth_of(loads, planned, taken_wh, quarter_places, required_wh, *, short, spare):
    """What the last Wh is worth that each load takes, on the mean of all courses. [Rp/MWh]

    What has to be taken is worth what the utility takes (`short`); what finds no room, what it gives
    (`spare`).

    :param taken_wh: (step, load, quarter hour), for the quarter hours at some places of the plan
    """
    level, (steps, count, periods) = planned.level_wh[:, :, quarter_places], taken_wh.shape
    courses = level.shape[0]
    ends = level[:, None] + taken_wh  # (course, step, load, quarter hour)
    by_row = ends.transpose(2, 3, 0, 1).reshape(count * periods, -1)
    tables = planned.worth_rp_per_mwh[:, quarter_places].reshape(count * periods, -1)
    worth = worth_at(np.repeat(loads.capacity_wh, periods), tables, by_row)
    worth = worth.reshape(count, periods, courses, steps).transpose(2, 3, 0, 1)
    worth = np.where(ends > loads.capacity_wh[:, None], spare, np.clip(worth, spare, short))
    return np.where(ends <= np.maximum(required_wh, 0), short, worth).mean(axis=0)


def _least_costs_afterwards(loads, drawn_wh, net_wh, buys_at, sells_at, required_wh, afterwards):
    """What a home still has to pay at best after what is planned: (course, load, level)."""
    drawn_wh, net_wh, buys_at, sells_at = by_hours(drawn_wh, net_wh, buys_at, sells_at)
    return _least_costs(
        replace(loads, power_wh=loads.power_wh * COARSE),
        drawn_wh.sum(axis=-1),
        net_wh.sum(axis=-1),
        buys_at.mean(axis=-1),
        sells_at.mean(axis=-1),
        required_wh[:, COARSE - 1 :: COARSE],
        afterwards=afterwards,
        quarters_each=COARSE,
    )[0]


def _least_costs(loads, drawn_wh, net_wh, buys_at, sells_at, required_wh, *, afterwards, quarters_each=1):
    """What a home still has to pay at best from then on: (quarter hour or few, course, load, level)."""
    (courses, count, quarters), step = net_wh.shape, _step(loads)
    levels = step[:, None] * np.arange(LEVELS)
    least, full = np.zeros((quarters + 1, courses, count, LEVELS)), loads.begins_at_wh()[:, None]
    least[-1] = afterwards
    changes = 1 - (1 - CHANGES) ** quarters_each
    for quarter in range(quarters - 1, -1, -1):
        later, prices = least[quarter + 1], (buys_at[..., quarter], sells_at[..., quarter])
        later = later + changes * (later.mean(axis=0) - later)
        targets = _targets(loads, _worths(loads, later), *prices)[..., None]
        net = net_wh[..., quarter, None]
        before = _drawn(loads, levels, drawn_wh[..., quarter, None], quarters_each, on_table=True)
        ends = _end(loads, before, net, targets, required_wh[:, quarter, None])
        outside = net + ends - before
        costs = np.maximum(outside * prices[0][..., None], outside * prices[1][..., None])
        costs += (full - ends).clip(0) * WAITING_RP_PER_MWH * quarters_each
        least[quarter] = costs + between_levels(later, ends, step)
    return least


def _drawn(loads, level, drawn_wh, quarters=1, *, on_table=False):
    """What is left after leaks and draws; below zero what a heat pump has to run for now."""
    by_load = (slice(None), None) if on_table else slice(None)
    leaks = np.where(loads.is_car, 0, quarters / LEAKS_IN_QUARTERS)[by_load]
    deepest = np.where(loads.is_car, 0, loads.power_wh)[by_load]
    return np.maximum(level - level * leaks - drawn_wh, -deepest)


def _end(loads, before, net, targets, required):
    """The level after a quarter hour, per course."""
    by_load = (slice(None),) + (None,) * (np.ndim(before) - 2)
    bought_to, spared_to = targets
    spare = np.maximum(-net, 0)
    wanted = np.maximum(np.minimum(spared_to, before + spare), np.maximum(bought_to, np.maximum(required, 0)))
    return np.clip(wanted, before, np.maximum(before + loads.power_wh[by_load], 0))


def _targets(loads, worth, buys, sells):
    """The levels up to which it is best to buy, and to keep what the home has too much."""
    prices = np.stack([buys, sells])
    return (worth > prices[..., None]).sum(axis=-1) * _step(loads)


def _worths(loads, least):
    """What a Wh saves between each two levels of the table."""
    return (least[..., :-1] - least[..., 1:]) / _step(loads)[:, None]


def _step(loads):
    return np.maximum(loads.capacity_wh, 1) / (LEVELS - 1)
