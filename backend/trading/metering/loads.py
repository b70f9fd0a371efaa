"""What cars and heat pumps did and plan to do: arrays of load × quarter hour, and what they hold now."""

import numpy as np
from django.db import connection

from trading import binary_copy
from trading.metering.models import LoadPlan, LoadReading
from trading.strategies import forecast, shiftable

REPORTED = """
SELECT asset_id, starts_at, drawn_wh, taken_wh FROM metering_loadreading
WHERE asset_id = ANY(%s::bigint[]) AND starts_at >= %s AND starts_at < %s
"""
# One step into the index per load, however long it has reported.
FIRST = """
SELECT load.id, reading.starts_at FROM unnest(%s::bigint[]) load (id) CROSS JOIN LATERAL (
    SELECT starts_at FROM metering_loadreading WHERE asset_id = load.id ORDER BY starts_at LIMIT 1
) reading
"""
LEVEL = """
SELECT load.id, reading.level_wh FROM unnest(%s::bigint[]) load (id) CROSS JOIN LATERAL (
    SELECT level_wh FROM metering_loadreading
    WHERE asset_id = load.id AND starts_at < %s ORDER BY starts_at DESC LIMIT 1
) reading
"""


def reported(*, keys, starts_at, periods):
    """What was drawn and taken; 0 where nothing was reported: two arrays (load, quarter hour). [Wh]"""
    wh, first = np.zeros((2, len(keys), periods), np.int64), forecast.quarter_of(starts_at)
    with connection.cursor() as cursor:
        query = cursor.mogrify(REPORTED, [keys, starts_at, forecast.utc(first + periods)]).decode()
        types = {"asset_id": "i8", "starts_at": "i8", "drawn_wh": "i4", "taken_wh": "i4"}
        rows = binary_copy.read(cursor, query, types)
    of = np.argsort(keys)[np.searchsorted(np.sort(keys), rows["asset_id"])]
    places = binary_copy.epoch_us(rows["starts_at"]) // (forecast.QUARTER_S * 10**6) - first
    wh[:, of, places] = rows["drawn_wh"], rows["taken_wh"]
    return wh


def reporting_since(*, keys):
    """The quarter hour in which each load reported for the first time; None if it never did."""
    found = _one_each(FIRST, keys)
    return [forecast.quarter_of(found[key]) if key in found else None for key in keys]


def levels(loads, *, at):
    """What each load held when it last reported; what it holds if it never waits, where it never did."""
    keys, otherwise = loads.key.tolist(), loads.begins_at_wh().tolist()
    held = _one_each(LEVEL, keys, at)
    level_wh = [held.get(key, level) for key, level in zip(keys, otherwise, strict=True)]
    return np.minimum(np.array(level_wh, np.int64), loads.capacity_wh)


def _one_each(query, keys, *values):
    with connection.cursor() as cursor:
        cursor.execute(query, [keys, *values])
        return dict(cursor.fetchall())


def note(*, keys, first, drawn_wh, taken_wh, level_wh, before_wh):
    """Keep what loads report, load × quarter hour, where something did; what was said before is replaced.

    :param before_wh: what each held before the first quarter hour
    """
    was_wh = np.concatenate([before_wh[:, None], level_wh[:, :-1]], axis=1)
    rows = [
        LoadReading(
            asset_id=int(keys[row]),
            starts_at=forecast.utc(first + int(place)),
            drawn_wh=int(drawn_wh[row, place]),
            taken_wh=int(taken_wh[row, place]),
            level_wh=int(level_wh[row, place]),
        )
        for row, place in np.argwhere((drawn_wh > 0) | (taken_wh > 0) | (level_wh != was_wh)).tolist()
    ]
    LoadReading.objects.filter(**_between(keys, first, drawn_wh.shape[1])).delete()
    LoadReading.objects.bulk_create(rows, batch_size=10_000)


def intend(*, keys, quarters, worth_rp_per_mwh):
    """Keep what stored energy is worth to loads, (load, quarter hour, level), instead of what was."""
    rows = [
        LoadPlan(
            asset_id=key,
            starts_at=forecast.utc(quarter),
            worth_rp_per_mwh=worth_rp_per_mwh[row, place].tolist(),
        )
        for row, key in enumerate(keys)
        for place, quarter in enumerate(quarters)
    ]
    LoadPlan.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["asset", "starts_at"],
        update_fields=["worth_rp_per_mwh"],
    )


def intended(loads, *, starts_at, periods):
    """The same by quarter hour; where nothing was planned a car charges at once, and nothing runs ahead."""
    first, keys = forecast.quarter_of(starts_at), loads.key.tolist()
    otherwise = np.where(loads.is_car, np.iinfo(np.int32).max, 0)
    worth = np.repeat(otherwise[:, None, None], periods, axis=1).repeat(shiftable.LEVELS - 1, axis=2)
    row_of = {key: row for row, key in enumerate(keys)}
    found = LoadPlan.objects.filter(**_between(keys, first, periods))
    for key, at, by_level in found.values_list("asset_id", "starts_at", "worth_rp_per_mwh"):
        worth[row_of[key], forecast.quarter_of(at) - first] = by_level
    return worth


def _between(keys, first, periods):
    ends_at = forecast.utc(first + periods)
    return {"asset__in": list(keys), "starts_at__gte": forecast.utc(first), "starts_at__lt": ends_at}
