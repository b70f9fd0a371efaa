"""The village's year as the exchange would have traded it, in memory.

Bids come from the strategies' own rules and forecasts – which know at each gate what the meters had reported
by then, nothing later –, books are cleared and proven by the clearing itself, and what the meters then say is
netted and settled at the same prices as in the database. Only accounts, holds and the books' rows are left
out: nobody is short of money. Stretches of days are computed side by side; where batteries remember the day
before, a stretch begins some days early and those days are not counted.
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
from trading.operations import village_batteries
from trading.orders.queries import Book
from trading.results import decision, outcome, solver
from trading.settlement import netting
from trading.strategies import forecast, proposals
from trading.strategies.models import StrategyChoice
from trading.strategies.queries import BIDDER

STRATEGY = StrategyChoice.Strategy
LEAD_IN = 7  # days, where batteries remember
SAMPLED_FROM = 8  # of each month
STRETCH = 46  # days


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
    counted_from: object  # the first day that counts
    homes: village_batteries.Homes | None = None  # whose batteries follow a plan
    each_month: int = 0  # only so many days of each month count

    @property
    def counted(self):
        """The days that count, in order."""
        days = [day for day in sorted(self.utility) if day >= self.counted_from]
        return [day for day in days if not self.each_month or 0 <= day.day - SAMPLED_FROM < self.each_month]

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
    """What a day cost each meter's household, here and with the utility alone: below zero it earned. [µRp]

    `foreseen_urp` is what it would have cost whoever has a battery, had it known prices and needs; where
    somebody has, it is known how far prices were from what was expected of them.
    """

    cost_urp: np.ndarray
    utility_cost_urp: np.ndarray
    foreseen_urp: np.ndarray
    auctions: int
    price_errors: tuple = (np.nan, np.nan)  # forecast and naive [Rp/MWh]


def read(*, dso, first_day, days, planning=False, every_roof=False, each_month=0):
    """Read the village from the database.

    :param planning: Never Lose bids for the homes that have a battery; else Market Benefit for everybody, and
        batteries take what their homes have too much
    :param every_roof: as if a battery stood below every roof too
    :param each_month: count only so many days of each month, from its eighth
    """
    nodes = [node for node in grid.nodes(dso=dso) if not node.customer.is_flexibility]
    rows = [
        (n.pk, n.side == "consumer", n.bus.position, n.withdrawal_fee_rp_per_mwh, n.connection_capacity_w, 0)
        for n in nodes
    ]
    own = [STRATEGY.LAST_RESORT if n.customer.is_utility else STRATEGY.MARKET_BENEFIT for n in nodes]
    lead_in = LEAD_IN if planning else 0
    begins_on = first_day - timedelta(days=lead_in)
    starts_at = calendar.delivery_day(begins_on - timedelta(days=forecast.HISTORY_DAYS + 2))[0]
    ends_at = calendar.delivery_day(first_day + timedelta(days=days))[0]
    span = {"from_": starts_at, "to": ends_at, "every_roof": every_roof}
    meters, wh = village_meters.village_readings(dso=dso, **span)
    customers = {node.pk: node.customer_id for node in nodes}
    each_day = [begins_on + timedelta(days=offset) for offset in range(lead_in + days)]
    village = Village(
        tree=grid.tree(dso=dso),
        markets=list(markets.markets(dso=dso)),
        bidders=np.array(rows, BIDDER),
        strategies=np.array(own, object),
        utility={day: grid.utility_prices(dso=dso, day=max(day, first_day)) for day in each_day},
        meters=meters,
        households=np.array([customers[key] for key in meters.tolist()]),
        first=forecast.quarter_of(starts_at),
        wh=wh,
        counted_from=first_day,
        each_month=each_month,
    )
    if not planning:
        return village
    found = village_meters.battery_homes(dso=dso, every_roof=every_roof)
    if not found:
        return village
    _, house_wh = village_meters.village_readings(dso=dso, storing=False, **span)
    homes = village_batteries.of(village, found, house_wh)
    village.strategies[np.isin(village.bidders["node"], homes.nodes)] = STRATEGY.NEVER_LOSE
    return replace(village, homes=homes)


def days_of(village, processes):
    """Yield each day that counts and what it cost, in order."""
    stretches = in_a_row(village.counted, 1 if village.homes is None else STRETCH)
    if processes == 1:
        for days in stretches:
            yield from stretch_of(village, days)
        return
    connections.close_all()  # no process may use another's
    # Forked, so that nothing is read twice.
    with multiprocessing.get_context("fork").Pool(processes, _hold, [village]) as pool:
        for found in pool.imap(_stretch_of_held, stretches):
            yield from found


def in_a_row(days, length):
    """Days that follow each other, together; no more than so many."""
    found = []
    for day in days:
        if found and day - found[-1][-1] == timedelta(days=1) and len(found[-1]) < length:
            found[-1].append(day)
        else:
            found.append([day])
    return found


def _hold(village):
    globals()["_held"] = village


def _stretch_of_held(days):
    return list(stretch_of(globals()["_held"], days))


def stretch_of(village, days):
    """Trade all auctions that deliver on some days in a row, and settle the days."""
    stretch = Stretch(village, days)
    for each in stretch.auctions():
        stretch.trade(*each)
    return [(day, stretch.settled(day)) for day in days]


class Stretch:
    """Some days in a row while they are traded; columns are their quarter hours."""

    def __init__(self, village, days):
        lead_in = LEAD_IN if village.homes is not None else 0
        self.days = [days[0] - timedelta(days=before) for before in range(lead_in, 0, -1)] + list(days)
        starts_at, ends_at = calendar.delivery_day(self.days[0])[0], calendar.delivery_day(days[-1])[1]
        self.first = forecast.quarter_of(starts_at)
        count, buses = forecast.quarter_of(ends_at) - self.first, len(village.tree.parent)
        self.scheduled_wh = np.zeros((len(village.meters), count), np.int64)
        self.price = np.full((count, buses), -1, np.int64)
        self.priced = np.zeros(count, bool)  # for the last time
        self.flows_wh = np.zeros((count, buses), np.int64)
        self.cost_urp = np.zeros((len(village.meters), len(self.days)), np.int64)
        self.traded = np.zeros(len(self.days), int)
        self.batteries = village.homes and village_batteries.Run(village, self.first, count)
        # What planned batteries do changes what the meters say.
        self.village = replace(village, wh=village.wh.copy()) if village.homes else village

    def auctions(self):
        """(gate closure, market, day, delivery start, delivery end) of each auction, as gates close."""
        found = [
            (calendar.gates(market, day, begins_at)[1], market, day, begins_at, until)
            for day in self.days
            for market in self.village.markets
            for begins_at, until in calendar.slices(day, market.delivery_minutes)
        ]
        return sorted(found, key=lambda each: (each[0], each[4] - each[3]))

    def trade(self, closes_at, market, day, begins_at, until):
        """Let everybody bid as far as is known by then, and clear."""
        at = closes_at - timedelta(seconds=market.strategies_bid_s_before)
        span = slice(forecast.quarter_of(begins_at) - self.first, forecast.quarter_of(until) - self.first)
        quarters = self.first + np.arange(span.start, span.stop)
        decided = self._decide(market, day, quarters, at, span)
        got, meters = outcome.of(decided, self.village.tree), self.village.meters
        rows = np.searchsorted(got.nodes, meters).clip(max=len(got.nodes) - 1)
        took_part = got.nodes[rows] == meters
        self.scheduled_wh[:, span] += np.where(took_part[:, None], got.scheduled_wh[rows], 0)
        place = self.days.index(day)
        self.cost_urp[:, place] -= np.where(took_part, got.energy_urp[rows] + got.fee_urp[rows], 0)
        self.flows_wh[span] += decided.result.flow
        self.price[span] = decided.result.price
        self.traded[place] += 1
        if market.delivery_minutes is None:
            return
        self.priced[span] = True
        if self.batteries:
            self.batteries.deliver(self.village, self.scheduled_wh, span)

    def _decide(self, market, day, quarters, at, span):
        village, utility = self.village, self.village.utility[day]
        planned = None
        if self.batteries:
            real_time = market.delivery_minutes is not None
            planned = self.batteries.plan(
                self, quarters=quarters, at=at, utility=utility, real_time=real_time
            )
        proposed = proposals.of(
            bidders=village.bidders,
            strategies=village.strategies,
            market=market,
            utility=utility,
            quarters=quarters,
            history=village.known_at(at),
            scheduled=self.scheduled_wh[:, span],
            planned=planned,
        )
        tree, book = village.tree, _book(village, proposed)
        up_wh, down_wh = capacities.left(tree.capacity_up_wh, tree.capacity_down_wh, self.flows_wh[span])
        return decision.decide(
            book=book,
            tree=replace(tree, capacity_up_wh=up_wh, capacity_down_wh=down_wh),
            periods=len(quarters),
            bounds=decision.bounds_of(market, book),
            solve=solver.here,
        )

    def settled(self, day):
        """Net what deviates at the last price of its bus, and pay the rest at tariff."""
        village, own, utility = self.village, self.village.metered(), self.village.utility[day]
        starts_at, ends_at = calendar.delivery_day(day)
        span = slice(forecast.quarter_of(starts_at) - self.first, forecast.quarter_of(ends_at) - self.first)
        offset = self.first - village.first
        metered_wh = village.wh[:, offset + span.start : offset + span.stop].astype(np.int64)
        signed_wh = np.where(own["consumer"][:, None], -metered_wh, metered_wh)
        deviations_wh = signed_wh - self.scheduled_wh[:, span]
        netted_wh = netting.netted_wh(deviations_wh)
        retail, feed_in = utility.retail_rp_per_mwh[own["bus"]], utility.feed_in_rp_per_mwh[own["bus"]]
        tariff = np.where(deviations_wh < 0, retail[:, None], feed_in[:, None])
        earned_urp = netted_wh * self.price[span].T[own["bus"]] + (deviations_wh - netted_wh) * tariff
        earned_urp += deviations_wh * own["fee"][:, None]
        alone = np.where(own["consumer"], retail + own["fee"], -feed_in)
        cost_urp = self.cost_urp[:, self.days.index(day)] - earned_urp.sum(axis=1)
        foreseen_urp = cost_urp.copy()
        found = {}
        if self.batteries:
            self.batteries.foresee(self, span, foreseen_urp)
            found["price_errors"] = self.batteries.price_errors(self.price, span)
        auctions = int(self.traded[self.days.index(day)])
        return Day(cost_urp, metered_wh.sum(axis=1) * alone, foreseen_urp, auctions, **found)


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
