"""A clearing in a process of its own: right, and ended if it hangs or crashes."""

import os
import signal
import time

import numpy as np
import pytest

import clearing
from trading.results import solver

GRID = clearing.Grid.from_parents([-1, 0, 0])
OPTIONS = {"periods": 1, "bounds": (-50_000, 400_000)}


class OnArrival:
    """Something that does a deed where it is received."""

    def __init__(self, deed, *values):
        self.deed, self.values = deed, values

    def __reduce__(self):
        return self.deed, self.values


@pytest.fixture(scope="module")
def apart():
    """One process for all tests; some of them end it."""
    solve = solver.Apart()
    yield solve
    solve.close()


def book():
    return clearing.Orders.from_rows(
        [1, 2], [1, 2], [0, 0], [clearing.SELL, clearing.BUY], [40, 90], [500, 400]
    )


class TestApart:
    def test_gives_the_same_result_as_here(self, apart):
        one = apart(book(), GRID, limit_s=60, **OPTIONS)
        other = solver.here(book(), GRID, **OPTIONS)
        assert clearing.result_hash(one) == clearing.result_hash(other)
        assert np.array_equal(one.accepted, [400, 400])

    def test_ends_what_hangs_at_its_limit_and_goes_on(self, apart):
        with pytest.raises(solver.SolverHung, match="not cleared within"):
            apart(OnArrival(time.sleep, 600), GRID, limit_s=1, **OPTIONS)
        assert apart(book(), GRID, limit_s=60, **OPTIONS).accepted.sum() == 800

    def test_ends_what_reads_no_more(self, apart):
        apart(book(), GRID, limit_s=60, **OPTIONS)
        apart._child.process.send_signal(signal.SIGSTOP)
        with pytest.raises(solver.SolverHung):
            apart(np.zeros(10**6), GRID, limit_s=1, **OPTIONS)

    def test_survives_a_crash_of_the_process(self, apart):
        with pytest.raises(solver.SolverFailed, match="its process ended with 9"):
            apart(OnArrival(os._exit, 9), GRID, limit_s=60, **OPTIONS)
        assert apart(book(), GRID, limit_s=60, **OPTIONS).accepted.sum() == 800

    def test_says_what_the_clearing_raised(self, apart):
        for solve in (apart, solver.here):
            with pytest.raises(solver.SolverFailed, match="AttributeError"):
                solve(None, GRID, limit_s=60, **OPTIONS)

    def test_dies_with_who_started_it(self, apart):
        apart.warm()
        process = apart._child.process
        apart.close()
        assert process.returncode == -signal.SIGKILL
