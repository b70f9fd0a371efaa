"""What would a household's last week have cost with each strategy? Its auctions are played anew."""

from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np

from trading.capacities import queries as capacities
from trading.grid import queries as grid
from trading.grid.models import Asset, Node
from trading.metering import batteries, loads, village_series
from trading.operations import past, replay, village_batteries
from trading.orders import queries as orders
from trading.schedules import queries as schedules
from trading.strategies import forecast, shiftable, storage
from trading.strategies import queries as strategies
from trading.strategies.models import StrategyChoice
from trading.strategies.queries import BIDDER

STRATEGY = StrategyChoice.Strategy
PLAIN = ("boughtCommunityWh", "boughtNetworkWh", "soldCommunityWh", "soldNetworkWh")


def week(*, customer, days):
    """Play the days anew with each strategy, an auction at a step; returns what each would have cost.

    :returns: a generator: it yields after each auction, and ends with the figures
    """
    of_week = past.Week.of(customer.dso, days, grid.tree(dso=customer.dso))
    plain, stored = _household(customer, of_week)
    replays = _replays(of_week, plain, stored)
    for auction, result in of_week.auctions():
        _play(auction, result, list(replays.values()), plain.meters)
        yield
    more_wh = {name: _stored_more(each, stored) for name, each in replays.items()}
    return _figures(replays, more_wh, days)


def _play(auction, result, replays, own):
    """Play an auction with each strategy; its book is read once."""
    market = auction.market
    if result is None:
        span = market, auction.delivery_day, auction.delivery_starts_at, auction.delivery_ends_at
        for each in replays:
            each.skip(*span)
        return
    rated = grid.tree(dso=market.dso, period_minutes=market.period_minutes)
    tree, book = capacities.frozen(auction=auction, tree=rated), orders.book_of(auction=auction)
    real = replay.Auction.of(auction, result, book, tree, own)
    for each in replays:
        each.play(real)


def _household(customer, of_week):
    """The household as its meters are if nothing waits, and as one that plans."""
    nodes = sorted(customer.nodes.select_related("bus"), key=lambda node: node.pk)
    keys = np.array([node.pk for node in nodes], np.int64)
    rows = [
        (n.pk, n.side == "consumer", n.bus.position, n.withdrawal_fee_rp_per_mwh, n.connection_capacity_w, 0)
        for n in nodes
    ]
    bidders = np.array(rows, BIDDER)
    chosen = StrategyChoice.objects.filter(node__in=nodes, limit_price_rp_per_mwh__isnull=False)
    limits = dict(chosen.values_list("node_id", "limit_price_rp_per_mwh"))
    bidders["limit"] = [limits.get(node.pk, 0) for node in nodes]
    starts_at = of_week.before_at - timedelta(days=forecast.HISTORY_DAYS)
    wh, received_at = past.readings(keys, starts_at, of_week.ends_at)
    counted = of_week.deviations_wh.shape[1]
    wh[:, -counted:] = np.maximum(wh[:, -counted:], 0)  # a node that is newer than the days used nothing
    plain = replay.Household(
        tree=grid.tree(dso=customer.dso),
        markets=[],
        bidders=bidders,
        strategies=np.full(len(nodes), STRATEGY.MARKET_BENEFIT, object),
        utility={day: grid.utility_prices(dso=customer.dso, day=day) for day in of_week.days},
        meters=keys,
        households=np.full(len(nodes), customer.pk),
        first=forecast.quarter_of(starts_at),
        wh=wh,
        neighbours_wh=np.zeros(wh.shape[1], np.int64),
        counted_from=of_week.days[0],
        received_at=received_at,
    )
    found = _Stores.of(nodes, plain.first + forecast.HISTORY_DAYS * forecast.QUARTERS_A_DAY)
    if found is None:
        return plain, None
    among = _among_neighbours(plain, found, of_week, starts_at)
    return _with_battery(plain, found, starts_at, *among)


