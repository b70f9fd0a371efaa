"""What the strategies propose before a gate, from readings and tariffs: orders as columns; no database."""

from dataclasses import dataclass
from importlib import import_module

import numpy as np

from trading.orders.points import Points
from trading.strategies import forecast, plans
from trading.strategies.models import StrategyChoice
from trading.strategies.situation import Situation

# A new strategy is its module and its line in StrategyChoice.Strategy.
RULES = {name: import_module(f"trading.strategies.{name}") for name in StrategyChoice.Strategy.values}
SMALL_WH, SMALL_PERCENT = 20, 3  # a difference below both is not worth an order


@dataclass(frozen=True, slots=True, eq=False)
class Orders:
    """Some orders as columns: node, side and strategy per order, and their points."""

    node_ids: np.ndarray
    is_buy: np.ndarray
    sources: list
    points: Points


def of(*, bidders, strategies, market, utility, quarters, history, scheduled, planned=None):
    """Propose an order or two for every node whose strategy is active.

    Parameters
    ----------
    bidders : ndarray of queries.BIDDER
    strategies : ndarray of str, shape (len(bidders),)
    market : Market
        Its period length, bounds, tick and smallest quantity count.
    utility : UtilityPrices
    quarters : ndarray of int64, shape (n_periods,)
        Numbers of the quarter hours that are delivered.
    history : forecast.History
        Readings known by now.
    scheduled : ndarray of int, shape (len(history.nodes), n_periods)
        What each node must inject (+) or withdraw (−) already. [Wh]
    planned : plans.Steps, optional
        What homes plan that store or shift energy.
    """
    everyone = Situation(
        nodes=bidders["node"],
        is_consumer=bidders["consumer"],
        limit_rp_per_mwh=bidders["limit"],
        utility_takes_rp_per_mwh=utility.retail_rp_per_mwh[bidders["bus"]] + bidders["fee"],
        utility_gives_rp_per_mwh=utility.feed_in_rp_per_mwh[bidders["bus"]] + bidders["fee"],
        carries_wh=bidders["capacity_w"] * market.period_minutes // 60,
        **_expected(bidders, quarters, history, scheduled),
        **_planned(bidders["node"], len(quarters), planned),
    )
    parts = []
    for name, rule in RULES.items():
        if (chosen := strategies == name).any():
            parts += _orders(everyone.only(chosen), rule, name, market)
    return _joined(parts)


def _expected(bidders, quarters, history, scheduled):
    """What is wanted, the forecast's bands and what a node has already; small differences are left alone."""
    shape = (len(bidders), len(quarters))
    wanted, has = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
    bands = np.zeros((len(forecast.LEVELS), *shape), np.int64)
    rows = history.rows_of(bidders["node"])
    known = rows >= 0
    rows, is_consumer = rows[known], bidders["consumer"][known]
    seen = forecast.History(nodes=history.nodes[rows], starts_at=history.starts_at, wh=history.wh[rows])
    expected = forecast.of(seen, producers=~is_consumer, quarters=quarters).astype(np.int64)
    difference = np.where(is_consumer[:, None], -expected, expected) - scheduled[rows]
    small = (abs(difference) < SMALL_WH) & (abs(difference) * 100 < expected * SMALL_PERCENT)
    wanted[known] = np.where(small, 0, difference)
    has[known] = np.where(is_consumer[:, None], -scheduled[rows], scheduled[rows])
    bands[:, known] = forecast.bands(seen, producers=~is_consumer, quarters=quarters)
    return {"wanted_wh": wanted, "bands_wh": bands, "has_wh": has}


def _planned(nodes, periods, planned):
    """The steps of the nodes that have planned."""
    steps = plans.STEPS if planned is None else len(planned.wh)
    shape = (steps, len(nodes), periods)
    wh, prices, has_plan = np.zeros(shape, np.int64), np.zeros(shape, np.int64), np.zeros(len(nodes), bool)
    if planned is not None:
        _, rows, theirs = np.intersect1d(nodes, planned.nodes, assume_unique=True, return_indices=True)
        has_plan[rows] = True
        wh[:, rows], prices[:, rows] = planned.wh[:, theirs], planned.prices_rp_per_mwh[:, theirs]
    return {"has_plan": has_plan, "plan_wh": wh, "plan_prices_rp_per_mwh": prices}


def _orders(situation, rule, name, market):
    """The orders of one strategy, buying and selling, those with nothing to say left out."""
    bids, tick = rule.bids(situation), market.tick_rp_per_mwh
    for is_buy, price, quantities_wh in (
        (True, bids.buy_at_rp_per_mwh // tick * tick, bids.bought_wh),
        (False, -(-bids.sell_at_rp_per_mwh // tick) * tick, bids.sold_wh),
    ):
        price = np.clip(price, market.price_floor_rp_per_mwh, market.price_cap_rp_per_mwh)
        price = price if price.ndim == 3 else np.broadcast_to(price[:, :, None], quantities_wh.shape)
        by_price = np.argsort(price, axis=0)
        price = np.take_along_axis(price, by_price, axis=0)
        by_period = _together(price, np.take_along_axis(quantities_wh, by_price, axis=0)).transpose(1, 2, 0)
        rows, periods, steps = np.nonzero(by_period >= market.min_quantity_wh)
        bidding, lengths = np.unique(rows, return_counts=True)
        points = Points(
            first=np.concatenate([[0], np.cumsum(lengths)]),
            periods=periods,
            prices_rp_per_mwh=price[steps, rows, periods],
            quantities_wh=by_period[rows, periods, steps],
        )
        sources = [name] * len(bidding)
        yield Orders(situation.nodes[bidding], np.full(len(bidding), is_buy), sources, points)


def _together(price, quantities_wh):
    """Steps at one price as one step: the last of them."""
    for step in range(1, len(price)):
        same = price[step] == price[step - 1]
        quantities_wh[step] += np.where(same, quantities_wh[step - 1], 0)
        quantities_wh[step - 1][same] = 0
    return quantities_wh


def _joined(parts):
    points = [part.points for part in parts]
    lengths = np.concatenate([np.diff(each.first) for each in points])
    return Orders(
        node_ids=np.concatenate([part.node_ids for part in parts]),
        is_buy=np.concatenate([part.is_buy for part in parts]),
        sources=[source for part in parts for source in part.sources],
        points=Points(
            first=np.concatenate([[0], np.cumsum(lengths)]),
            periods=np.concatenate([each.periods for each in points]),
            prices_rp_per_mwh=np.concatenate([each.prices_rp_per_mwh for each in points]),
            quantities_wh=np.concatenate([each.quantities_wh for each in points]),
        ),
    )
