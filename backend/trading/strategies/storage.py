"""When should a home's battery take energy, and when give it back? Arrays in, arrays out; no clock.

The answer is a dynamic program, backwards over the quarter hours of the horizon (Bellman, Dynamic
Programming, 1957): the least that the home still has to pay, for each level of its battery. In each quarter
hour the battery may rest, cover what the home needs or take what it has too much, or take or give – to the
grid only where the home may feed in – some share of all that it can. Between two levels of the table the cost
is interpolated, so that levels need not fall on it. What a home pays less for one more Wh in its battery is
what stored energy is *worth*: where energy costs more than that, or earns less, the battery rests.
"""

from dataclasses import dataclass

import numpy as np

# Of what enters a battery so much comes out again.
ROUND_TRIP_PERCENT = 90
LEVELS = 33
TAKEN, GIVEN = (0.25, 0.5, 0.75, 1), (0.25, 0.5, 1)  # shares of what a battery can
_KEPT = ROUND_TRIP_PERCENT / 100


@dataclass(frozen=True, slots=True, eq=False)
class Batteries:
    """One battery per home: the most it takes or gives in a quarter hour, what it holds, who may feed in."""

    power_wh: np.ndarray
    capacity_wh: np.ndarray
    feeds_in: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """Per home and quarter hour: what enters the battery (+) or leaves it (−) at the meter, and its worth.

    `worth_rp_per_mwh` is what a Wh that is stored at the end of the quarter hour saves later.
    """

    flow_wh: np.ndarray
    worth_rp_per_mwh: np.ndarray


def plan(batteries, *, level_wh, net_wh, buys_at, sells_at, held_wh, ahead):
    """Plan the flow of each battery for the least cost.

    Parameters
    ----------
    batteries : Batteries
    level_wh : ndarray, shape (n_homes,)
        What is stored now.
    net_wh : ndarray, shape (n_homes, n_quarters)
        What each home will need from outside, without its battery; negative where it has too much.
    buys_at, sells_at : ndarray, shape (n_homes, n_quarters)
        What a Wh costs or earns at the meter. [Rp/MWh]
    held_wh : ndarray, shape (n_homes, n_held)
        What the home has to withdraw in the first quarter hours: that is bought already, and kept to.
    ahead : int
        For how many quarter hours the plan is wanted; the rest tells what energy is worth after them.
    """
    least = _least_costs(batteries, net_wh, buys_at, sells_at)
    level, shape = level_wh.astype(float), (len(net_wh), ahead)
    flows, worths = np.zeros(shape), np.zeros(shape)
    for quarter in range(ahead):
        net = net_wh[:, quarter]
        if quarter < held_wh.shape[1]:
            change = _within(batteries, held_wh[:, quarter] - net, level)
        else:
            changes = _changes(batteries, net, level)
            costs = _cost(batteries, net, changes, buys_at[:, quarter], sells_at[:, quarter])
            later = _between(batteries, least[quarter + 1], level + changes)
            best = (costs + later).argmin(axis=0)
            change = np.take_along_axis(changes, best[None], axis=0)[0]
        level = level + change
        flows[:, quarter] = _at_the_meter(change)
        worths[:, quarter] = _slope(batteries, least[quarter + 1], level)
    return Plan(np.rint(flows).astype(np.int64), np.rint(worths).astype(np.int64))


def keep_to(batteries, *, level_wh, net_wh, bought_wh):
    """Let the batteries make up for what a home needs more or less than it bought, for one quarter hour.

    All are whole Wh per home. Returns what enters (+) or leaves (−) at the meter, and the new levels.
    """
    wanted = bought_wh - net_wh
    room = (batteries.capacity_wh - level_wh) * 100 // ROUND_TRIP_PERCENT
    taken = np.minimum.reduce([np.maximum(wanted, 0), batteries.power_wh, room])
    most = np.where(batteries.feeds_in, batteries.power_wh, np.minimum(batteries.power_wh, net_wh.clip(0)))
    given = np.minimum.reduce([np.maximum(-wanted, 0), most, level_wh])
    return taken - given, level_wh + taken * ROUND_TRIP_PERCENT // 100 - given


def _least_costs(batteries, net_wh, buys_at, sells_at):
    """What a home still has to pay at best, from each quarter hour and level on: (quarter, home, level)."""
    homes, quarters = net_wh.shape
    levels = batteries.capacity_wh[:, None] * np.linspace(0, 1, LEVELS)
    net = net_wh.T[:, :, None]
    changes = _changes(batteries, net, levels)  # (choice, quarter, home, level)
    costs = _cost(batteries, net, changes, buys_at.T[:, :, None], sells_at.T[:, :, None])
    place = (levels + changes) / _step(batteries)[:, None]
    below = np.clip(place.astype(np.int64), 0, LEVELS - 2)
    above_share = place - below
    below += np.arange(homes)[:, None] * LEVELS
    least = np.zeros((quarters + 1, homes, LEVELS))
    for quarter in range(quarters - 1, -1, -1):
        later = least[quarter + 1].ravel()
        low, share = below[:, quarter], above_share[:, quarter]
        start = later[low]
        least[quarter] = (costs[:, quarter] + start + (later[low + 1] - start) * share).min(axis=0)
    return least


def _changes(batteries, net, level):
    """How a battery's level may change in a quarter hour: a row per choice."""
    axes = (...,) + (None,) * (np.ndim(level) - 1)
    power, capacity, feeds_in = (
        values[axes] for values in (batteries.power_wh, batteries.capacity_wh, batteries.feeds_in)
    )
    level = np.broadcast_to(level, np.broadcast_shapes(np.shape(net), np.shape(level)))
    most, least = np.minimum(power * _KEPT, capacity - level), -np.minimum(power, level)
    serve = np.clip(np.where(net > 0, -net, -net * _KEPT), least, most)
    give = np.where(feeds_in, least, np.minimum(serve, 0))
    return np.stack(
        [np.zeros_like(serve), serve, *(share * most for share in TAKEN), *(share * give for share in GIVEN)]
    )


def _within(batteries, flow, level):
    change = np.where(flow > 0, flow * _KEPT, flow)
    lowest = -np.minimum(batteries.power_wh, level)
    return np.clip(change, lowest, np.minimum(batteries.power_wh * _KEPT, batteries.capacity_wh - level))


def _at_the_meter(change):
    return np.where(change > 0, change / _KEPT, change)


def _cost(batteries, net, changes, buys_at, sells_at):
    outside = net + _at_the_meter(changes)
    return np.maximum(outside, 0) * buys_at - np.maximum(-outside, 0) * sells_at


def _step(batteries):
    return np.maximum(batteries.capacity_wh, 1) / (LEVELS - 1)


def _between(batteries, least, level):
    """The cost at levels that lie between those of the table; `level` may have rows of choices."""
    place = level / _step(batteries)
    below = np.clip(place.astype(np.int64), 0, LEVELS - 2)
    homes = np.arange(len(least))
    start = least[homes, below]
    return start + (least[homes, below + 1] - start) * (place - below)


def _slope(batteries, least, level):
    step = _step(batteries)
    lower = np.clip(level - step, 0, batteries.capacity_wh - 2 * step)
    return (_between(batteries, least, lower) - _between(batteries, least, lower + 2 * step)) / (2 * step)
