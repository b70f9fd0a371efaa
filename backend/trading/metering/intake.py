"""From what a grid operator sent to what is recorded: names become nodes, places in arrays become lines."""

from contextlib import contextmanager

import numpy as np

from trading.grid.models import Node
from trading.metering import files, operations, queries
from trading.metering.operations import ImplausibleReading, Readings
from trading.strategies import forecast


def record_file(*, dso, raw, at):
    """Record a CSV file of readings, all of it or nothing.

    :raises files.BadFile: naming the line and the column that is wrong
    """
    lines = files.read(raw)
    keys = _keys(dso, lines.names)
    nodes = keys[lines.of] if len(lines.names) else lines.of
    unknown = nodes < 0
    if unknown.any():
        raise files.BadFile(2 + int(unknown.argmax()), "node", "There is no such node in your grid.")
    readings = Readings(nodes, lines.starts.astype("datetime64[s]"), lines.wh, lines.ranks)
    with _placed(lambda index: index + 2):
        return operations.record(readings=readings, at=at, dso=dso)


def record_series(*, dso, series, quality, at):
    """Record series of consecutive quarter hours; None stands for a gap.

    :param series: dictionaries with `node`, `starts_at` and `wh`
    :raises files.BadFile: naming the series, counted from 1, and the column that is wrong
    """
    keys = _keys(dso, [each["node"] for each in series])
    if (keys < 0).any():
        raise files.BadFile(1 + int((keys < 0).argmax()), "node", "There is no such node in your grid.")
    lengths = np.array([len(each["wh"]) for each in series], np.int64)
    of = np.repeat(np.arange(len(series)), lengths)
    firsts = np.array([int(each["starts_at"].timestamp()) for each in series], np.int64)
    offsets = np.arange(len(of)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    # A gap is told by what no reading can be.
    wh = np.array([-1 if value is None else value for each in series for value in each["wh"]], np.int64)
    there = np.flatnonzero(wh >= 0)
    starts = (firsts[of] + offsets * forecast.QUARTER_S)[there].astype("datetime64[s]")
    readings = Readings(keys[of][there], starts, wh[there], quality)
    with _placed(lambda index: int(of[there[index]]) + 1):
        return operations.record(readings=readings, at=at, dso=dso)


def _keys(dso, names):
    metered = Node.objects.filter(queries.METERED, bus__dso=dso, public_id__in=set(names))
    known = dict(metered.values_list("public_id", "pk"))
    return np.array([known.get(name, -1) for name in names], np.int64)


@contextmanager
def _placed(line_of):
    """Say of a reading that cannot be true where it stood."""
    try:
        yield
    except ImplausibleReading as error:
        raise files.BadFile(line_of(error.row), error.column, error.detail) from error
