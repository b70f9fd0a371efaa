"""Choosing a strategy, and bidding for everyone who has."""

import numpy as np
from django.db import transaction

from shared import problems
from trading.grid import queries as grid
from trading.markets import queries as markets
from trading.orders import operations as orders
from trading.strategies import forecast, proposals, queries
from trading.strategies.models import StrategyChoice

Strategy = StrategyChoice.Strategy
ACTOR = "strategy"


class StrategyNotYours(Exception):
    """This strategy is the utility's own."""


problems.register(StrategyNotYours, status=422, code="strategy-not-yours", title="Not your strategy")


@transaction.atomic
def choose(*, node, strategy, active, limit_price_rp_per_mwh, actor, at):
    """Choose the strategy that bids for a node, and start or stop it.

    :raises Problem: Manual without a limit price, or one outside the bounds of a market
    :raises StrategyNotYours: a household chose the utility's strategy
    """
    if strategy == Strategy.LAST_RESORT and not node.customer.is_utility:
        raise StrategyNotYours
    _check_limit(node, strategy, limit_price_rp_per_mwh)
    said = {
        "strategy": strategy,
        "active": active,
        "limit_price_rp_per_mwh": limit_price_rp_per_mwh,
        "actor": actor,
        "changed_at": at,
    }
    choice, is_new = StrategyChoice.objects.select_for_update().get_or_create(node=node, defaults=said)
    if not is_new:
        for name, value in said.items():
            setattr(choice, name, value)
        choice.version += 1
        choice.save()
    return choice


@transaction.atomic
def choose_default(*, nodes, at):
    """Let Market Benefit bid for nodes that have not chosen, and Last Resort for the utility's own."""
    return StrategyChoice.objects.bulk_create(
        (
            StrategyChoice(
                node=node,
                strategy=Strategy.LAST_RESORT if node.customer.is_utility else Strategy.MARKET_BENEFIT,
                active=True,
                changed_at=at,
                actor=ACTOR,
            )
            for node in nodes
        ),
        ignore_conflicts=True,
    )


@transaction.atomic
def bid(*, auction, history, scheduled, at, planned=None):
    """Place an order for every node whose strategy is active and whose household placed none itself.

    Bidding once more replaces what was bid for the nodes that still want something.

    Parameters
    ----------
    auction : Auction
    history : forecast.History
        Readings known at `at`.
    scheduled : ndarray of int, shape (len(history.nodes), auction.period_count)
        What each node must inject (+) or withdraw (−) already. [Wh]
    at : datetime
    planned : plans.Steps, optional
        What homes with a battery plan.

    Returns
    -------
    placed : int
        How many orders; what an account cannot bear is left out.
    """
    bidders, strategies = queries.bidders(dso=auction.market.dso_id)
    if len(bidders) == 0:
        return 0
    quarters = forecast.quarter_of(auction.delivery_starts_at) + np.arange(auction.period_count)
    proposed = proposals.of(
        bidders=bidders,
        strategies=strategies,
        market=auction.market,
        utility=grid.utility_prices(dso=auction.market.dso, day=auction.delivery_day),
        quarters=quarters,
        history=history,
        scheduled=scheduled,
        planned=planned,
    )
    placed = orders.place_many(
        auction=auction,
        node_ids=proposed.node_ids,
        is_buy=proposed.is_buy,
        points=proposed.points,
        sources=proposed.sources,
        actor=ACTOR,
        at=at,
    )
    return placed.count


def _check_limit(node, strategy, limit_price_rp_per_mwh):
    if limit_price_rp_per_mwh is None:
        if strategy == Strategy.MANUAL:
            raise problems.field_error("limitPriceRpPerMwh", "required", "Manual needs a limit price.")
        return
    rulebooks = list(markets.markets(dso=node.customer.dso_id))
    low = max((market.price_floor_rp_per_mwh for market in rulebooks), default=0)
    high = min((market.price_cap_rp_per_mwh for market in rulebooks), default=0)
    if not low <= limit_price_rp_per_mwh <= high:
        detail = f"Prices are {low} to {high} Rp/MWh."
        raise problems.field_error("limitPriceRpPerMwh", "out-of-range", detail)
