"""What the village's meters count in the running year: its data's year 2016, laid weekday to weekday; pure.

The data are in local standard time (UTC+1) the whole year, so an instant of the running year is looked up by
its standard time: a day of 92 or 100 quarter hours simply takes so many of them, and no quarter hour is left
out or doubled. Each running year starts at most three days away from the data's, such that Mondays meet
Mondays; the few days that this leaves over at either end of the year are taken 52 weeks away.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from trading.strategies.storage import ROUND_TRIP_PERCENT

QUARTERS_A_DAY = 96
STANDARD_TIME_QUARTERS = 4  # UTC+1
DATA_DAYS, WEEKS_52 = 366, 364
DATA_STARTS_ON = np.datetime64("2016-01-01")


@dataclass(frozen=True, slots=True)
class Home:
    """What stands behind one household's meter, by the names of the series."""

    consuming: tuple[str, ...]
    producing: tuple[str, ...] = ()
    battery_w: int = 0
    battery_wh: int = 0


def positions(quarters):
    """Where in the data's year the quarter hours of the running year lie.

    Parameters
    ----------
    quarters : ndarray of int64
        Numbers of quarter hours, counted from 1970 in UTC.

    Returns
    -------
    positions : ndarray of int64
        0 to 35,135, at the same weekday and standard time.

    Examples
    --------
    >>> monday = np.datetime64("2026-11-23T11:00", "s").astype(int) // 900
    >>> int(positions(np.array([monday]))[0]) // 96  # day 326 of 2016 was Monday 21 November
    325
    """
    standard = np.asarray(quarters, np.int64) + STANDARD_TIME_QUARTERS
    days, of_the_day = standard // QUARTERS_A_DAY, standard % QUARTERS_A_DAY
    new_year = days.astype("datetime64[D]").astype("datetime64[Y]").astype("datetime64[D]").astype(np.int64)
    # 3 added and taken again, so that the shift to the same weekday lies between −3 and 3.
    shift = (new_year - DATA_STARTS_ON.astype(np.int64) + 3) % 7 - 3
    data_days = days - new_year + shift
    data_days = np.where(data_days < 0, data_days + WEEKS_52, data_days)
    data_days = np.where(data_days >= DATA_DAYS, data_days - WEEKS_52, data_days)
    return data_days * QUARTERS_A_DAY + of_the_day


def net(load_wh, pv_wh):
    """What a household withdraws and injects when it uses its own production first."""
    difference = load_wh - pv_wh
    return np.maximum(difference, 0), np.maximum(-difference, 0)


def store(withdrawn_wh, injected_wh, *, battery_w, battery_wh):
    """Let a battery take every surplus it can and give it back as soon as the household withdraws.

    It starts empty. What it takes is lost to one tenth; nothing is ever charged from the grid.
    """
    most_wh = battery_w // 4
    withdrawn, injected, stored = withdrawn_wh.tolist(), injected_wh.tolist(), 0
    for quarter, (need, surplus) in enumerate(zip(withdrawn, injected, strict=True)):
        if surplus:
            room = -(-(battery_wh - stored) * 100 // ROUND_TRIP_PERCENT)
            taken = min(surplus, most_wh, room)
            stored += taken * ROUND_TRIP_PERCENT // 100
            injected[quarter] -= taken
        elif need and stored:
            given = min(need, most_wh, stored)
            stored -= given
            withdrawn[quarter] -= given
    return np.array(withdrawn, withdrawn_wh.dtype), np.array(injected, injected_wh.dtype)


def year_of(home, energies):
    """The data's year at one household's meter: withdrawn and injected. [Wh]"""
    withdrawn, injected = net(_total(home.consuming, energies), _total(home.producing, energies))
    if home.battery_wh:
        return store(withdrawn, injected, battery_w=home.battery_w, battery_wh=home.battery_wh)
    return withdrawn, injected


@lru_cache(maxsize=64)
def drawn_year(name, is_car, energies):
    """What a car or a heat pump draws over the data's year, takes and lacks if it never waits: three rows.

    A car lacks what it charges in one go from when it begins; a house needs heat when it is heated.
    """
    taken = energies.of(name).astype(np.int64)
    if not is_car:
        return np.stack([taken, taken, np.zeros_like(taken)])
    charges = np.concatenate([[False], taken > 0, [False]])
    begins, ends = np.flatnonzero(charges[1:-1] & ~charges[:-2]), np.flatnonzero(charges[1:-1] & ~charges[2:])
    total, drawn = taken.cumsum(), np.zeros_like(taken)
    drawn[begins] = total[ends] - total[begins] + taken[begins]
    return np.stack([drawn, taken, drawn.cumsum() - total])


@lru_cache(maxsize=4)
def years_of(homes, energies):
    """The same for many households: two arrays, household × quarter hour of the data."""
    years = [year_of(home, energies) for home in homes]
    return np.array([withdrawn for withdrawn, _ in years]), np.array([injected for _, injected in years])


def _total(names, energies):
    rows = [energies.of(name) for name in names]
    return np.sum(rows, axis=0, dtype=np.int32) if rows else np.zeros(energies.wh.shape[1], np.int32)