@dataclass(frozen=True, slots=True, eq=False)
class _Stores:
    """A home's battery, of no capacity if it has none, and its cars and heat pumps that may wait."""

    consumer: int
    producer: int | None
    power_w: int
    capacity_wh: int
    loads: shiftable.Loads

    @classmethod
    def of(cls, nodes, before):
        """Those of a household; None without anything to plan.

        :param before: the quarter hour before which a load must have reported to be known
        """
        both = {node.side: node.pk for node in nodes}
        if Node.Side.CONSUMER not in both:
            return None
        consumer = both[Node.Side.CONSUMER]
        kept = list(Asset.objects.filter(node__in=nodes, kind=Asset.Kind.BATTERY))
        power, capacity = sum(each.rated_w for each in kept), sum(each.capacity_wh for each in kept)
        waiting = strategies.loads_of(np.array([consumer]))
        since = np.array(loads.reporting_since(keys=waiting.key.tolist()), float)
        found = cls(consumer, both.get(Node.Side.PRODUCER), power, capacity, waiting.only(since <= before))
        return found if kept or len(found.loads.key) else None

    @property
    def home(self):
        """As `village_meters.battery_homes` tells of one."""
        return self.consumer, self.producer, self.power_w, self.capacity_wh


def _among_neighbours(plain, found, of_week, starts_at):
    """What neighbours without a plan need, its share of what batteries sell them, whether it planned too."""
    planning = strategies.planning(dso=of_week.dso, at=of_week.ends_at)
    theirs = np.concatenate([planning.consumer, planning.producer, plain.meters])
    others = of_week.everyone[~np.isin(of_week.everyone, theirs)]
    power_wh = planning.batteries.power_wh[
        planning.batteries.feeds_in & (planning.consumer != found.consumer)
    ]
    own_wh = 0 if found.producer is None else found.power_w // 4
    shares = np.array([own_wh / max(own_wh + power_wh.sum(), 1)])
    waited = found.consumer in planning.consumer
    return past.needed(others, starts_at, of_week.ends_at), shares, waited


def _with_battery(metered, found, starts_at, neighbours_wh, shares, waited):
    """The household whose battery takes its own surplus, and the one that plans; both begin alike."""
    row, other = (
        int(np.searchsorted(metered.meters, key)) if key is not None else None
        for key in (found.consumer, found.producer)
    )
    periods, keys = metered.wh.shape[1], found.loads.key.tolist()
    flow_wh = batteries.flows(nodes=[found.consumer], starts_at=starts_at, periods=periods)[0]
    drawn_wh, taken_wh = loads.reported(keys=keys, starts_at=starts_at, periods=periods)
    injected = np.zeros_like(flow_wh) if other is None else metered.wh[other].astype(np.int64)
    known = (metered.wh >= 0).all(axis=0)
    net_wh = np.where(known, metered.wh[row] - injected - flow_wh - taken_wh.sum(axis=0), 0)
    at_once_wh = shiftable.at_once(found.loads, drawn_wh) if waited else taken_wh
    lacks_wh = (drawn_wh - at_once_wh).cumsum(axis=1)
    needs, spares = village_series.net(net_wh + at_once_wh.sum(axis=0), np.zeros_like(net_wh))
    taken, given = village_series.store(needs, spares, battery_w=found.power_w, battery_wh=found.capacity_wh)
    house_wh, stored_wh = np.full_like(metered.wh, -1), np.full_like(metered.wh, -1)
    alone = village_series.net(net_wh, np.zeros_like(net_wh))
    for wh, (withdrawn, fed_in) in ((house_wh, alone), (stored_wh, (taken, given))):
        wh[row] = np.where(known, withdrawn, -1)
        if other is not None:
            wh[other] = np.where(known, fed_in, -1)
    plain, planning = replace(metered, wh=stored_wh), replace(metered, wh=house_wh)
    planning = replace(planning, neighbours_wh=neighbours_wh)
    homes = village_batteries.of(planning, [found.home], house_wh, found.loads, drawn_wh)
    level_wh = _levels(needs - spares, taken - given, found.capacity_wh)
    began_wh = found.loads.begins_at_wh()[:, None] - np.pad(lacks_wh, ((0, 0), (1, 0)))
    return plain, (replace(planning, homes=replace(homes, shares=shares)), level_wh, began_wh)


