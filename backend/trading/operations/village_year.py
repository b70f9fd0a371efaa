"""The village's year as the exchange would have traded it, day by day in memory.

Bids come from the strategies' own rules and forecasts – which know at each gate what the meters had reported
by then, nothing later –, books are cleared and proven by the clearing itself, and what the meters then say is
netted and settled at the same prices as in the database. Only accounts, holds and the books' rows are left
out: nobody is short of money. A day depends on readings alone, so days are computed side by side.
"""

import multiprocessing
from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np
from django.db import connections

from trading.capacities import queries as capacities
from trading.grid import queries as grid
from trading.grid.tree import Tree
from trading.markets import calendar
from trading.markets import queries as markets
from trading.metering import village_meters
from trading.orders.queries import Book
from trading.results import decision, outcome, solver
from trading.settlement import netting
from trading.strategies import forecast, proposals
from trading.strategies.models import StrategyChoice
from trading.strategies.queries import BIDDER

STRATEGY = StrategyChoice.Strategy


@dataclass(frozen=True, slots=True, eq=False)
class Village:
    """All that its days are computed from. Rows of `wh` follow `meters`, rows of `bidders` their nodes."""

    tree: Tree
    markets: list
    bidders: np.ndarray
    strategies: np.ndarray
    utility: dict  # by day: the utility's prices at every bus
    meters: np.ndarray  # node keys, ascending
    households: np.ndarray  # the customer of each meter
    first: int  # number of the first quarter hour of `wh`
    wh: np.ndarray

    def known_at(self, at):
        """What the meters had reported by an instant."""
        until = forecast.quarter_of(at - village_meters.VILLAGE_DELAY) - self.first
        since = max(until - forecast.HISTORY_DAYS * forecast.QUARTERS_A_DAY, 0)
        return forecast.History(self.meters, forecast.utc(self.first + since), self.wh[:, since:until])

    def metered(self):
        """The rows of `bidders` that have a meter."""
        return self.bidders[np.searchsorted(self.bidders["node"], self.meters)]


@dataclass(frozen=True, slots=True, eq=False)
class Day:
    """What a day cost each meter's household, here and with the utility alone: below zero it earned. [µRp]"""

    cost_urp: np.ndarray
    utility_cost_urp: np.ndarray
    auctions: int


def read(*, dso, first_day, days):
    """Read the village from the database, with Market Benefit bidding for everybody."""
    nodes = [node for node in grid.nodes(dso=dso) if not node.customer.is_flexibility]
    rows = [
        (n.pk, n.side == "consumer", n.bus.position, n.withdrawal_fee_rp_per_mwh, n.connection_capacity_w, 0)
        for n in nodes
    ]
    own = [STRATEGY.LAST_RESORT if n.customer.is_utility else STRATEGY.MARKET_BENEFIT for n in nodes]
    starts_at = calendar.delivery_day(first_day - timedelta(days=forecast.HISTORY_DAYS + 2))[0]
    ends_at = calendar.delivery_day(first_day + timedelta(days=days))[0]
    meters, wh = village_meters.village_readings(dso=dso, from_=starts_at, to=ends_at)
    customers = {node.pk: node.customer_id for node in nodes}
    each_day = [first_day + timedelta(days=offset) for offset in range(days)]
    return Village(
        tree=grid.tree(dso=dso),
        # The auction of a whole day comes before those of its hours.
        markets=sorted(markets.markets(dso=dso), key=lambda market: market.delivery_minutes or 0),
        bidders=np.array(rows, BIDDER),
        strategies=np.array(own, object),
        utility={day: grid.utility_prices(dso=dso, day=day) for day in each_day},
        meters=meters,
        households=np.array([customers[key] for key in meters.tolist()]),
        first=forecast.quarter_of(starts_at),
        wh=wh,
    )


def days_of(village, processes):
    """Yield each day and what it cost, in order."""
    each_day = sorted(village.utility)
    if processes == 1:
        yield from ((day, day_of(village, day)) for day in each_day)
        return
    connections.close_all()  # no process may use another's
    # Forked, so that nothing is read twice.
    with multiprocessing.get_context("fork").Pool(processes, _hold, [village]) as pool:
        yield from zip(each_day, pool.imap(_day_of_held, each_day), strict=True)


def _hold(village):
    globals()["_held"] = village


def _day_of_held(day):
    return day_of(globals()["_held"], day)


