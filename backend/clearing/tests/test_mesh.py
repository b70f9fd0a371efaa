"""Lines in loops: the same rules, against a linear program of all lines at once."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

import clearing
from clearing import BUY, SELL, UNLIMITED, Blocks, Grid, InvalidBook, Mesh, Orders
from clearing.tests.block_books import random_block_rows
from clearing.tests.books import BOUNDS, random_rows
from clearing.tests.knob import examples
from clearing.tests.oracle import Period

SEEDS = st.integers(0, 2**32 - 1)


def random_mesh(rng, n_buses, n_periods):
    """A random tree and up to three lines more; also its lines and their figures."""
    ends = [(i, int(rng.integers(0, i))) for i in range(1, n_buses)]
    for _ in range(rng.integers(0, 4)):
        one, other = map(int, rng.integers(0, n_buses, 2))
        if one != other and (one, other) not in ends and (other, one) not in ends:
            ends.append((one, other))
    names = rng.permutation(n_buses)
    from_bus, to_bus = names[np.array(ends)].T
    shape = n_periods, len(ends)
    figures = {}
    for way in ("forward", "backward"):
        tight = rng.integers(0, 30, shape)
        figures[f"capacity_{way}"] = np.where(rng.random(shape) < 0.3, UNLIMITED, tight)
        figures[f"fee_{way}"] = rng.integers(0, 2) * rng.integers(0, 4, shape)
    return from_bus, to_bus, figures


def random_case(seed, n_periods=2):
    rng = np.random.default_rng(seed)
    n_buses = int(rng.integers(2, 7))
    orders = Orders.from_rows(*random_rows(rng, n_buses, n_periods))
    from_bus, to_bus, figures = random_mesh(rng, n_buses, n_periods)
    mesh = Mesh.from_lines(n_buses, from_bus, to_bus, **figures)
    return orders, mesh, (from_bus, to_bus, figures), random_block_rows(rng, n_buses, n_periods)


def welfare(orders, n_buses, lines, period):
    """The greatest welfare of one period, by one linear program."""
    from_bus, to_bus, figures = lines
    program, m = Period(orders, Grid.from_parents([-1] * n_buses), period), len(from_bus)
    n = len(program.steps)
    matrix = np.zeros((n_buses, n + 2 * m))
    matrix[:, :n] = program.injection[:, :n]
    for i, (one, other) in enumerate(zip(from_bus, to_bus, strict=True)):
        matrix[one, [n + i, n + m + i]] += -1, 1
        matrix[other, [n + i, n + m + i]] += 1, -1
    row = {name: column[period] for name, column in figures.items()}
    worth = np.concatenate([program.worth[:n], -row["fee_forward"], -row["fee_backward"]])
    upper = [*program.upper[:n], *row["capacity_forward"], *row["capacity_backward"]]
    bounds = [(0, min(int(most), 10**6)) for most in upper]
    answer = linprog(-worth, A_eq=matrix, b_eq=np.zeros(n_buses), bounds=bounds, method="highs")
    return round(-answer.fun)


class TestClear:
    @given(SEEDS)
    @settings(max_examples=examples(60), deadline=None)
    def test_finds_the_greatest_welfare_and_proves_it(self, seed):
        orders, mesh, lines, _ = random_case(seed)
        result = clearing.clear(orders, mesh, periods=2, bounds=BOUNDS)
        n_buses = len(mesh.forest.parent)
        assert result.welfare == sum(welfare(orders, n_buses, lines, period) for period in range(2))
        assert clearing.certificate.check(orders, mesh, result, bounds=BOUNDS) == []
        assert clearing.certificate.gap(orders, mesh, result, bounds=BOUNDS) == 0

    @given(SEEDS)
    @settings(max_examples=examples(20), deadline=None)
    def test_clears_blocks_there_too(self, seed):
        orders, mesh, _, rows = random_case(seed)
        blocks = Blocks.from_rows(*rows)
        result = clearing.clear(orders, mesh, periods=2, bounds=BOUNDS, blocks=blocks)
        assert clearing.certificate.check(orders, mesh, result, bounds=BOUNDS, blocks=blocks) == []
        if len(mesh.tail):
            result.loop_flow[0, 0] += 1
            assert clearing.certificate.check(orders, mesh, result, bounds=BOUNDS, blocks=blocks) != []

    @given(SEEDS)
    @settings(max_examples=examples(20), deadline=None)
    def test_without_a_loop_it_is_the_forest(self, seed):
        orders, mesh, _, _ = random_case(seed)
        forest = Mesh.of(mesh.forest)
        one, other = (
            clearing.clear(orders, grid, periods=2, bounds=BOUNDS) for grid in (forest, mesh.forest)
        )
        assert clearing.result_hash(one) == clearing.result_hash(other)

    def test_energy_takes_both_ways_round(self):
        orders = Orders.from_rows([1, 2], [0, 2], [0, 0], [SELL, BUY], [40, 60], [900, 800])
        ring = Mesh.from_lines(3, [0, 1, 0], [1, 2, 2], capacity_forward=[300, 400, 500])
        result = clearing.clear(orders, ring)
        assert result.accepted.tolist() == [800, 800]
        assert clearing.certificate.check(orders, ring, result) == []


class TestMesh:
    @pytest.mark.parametrize(
        ("lines", "told"),
        [
            (([0], [3]), "there is no bus 3"),
            (([1], [1]), "joins a bus to itself"),
            (([0, 1], [1, 0]), "two lines join the same buses"),
            (([0, 1], [1]), "two ends for each line"),
        ],
    )
    def test_refuses_lines_that_lead_nowhere(self, lines, told):
        with pytest.raises(InvalidBook, match=told):
            Mesh.from_lines(3, *lines)
