"""What would a household's last week have cost with each strategy? Its auctions are played anew."""

from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np
from django.db import connection

from trading import binary_copy
from trading.capacities import queries as capacities
from trading.grid import queries as grid
from trading.grid.models import Asset, Node
from trading.markets import calendar
from trading.markets.models import Auction
from trading.metering import batteries, village_series
from trading.metering import queries as metering
from trading.operations import replay, village_batteries
from trading.orders import queries as orders
from trading.results import queries as results
from trading.results.models import Result
from trading.schedules import queries as schedules
from trading.strategies import forecast, storage
from trading.strategies.models import StrategyChoice
from trading.strategies.queries import BIDDER

STRATEGY = StrategyChoice.Strategy
LONGEST_DAYS = 7
DEVIATIONS = """
SELECT node_id, starts_at, imbalance_wh FROM settlement_imbalance
WHERE node_id = ANY(%s) AND starts_at >= %s AND starts_at < %s
"""
PLAIN = ("boughtCommunityWh", "boughtNetworkWh", "soldCommunityWh", "soldNetworkWh")


def days_of(*, dso):
    """The last days in a row that are settled as a whole, at most a week."""
    whole = Auction.objects.filter(market__dso=dso, market__delivery_minutes=None, settled_at__isnull=False)
    days = list(whole.order_by("-delivery_day").values_list("delivery_day", flat=True)[:LONGEST_DAYS])
    in_a_row = [day for place, day in enumerate(days) if days[0] - day == timedelta(days=place)]
    return in_a_row[::-1]


@dataclass(frozen=True, slots=True, eq=False)
class _Week:
    """The days, everybody's deviations on them, and what is known from before."""

    dso: object
    days: list
    starts_at: object
    ends_at: object
    everyone: np.ndarray  # keys of all nodes with a meter
    deviations_wh: np.ndarray
    before_at: object
    prices_before: np.ndarray
    utility_nodes: np.ndarray

    @classmethod
    def of(cls, dso, days, tree):
        """Read it."""
        starts_at, ends_at = calendar.delivery_day(days[0])[0], calendar.delivery_day(days[-1])[1]
        before_at = calendar.delivery_day(days[0] - timedelta(days=replay.LEAD_IN))[0]
        everyone = metering.metered_nodes(dso=dso)
        utility = Node.objects.filter(customer__dso=dso, customer__is_utility=True)
        return cls(
            dso=dso,
            days=days,
            starts_at=starts_at,
            ends_at=ends_at,
            everyone=everyone,
            deviations_wh=_deviations(everyone, starts_at, ends_at),
            before_at=before_at,
            prices_before=_prices(dso, before_at, starts_at, len(tree.parent)),
            utility_nodes=np.array(utility.values_list("pk", flat=True), np.int64),
        )

    def auctions(self):
        """The auctions of these days as gates closed, each with its final result or none."""
        rows = Auction.objects.filter(market__dso=self.dso, delivery_day__in=self.days)
        final = {row.auction_id: row for row in Result.objects.filter(auction__in=rows, final=True)}
        ordered = rows.select_related("market__dso").order_by("gate_closes_at", "-delivery_ends_at", "pk")
        return [(auction, final.get(auction.pk)) for auction in ordered]


def week(*, customer, days):
    """Play the days anew with each strategy, an auction at a step; returns what each would have cost.

    :returns: a generator: it yields after each auction, and ends with the figures
    """
    tree = grid.tree(dso=customer.dso)
    week_ = _Week.of(customer.dso, days, tree)
    plain, stored = _household(customer, week_, tree)
    replays = _replays(customer, week_, plain, stored)
    own = [int(node) for node in plain.meters]
    for auction, result in week_.auctions():
        if result is None:
            for each in replays.values():
                each.skip(
                    auction.market, auction.delivery_day, auction.delivery_starts_at, auction.delivery_ends_at
                )
        else:
            book, rated = (
                orders.book_of(auction=auction),
                grid.tree(dso=customer.dso, period_minutes=auction.market.period_minutes),
            )
            real = replay.Auction.of(
                auction, result, book, capacities.frozen(auction=auction, tree=rated), own
            )
            for each in replays.values():
                each.play(real)
        yield
    return _figures(replays, days)


