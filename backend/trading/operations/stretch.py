"""Some days in a row, traded in memory: bids, clearing, delivery and what all of it costs.

Books are cleared and proven by the clearing itself, and what the meters then say is netted and settled at the
same prices as in the database. Only accounts, holds and the books' rows are left out.
"""

from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np

from trading.capacities import queries as capacities
from trading.markets import calendar
from trading.operations import village_batteries
from trading.orders.queries import Book
from trading.results import decision, outcome, solver
from trading.settlement import netting
from trading.strategies import forecast, proposals


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


class Stretch:
    """Days in a row while they are traded, and some before that do not count; columns are quarter hours."""

    def __init__(self, village, days, *, lead_in=0):
        self.days = [days[0] - timedelta(days=before) for before in range(lead_in, 0, -1)] + list(days)
        starts_at, ends_at = calendar.delivery_day(self.days[0])[0], calendar.delivery_day(days[-1])[1]
        self.first = forecast.quarter_of(starts_at)
        count, buses = forecast.quarter_of(ends_at) - self.first, len(village.tree.parent)
        self.scheduled_wh = np.zeros((len(village.meters), count), np.int64)
        self.price = np.zeros((count, buses), np.int64)
        self.has_price = np.zeros(count, bool)
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
        self.price[span], self.has_price[span] = decided.result.price, True
        self.traded[place] += 1
        if market.delivery_minutes is None:
            return
        self.priced[span] = True
        if self.batteries:
            self.batteries.deliver(self, self.village.utility[day], span)

    def _decide(self, market, day, quarters, at, span):
        tree, book = self.village.tree, book_of(self.village, self._proposed(market, day, quarters, at, span))
        up_wh, down_wh = capacities.left(tree.capacity_up_wh, tree.capacity_down_wh, self.flows_wh[span])
        return decision.decide(
            book=book,
            tree=replace(tree, capacity_up_wh=up_wh, capacity_down_wh=down_wh),
            periods=len(quarters),
            bounds=decision.bounds_of(market, book),
            solve=solver.here,
        )

    def _proposed(self, market, day, quarters, at, span):
        """What the strategies bid."""
        village, utility = self.village, self.village.utility[day]
        planned = None
        if self.batteries:
            real_time = market.delivery_minutes is not None
            planned = self.batteries.plan(
                self, quarters=quarters, at=at, utility=utility, real_time=real_time
            )
        return proposals.of(
            bidders=village.bidders,
            strategies=village.strategies,
            market=market,
            utility=utility,
            quarters=quarters,
            history=village.known_at(at),
            scheduled=self.scheduled_wh[:, span],
            planned=planned,
        )

    def settled(self, day):
        """Net what deviates at the last price of its bus, and pay the rest at tariff."""
        own, utility = self.village.metered(), self.village.utility[day]
        span, metered_wh = self.span_of(day), self.metered_wh(day)
        signed_wh = np.where(own["consumer"][:, None], -metered_wh, metered_wh)
        deviations_wh = signed_wh - self.scheduled_wh[:, span]
        netted_wh = self._netted(deviations_wh, span)
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

    def span_of(self, day):
        """A day's quarter hours, among the columns."""
        starts_at, ends_at = calendar.delivery_day(day)
        return slice(forecast.quarter_of(starts_at) - self.first, forecast.quarter_of(ends_at) - self.first)

    def metered_wh(self, day):
        """What the meters count on a day."""
        span, offset = self.span_of(day), self.first - self.village.first
        return self.village.wh[:, offset + span.start : offset + span.stop].astype(np.int64)

    def _netted(self, deviations_wh, span):
        """What of the deviations meets others' within the community."""
        return netting.netted_wh(deviations_wh)


def book_of(village, proposed):
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
