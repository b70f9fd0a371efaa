"""Choosing a strategy, and bidding for everyone who has."""

from dataclasses import dataclass
from importlib import import_module

import numpy as np
from django.db import transaction

from shared import problems
from trading.grid import queries as grid
from trading.markets import queries as markets
from trading.orders import operations as orders
from trading.orders.points import Points
from trading.strategies import forecast, queries
from trading.strategies.models import StrategyChoice
from trading.strategies.situation import Situation

Strategy = StrategyChoice.Strategy
# A new strategy is its module and its line in StrategyChoice.Strategy.
RULES = {name: import_module(f"trading.strategies.{name}") for name in Strategy.values}
ACTOR = "strategy"
SMALL_WH, SMALL_PERCENT = 20, 3  # a difference below both is not worth an order


@dataclass(frozen=True, slots=True, eq=False)
class Orders:
    """Some orders as columns: node, side, strategy and number of points per order, the rest per point."""

    node_ids: np.ndarray
    is_buy: np.ndarray
    sources: list
    lengths: np.ndarray
    periods: np.ndarray
    prices_rp_per_mwh: np.ndarray
    quantities_wh: np.ndarray


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
def bid(*, auction, history, scheduled, at):
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

    Returns
    -------
    placed : int
        How many orders; what an account cannot bear is left out.
    """
    bidders, strategies = queries.bidders(auction=auction)
    if len(bidders) == 0:
        return 0
    everyone = _situation(auction, bidders, history, scheduled)
    parts = []
    for name, rule in RULES.items():
        if (chosen := strategies == name).any():
            parts += _orders(everyone.only(chosen), rule, name, auction.market)
    return _place(auction, parts, at)


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


def _situation(auction, bidders, history, scheduled):
    utility = grid.utility_prices(dso=auction.market.dso, day=auction.delivery_day)
    return Situation(
        nodes=bidders["node"],
        is_consumer=bidders["consumer"],
        limit_rp_per_mwh=bidders["limit"],
        utility_takes_rp_per_mwh=utility.retail_rp_per_mwh[bidders["bus"]] + bidders["fee"],
        utility_gives_rp_per_mwh=utility.feed_in_rp_per_mwh[bidders["bus"]] + bidders["fee"],
        carries_wh=bidders["capacity_w"] * auction.market.period_minutes // 60,
        **_expected(auction, bidders, history, scheduled),
    )


def _expected(auction, bidders, history, scheduled):
    """What is wanted, the forecast's bands and what a node has already; small differences are left alone."""
    shape = (len(bidders), auction.period_count)
    wanted, has = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
    bands = np.zeros((len(forecast.LEVELS), *shape), np.int64)
    rows = history.rows_of(bidders["node"])
    known = rows >= 0
    rows, is_consumer = rows[known], bidders["consumer"][known]
    quarters = forecast.quarter_of(auction.delivery_starts_at) + np.arange(auction.period_count)
    seen = forecast.History(nodes=history.nodes[rows], starts_at=history.starts_at, wh=history.wh[rows])
    expected = forecast.of(seen, producers=~is_consumer, quarters=quarters).astype(np.int64)
    difference = np.where(is_consumer[:, None], -expected, expected) - scheduled[rows]
    small = (abs(difference) < SMALL_WH) & (abs(difference) * 100 < expected * SMALL_PERCENT)
    wanted[known] = np.where(small, 0, difference)
    has[known] = np.where(is_consumer[:, None], -scheduled[rows], scheduled[rows])
    bands[:, known] = forecast.bands(seen, producers=~is_consumer, quarters=quarters)
    return {"wanted_wh": wanted, "bands_wh": bands, "has_wh": has}


def _orders(situation, rule, name, market):
    """The orders of one strategy, buying and selling, those with nothing to say left out."""
    bids, tick = rule.bids(situation), market.tick_rp_per_mwh
    for is_buy, price, quantities_wh in (
        (True, bids.buy_at_rp_per_mwh // tick * tick, bids.bought_wh),
        (False, -(-bids.sell_at_rp_per_mwh // tick) * tick, bids.sold_wh),
    ):
        price = np.clip(price, market.price_floor_rp_per_mwh, market.price_cap_rp_per_mwh)
        by_price = np.argsort(price, axis=0)
        price = np.take_along_axis(price, by_price, axis=0)
        by_period = np.take_along_axis(quantities_wh, by_price[:, :, None], axis=0).transpose(1, 2, 0)
        rows, periods, steps = np.nonzero(by_period >= market.min_quantity_wh)
        bidding, lengths = np.unique(rows, return_counts=True)
        yield Orders(
            node_ids=situation.nodes[bidding],
            is_buy=np.full(len(bidding), is_buy),
            sources=[name] * len(bidding),
            lengths=lengths,
            periods=periods,
            prices_rp_per_mwh=price[steps, rows],
            quantities_wh=by_period[rows, periods, steps],
        )


def _place(auction, parts, at):
    def joined(field):
        return np.concatenate([getattr(part, field) for part in parts])

    points = Points(
        first=np.concatenate([[0], np.cumsum(joined("lengths"))]),
        periods=joined("periods"),
        prices_rp_per_mwh=joined("prices_rp_per_mwh"),
        quantities_wh=joined("quantities_wh"),
    )
    placed = orders.place_many(
        auction=auction,
        node_ids=joined("node_ids"),
        is_buy=joined("is_buy"),
        points=points,
        sources=[source for part in parts for source in part.sources],
        actor=ACTOR,
        at=at,
    )
    return placed.count