def day_of(village, day):
    """Trade all auctions that deliver on a day, and settle it."""
    starts_at, ends_at = calendar.delivery_day(day)
    first, count = forecast.quarter_of(starts_at), (ends_at - starts_at) // timedelta(minutes=15)
    scheduled_wh = np.zeros((len(village.meters), count), np.int64)
    price = np.zeros((count, len(village.tree.parent)), np.int64)
    cost_urp, flows_wh, auctions = np.zeros(len(village.meters), np.int64), np.zeros_like(price), 0
    for market in village.markets:
        for begins_at, until in calendar.slices(day, market.delivery_minutes):
            span = slice(forecast.quarter_of(begins_at) - first, forecast.quarter_of(until) - first)
            _, closes_at = calendar.gates(market, day, begins_at)
            at = closes_at - timedelta(seconds=market.strategies_bid_s_before)
            quarters = first + np.arange(span.start, span.stop)
            decided = _decide(village, market, day, quarters, at, scheduled_wh[:, span], flows_wh[span])
            got = outcome.of(decided, village.tree)
            rows = np.searchsorted(got.nodes, village.meters).clip(max=len(got.nodes) - 1)
            took_part = got.nodes[rows] == village.meters
            scheduled_wh[:, span] += np.where(took_part[:, None], got.scheduled_wh[rows], 0)
            cost_urp -= np.where(took_part, got.energy_urp[rows] + got.fee_urp[rows], 0)
            flows_wh[span] += decided.result.flow
            price[span] = decided.result.price
            auctions += 1
    return _settled(village, day, first, scheduled_wh, price, cost_urp, auctions)


def _decide(village, market, day, quarters, at, scheduled_wh, flows_wh):
    """Let everybody bid as far as is known by then, and clear."""
    proposed = proposals.of(
        bidders=village.bidders,
        strategies=village.strategies,
        market=market,
        utility=village.utility[day],
        quarters=quarters,
        history=village.known_at(at),
        scheduled=scheduled_wh,
    )
    tree, book = village.tree, _book(village, proposed)
    up_wh, down_wh = capacities.left(tree.capacity_up_wh, tree.capacity_down_wh, flows_wh)
    return decision.decide(
        book=book,
        tree=replace(tree, capacity_up_wh=up_wh, capacity_down_wh=down_wh),
        periods=len(quarters),
        bounds=decision.bounds_of(market, book),
        solve=solver.here,
    )


def _book(village, proposed):
    """The book as gate closure would have frozen it, numbered as the orders came."""
    rows = village.bidders[np.searchsorted(village.bidders["node"], proposed.node_ids)]
    points = proposed.points
    return Book(
        order_ids=np.arange(1, len(rows) + 1),
        node_ids=proposed.node_ids,
        buses=rows["bus"],
        is_buy=proposed.is_buy,
        is_linear=np.zeros(len(rows), bool),
        fees_rp_per_mwh=rows["fee"],
        first=points.first,
        periods=points.periods,
        prices_rp_per_mwh=points.prices_rp_per_mwh - rows["fee"][points.order],
        quantities_wh=points.quantities_wh,
    )


def _settled(village, day, first, scheduled_wh, price, cost_urp, auctions):
    """Net what deviates at the last price of its bus, and pay the rest at tariff."""
    own, utility, place = village.metered(), village.utility[day], first - village.first
    metered_wh = village.wh[:, place : place + len(price)].astype(np.int64)
    signed_wh = np.where(own["consumer"][:, None], -metered_wh, metered_wh)
    deviations_wh = signed_wh - scheduled_wh
    netted_wh = netting.netted_wh(deviations_wh)
    retail, feed_in = utility.retail_rp_per_mwh[own["bus"]], utility.feed_in_rp_per_mwh[own["bus"]]
    tariff = np.where(deviations_wh < 0, retail[:, None], feed_in[:, None])
    earned_urp = netted_wh * price.T[own["bus"]] + (deviations_wh - netted_wh) * tariff
    earned_urp += deviations_wh * own["fee"][:, None]
    alone = np.where(own["consumer"], retail + own["fee"], -feed_in)
    return Day(cost_urp - earned_urp.sum(axis=1), metered_wh.sum(axis=1) * alone, auctions)


@dataclass(frozen=True, slots=True, eq=False)
class Year:
    """What each household's months cost, household × month, here before any credit and with the utility."""

    cost_urp: np.ndarray
    utility_cost_urp: np.ndarray

    @property
    def saved_urp(self):
        """What all save against the utility alone, before any credit."""
        return int(self.utility_cost_urp.sum() - self.cost_urp.sum())

    @property
    def credits_urp(self):
        """What the guarantee gives back: what a household's month cost more than with the utility."""
        return np.maximum(self.cost_urp - self.utility_cost_urp, 0)


def add_up(village, days):
    """Add the days up, given as (day, what it cost), by household and month."""
    keys, row = np.unique(village.households, return_inverse=True)
    months = sorted({(day.year, day.month) for day in village.utility})
    cost_urp, utility_cost_urp = np.zeros((2, len(keys), len(months)), np.int64)
    for day, found in days:
        column = months.index((day.year, day.month))
        np.add.at(cost_urp, (row, column), found.cost_urp)
        np.add.at(utility_cost_urp, (row, column), found.utility_cost_urp)
    return Year(cost_urp, utility_cost_urp)