def _levels(net_wh, outside_wh, capacity_wh):
    """What a battery that begins empty holds before each quarter hour."""
    flow_wh = outside_wh - net_wh
    change = np.where(flow_wh > 0, flow_wh * storage.ROUND_TRIP_PERCENT // 100, flow_wh)
    return np.concatenate([[0], change.cumsum()]).clip(0, capacity_wh)


def _replays(of_week, plain, stored):
    """A replay for each strategy that is open to the household."""
    nodes = plain.meters.tolist()
    periods = forecast.quarter_of(of_week.starts_at) - forecast.quarter_of(of_week.before_at)
    scheduled_wh = schedules.position(nodes=nodes, starts_at=of_week.before_at, periods=periods)
    others = of_week.deviations_wh, np.searchsorted(of_week.everyone, plain.meters)
    means = {
        "before": (*of_week.prices_before, scheduled_wh),
        "others": others,
        "utility_nodes": of_week.utility_nodes,
    }
    households = {STRATEGY.MARKET_BENEFIT: plain}
    if (plain.bidders["limit"] > 0).any():
        by_hand = np.where(plain.bidders["limit"] > 0, STRATEGY.MANUAL, STRATEGY.MARKET_BENEFIT)
        households[STRATEGY.MANUAL] = replace(plain, strategies=by_hand.astype(object))
    found = {name: replay.Replay(each, of_week.days, **means) for name, each in households.items()}
    if stored is not None:
        planning, level_wh, began_wh = stored
        for name in (STRATEGY.NEVER_LOSE, STRATEGY.FLEXIBILITY):
            homes = replace(planning.homes, all_power=np.array([name == STRATEGY.FLEXIBILITY]))
            household = replace(planning, strategies=np.full(len(nodes), name, object), homes=homes)
            found[name] = replay.Replay(household, of_week.days, **means)
            since = found[name].first - planning.first
            span = slice(since, since + found[name].start + 1)
            found[name].batteries.levels_wh[0, : found[name].start + 1] = level_wh[span]
            found[name].batteries.shifted_wh[:, : found[name].start + 1] = began_wh[:, span]
    return found


def _stored_more(played, stored):
    """What the battery holds at the end more than at the beginning, and what its loads do. [Wh]"""
    if stored is None:
        return 0, 0
    planning, level_wh, held_wh = stored
    if played.batteries:
        run, begins = played.batteries, played.start
        level_wh, held_wh = run.levels_wh[0], run.shifted_wh
    else:
        begins = played.first + played.start - planning.first
    return int(level_wh[-1] - level_wh[begins]), int((held_wh[:, -1] - held_wh[:, begins]).sum())


def _figures(replays, more_wh, days):
    """What each strategy would have cost, by day and altogether; who has nothing to plan has three alike."""
    utility_urp = {
        day: int(replays[STRATEGY.MARKET_BENEFIT].settled(day).utility_cost_urp.sum()) for day in days
    }
    found = {
        name: _strategy([_day(each, day, utility_urp[day]) for day in days], more_wh[name], _cheapest(each))
        for name, each in replays.items()
    }
    for name in (STRATEGY.NEVER_LOSE, STRATEGY.FLEXIBILITY):
        found.setdefault(name, found[STRATEGY.MARKET_BENEFIT])
    return {
        "utilityCostUrp": sum(utility_urp.values()),
        "strategies": [{"strategy": name, **found[name]} for name in STRATEGY.values if name in found],
    }


def _cheapest(played):
    """What a Wh cost the household at the best time of the last day. [Rp/MWh]"""
    own, day = played.village.metered(), played.days[-1]
    bus, span = own["bus"][0], played.span_of(day)
    fee = 0 if (~own["consumer"]).any() else int(own["fee"][0])
    # Without any price the utility took what was left.
    prices = played.price[span, bus][played.has_price[span]]
    feed_in = played.village.utility[day].feed_in_rp_per_mwh[bus]
    return int(prices.min() if len(prices) else feed_in) + fee


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


def _strategy(by_day, more_wh, cheapest_rp_per_mwh):
    """The sums. What is stored more at the end counts as if taken at the best time of the last day."""
    sums = {key: sum(day[key] for day in by_day) for key in ("costUrp", *PLAIN, "paid", "earned")}
    bought_wh, sold_wh = (
        sums[f"{side}CommunityWh"] + sums[f"{side}NetworkWh"] for side in ("bought", "sold")
    )
    paid, earned = sums.pop("paid"), sums.pop("earned")
    stored_wh, shifted_wh = more_wh
    stored_urp = (stored_wh * 100 // storage.ROUND_TRIP_PERCENT + shifted_wh) * cheapest_rp_per_mwh
    return {
        **sums,
        "costUrp": sums["costUrp"] - stored_urp,
        "storedUrp": stored_urp,
        "boughtPriceRpPerMwh": round(paid / bought_wh) if bought_wh else None,
        "soldPriceRpPerMwh": round(earned / sold_wh) if sold_wh else None,
        "days": [{key: day[key] for key in day if key not in ("paid", "earned")} for day in by_day],
    }
