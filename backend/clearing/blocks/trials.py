"""Choices of blocks, tried one by one: cleared exactly, priced, mended where blocks are in the way."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from clearing.blocks.book import WHOLE, Blocks
from clearing.blocks.outcome import legal, most_by_group, most_by_parent, surplus_of
from clearing.blocks.periods import Periods
from clearing.blocks.support import Conditions, Support, support
from clearing.book import Orders
from clearing.room import room_of
from clearing.rules import Ints

MOST_HALVINGS = 50
MOST_TRIES = 60


class Trial(NamedTuple):
    """A choice of blocks, tried.

    Attributes
    ----------
    share : ndarray of int64, shape (n_blocks,)
        The choice. [Wh]
    welfare : int
        [µRp]
    support : Support
        Its prices, or who stands in the way.
    """

    share: Ints
    welfare: int
    support: Support

    @property
    def holds(self) -> bool:
        return self.support.prices is not None


class Trials:
    """All choices tried so far, and the best of them that holds."""

    def __init__(self, orders: Orders, periods: Periods, blocks: Blocks, bounds: tuple[int, int]) -> None:
        self.orders, self.periods, self.blocks, self.bounds = orders, periods, blocks, bounds
        self._known: dict[bytes, Trial] = {}
        self.best = self._try(np.zeros(len(blocks), np.int64))

    def of(self, share: Ints) -> Trial:
        """Try a choice, or recall it."""
        key = share.tobytes()
        if key not in self._known:
            self._known[key] = self._try(share)
        trial = self._known[key]
        if trial.holds and trial.welfare > self.best.welfare:
            self.best = trial
        return trial

    def energy(self, trial: Trial) -> Ints:
        """The injections of a choice. [Wh]"""
        return self.periods.injection(self.blocks.accepted(trial.share))

    def _try(self, share: Ints) -> Trial:
        blocks, periods = self.blocks, self.periods
        accepted = blocks.accepted(share)
        found = periods.at(periods.injection(accepted))
        n_buses = len(periods.lines.above)
        limits = surplus_of(blocks, accepted, np.zeros((periods.n, n_buses), np.int64))
        welfare = sum(one.worth for one in found) + sum(int(value) for value in limits)
        crowded = [period for period, one in enumerate(found) if one.missing]
        if crowded:
            return Trial(share, welfare, Support(None, self._crowding(share, crowded), False))
        got = np.concatenate([np.zeros(0, np.int64), *(one.accepted for one in found)])[periods.book.own]
        room = room_of(self.orders, got, periods.lines, np.stack([one.flow for one in found]))
        conditions = Conditions.of(blocks, share)
        found_support = support(blocks, conditions, room, periods.lines, self.bounds)
        return Trial(share, welfare, found_support)

    def _crowding(self, share: Ints, crowded: list[int]) -> dict[int, int]:
        """The accepted blocks of periods that cannot take them all, the dearest as the worst."""
        rows = np.flatnonzero(np.isin(self.blocks.period, crowded))
        taken = np.unique(self.blocks.row_block[rows])
        dearness = self.blocks.sign * self.blocks.price
        return {int(i): -(2**40) - int(dearness[i]) for i in taken[share[taken] > 0]}

    def mended(self, share: Ints) -> Trial:
        """Refuse who stands in the way, the worst quarter at a time, until prices support the rest."""
        trial = self._settled(self.of(share))
        while not trial.holds:
            against = sorted(trial.support.against, key=lambda i: (self._per_energy(trial, i), i))
            share = trial.share.copy()
            share[against[: 1 + len(against) // 4]] = 0
            trial = self._settled(self.of(legal(self.blocks, share)))
        return trial

    def _per_energy(self, trial: Trial, i: int) -> float:
        rows = slice(self.blocks.first[i], self.blocks.first[i + 1])
        return -abs(trial.support.against[i]) / float(self.blocks.quantity[rows].sum())

    def _settled(self, trial: Trial) -> Trial:
        """Halve the ratios of blocks that may be accepted in part, until those are at the money."""
        for i in np.flatnonzero((self.blocks.min_ratio < WHOLE) & (trial.share > 0)).tolist():
            if i in trial.support.against:
                trial = self._halved(trial, i)
        return trial

    def _halved(self, trial: Trial, i: int) -> Trial:
        """Halve the ratio's range: where it is too large the block loses, where too small it gains."""
        blocks = self.blocks
        most = min(most_by_parent(blocks, trial.share, i), most_by_group(blocks, trial.share, i))
        low, high, first = int(blocks.least[i]), most, trial
        for _ in range(MOST_HALVINGS):
            told = trial.support.against.get(i)
            if told is None:
                return trial
            at = int(trial.share[i])
            low, high = (low, at - 1) if told < 0 else (at + 1, high)
            if low > high:
                break
            share = trial.share.copy()
            share[i] = (low + high) // 2
            trial = self.of(legal(blocks, share))
            if trial.share[i] != share[i]:
                break
        return first

    def improved(self, trial: Trial) -> Trial:
        """Accept refused blocks that could pay their way, the one with most to gain first, while it helps."""
        for _ in range(MOST_TRIES):
            better = self._one_more(trial)
            if better is None:
                return trial
            trial = better
        return trial

    def _one_more(self, trial: Trial) -> Trial | None:
        blocks = self.blocks
        assert trial.support.prices is not None
        gain = surplus_of(blocks, blocks.quantity, trial.support.prices[0])
        wanting = [i for i in range(len(blocks)) if gain[i] > 0 and trial.share[i] < blocks.biggest[i]]
        for i in sorted(wanting, key=lambda i: (-gain[i], i))[:MOST_TRIES]:
            share = trial.share.copy()
            if blocks.group[i] >= 0:
                share[blocks.group == blocks.group[i]] = 0
            share[i] = blocks.biggest[i]
            more = self._settled(self.of(legal(blocks, share)))
            if more.holds and more.welfare > trial.welfare:
                return more
        return None
