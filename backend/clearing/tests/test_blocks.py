"""Block orders: the best choice that prices support, as all choices tried one by one tell it."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clearing
from clearing import BUY, NONE, REASONS, SELL, WHOLE, Blocks, Effort, Grid, InvalidBook, Orders
from clearing.tests.block_books import Choices, random_block_rows
from clearing.tests.books import BOUNDS, random_grid, random_rows
from clearing.tests.knob import examples

SEEDS = st.integers(0, 2**32 - 1)
EXAMPLES = examples(24)


def random_case(seed, *, n_periods=2, curtailable=False):
    rng = np.random.default_rng(seed)
    n_buses = int(rng.integers(1, 3))
    inner = BOUNDS[0] + 5, BOUNDS[1] - 5
    orders = Orders.from_rows(*random_rows(rng, n_buses, n_periods, inner))
    grid = random_grid(rng, n_buses, n_periods)
    return orders, grid, random_block_rows(rng, n_buses, n_periods, curtailable=curtailable)


def clear(orders, grid, blocks, periods=2):
    return clearing.clear(orders, grid, periods=periods, bounds=BOUNDS, blocks=blocks)


def check(orders, grid, result, blocks):
    return clearing.certificate.check(orders, grid, result, bounds=BOUNDS, blocks=blocks)


def one_bus(rows):
    """A book at one bus: (order, period, side, price, quantity)."""
    order, period, side, price, quantity = zip(*rows, strict=True)
    return Orders.from_rows(order, [0] * len(order), period, side, price, quantity)


# Bo buys 1000 at 90 in both periods; a plant sells all that is wanted at 50.
BO = [(1, 0, BUY, 90, 1000), (1, 1, BUY, 90, 1000), (2, 0, SELL, 50, 5000), (2, 1, SELL, 50, 5000)]
BUS = Grid.from_parents([-1])


def decided(blocks, rows=BO):
    orders = one_bus(rows)
    result = clearing.clear(orders, BUS, periods=2, blocks=blocks)
    assert clearing.certificate.check(orders, BUS, result, blocks=blocks) == []
    return result, [REASONS[reason] for reason in result.blocks.reason]


class TestClear:
    @given(SEEDS)
    @settings(max_examples=EXAMPLES, deadline=None)
    def test_finds_the_best_of_all_choices_that_prices_support(self, seed):
        orders, grid, rows = random_case(seed)
        blocks = Blocks.from_rows(*rows)
        result = clear(orders, grid, blocks)
        assert (result.welfare, result.blocks.gap) == (Choices(orders, grid, blocks, 2).best(), 0)

    @given(SEEDS)
    @settings(max_examples=EXAMPLES, deadline=None)
    def test_proves_what_it_decides_in_part_too(self, seed):
        orders, grid, rows = random_case(seed, curtailable=True)
        blocks = Blocks.from_rows(*rows)
        result = clear(orders, grid, blocks)
        assert check(orders, grid, result, blocks) == []
        assert result.welfare >= clearing.clear(orders, grid, periods=2, bounds=BOUNDS).welfare

    @given(SEEDS)
    @settings(max_examples=EXAMPLES // 2, deadline=None)
    def test_does_not_mind_the_order_of_rows(self, seed):
        orders, grid, rows = random_case(seed, curtailable=bool(seed % 2))
        mixed = np.random.default_rng(seed).permutation(len(rows[0]))
        first, again = (
            clear(orders, grid, Blocks.from_rows(*columns))
            for columns in (rows, [column[mixed] for column in rows])
        )
        assert clearing.result_hash(first) == clearing.result_hash(again)
        assert (first.blocks.share == again.blocks.share).all() and first.blocks.gap == again.blocks.gap

    def test_a_block_in_the_money_sells(self):
        result, reasons = decided(Blocks.from_rows([7, 7], [0, 0], [0, 1], [SELL] * 2, [40] * 2, [600, 600]))
        assert reasons == ["accepted"]
        assert result.accepted.tolist() == [1000, 400, 1000, 400]

    def test_a_block_out_of_the_money_is_told_what_would_have_been_enough(self):
        result, reasons = decided(Blocks.from_rows([7], [0], [0], [SELL], [60], [600]))
        assert (reasons, result.blocks.average.tolist()) == (["out-of-the-money"], [50])

    def test_a_block_that_would_spoil_its_own_price_is_paradoxically_refused(self):
        # 1200 for 1000 at 90: the price would fall to nothing that the block could live on.
        result, reasons = decided(Blocks.from_rows([7], [0], [0], [SELL], [45], [1200]))
        assert reasons == ["paradoxically-refused"]
        assert (result.blocks.surplus[0], result.blocks.gap) == (5 * 1200, 0)

    def test_a_block_that_may_be_cut_is_accepted_in_part_at_the_money(self):
        rows = [[7], [0], [0], [SELL], [45], [1200], [WHOLE // 2]]
        result, reasons = decided(Blocks.from_rows(*rows))
        assert (reasons, result.blocks.share.tolist()) == (["at-the-money"], [1000])
        assert result.price[0, 0] == 45

    def test_a_child_pays_for_its_parent_but_not_the_other_way_round(self):
        start = {
            "block": [1, 2],
            "bus": [0, 0],
            "period": [0, 1],
            "side": [SELL, SELL],
            "quantity": [300, 300],
        }
        paid = Blocks.from_rows(**start, price=[60, 20], parent=[NONE, 1])
        assert decided(paid)[1] == ["accepted", "accepted"]
        unpaid = Blocks.from_rows(**start, price=[20, 60], parent=[NONE, 1])
        assert decided(unpaid)[1] == ["accepted", "out-of-the-money"]
        alone = Blocks.from_rows(**start, price=[90, 20], parent=[NONE, 1])
        assert decided(alone)[1] == ["out-of-the-money", "parent-refused"]

    def test_of_an_exclusive_group_the_best_is_taken(self):
        blocks = Blocks.from_rows([1, 2], [0, 0], [0, 1], [SELL] * 2, [30, 20], [400, 400], group=[5, 5])
        assert decided(blocks)[1] == ["group-taken", "accepted"]

    def test_blocks_may_trade_with_each_other_alone(self):
        orders = Orders.from_rows([], [], [], [], [], [])
        blocks = Blocks.from_rows([1, 2], [0, 0], [0, 0], [SELL, BUY], [40, 60], [500, 500])
        result = clearing.clear(orders, BUS, blocks=blocks)
        assert (result.blocks.share.tolist(), result.welfare) == ([500, 500], 20 * 500)
        assert clearing.certificate.check(orders, BUS, result, blocks=blocks) == []

    def test_work_is_bounded_and_the_gap_says_what_that_left_open(self):
        rng = np.random.default_rng(3)
        orders = Orders.from_rows(*random_rows(rng, 1, 6, (BOUNDS[0] + 5, BOUNDS[1] - 5), 40))
        blocks = Blocks.from_rows(*random_block_rows(rng, 1, 6, most=14))
        best = clear(orders, BUS, blocks, 6)
        hasty = clearing.clear(orders, BUS, periods=6, bounds=BOUNDS, blocks=blocks, effort=Effort(1, 1))
        assert best.blocks.gap == 0 and hasty.blocks.clearings <= best.blocks.clearings
        assert hasty.welfare <= best.welfare <= hasty.welfare + hasty.blocks.gap
        assert check(orders, BUS, hasty, blocks) == []


class TestBlocks:
    GOOD = {
        "block": [1, 2],
        "bus": [0, 0],
        "period": [0, 0],
        "side": [0, 1],
        "price": [40, 50],
        "quantity": [5, 5],
    }

    @pytest.mark.parametrize(
        ("changed", "told", "row", "column"),
        [
            ({"parent": [NONE, 9]}, "there is no block 9 to be a parent", 1, "parent"),
            ({"parent": [2, 1]}, "block 1 is its own ancestor", 0, "parent"),
            ({"parent": [1, NONE]}, "block 1 is its own ancestor", 0, "parent"),
            ({"bus": [0, 1], "group": [4, 4]}, "group 4 has blocks at more than one bus", 1, "group"),
            ({"quantity": [5, 0]}, "quantity 0 is not between 1 and", 1, "quantity"),
            ({"quantity": [-5, 5]}, "quantity -5 is not between 1 and", 0, "quantity"),
            ({"price": [40, 2**40]}, "price 1099511627776 is not between", 1, "price"),
            ({"min_ratio": [0, 1]}, "min_ratio 0 is not between 1 and 1000000", 0, "min_ratio"),
            (
                {"min_ratio": [1, WHOLE + 1]},
                "min_ratio 1000001 is not between 1 and 1000000",
                1,
                "min_ratio",
            ),
            ({"block": [1, 1]}, "a block has more than one side", 1, "side"),
            ({"block": [1, 1], "side": [0, 0]}, "a block has more than one price", 1, "price"),
            ({"block": [1, 1], "side": [0, 0], "price": [4, 4]}, "a block has a period twice", 1, "period"),
            ({"quantity": [5.5, 5]}, "quantity must hold whole numbers", None, "quantity"),
            ({"quantity": [5]}, "equally long", None, None),
        ],
    )
    def test_refuses_what_contradicts_itself(self, changed, told, row, column):
        with pytest.raises(InvalidBook, match=told) as refused:
            Blocks.from_rows(**(self.GOOD | changed))
        assert (refused.value.row, refused.value.column) == (row, column)

    @pytest.mark.parametrize(
        ("changed", "told"),
        [
            ({"price": [40, 400_001]}, "block 2: price 400001 is not between"),
            ({"bus": [0, 1]}, "block 2: bus 1 is not between 0 and 0"),
            ({"period": [0, 2]}, "block 2: period 2 is not between 0 and 1"),
        ],
    )
    def test_the_clearing_refuses_what_does_not_fit_the_book(self, changed, told):
        with pytest.raises(InvalidBook, match=told):
            clearing.clear(one_bus(BO), BUS, periods=2, blocks=Blocks.from_rows(**(self.GOOD | changed)))


class TestCertificate:
    def tampered(self, seed):
        """A result with blocks, and copies with one figure changed."""
        orders, grid, rows = random_case(seed)
        blocks = Blocks.from_rows(*rows)
        result = clear(orders, grid, blocks)
        said = result.blocks
        for i in range(len(blocks)):
            share = said.share.copy()
            share[i] = 0 if share[i] else blocks.biggest[i]
            changed = replace(said, share=share, accepted=blocks.accepted(share))
            yield orders, grid, blocks, replace(result, blocks=changed)
            average = said.average.copy()
            average[i] += 1
            yield orders, grid, blocks, replace(result, blocks=replace(said, average=average))
        for row in range(len(blocks.period)):
            accepted = said.accepted.copy()
            accepted[row] += 1
            yield orders, grid, blocks, replace(result, blocks=replace(said, accepted=accepted))
        yield orders, grid, blocks, replace(result, welfare=result.welfare + 1)
        yield orders, grid, blocks, replace(result, blocks=replace(said, gap=-1))
        yield orders, grid, blocks, replace(result, blocks=None)

    @given(SEEDS)
    @settings(max_examples=EXAMPLES // 4, deadline=None)
    def test_refuses_every_result_with_one_figure_changed(self, seed):
        for orders, grid, blocks, result in self.tampered(seed):
            assert check(orders, grid, result, blocks) != []

    def test_refuses_a_block_accepted_at_a_loss(self):
        blocks = Blocks.from_rows([7], [0], [0], [SELL], [60], [600])
        orders = one_bus(BO)
        honest = clearing.clear(orders, BUS, periods=2, blocks=blocks)
        # Cleared as if the block asked for less, then published with its real limit.
        cheap = Blocks.from_rows([7], [0], [0], [SELL], [40], [600])
        forged = clearing.clear(orders, BUS, periods=2, blocks=cheap)
        forged = replace(forged, welfare=forged.welfare - 20 * 600)
        assert clearing.certificate.check(orders, BUS, honest, blocks=blocks) == []
        told = clearing.certificate.check(orders, BUS, forged, blocks=blocks)
        assert told[0].startswith("block 7: is accepted and loses")
