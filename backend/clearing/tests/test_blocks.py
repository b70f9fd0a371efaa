"""Block orders: the best choice that prices support, as all choices tried one by one tell it."""

import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clearing
from clearing import BUY, NONE, REASONS, SELL, WHOLE, Blocks, Grid, InvalidBook, Orders
from clearing.tests.block_books import Choices, random_block_rows, ratio
from clearing.tests.books import BOUNDS, random_grid, random_rows

SEEDS = st.integers(0, 2**32 - 1)
EXAMPLES = int(os.environ.get("CEEX_BLOCK_EXAMPLES", "60"))


def random_case(seed, *, n_periods=2, curtailable=False):
    rng = np.random.default_rng(seed)
    n_buses = int(rng.integers(1, 3))
    inner = BOUNDS[0] + 5, BOUNDS[1] - 5
    orders = Orders.from_rows(*random_rows(rng, n_buses, n_periods, inner))
    grid = random_grid(rng, n_buses, n_periods)
    return orders, grid, random_block_rows(rng, n_buses, n_periods, curtailable=curtailable)


def clear(orders, grid, blocks, periods=2):
    return clearing.clear(orders, grid, periods=periods, bounds=BOUNDS, blocks=blocks)


class TestClear:
    @given(SEEDS)
    @settings(max_examples=EXAMPLES, deadline=None)
    def test_finds_the_best_of_all_choices_that_prices_support(self, seed):
        orders, grid, rows = random_case(seed)
        blocks = Blocks.from_rows(*rows)
        result = clear(orders, grid, blocks)
        best = Choices(orders, grid, blocks, 2).best()
        assert (result.welfare, result.blocks.gap) == (best, 0)
