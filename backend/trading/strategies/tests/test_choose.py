import pytest

from shared.problems import Problem
from trading.strategies import operations, queries
from trading.strategies.models import StrategyChoice, StrategyVersion
from trading.tests.cast import NOON_BEFORE


def choose(node, *, strategy="market_benefit", active=True, limit_price_rp_per_mwh=None, at=NOON_BEFORE):
    return operations.choose(
        node=node,
        strategy=strategy,
        active=active,
        limit_price_rp_per_mwh=limit_price_rp_per_mwh,
        actor="bo",
        at=at,
    )


class TestChoose:
    def test_is_remembered_with_who_and_when(self, street):
        choose(street.bo)
        choice = queries.of(street.bo)
        assert (choice.strategy, choice.active, choice.version) == ("market_benefit", True, 1)
        assert (choice.actor, choice.changed_at) == ("bo", NOON_BEFORE)

    def test_every_change_is_a_version(self, street):
        choose(street.bo)
        stopped = choose(street.bo, active=False)
        assert (stopped.version, stopped.active) == (2, False)
        assert StrategyChoice.objects.count() == 1
        versions = StrategyVersion.objects.filter(node=street.bo).order_by("number")
        assert [(each.number, each.active) for each in versions] == [(1, True), (2, False)]

    def test_manual_needs_a_limit(self, street):
        with pytest.raises(Problem) as refused:
            choose(street.bo, strategy="manual")
        assert refused.value.errors[0]["field"] == "limitPriceRpPerMwh"

    @pytest.mark.parametrize("limit", [-50_001, 400_001])
    def test_a_limit_lies_within_the_bounds_of_the_markets(self, street, limit):
        with pytest.raises(Problem) as refused:
            choose(street.bo, strategy="manual", limit_price_rp_per_mwh=limit)
        assert refused.value.errors[0]["code"] == "out-of-range"

    def test_the_utilitys_strategy_is_its_own(self, street):
        with pytest.raises(operations.StrategyNotYours):
            choose(street.bo, strategy="last_resort")
        assert choose(street.utility_sells, strategy="last_resort").active


class TestChooseDefault:
    def test_lets_market_benefit_bid_and_the_utility_stand_behind(self, street):
        operations.choose_default(nodes=[street.bo, street.utility_buys], at=NOON_BEFORE)
        assert queries.of(street.bo).strategy == "market_benefit"
        assert queries.of(street.utility_buys).strategy == "last_resort"
        assert queries.of(street.bo).active

    def test_keeps_what_was_chosen(self, street):
        choose(street.bo, strategy="manual", limit_price_rp_per_mwh=15_000)
        operations.choose_default(nodes=[street.bo, street.ada], at=NOON_BEFORE)
        assert queries.of(street.bo).strategy == "manual"
        assert queries.of(street.ada).strategy == "market_benefit"

    def test_nobody_bids_who_never_chose(self, street):
        assert queries.of(street.bo) is None
