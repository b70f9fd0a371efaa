"""What homes' batteries did and plan to do: arrays of home × quarter hour, and what is held now."""

import numpy as np

from trading.metering.models import BatteryPlan, BatteryReading
from trading.strategies import forecast, storage


def flows(*, nodes, starts_at, periods):
    """What entered (+) or left (−) each home's battery at the meter; 0 where nothing was reported. [Wh]"""
    flow_wh = np.zeros((len(nodes), periods), np.int64)
    row_of, first = {node: row for row, node in enumerate(nodes)}, forecast.quarter_of(starts_at)
    ends_at = forecast.utc(first + periods)
    found = BatteryReading.objects.filter(node__in=nodes, starts_at__gte=starts_at, starts_at__lt=ends_at)
    for node, at, wh in found.values_list("node_id", "starts_at", "flow_wh"):
        flow_wh[row_of[node], forecast.quarter_of(at) - first] = wh
    return flow_wh


def levels(*, nodes, at):
    """What each home's battery held when it last reported before an instant; 0 if it never did. [Wh]"""
    newest = BatteryReading.objects.filter(node__in=nodes, starts_at__lt=at).order_by("node_id", "-starts_at")
    held = dict(newest.distinct("node_id").values_list("node_id", "level_wh"))
    return np.array([held.get(node, 0) for node in nodes], np.int64)


def note(*, nodes, quarters, flow_wh, level_wh):
    """Keep what batteries report, home × quarter hour; what was said of a quarter hour before is replaced."""
    rows = [
        BatteryReading(
            node_id=node,
            starts_at=forecast.utc(quarter),
            flow_wh=int(flow_wh[row, place]),
            level_wh=int(level_wh[row, place]),
        )
        for row, node in enumerate(nodes)
        for place, quarter in enumerate(quarters)
    ]
    BatteryReading.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["node", "starts_at"],
        update_fields=["flow_wh", "level_wh"],
    )


def intend(*, nodes, quarters, worth_rp_per_mwh):
    """Keep what stored energy is worth to homes, (home, quarter hour, level), instead of what was."""
    rows = [
        BatteryPlan(
            node_id=node,
            starts_at=forecast.utc(quarter),
            worth_rp_per_mwh=worth_rp_per_mwh[row, place].tolist(),
        )
        for row, node in enumerate(nodes)
        for place, quarter in enumerate(quarters)
    ]
    BatteryPlan.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["node", "starts_at"],
        update_fields=["worth_rp_per_mwh"],
    )


def intended(*, nodes, starts_at, periods, otherwise):
    """The same by quarter hour; where nothing was planned, at every level what is given for the home."""
    first = forecast.quarter_of(starts_at)
    worth = np.repeat(otherwise[:, None, None], periods, axis=1).repeat(storage.LEVELS - 1, axis=2)
    row_of, ends_at = {node: row for row, node in enumerate(nodes)}, forecast.utc(first + periods)
    found = BatteryPlan.objects.filter(node__in=nodes, starts_at__gte=starts_at, starts_at__lt=ends_at)
    for node, at, by_level in found.values_list("node_id", "starts_at", "worth_rp_per_mwh"):
        worth[row_of[node], forecast.quarter_of(at) - first] = by_level
    return worth
