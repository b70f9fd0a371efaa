"""The readings of the last weeks, kept in memory so that no bid reads them all again."""

from datetime import timedelta

import numpy as np

from trading.metering import queries as metering
from trading.strategies.forecast import HISTORY_DAYS, History

QUARTER_HOUR = timedelta(minutes=15)
A_DAY = 96  # quarter hours
REFRESHED = 24  # quarter hours before now in which readings may still arrive; older ones wait for a reload
RELOADED_AFTER = timedelta(days=7)


class MeterWindows(dict):
    """The window of each grid operator, by its key; opened when it is first asked for."""

    def __missing__(self, dso_id):
        self[dso_id] = MeterWindow(dso=dso_id)
        return self[dso_id]


class MeterWindow:
    """A rolling window over the readings of one grid operator's nodes, as strategies take them."""

    def __init__(self, *, dso):
        self.dso = dso
        self.nodes = self.starts_at = self.loaded_at = self.wh = None

    def history(self, *, at):
        """What had been received by `at`, up to the last quarter hour that has ended."""
        nodes = metering.metered_nodes(dso=self.dso)
        recent = self.loaded_at is not None and self.loaded_at <= at < self.loaded_at + RELOADED_AFTER
        if not recent or not np.array_equal(nodes, self.nodes):
            self.nodes = nodes
            self._load(at)
        ended = self._place(at)
        if ended > self.wh.shape[1]:
            self._roll(ended - self.wh.shape[1])
            ended = self._place(at)
        self._read(max(ended - REFRESHED, 0), ended, at)
        return History(nodes=self.nodes, starts_at=self.starts_at, wh=self.wh[:, :ended])

    def _load(self, at):
        self.starts_at = _quarter_hour(at) - timedelta(days=HISTORY_DAYS)
        self.wh = np.full((len(self.nodes), (HISTORY_DAYS + 1) * A_DAY), -1, np.int32)
        self.loaded_at = at
        self._read(0, self._place(at), at)

    def _roll(self, missing):
        """Forget the oldest days to make room for at least `missing` quarter hours."""
        shift = -(-missing // A_DAY) * A_DAY
        self.wh = np.roll(self.wh, -shift, axis=1)
        self.wh[:, -shift:] = -1
        self.starts_at += shift * QUARTER_HOUR

    def _read(self, first, ended, at):
        if ended > first:
            self.wh[:, first:ended] = metering.readings(
                nodes=self.nodes,
                starts_at=self.starts_at + first * QUARTER_HOUR,
                periods=ended - first,
                received_until=at,
            )

    def _place(self, at):
        return (at - self.starts_at) // QUARTER_HOUR


def _quarter_hour(at):
    return at - timedelta(minutes=at.minute % 15, seconds=at.second, microseconds=at.microsecond)
