"""Which courses may the next days take? Those of the last ones: prices and needs of a day together.

A sunny day is sunny for hours, so what is dear, what is needed and what neighbours buy are taken from the
same day.
"""

import numpy as np

from trading.strategies import forecast

COURSES = 7  # that the next days may take: those of the last ones
# What the newest prices differ from a course is added to it, halved every three hours.
NEWEST, DIFFERENCE_HALVES = 4, 12  # quarter hours
PRICES_BACK_DAYS = COURSES + 1
# What neighbours need without a plan is shared among the batteries by their power, but never do all of them
# sell: so many times its share a home expects to sell at the price. With the whole need each waited for the
# dearest hour, in which then all could not sell what they had.
SELLING = 4


def of_prices(prices):
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


def of_needs(homes, quarters):
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


def of_draws(drawn_wh, first, quarters):
    """What may be drawn of cars and heat pumps: as on each of the last days, (course, load, quarter hour).

    :param drawn_wh: (load, quarter hour from `first`), up to now
    """
    history = forecast.History(np.arange(len(drawn_wh)), forecast.utc(first), drawn_wh)
    places = _last_days(quarters, history)
    return np.where(places >= 0, drawn_wh[:, places.clip(0)], 0).transpose(1, 0, 2)
