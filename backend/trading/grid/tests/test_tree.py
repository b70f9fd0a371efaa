from dataclasses import replace

import numpy as np
import pytest
from django.db import IntegrityError, transaction

from trading.grid import operations, queries
from trading.grid.models import Bus, Line
from trading.grid.tree import UNLIMITED_WH
from trading.tests.cast import DAY

GRID, N000, N001, N002, N003 = range(5)


class TestTree:
    def test_holds_one_entry_per_bus_in_the_order_of_positions(self, street):
        tree = queries.tree(dso=street.dso)
        assert tree.names == ("GRID", "N000", "N001", "N002", "N003")
        assert tree.parent.tolist() == [-1, GRID, N000, N003, N000]
        assert tree.root == GRID
        assert tree.capacity_up_wh.tolist() == [UNLIMITED_WH, 100_000, 25_000, 25_000, 25_000]
        assert tree.fee_down_rp_per_mwh.tolist() == [0, 4_300, 0, 0, 0]

    def test_capacities_are_energies_of_a_period(self, street):
        assert queries.tree(dso=street.dso, period_minutes=60).capacity_down_wh[N001] == 100_000
        assert queries.energy_wh(50_001, 15) == 12_500

    def test_measures_the_way_along_the_lines(self, street):
        distances = queries.tree(dso=street.dso).distances_m()
        assert distances[N001, N002] == distances[N002, N001] == 120 + 80 + 40
        assert distances[GRID, N002] == 120
        assert distances[N003, N003] == 0
        assert (distances == distances.T).all()

    def test_adds_up_fees_from_the_border(self, street):
        tree = queries.tree(dso=street.dso)
        assert tree.border_fees_down().tolist() == [0, 4_300, 4_300, 4_300, 4_300]
        assert not tree.border_fees_up().any()

    def test_ways_cost_what_their_lines_do(self, street):
        fees = {
            "fee_up_rp_per_mwh": np.array([0, 1, 10, 100, 1_000]),
            "fee_down_rp_per_mwh": np.array([0, 2, 20, 200, 2_000]),
        }
        there, back = replace(queries.tree(dso=street.dso), **fees).fees_of_ways(N002)
        assert there.tolist() == [2_202, 2_200, 2_210, 0, 200]
        assert back.tolist() == [1_101, 1_100, 1_120, 0, 100]

    def test_prices_of_the_utility_include_the_way(self, street):
        prices = queries.utility_prices(dso=street.dso, day=DAY)
        assert prices.retail_rp_per_mwh[[GRID, N002]].tolist() == [12_110, 16_410]
        assert np.unique(prices.feed_in_rp_per_mwh).tolist() == [6_000]


class TestAddLines:
    def add(self, street, *lines):
        operations.add_lines(dso=street.dso, lines=[operations.NewLine(*line, 1) for line in lines])

    def test_refuses_a_second_line_upwards_a_loop_and_an_unknown_bus(self, street):
        extra = [(name, "junction", 8.5, 47.4) for name in ("N008", "N009")]
        operations.add_buses(dso=street.dso, buses=extra)
        for lines, text in (
            ([("N002", "N000")], "two lines"),
            ([("N008", "N009"), ("N009", "N008")], "loop"),
            ([("N008", "N777")], "unknown"),
        ):
            with pytest.raises(operations.NotATree, match=text):
                self.add(street, *lines)
        assert Line.objects.count() == 4

    def test_later_buses_take_later_positions(self, street):
        operations.add_buses(dso=street.dso, buses=[("A", "junction", 8.5, 47.4)])
        assert Bus.objects.get(name="A").position == 5

    def test_the_database_refuses_a_bus_beyond_the_earth(self, street):
        with pytest.raises(IntegrityError, match="bus_on_earth"), transaction.atomic():
            operations.add_buses(dso=street.dso, buses=[("A", "junction", 181.0, 47.4)])
