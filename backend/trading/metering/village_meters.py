"""The village's meters, played from its year of data as if they had reported by themselves."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
from django.db import transaction

from trading.grid import households, village
from trading.grid.models import Asset, Node
from trading.metering import batteries, queries, store, village_loads, village_plans, village_series
from trading.strategies import forecast, storage
from trading.strategies import queries as strategies

LONGEST_CATCH_UP = timedelta(days=7)  # in one transaction
VILLAGE_DELAY = timedelta(seconds=60)  # from the end of a quarter hour until its readings are there
FINAL = store.QUALITIES.index("final")


@transaction.atomic
def record_village(*, dso, from_, to, at=None):
    """Record what the village's meters counted in a span of time; returns how many rows are new or changed.

    Received at `at`, or else one minute after each quarter hour's end, as if the meters had reported live.
    """
    nodes, wh = village_readings(dso=dso, from_=from_, to=to)
    quarters = np.arange(forecast.quarter_of(from_), forecast.quarter_of(to))
    found = strategies.planning(dso=dso)
    found = found.only(np.isin(found.consumer, nodes))  # a real meter reports for itself
    loads, profiles = village_loads.of(nodes)
    village_loads.note_at_once(loads.only(~np.isin(loads.key, found.loads.key)), profiles, from_, to)
    stored = [home for home in battery_homes(dso=dso) if home[0] not in found.consumer]
    if stored:
        _, house_wh = village_readings(dso=dso, from_=from_, to=to, storing=False)
        _note_what_stores(stored, from_, nodes, wh, house_wh)
    if len(found.consumer):
        found = replace(found, loads=found.loads.only(np.isin(found.loads.key, loads.key)))
        shifted = frozenset(profiles[key] for key in found.loads.key.tolist())
        _, house_wh = village_readings(dso=dso, from_=from_, to=to, storing=False, without=shifted)
        drawn_wh = village_loads.series(found.loads, profiles, from_, to)[0]
        village_plans.follow(dso, found, from_, nodes, wh, house_wh=house_wh, drawn_wh=drawn_wh)
    starts = np.tile(quarters * forecast.QUARTER_S, len(nodes))
    every_node = np.repeat(nodes, len(quarters))
    # Day by day, and within a day node by node: quick to write, and a span of time lies in one place.
    order = np.lexsort((starts, every_node, starts // 86_400))
    starts = starts[order]
    ends_us = (starts + forecast.QUARTER_S) * 10**6
    delay_us = int(VILLAGE_DELAY.total_seconds() * 10**6)
    received_us = ends_us + delay_us if at is None else np.full(len(starts), int(at.timestamp() * 10**6))
    taken = store.write(
        nodes=every_node[order],
        starts=starts,
        wh=wh.ravel()[order],
        ranks=np.full(len(starts), FINAL, np.int8),
        received_us=received_us,
    )
    return taken.changed


def _note_what_stores(homes, from_, nodes, wh, house_wh):
    """Report what batteries did that take their home's own surplus, as far as they did anything."""
    for consumer, producer, _, capacity_wh in homes:
        rows = np.searchsorted(nodes, [consumer] if producer is None else [consumer, producer])
        differ_wh = (wh[rows] - house_wh[rows]).astype(np.int64)
        flow_wh = differ_wh[0] - differ_wh[1:].sum(axis=0)
        if not flow_wh.any():
            continue
        change_wh = np.where(flow_wh > 0, flow_wh * storage.ROUND_TRIP_PERCENT // 100, flow_wh)
        level_wh = int(batteries.levels(nodes=[consumer], at=from_)[0]) + change_wh.cumsum()
        # What it held before anything was reported shows when it gives more than it had.
        level_wh -= np.minimum.accumulate(np.minimum(level_wh, 0))
        first = forecast.quarter_of(from_)
        batteries.note(
            nodes=[consumer],
            quarters=range(first, first + len(flow_wh)),
            flow_wh=flow_wh[None],
            level_wh=level_wh.clip(max=capacity_wh)[None],
        )


def catch_up(*, dso, at):
    """Record what the village's meters have to report by now, at most a week; returns (rows, whether done).

    A quarter hour is reported one minute after its end. Where nothing is known yet it begins with the days
    that a forecast looks back on.
    """
    _, nodes = _homes(dso)
    if not nodes:
        return 0, True
    known_until = queries.recorded_until(nodes=[pk for pk, _, _ in nodes])
    to = forecast.utc(forecast.quarter_of(at - VILLAGE_DELAY))
    from_ = known_until or to - timedelta(days=forecast.HISTORY_DAYS)
    until = min(to, from_ + LONGEST_CATCH_UP)
    rows = record_village(dso=dso, from_=from_, to=until, at=at) if from_ < until else 0
    return rows, until >= to


def village_readings(*, dso, from_, to, storing=True, every_roof=False, without=frozenset()):
    """What the village's meters count: node keys, and Wh as node × quarter hour.

    :param storing: if not, it is what they would count if no home had a battery
    :param every_roof: as if a battery stood below every roof too
    :param without: series that are left out
    """
    homes, nodes = _homes(dso, every_roof)
    if not storing:
        homes = tuple(replace(home, battery_w=0, battery_wh=0) for home in homes)
    homes = tuple(
        replace(home, consuming=tuple(name for name in home.consuming if name not in without))
        for home in homes
    )
    withdrawn, injected = village_series.years_of(homes, village.energies())
    positions = village_series.positions(np.arange(forecast.quarter_of(from_), forecast.quarter_of(to)))
    rows = {pk: (withdrawn if side == Node.Side.CONSUMER else injected)[home] for pk, home, side in nodes}
    keys = sorted(rows)
    wh = np.array([rows[key][positions] for key in keys], np.int32)
    return np.array(keys, np.int64), wh.reshape(len(keys), len(positions))


def battery_homes(*, dso, every_roof=False):
    """Who has a battery: (consumer node, producer node or None, most W, capacity in Wh) of each, by node."""
    homes, nodes = _homes(dso, every_roof)
    by_place = {}
    for pk, place, side in nodes:
        by_place.setdefault(place, {})[side] = pk
    return sorted(
        (sides["consumer"], sides.get("producer"), homes[place].battery_w, homes[place].battery_wh)
        for place, sides in by_place.items()
        if homes[place].battery_wh
    )


def with_homes_of(homes, consumers):
    """The homes, and those of other consumer nodes, which have no battery."""
    others = set(consumers.tolist()) - {home[0] for home in homes}
    mates = Node.objects.filter(side=Node.Side.PRODUCER, customer__nodes__in=others)
    producers = dict(mates.values_list("customer__nodes", "pk"))
    return sorted([*homes, *((node, producers.get(node), 0, 0) for node in others)])


def _homes(dso, every_roof=False):
    """The households as the series know them, and (node, its household's place, side) of every meter."""
    behind = {}
    for asset in Asset.objects.filter(node__bus__dso=dso).select_related("node").order_by("pk"):
        behind.setdefault(asset.node.customer_id, []).append(asset)
    # Only who has a series is played: a real meter reports for itself.
    played = sorted(customer for customer, assets in behind.items() if any(asset.profile for asset in assets))
    homes = tuple(_home(behind[customer], every_roof) for customer in played)
    places = {customer: place for place, customer in enumerate(played)}
    meters = Node.objects.filter(customer__in=played, customer__is_utility=False).order_by("pk")
    nodes = meters.values_list("pk", "customer_id", "side")
    return homes, [(pk, places[customer], side) for pk, customer, side in nodes]


def _home(assets, every_roof):
    batteries = [asset for asset in assets if asset.kind == Asset.Kind.BATTERY]
    roof_w = sum(asset.rated_w for asset in assets if asset.kind == Asset.Kind.PV)
    # 1 kWh per kWp, taken in two hours (Weniger, Bergner, Tjaden & Quaschning, Dezentrale Solarstromspeicher
    # für die Energiewende, HTW Berlin, 2015: about 1 kWh per kWp and MWh of yearly use).
    if every_roof and roof_w and not batteries:
        batteries = [Asset(rated_w=roof_w // 2, capacity_wh=roof_w)]
    return village_series.Home(
        consuming=tuple(a.profile for a in assets if a.kind in households.CONSUMING and a.profile),
        producing=tuple(a.profile for a in assets if a.kind == Asset.Kind.PV and a.profile),
        battery_w=sum(asset.rated_w for asset in batteries),
        battery_wh=sum(asset.capacity_wh for asset in batteries),
    )