def _household(customer, of_week, tree):
    """The household as its meters are with a battery that takes its own surplus, and as one that plans."""
    nodes = sorted(customer.nodes.select_related("bus"), key=lambda node: node.pk)
    keys = np.array([node.pk for node in nodes], np.int64)
    limits = dict(
        StrategyChoice.objects.filter(node__in=nodes, limit_price_rp_per_mwh__isnull=False).values_list(
            "node_id", "limit_price_rp_per_mwh"
        )
    )
    rows = [
        (n.pk, n.side == "consumer", n.bus.position, n.withdrawal_fee_rp_per_mwh, n.connection_capacity_w, 0)
        for n in nodes
    ]
    bidders = np.array(rows, BIDDER)
    bidders["limit"] = [limits.get(node.pk, 0) for node in nodes]
    starts_at = of_week.before_at - timedelta(days=forecast.HISTORY_DAYS)
    wh, received_at = _readings(keys, starts_at, of_week.ends_at)
    plain = replay.Household(
        tree=tree,
        markets=[],
        bidders=bidders,
        strategies=np.full(len(nodes), STRATEGY.MARKET_BENEFIT, object),
        utility={day: grid.utility_prices(dso=customer.dso, day=day) for day in of_week.days},
        meters=keys,
        households=np.full(len(nodes), customer.pk),
        first=forecast.quarter_of(starts_at),
        wh=wh,
        counted_from=of_week.days[0],
        received_at=received_at,
    )
    found = _battery(nodes)
    return (plain, None) if found is None else _with_battery(plain, found, starts_at)


def _battery(nodes):
    """(consumer node, producer node or None, most W, capacity in Wh); None without a battery to plan."""
    both = {node.side: node.pk for node in nodes}
    kept = list(Asset.objects.filter(node__in=nodes, kind=Asset.Kind.BATTERY))
    if not kept or Node.Side.CONSUMER not in both:
        return None
    power, capacity = sum(each.rated_w for each in kept), sum(each.capacity_wh for each in kept)
    return both[Node.Side.CONSUMER], both.get(Node.Side.PRODUCER), power, capacity


def _with_battery(metered, found, starts_at):
    """The household with its battery taking its own surplus, and with one that plans; both begin alike."""
    consumer, producer, power_w, capacity_wh = found
    row, other = (
        int(np.searchsorted(metered.meters, key)) if key is not None else None for key in (consumer, producer)
    )
    flow_wh = batteries.flows(nodes=[consumer], starts_at=starts_at, periods=metered.wh.shape[1])[0]
    injected = np.zeros_like(flow_wh) if other is None else metered.wh[other].astype(np.int64)
    known = (metered.wh >= 0).all(axis=0)
    net_wh = np.where(known, metered.wh[row] - injected - flow_wh, 0)
    house_wh, stored_wh = np.full_like(metered.wh, -1), np.full_like(metered.wh, -1)
    needs, spares = village_series.net(net_wh, np.zeros_like(net_wh))
    taken, given = village_series.store(needs, spares, battery_w=power_w, battery_wh=capacity_wh)
    for wh, withdrawn, fed_in in ((house_wh, needs, spares), (stored_wh, taken, given)):
        wh[row] = np.where(known, withdrawn, -1)
        if other is not None:
            wh[other] = np.where(known, fed_in, -1)
    plain, planning = replace(metered, wh=stored_wh), replace(metered, wh=house_wh)
    homes = village_batteries.of(planning, [found], house_wh)
    level_wh = _levels(needs - spares, taken - given, capacity_wh)
    return plain, (replace(planning, homes=homes), level_wh)


