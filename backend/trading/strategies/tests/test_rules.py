from dataclasses import replace

import numpy as np
import pytest

from trading.strategies import last_resort, manual, market_benefit, never_lose, plans, proposals
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
        bands_wh=np.array([[[100, 10], [300, 0]], [[200, 20], [400, 50]], [[300, 40], [500, 100]]]).repeat(
            [1, 1, 3], axis=0
        ),
        has_wh=np.array([[0, 80], [0, 160]]),
        has_plan=np.array([False, False]),
        plan_wh=np.zeros((plans.STEPS, 2, 2), np.int64),
        plan_prices_rp_per_mwh=np.zeros((plans.STEPS, 2, 2), np.int64),
    )


class TestMarketBenefit:
    def test_never_pays_more_and_never_earns_less_than_with_the_utility(self, two):
        worth = market_benefit.worth_rp_per_mwh(two)
        assert (worth <= two.utility_takes_rp_per_mwh).all()
        assert (worth >= two.utility_gives_rp_per_mwh).all()

    def test_values_what_is_surely_used_most_and_what_is_surely_had_least(self, two):
        worth = market_benefit.worth_rp_per_mwh(two)
        # 5 %, 20 %, 40 % … of the way from one tariff to the other, 10,410 apart
        assert worth[:, 0].tolist() == [22_340, 20_778, 18_696, 16_614, 14_532, 12_970]
        assert worth[:, 1].tolist() == [6_520, 8_082, 10_164, 12_246, 14_328, 15_890]

    def test_buys_what_lacks_band_by_band_as_far_as_the_connection_carries(self, two):
        bids = market_benefit.bids(two)
        assert bids.bought_wh[:, 0, 0].tolist() == [100, 100, 50, 0, 0, 0]
        assert bids.sold_wh[:, 0, 0].tolist() == [0] * 6

    def test_gives_back_what_is_more_likely_too_much_than_not(self, two):
        # Bo has 80 Wh and stays below 40 Wh nine times of ten; below 20 Wh only three times.
        bids = market_benefit.bids(two)
        assert bids.sold_wh[:, 0, 1].tolist() == [0, 0, 0, 0, 0, 40]
        assert bids.bought_wh[:, 0, 1].tolist() == [0] * 6

    def test_sells_what_the_roof_will_have_and_buys_back_what_it_will_not(self, two):
        bids = market_benefit.bids(two)
        assert bids.sold_wh[:, 1, 0].tolist() == [300, 100, 100, 0, 0, 0]
        assert bids.bought_wh[:, 1, 1].tolist() == [0, 0, 0, 0, 0, 60]


class TestNeverLose:
    @pytest.fixture
    def planned(self, two):
        """Bo surely needs 100 Wh; his battery could give 60 Wh instead, or take 40 Wh then."""
        wh, prices = np.zeros((2, plans.STEPS, 2, 2), np.int64)
        prices[:] = np.arange(20_000, 20_000 - plans.STEPS, -1)[:, None, None]
        prices[1, 0], prices[-1, 0] = 18_000, 15_000
        wh[0, 0], wh[1, 0, 0], wh[-1, 0, 1] = [100, 100], 60, 40
        return replace(two, has_plan=np.array([True, False]), plan_wh=wh, plan_prices_rp_per_mwh=prices)

    def test_bids_each_step_of_the_plan_at_its_worth(self, planned):
        bids = never_lose.bids(planned)
        assert bids.bought_wh[:, 0, 0].tolist() == [100, 60, *[0] * 8]
        assert bids.buy_at_rp_per_mwh[1, 0, 0] == 18_000

    def test_buys_only_what_it_has_not_bought_yet(self, planned):
        # 80 of 140 Wh are bought for the second period.
        bids = never_lose.bids(planned)
        assert bids.bought_wh[:, 0, 1].tolist() == [20, *[0] * 7, 40, 0]

    def test_gives_back_what_lies_beyond_the_plan(self, planned):
        bids = never_lose.bids(replace(planned, has_wh=np.array([[200, 80], [0, 160]])))
        assert bids.sold_wh[:, 0, 0].tolist() == [100, 60, *[0] * 7, 40]
        assert bids.bought_wh[:, 0, 0].tolist() == [0] * 10

    def test_bids_as_market_benefit_without_a_battery(self, planned, two):
        ours, theirs = never_lose.bids(planned), market_benefit.bids(two)
        assert ours.sold_wh[: len(theirs.sold_wh), 1].tolist() == theirs.sold_wh[:, 1].tolist()
        assert never_lose.bids(two).sold_wh.tolist() == theirs.sold_wh.tolist()


class TestManual:
    def test_bids_at_the_limit_of_the_household(self, two):
        bids = manual.bids(two)
        assert (bids.buy_at_rp_per_mwh[0, 0], bids.sell_at_rp_per_mwh[0, 1]) == (18_000, 9_000)

    def test_gives_back_at_the_utilitys_tariffs(self, two):
        bids = manual.bids(two)
        assert (bids.sell_at_rp_per_mwh[0, 0], bids.buy_at_rp_per_mwh[0, 1]) == (12_450, 16_410)


class TestLastResort:
    def test_sells_at_retail_and_buys_at_feed_in_all_that_the_line_carries(self, two):
        bids = last_resort.bids(two)
        assert bids.bought_wh[0].tolist() == [[250, 250], [0, 0]]
        assert bids.sold_wh[0].tolist() == [[0, 0], [2_500, 2_500]]
        assert bids.buy_at_rp_per_mwh[0, 0] == two.utility_gives_rp_per_mwh[0]
        assert bids.sell_at_rp_per_mwh[0, 1] == two.utility_takes_rp_per_mwh[1]


def test_every_strategy_that_can_be_chosen_is_a_module_with_a_rule():
    assert set(proposals.RULES) == set(StrategyChoice.Strategy.values)
    assert all(callable(rule.bids) and rule.__doc__ for rule in proposals.RULES.values())
