import numpy as np
import pytest

from trading.strategies import last_resort, manual, market_benefit, operations
from trading.strategies.models import StrategyChoice
from trading.strategies.situation import Situation


@pytest.fixture
def two():
    """Bo's home wants 300 Wh and then has 40 Wh too many; Ada's roof has 500 Wh and then lacks 60 Wh."""
    return Situation(
        nodes=np.array([1, 2]),
        is_consumer=np.array([True, False]),
        limit_rp_per_mwh=np.array([18_000, 9_000]),
        utility_takes_rp_per_mwh=np.array([22_860, 16_410]),
        utility_gives_rp_per_mwh=np.array([12_450, 6_000]),
        carries_wh=np.array([250, 2_500]),
        wanted_wh=np.array([[-300, 40], [500, -60]]),
    )


class TestMarketBenefit:
    def test_never_pays_more_and_never_earns_less_than_with_the_utility(self, two):
        bids = market_benefit.bids(two)
        assert bids.buy_at_rp_per_mwh.tolist() == [22_860, 16_410]
        assert bids.sell_at_rp_per_mwh.tolist() == [12_450, 6_000]

    def test_buys_what_lacks_and_sells_what_is_too_much(self, two):
        bids = market_benefit.bids(two)
        assert bids.bought_wh.tolist() == [[250, 0], [0, 60]]  # no more than the connection carries
        assert bids.sold_wh.tolist() == [[0, 40], [500, 0]]


class TestManual:
    def test_bids_at_the_limit_of_the_household(self, two):
        bids = manual.bids(two)
        assert (bids.buy_at_rp_per_mwh[0], bids.sell_at_rp_per_mwh[1]) == (18_000, 9_000)

    def test_gives_back_at_the_utilitys_tariffs(self, two):
        bids = manual.bids(two)
        assert (bids.sell_at_rp_per_mwh[0], bids.buy_at_rp_per_mwh[1]) == (12_450, 16_410)


class TestLastResort:
    def test_sells_at_retail_and_buys_at_feed_in_all_that_the_line_carries(self, two):
        bids = last_resort.bids(two)
        assert bids.bought_wh.tolist() == [[250, 250], [0, 0]]
        assert bids.sold_wh.tolist() == [[0, 0], [2_500, 2_500]]
        assert bids.buy_at_rp_per_mwh[0] == two.utility_gives_rp_per_mwh[0]
        assert bids.sell_at_rp_per_mwh[1] == two.utility_takes_rp_per_mwh[1]


def test_every_strategy_that_can_be_chosen_is_a_module_with_a_rule():
    assert set(operations.RULES) == set(StrategyChoice.Strategy.values)
    assert all(callable(rule.bids) and rule.__doc__ for rule in operations.RULES.values())
