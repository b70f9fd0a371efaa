"""What the village's households paid over the months of a year that was traded in memory."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True, eq=False)
class Year:
    """What each household's months cost, household × month, here before any credit and with the utility."""

    households: np.ndarray
    cost_urp: np.ndarray
    utility_cost_urp: np.ndarray
    foreseen_urp: np.ndarray
    price_errors: np.ndarray  # per day: forecast and naive, not a number where nothing was forecast [Rp/MWh]

    @property
    def saved_urp(self):
        """What all save against the utility alone, before any credit."""
        return int(self.utility_cost_urp.sum() - self.cost_urp.sum())

    @property
    def credits_urp(self):
        """What the guarantee gives back: what a household's month cost more than with the utility."""
        return np.maximum(self.cost_urp - self.utility_cost_urp, 0)

    def only(self, households):
        """The part of it that concerns some households."""
        rows = np.isin(self.households, households)
        parts = (self.households, self.cost_urp, self.utility_cost_urp, self.foreseen_urp)
        return Year(*(part[rows] for part in parts), self.price_errors)


def add_up(village, days):
    """Add the days up, given as (day, what it cost), by household and month."""
    keys, row = np.unique(village.households, return_inverse=True)
    months = sorted({(day.year, day.month) for day in village.counted})
    sums, price_errors = np.zeros((3, len(keys), len(months)), np.int64), []
    for day, found in days:
        column = months.index((day.year, day.month))
        for figure, part in enumerate((found.cost_urp, found.utility_cost_urp, found.foreseen_urp)):
            np.add.at(sums[figure], (row, column), part)
        price_errors.append(found.price_errors)
    return Year(keys, *sums, np.array(price_errors))
