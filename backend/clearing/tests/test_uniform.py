"""One bus by histograms gives, byte for byte, what the tree gives, whatever the sizes and the ties."""

import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clearing
from clearing import BUY, SELL, Grid, Orders, tree, uniform
from clearing.tests.knob import examples

BOUNDS = (-(2**20), 2**20)


def book(seed, n, spread, periods=1, most=1000, points=1, buses=1):
    """A random book of step curves, with many ties where the spread is small."""
    rng = np.random.default_rng(seed)
    rows = n * points
    order = rng.permutation(4 * n)[:n].repeat(points)
    price = rng.integers(-spread, spread + 1, rows)
    side = rng.integers(0, 2, n).repeat(points)
    bus, period = rng.integers(0, buses, n).repeat(points), rng.integers(0, periods, n).repeat(points)
    return Orders.from_rows(order, bus, period, side, price, rng.integers(0, most + 1, rows))


def same(orders, grid, periods):
    assert uniform.is_uniform(orders)
    fast = tree._clear_apart(orders, grid, periods, BOUNDS)
    slow = tree._clear_joined(orders, grid, periods, BOUNDS)
    assert clearing.result_hash(fast) == clearing.result_hash(slow)
    assert fast.welfare == slow.welfare
    assert (fast.short == slow.short).all() and (fast.spilled == slow.spilled).all()
    return fast


@pytest.fixture
def divided(monkeypatch):
    """Books of these tests are divided between the cores, as only larger ones are else."""
    monkeypatch.setattr(uniform, "WORTH_DIVIDING", 2**16)


class TestClearApart:
    @given(st.integers(0, 2**32 - 1), st.integers(0, 60), st.sampled_from([0, 1, 5, 40, 3000, 2**20]))
    @settings(max_examples=examples(300), deadline=None)
    def test_equals_the_tree_on_small_books(self, seed, n, spread):
        rng = np.random.default_rng(seed)
        periods, points, buses = (int(rng.integers(1, 4)) for _ in range(3))
        most = int(rng.choice([1, 3, 1000]))
        same(book(seed, n, spread, periods, most, points, buses), Grid.from_parents([-1] * buses), periods)

    @pytest.mark.usefixtures("divided")
    @pytest.mark.parametrize(("points", "spread"), [(1, 0), (1, 3), (1, 200_000), (3, 500), (3, 2**20)])
    @pytest.mark.parametrize(("n", "periods"), [(20_000, 1), (90_000, 1), (90_000, 7)])
    def test_equals_the_tree_where_it_samples_and_shares(self, n, periods, points, spread):
        same(book(n + points, n, spread, periods, 1000, points), Grid.from_parents([-1]), periods)

    @pytest.mark.usefixtures("divided")
    def test_finds_the_price_where_the_sample_misleads(self):
        n = 100_000
        rng = np.random.default_rng(5)
        quantity = np.ones(n, np.int64)
        quantity[rng.permutation(n)[:7]] = 2**29
        price, side = rng.integers(0, 2**19, n), rng.integers(0, 2, n)
        orders = Orders.from_rows(np.arange(n), [0] * n, [0] * n, side, price, quantity)
        same(orders, Grid.from_parents([-1]), 1)

    @pytest.mark.usefixtures("divided")
    @pytest.mark.parametrize("side", [SELL, BUY])
    def test_leaves_a_one_sided_book_alone(self, side):
        n = 70_000
        price = np.random.default_rng(6).integers(-500, 500, n)
        orders = Orders.from_rows(np.arange(n), [0] * n, [0] * n, [side] * n, price, [9] * n)
        result = same(orders, Grid.from_parents([-1]), 1)
        assert not result.accepted.any()
        assert result.price == (price.min() if side == SELL else price.max())

    @pytest.mark.usefixtures("divided")
    def test_adds_up_welfare_beyond_64_bits(self):
        n = 80_000
        price = [-50_000, 400_000] * (n // 2)
        orders = Orders.from_rows(np.arange(n), [0] * n, [0] * n, [SELL, BUY] * (n // 2), price, [10**9] * n)
        result = same(orders, Grid.from_parents([-1]), 1)
        assert result.welfare == 450_000 * 10**9 * (n // 2) > 2**63

    @pytest.mark.usefixtures("divided")
    def test_may_be_called_by_several_threads_at_once(self):
        orders, grid = book(7, 90_000, 1000), Grid.from_parents([-1])
        alone, hashes = clearing.result_hash(clearing.clear(orders, grid, bounds=BOUNDS)), []

        def clear():
            hashes.extend(clearing.result_hash(clearing.clear(orders, grid, bounds=BOUNDS)) for _ in range(4))

        threads = [threading.Thread(target=clear) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert hashes == [alone] * 12
