"""The village's year as the exchange would have traded it, in memory.

Bids come from the strategies' own rules and forecasts – which know at each gate what the meters had reported
by then, nothing later – and are traded by `stretch`. Stretches of days are computed side by side; where
batteries remember the day before, a stretch begins some days early and those days are not counted.
"""

import multiprocessing
from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np
from django.db import connections

from trading.grid import queries as grid
from trading.grid.tree import Tree
from trading.markets import calendar
from trading.markets import queries as markets
from trading.metering import village_loads, village_meters
from trading.operations import village_batteries
from trading.operations.stretch import Stretch
from trading.strategies import courses, forecast
from trading.strategies.models import StrategyChoice
from trading.strategies.queries import BIDDER

STRATEGY = StrategyChoice.Strategy
LEAD_IN = 7  # days, where batteries remember
SAMPLED_FROM = 8  # of each month
LONGEST = 46  # days in a row


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

    def neighbours_need_wh(self, known):
        """What the meters without a plan withdrew more than they fed in, as far as it is known."""
        others = ~np.isin(self.meters, self.homes.nodes)
        return courses.needed_by(known.wh[others], self.metered()["consumer"][others])

    def metered(self):
        """The rows of `bidders` that have a meter."""
        return self.bidders[np.searchsorted(self.bidders["node"], self.meters)]


def read(*, dso, first_day, days, planning=False, every_roof=False, shifting=0, each_month=0):
    """Read the village from the database.

    :param planning: Never Lose bids for the homes that have a battery, or what may wait; else Market Benefit
        for everybody, and batteries take what their homes have too much
    :param every_roof: as if a battery stood below every roof too
    :param shifting: every so many'th car and heat pump may wait; none if 0
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
    homes = _planning_homes(village, dso, span, shifting)
    if homes is None:
        return village
    village.strategies[np.isin(village.bidders["node"], homes.nodes)] = STRATEGY.NEVER_LOSE
    return replace(village, homes=homes)


def _planning_homes(village, dso, span, shifting):
    """The homes with a battery, and those with a car or a heat pump that may wait; None if there are none."""
    nodes = village.meters if shifting else village.meters[:0]
    loads, profiles = village_loads.of(nodes)
    loads = loads.only(np.arange(len(loads.key)) % max(shifting, 1) == 0)
    found = village_meters.battery_homes(dso=dso, every_roof=span["every_roof"])
    found = village_meters.with_homes_of(found, nodes[np.unique(loads.home)])
    if not found:
        return None
    _, house_wh = village_meters.village_readings(
        dso=dso, storing=False, without=frozenset(profiles[key] for key in loads.key.tolist()), **span
    )
    consumers = np.array([home[0] for home in found], np.int64)
    loads = replace(loads, home=np.searchsorted(consumers, nodes[loads.home]))
    drawn_wh = village_loads.series(loads, profiles, span["from_"], span["to"])[0]
    return village_batteries.of(village, found, house_wh, loads, drawn_wh)


def days_of(village, processes):
    """Yield each day that counts and what it cost, in order."""
    stretches = in_a_row(village.counted, 1 if village.homes is None else LONGEST)
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
    stretch = Stretch(village, days, lead_in=0 if village.homes is None else LEAD_IN)
    for each in stretch.auctions():
        stretch.trade(*each)
    if stretch.batteries is None:
        return [(day, stretch.settled(day)) for day in days]
    first, last = stretch.span_of(days[0]), stretch.span_of(days[-1])
    # What waits over the first midnight and the last one belongs to the day on which it came.
    before = stretch.batteries.lacks_urp(stretch, first.start, days[0])
    found = [(day, stretch.settled(day)) for day in days]
    after = stretch.batteries.lacks_urp(stretch, last.stop, days[-1])
    for day, sums in ((found[0][1], -before), (found[-1][1], after)):
        for figure, lacks_urp in zip(
            (day.cost_urp, day.utility_cost_urp, day.foreseen_urp), sums, strict=True
        ):
            figure += lacks_urp
    return found
