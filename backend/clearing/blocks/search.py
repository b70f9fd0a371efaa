"""Branch and bound over the blocks: the best choice that prices support, and what any could gain."""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from clearing.blocks.book import WHOLE, Blocks
from clearing.blocks.master import NEAR, Master
from clearing.blocks.outcome import legal, surplus_of
from clearing.blocks.trials import Trial, Trials
from clearing.highs import Floats
from clearing.rules import Ints

FREE, OUT, IN = -1, 0, 1
ROUNDS_AT_ROOT, ROUNDS = 60, 8


@dataclass(frozen=True, slots=True)
class Effort:
    """How much work may be done: never how many seconds, so that the answer is the same everywhere.

    Attributes
    ----------
    nodes : int
        How many nodes of the search are opened at most.
    clearings : int
        After how many cleared periods no further node is opened.
    """

    nodes: int = 200
    clearings: int = 40_000


class Node(NamedTuple):
    """A part of all choices: some blocks must be accepted, some not.

    Attributes
    ----------
    state : ndarray of int64, shape (n_blocks,)
        `FREE`, `OUT` or `IN`.
    bound : int
        No choice of this part has more welfare. [µRp]
    branch : int
        The block to decide next.
    """

    state: Ints
    bound: int
    branch: int


class Search:
    """One search over the choices of blocks."""

    def __init__(self, trials: Trials, effort: Effort) -> None:
        self.trials, self.effort = trials, effort
        self.blocks: Blocks = trials.blocks
        self.master = Master(self.blocks, trials.periods)
        self.whole = self.blocks.min_ratio == WHOLE
        self.unsettled: list[int] = []

    def run(self) -> tuple[Trial, int]:
        """Find the best choice that holds; also the most welfare that any could have. [µRp]"""
        self.master.learn(self.trials.energy(self.trials.best))
        waiting, rounds = [np.full(len(self.blocks), FREE)], ROUNDS_AT_ROOT
        heap: list[tuple[int, int, Node]] = []
        opened = 0
        while True:
            for state in waiting:
                node = self._open(state, rounds)
                opened += 1
                if node is not None:
                    heapq.heappush(heap, (-node.bound, opened, node))
            rounds = ROUNDS
            if not heap or -heap[0][0] <= self.trials.best.welfare or self._spent(opened):
                break
            waiting = self._split(heapq.heappop(heap)[2])
        best = self.trials.best
        most = max([best.welfare, *self.unsettled, *(-entry[0] for entry in heap)])
        return best, min(most, self._by_prices(best))

    def _by_prices(self, trial: Trial) -> int:
        """The most welfare of all choices, as the prices of this one bound it. [µRp]"""
        assert trial.support.prices is not None
        none = np.zeros(len(self.blocks), np.int64)
        price, energy = trial.support.prices[0], self.trials.energy(trial)
        return self.master.bound_at(price, energy, none, none + WHOLE)

    def _spent(self, opened: int) -> bool:
        return opened >= self.effort.nodes or self.trials.periods.clearings >= self.effort.clearings

    def _split(self, node: Node) -> list[Ints]:
        states = []
        for decided in (IN, OUT):
            state = node.state.copy()
            state[node.branch] = decided
            states.append(state)
        return states

    def _open(self, state: Ints, rounds: int) -> Node | None:
        """Bound a part and try what the program suggests; None if nothing better can be in it."""
        low = np.where(state == IN, self.blocks.min_ratio, 0)
        high = np.where(state == OUT, 0, WHOLE)
        relaxed = self._relaxed(low, high, rounds)
        if relaxed is None:
            return None
        ratio, bound, worth = relaxed
        part = (ratio > NEAR) & (ratio < self.blocks.min_ratio / WHOLE - NEAR)
        before = self.trials.best
        trial = self.trials.of(self._rounded(ratio))
        if not trial.holds and trial.welfare > before.welfare:
            self.trials.mended(trial.share)
        if self.trials.best is not before:
            self.trials.improved(self.trials.best)
        if bound <= self.trials.best.welfare:
            return None
        state = self._decided(state, bound, worth)
        if part.any():
            size = np.where(part, np.minimum(ratio, 1 - ratio) * self.blocks.biggest, -1.0)
            return Node(state, bound, int(np.argmax(size)))
        return self._resolved(state, trial, bound, low, high)

    def _decided(self, state: Ints, bound: int, worth: list[int]) -> Ints:
        """Decide the blocks for which the other decision cannot lead to anything better."""
        spare = bound - self.trials.best.welfare
        gains = np.array([value >= spare for value in worth])
        loses = np.array([-value >= spare for value in worth])
        return np.where((state == FREE) & gains, IN, np.where((state == FREE) & loses, OUT, state))

    def _relaxed(self, low: Ints, high: Ints, rounds: int) -> tuple[Floats, int, list[int]] | None:
        """Ratios of the program when its tangents are exact enough, the bound, and what decisions cost."""
        bound, worth = None, list[int]()
        for _ in range(rounds):
            found = self.master.solve(low / WHOLE, high / WHOLE)
            if found is None:
                return None
            now, told = self.master.bound(low, high)
            if bound is None or now <= bound:
                bound, worth = now, told
            if bound <= self.trials.best.welfare:
                return None
            rows = self.blocks.row_block
            ratio, above = found
            energy = np.rint(ratio[rows] * self.blocks.quantity).astype(np.int64)
            if not self.master.learn(self.trials.periods.injection(energy), above):
                break
        assert bound is not None
        return ratio, bound, worth

    def _rounded(self, ratio: Floats) -> Ints:
        """The legal choice nearest to the program's ratios; the larger ones of a group go first."""
        minimum = self.blocks.min_ratio / WHOLE
        kept = np.where(ratio >= minimum - NEAR, ratio, np.where(2 * ratio >= minimum, minimum, 0.0))
        wanted = np.rint(kept * self.blocks.biggest).astype(np.int64)
        wanted = np.where(kept > 0, np.maximum(wanted, self.blocks.least), 0)
        return legal(self.blocks, wanted, np.rint(-ratio / NEAR).astype(np.int64))

    def _resolved(self, state: Ints, trial: Trial, bound: int, low: Ints, high: Ints) -> Node | None:
        """See whether a choice of the program closes this part, or which block to decide next."""
        taken, free = trial.share > 0, state == FREE
        if trial.holds:
            assert trial.support.prices is not None
            price, energy = trial.support.prices[0], self.trials.energy(trial)
            bound = min(bound, self.master.bound_at(price, energy, low, high))
            if bound <= self.trials.best.welfare:
                return None
            gain = np.abs(surplus_of(self.blocks, self.blocks.quantity, price).astype(float))
            candidates = np.where(free, gain + 1, 0)
        else:
            against = np.zeros(len(self.blocks))
            against[list(trial.support.against)] = [1 + abs(s) for s in trial.support.against.values()]
            candidates = np.where(free & taken, 1 + against, 0)
            # Whatever accepts these too has no more welfare, and asks as much of the prices: see
            # docs/clearing.md.
            hopeless = trial.support.for_good and bool(self.whole[taken].all())
            if not candidates.any() and not (hopeless and trial.welfare >= bound):
                candidates = free.astype(float)
        if candidates.any():
            return Node(state, bound, int(np.argmax(candidates)))
        if not self.whole[state == IN].all():
            # A ratio between its limits could still do better.
            self.unsettled.append(bound)
        return None