def _levels(net_wh, outside_wh, capacity_wh):
    """What a battery that begins empty holds before each quarter hour."""
    flow_wh = outside_wh - net_wh
    change = np.where(flow_wh > 0, flow_wh * storage.ROUND_TRIP_PERCENT // 100, flow_wh)
    return np.concatenate([[0], change.cumsum()]).clip(0, capacity_wh)


def _replays(customer, of_week, plain, stored):
    """A replay for each strategy that is open to the household."""
    nodes = plain.meters.tolist()
    periods = forecast.quarter_of(of_week.starts_at) - forecast.quarter_of(of_week.before_at)
    scheduled_wh = schedules.position(nodes=nodes, starts_at=of_week.before_at, periods=periods)
    others = of_week.deviations_wh, np.searchsorted(of_week.everyone, plain.meters)
    means = {
        "before": (of_week.prices_before, scheduled_wh),
        "others": others,
        "utility_nodes": of_week.utility_nodes,
    }
    households_ = {STRATEGY.MARKET_BENEFIT: plain}
    if (plain.bidders["limit"] > 0).any():
        by_hand = np.where(plain.bidders["limit"] > 0, STRATEGY.MANUAL, STRATEGY.MARKET_BENEFIT)
        households_[STRATEGY.MANUAL] = replace(plain, strategies=by_hand.astype(object))
    found = {name: replay.Replay(each, of_week.days, **means) for name, each in households_.items()}
    if stored is not None:
        planning, level_wh = stored
        for name in (STRATEGY.NEVER_LOSE, STRATEGY.FLEXIBILITY):
            homes = replace(planning.homes, all_power=np.array([name == STRATEGY.FLEXIBILITY]))
            household = replace(planning, strategies=np.full(len(nodes), name, object), homes=homes)
            found[name] = replay.Replay(household, of_week.days, **means)
            since = found[name].first - planning.first
            found[name].batteries.levels_wh[0, : found[name].start + 1] = level_wh[
                since : since + found[name].start + 1
            ]
    return found


def _figures(replays, days):
    """What each strategy would have cost, day by day and altogether; without a battery three are the same."""
    utility_urp = {
        day: int(replays[STRATEGY.MARKET_BENEFIT].settled(day).utility_cost_urp.sum()) for day in days
    }
    found = {name: [_day(each, day, utility_urp[day]) for day in days] for name, each in replays.items()}
    for name in (STRATEGY.NEVER_LOSE, STRATEGY.FLEXIBILITY):
        found.setdefault(name, found[STRATEGY.MARKET_BENEFIT])
    return {
        "utilityCostUrp": sum(utility_urp.values()),
        "strategies": [_strategy(name, found[name]) for name in STRATEGY.values if name in found],
    }


def _day(played, day, utility_urp):
    """The figures of a day, and beside them what is needed for their average prices."""
    consumer = played.village.metered()["consumer"]
    cost_urp, metered_wh = played.settled(day).cost_urp, played.metered_wh(day).sum(axis=1)
    community_wh = played.community_wh(day)
    network_wh = metered_wh - community_wh
    return {
        "day": day.isoformat(),
        "costUrp": int(cost_urp.sum()),
        "utilityCostUrp": utility_urp,
        "boughtCommunityWh": int(community_wh[consumer].sum()),
        "boughtNetworkWh": int(network_wh[consumer].sum()),
        "soldCommunityWh": int(community_wh[~consumer].sum()),
        "soldNetworkWh": int(network_wh[~consumer].sum()),
        "paid": int(cost_urp[consumer].sum()),
        "earned": -int(cost_urp[~consumer].sum()),
    }


def _strategy(name, by_day):
    sums = {key: sum(day[key] for day in by_day) for key in ("costUrp", *PLAIN, "paid", "earned")}
    bought_wh, sold_wh = (
        sums[f"{side}CommunityWh"] + sums[f"{side}NetworkWh"] for side in ("bought", "sold")
    )
    paid, earned = sums.pop("paid"), sums.pop("earned")
    return {
        "strategy": str(name),
        **sums,
        "boughtPriceRpPerMwh": round(paid / bought_wh) if bought_wh else None,
        "soldPriceRpPerMwh": round(earned / sold_wh) if sold_wh else None,
        "days": [{key: day[key] for key in day if key not in ("paid", "earned")} for day in by_day],
    }


def _readings(nodes, starts_at, ends_at):
    """What the nodes metered, and by when each quarter hour and all before it had been received."""
    periods = (ends_at - starts_at) // metering.QUARTER
    wh = metering.readings(nodes=nodes, starts_at=starts_at, periods=periods)
    received = np.zeros(periods)
    with connection.cursor() as cursor:
        query = cursor.mogrify(
            "SELECT starts_at, max(received_at) AS received_at FROM metering_meterreading"
            " WHERE node_id = ANY(%s) AND starts_at >= %s AND starts_at < %s GROUP BY starts_at",
            [nodes.tolist(), starts_at, ends_at],
        ).decode()
        rows = binary_copy.read(cursor, query, {"starts_at": "i8", "received_at": "i8"})
    quarters = binary_copy.epoch_us(rows["starts_at"]) // (forecast.QUARTER_S * 10**6)
    received[quarters - forecast.quarter_of(starts_at)] = binary_copy.epoch_us(rows["received_at"]) / 10**6
    return wh, np.maximum.accumulate(received)


def _deviations(nodes, starts_at, ends_at):
    """What everybody's meter counted beside the schedule, node × quarter hour."""
    first = forecast.quarter_of(starts_at)
    deviations_wh = np.zeros((len(nodes), forecast.quarter_of(ends_at) - first), np.int64)
    with connection.cursor() as cursor:
        query = cursor.mogrify(DEVIATIONS, [nodes.tolist(), starts_at, ends_at]).decode()
        rows = binary_copy.read(cursor, query, {"node": "i8", "starts_at": "i8", "wh": "i4"})
    quarters = binary_copy.epoch_us(rows["starts_at"]) // (forecast.QUARTER_S * 10**6)
    deviations_wh[np.searchsorted(nodes, rows["node"]), quarters - first] = rows["wh"]
    return deviations_wh


def _prices(dso, starts_at, ends_at, buses):
    """The last prices at all buses, quarter hour × bus; −1 where there were none."""
    first = forecast.quarter_of(starts_at)
    prices = np.full((forecast.quarter_of(ends_at) - first, buses), -1, np.int64)
    for at, at_buses in results.last_prices(dso=dso, from_=starts_at, to=ends_at, before=ends_at):
        prices[forecast.quarter_of(at) - first] = at_buses
    return prices
