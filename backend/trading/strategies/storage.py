"""What is energy worth in a home's battery, and what will the battery do? Arrays in, arrays out; no clock.

The answer is a dynamic program, backwards over the quarter hours of the horizon (Bellman, Dynamic
Programming, 1957): the least that the home still has to pay, for each level of its battery. The next days may
take several courses, of prices and of needs together: a sunny day is sunny for hours. What a home pays less
for one more Wh in its battery, on the mean of all courses, is what stored energy is *worth*; it is less the
fuller the battery is. So in each quarter hour the battery gives down to the level where a Wh is worth what
it costs, or takes up to where it is worth what it costs and what is lost on the way. It feeds into the grid
only where the home may.
"""

from dataclasses import dataclass, replace

import numpy as np

# Of what enters a battery so much comes out again.
ROUND_TRIP_PERCENT = 90
LEVELS = 33
COARSE = 4  # quarter hours that are looked at as one, after those that are planned
# In each quarter hour the days may go on as in any other course, with this probability: whoever knew that a
# course is kept to the end would know its best hour, and wait for it.
CHANGES = 1 / 12
_KEPT = ROUND_TRIP_PERCENT / 100


@dataclass(frozen=True, slots=True, eq=False)
class Batteries:
    """One battery per home: the most it takes or gives in a quarter hour, what it holds, who may feed in."""

    power_wh: np.ndarray
    capacity_wh: np.ndarray
    feeds_in: np.ndarray

    def only(self, chosen):
        """Some of them."""
        return Batteries(self.power_wh[chosen], self.capacity_wh[chosen], self.feeds_in[chosen])


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """Per home and quarter hour: what is expected of the battery, and what stored energy is worth then.

    `level_wh` is what it holds before the quarter hour, `flow_wh` what then enters it (+) or leaves it (−) at
    the meter, both the mean over all courses. `worth_rp_per_mwh[home, quarter, k]` is what a Wh
    between the table's levels k and k + 1 saves after the quarter hour; it falls along k.
    """

    level_wh: np.ndarray
    flow_wh: np.ndarray
    worth_rp_per_mwh: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class Deviating:
    """What a Wh beside the schedule costs where it is missing, and brings where it is too much, at the bus.

    `fee` is what the home pays besides for each that it withdraws. [Rp/MWh]
    """

    short: np.ndarray
    long: np.ndarray
    fee: np.ndarray

    @classmethod
    def expected(cls, *, price, retail, feed_in, fee):
        """What is to be expected when the last price is known.

        What is missing costs what the utility takes, since neighbours miss at the same time. What is too
        much meets neighbours who miss it the more surely, the dearer energy is: with the price at the place
        s between feed-in and retail about s² of it did in the village; the rest goes at the feed-in tariff.
        """
        above, span = np.clip(price - feed_in, 0, retail - feed_in), np.maximum(retail - feed_in, 1)
        return cls(short=retail, long=feed_in + above**3 // span**2, fee=fee)

    def evenly(self, *, price, retail, feed_in):
        """The same, where what is missing meets neighbours who have too much as surely the other way round.

        It is the rule of what may wait: a car that comes home at noon meets many roofs beside their schedule.
        """
        below, span = np.clip(retail - price, 0, retail - feed_in), np.maximum(retail - feed_in, 1)
        return Deviating(short=retail - below**3 // span**2, long=self.long, fee=self.fee)

    def of(self, homes):
        """Those of some homes, in the order asked for; one may be asked for twice."""
        return Deviating(self.short[homes], self.long[homes], self.fee[homes])


def plan(batteries, *, level_wh, net_wh, buys_at, sells_at, held_wh, ahead, sold_wh=None):
    """Plan the flow of each battery for the least cost.

    Parameters
    ----------
    batteries : Batteries
    level_wh : ndarray, shape (n_homes,)
        What is stored now.
    net_wh : ndarray, shape (n_courses, n_homes, n_quarters)
        What each home will need from outside, without its battery, in each course that the next days may
        take; negative where it has too much.
    buys_at, sells_at : ndarray, same shape
        What a Wh costs or earns at the meter. [Rp/MWh]
    held_wh : ndarray, shape (n_homes, n_held)
        What the home has to withdraw in the first quarter hours: that is bought already, and kept to.
    sold_wh : ndarray, shape of `net_wh`, optional
        The most that each home may feed in from its battery; without it, all that the battery can give.
    ahead : int
        For how many quarter hours the plan is wanted; the rest tells what energy is worth after them.
    """
    if sold_wh is None:
        sold_wh = np.broadcast_to(batteries.power_wh[:, None], net_wh.shape)
    courses = net_wh, buys_at, sells_at, sold_wh
    # Whole hours at the end.
    fine = net_wh.shape[2] - (net_wh.shape[2] - ahead) // COARSE * COARSE
    afterwards = _least_costs_afterwards(batteries, *(each[..., fine:] for each in courses))
    first = (each[..., :fine] for each in courses)
    least = _least_costs(batteries, *first, afterwards=afterwards, changes=CHANGES)[1 : ahead + 1]
    worths = np.minimum.accumulate(_worths(batteries, least.mean(axis=1)), axis=-1)
    level, shape = level_wh.astype(float), level_wh.shape + (ahead,)
    levels, flows = np.zeros(shape), np.zeros(shape)
    for quarter in range(ahead):
        levels[:, quarter], net = level, net_wh[..., quarter]
        if quarter < held_wh.shape[1]:
            changes = _within(batteries, held_wh[:, quarter] - net, level)
        else:
            targets = _targets(batteries, worths[quarter], buys_at[..., quarter], sells_at[..., quarter])
            changes = _end(level, _utmost(batteries, level), net, targets, sold_wh[..., quarter]) - level
        level, flows[:, quarter] = level + changes.mean(axis=0), _at_the_meter(changes).mean(axis=0)
    return Plan(levels, np.rint(flows).astype(np.int64), worths.transpose(1, 0, 2))


def worth_at(capacity_wh, worth_rp_per_mwh, level_wh):
    """What a Wh is worth at some levels, a row per battery; the table's worths are those of its middles."""
    steps = worth_rp_per_mwh.shape[1]
    place = level_wh * steps / np.maximum(capacity_wh, 1)[:, None] - 0.5
    below = np.clip(np.floor(place), 0, steps - 2).astype(np.int64)
    lower, upper = (np.take_along_axis(worth_rp_per_mwh, below + k, axis=1) for k in (0, 1))
    return lower + (upper - lower) * np.clip(place - below, 0, 1)


def answer(batteries, *, level_wh, net_wh, bought_wh, worth_rp_per_mwh, deviating):
    """Let each battery do in one quarter hour what is best now that the home's need is known.

    A Wh more from outside costs the more, the more there is of it: beyond what was bought it is missing,
    below zero it is no longer sold. So the battery takes up to the level where a Wh stored is worth that, or
    gives down to it. All energies are whole Wh per home.

    Parameters
    ----------
    batteries : Batteries
    level_wh, net_wh, bought_wh : ndarray of int64, shape (n_homes,)
        What is stored, what the home needs from outside without its battery, what it has to withdraw by its
        schedule; negative where it has too much, or has sold.
    worth_rp_per_mwh : ndarray of int64, shape (n_homes, LEVELS - 1)
        As in `Plan`, for this quarter hour.
    deviating : Deviating

    Returns
    -------
    flow, level : ndarray of int64
        What enters (+) or leaves (−) at the meter, and the new level.
    """
    bends = np.minimum(bought_wh, 0), np.maximum(bought_wh, 0)
    between = np.where(bought_wh > 0, deviating.long + deviating.fee, deviating.short)
    prices = (deviating.long, between, deviating.short + deviating.fee)
    room_wh = (batteries.capacity_wh - level_wh) * 100 // ROUND_TRIP_PERCENT
    taken = np.zeros_like(net_wh)
    for price, ends in zip(prices, (*bends, None), strict=True):
        full = _down_to(batteries, worth_rp_per_mwh * ROUND_TRIP_PERCENT, price * 100)
        wanted = (full - level_wh) * 100 // ROUND_TRIP_PERCENT
        taken = np.maximum(taken, wanted if ends is None else np.minimum(wanted, ends - net_wh))
    taken = np.minimum.reduce([taken, batteries.power_wh, room_wh])
    given = np.zeros_like(net_wh)
    for price, ends in zip(prices[::-1], (*bends[::-1], None), strict=True):
        spare = level_wh - _down_to(batteries, worth_rp_per_mwh, price - 1)  # at the same price it rests
        given = np.maximum(given, spare if ends is None else np.minimum(spare, net_wh - ends))
    most = np.where(batteries.feeds_in, batteries.power_wh, np.minimum(batteries.power_wh, net_wh.clip(0)))
    given = np.where(taken > 0, 0, np.minimum.reduce([given, most, level_wh]))
    return taken - given, level_wh + taken * ROUND_TRIP_PERCENT // 100 - given


def _down_to(batteries, worth, price):
    """The level up to which a Wh is worth more than a price, per home."""
    return (worth > price[:, None]).sum(axis=1) * batteries.capacity_wh // (LEVELS - 1)


def _least_costs_afterwards(batteries, net_wh, buys_at, sells_at, sold_wh):
    """What a home still has to pay at best after what is planned: (course, home, level)."""
    net_wh, buys_at, sells_at, sold_wh = by_hours(net_wh, buys_at, sells_at, sold_wh)
    return _least_costs(
        replace(batteries, power_wh=batteries.power_wh * COARSE),
        net_wh.sum(axis=-1),
        buys_at.mean(axis=-1),
        sells_at.mean(axis=-1),
        sold_wh.sum(axis=-1),
        afterwards=0,
        changes=1 - (1 - CHANGES) ** COARSE,
    )[0]


def _least_costs(batteries, net_wh, buys_at, sells_at, sold_wh, *, afterwards, changes):
    """What a home still has to pay at best, from each quarter hour on: (quarter, course, home, level)."""
    (courses, homes, quarters), step = net_wh.shape, _step(batteries)
    levels = step[:, None] * np.arange(LEVELS)
    net = net_wh.transpose(2, 0, 1)[..., None]
    utmost = _utmost(batteries, levels)
    alone = not batteries.feeds_in.any() and (net_wh >= 0).all()  # nothing is ever sold
    least = np.zeros((quarters + 1, courses, homes, LEVELS))
    least[-1] = afterwards
    for quarter in range(quarters - 1, -1, -1):
        later, buys, sells = least[quarter + 1], buys_at[..., quarter], sells_at[..., quarter]
        later = later + changes * (later.mean(axis=0) - later)
        targets = _targets(batteries, _worths(batteries, later), buys, sells)
        ends = _end(levels, utmost, net[quarter], targets[..., None], sold_wh[..., quarter, None])
        outside = net[quarter] + _at_the_meter(ends - levels)
        costs = outside * buys[..., None]
        if not alone:
            costs = np.maximum(costs, outside * sells[..., None])
        least[quarter] = costs + between_levels(later, ends, step)
    return least


def by_hours(*courses):
    """Quarter hours in whole hours: (course, home, hour, quarter)."""
    shape = (*courses[0].shape[:2], courses[0].shape[2] // COARSE, COARSE)
    return tuple(each.reshape(shape) for each in courses)


def between_levels(least, ends, step):
    """Costs at some levels, (course, home, level), from those at the table's, which lie `step` apart."""
    courses, homes, levels = least.shape
    place = ends / step[:, None]
    below = np.minimum(place.astype(np.int64), levels - 2)
    place -= below
    below += np.arange(courses * homes).reshape(courses, homes, 1) * levels
    flat = least.ravel()
    return flat[below] + np.diff(flat, append=0)[below] * place


def _worths(batteries, least):
    """What a Wh saves between each two levels of the table."""
    return (least[..., :-1] - least[..., 1:]) / _step(batteries)[:, None]


def _targets(batteries, worth, buys, sells):
    """The levels up or down to which it is best to take or give, per course and home.

    In turn: where it is taken from the grid, from what the home has too much, given to the home, to the grid.
    """
    prices = np.stack([buys / _KEPT, sells / _KEPT, buys, sells])
    return (worth > prices[..., None]).sum(axis=-1) * _step(batteries)


def _utmost(batteries, level):
    """The levels up and down to which a battery gets in a quarter hour, and down to which it may feed in."""
    axes = (...,) + (None,) * (np.ndim(level) - 1)
    power, capacity, feeds_in = (
        values[axes] for values in (batteries.power_wh, batteries.capacity_wh, batteries.feeds_in)
    )
    emptiest = np.maximum(level - power, 0)
    return np.minimum(level + power * _KEPT, capacity), emptiest, np.where(feeds_in, emptiest, level)


def _end(level, utmost, net, targets, sold_wh):
    """The level at the end of a quarter hour, per course."""
    fullest, emptiest, fed_in = utmost
    spare, need = np.maximum(-net, 0) * _KEPT, np.maximum(net, 0)
    fed_in = np.maximum(fed_in, level - need - sold_wh)
    taken = np.minimum(np.maximum(np.minimum(targets[1], level + spare), targets[0]), fullest)
    given = np.maximum(
        np.minimum(np.maximum(targets[2], level - need), np.maximum(targets[3], fed_in)), emptiest
    )
    return np.where(taken > level, taken, np.minimum(level, given))


def _within(batteries, flow, level):
    change = np.where(flow > 0, flow * _KEPT, flow)
    lowest = -np.minimum(batteries.power_wh, level)
    return np.clip(change, lowest, np.minimum(batteries.power_wh * _KEPT, batteries.capacity_wh - level))


def _at_the_meter(change):
    return np.maximum(change, change / _KEPT)


def _step(batteries):
    return np.maximum(batteries.capacity_wh, 1) / (LEVELS - 1)
