"""What will each node's meter count? Forecast from its own readings alone; no clock, no database, no weather.

**Consumers follow the clock on the wall.** The usual value of a quarter hour is the weighted quantile of what
the node used at that time of day, and in the two quarter hours beside it, on the days of the same kind
(working day, Saturday, Sunday) of the last 35; a day's weight halves every 14 days, and a neighbouring
quarter hour counts 0.6. The median is the forecast of least mean absolute error; the quantile taken, 0.55,
gives a hundredth of that for a third less missing energy, since a household's few large loads lie above its
median. What the last two hours were above or below their usual value is added with a weight of 0.35 that
halves every 6 hours.

**Producers follow the sun.** The clear envelope is the most the node fed in at that quarter hour (UTC) of the
last 10 days, smoothed over three quarter hours. The forecast is envelope × clearness: the usual clearness is
the share of the envelope that the last days reached (weights halve every 4 days); the clearness of the latest
quarter hour replaces it with a weight that halves every 6 hours. At dawn, where the envelope tells little,
the usual clearness stands.

**Bands.** How sure a forecast is, is told by the quantities that the meter stays below with some probability.
A consumer's are the other quantiles of the same weighted days. A producer's come from the spread of the last
days' clearness about their mean; half of that spread is left where the latest quarter hour counts fully.

**Means** are for who adds quarter hours up, as a battery does: a consumer's usual value is then the weighted
mean of the same days. Its few large loads count for what they are.

Public holidays count as working days. The measured error is in `docs/forecast.md`.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

import numpy as np

from trading.markets import calendar

QUARTER_S = 900
QUARTERS_A_DAY = 96
HISTORY_DAYS = 37  # 35 days of the target's kind are looked at; in the day-ahead market it is two days away

USUAL_DAYS, USUAL_HALVES_DAYS, NEIGHBOUR_WEIGHT = 35, 14, 0.6
QUANTILE = 0.55
LEVELS = (0.1, 0.3, 0.5, 0.7, 0.9)  # probabilities that the meter stays below a band
MEAN = None  # in place of a probability
RECENT_QUARTERS, RECENT_WEIGHT = 8, 0.35
ENVELOPE_DAYS, CLEARNESS_HALVES_DAYS, DAWN = 10, 4, 0.05
LATEST_HALVES_QUARTERS = 24

_COLUMN_BITS = 10  # of a sample's place, packed below its value: one sort then orders both


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """`wh[i, k]`: what `nodes[i]` metered in the k-th quarter hour from `starts_at`; −1 if unknown."""

    nodes: np.ndarray
    starts_at: datetime
    wh: np.ndarray

    @property
    def first(self):
        """The number of the first quarter hour."""
        return quarter_of(self.starts_at)

    def rows_of(self, nodes):
        """The row of each node, −1 where it has none; `self.nodes` ascends."""
        rows = np.searchsorted(self.nodes, nodes)
        rows[rows == len(self.nodes)] = 0
        return np.where(self.nodes[rows] == nodes, rows, -1) if len(self.nodes) else np.full(len(nodes), -1)


def quarter_of(instant):
    """The number of the quarter hour that starts at an instant, counted from 1970."""
    return int(instant.timestamp()) // QUARTER_S


def of(history, *, producers, quarters):
    """Forecast every node of a history for some later quarter hours.

    Parameters
    ----------
    history : History
        What is known; 37 days serve fully, fewer less well, and a node without readings is forecast as 0.
    producers : ndarray of bool, shape (n_nodes,)
        Which nodes feed in.
    quarters : ndarray of int64, shape (n_quarters,)
        Numbers of the quarter hours, ascending, after the last one known.

    Returns
    -------
    energy : ndarray of int32, shape (n_nodes, n_quarters)
        [Wh]
    """
    return _split_by_side(history, producers, quarters, _consumption, _production, (QUANTILE,))[0]


def bands(history, *, producers, quarters):
    """Quantities that each node stays below with the probabilities of `LEVELS`.

    Parameters are those of `of`.

    Returns
    -------
    energy : ndarray of int32, shape (len(LEVELS), n_nodes, n_quarters)
        Not decreasing along the levels. [Wh]
    """
    return _split_by_side(history, producers, quarters, _consumption, _production_bands, LEVELS)


def means(history, *, producers, quarters):
    """What each node will meter on average, which adds up over quarter hours: a store has to hold as much.

    Parameters and the answer are those of `of`.
    """
    return _split_by_side(history, producers, quarters, _consumption, _production, (MEAN,))[0]


def _split_by_side(history, producers, quarters, consumption, production, levels):
    result = np.zeros((len(levels), len(history.wh), len(quarters)), np.int32)
    known = _known(history.wh)
    if known == 0 or len(quarters) == 0:
        return result
    # Both forecasts count quarter hours from the start of the history.
    wh, targets = history.wh[:, :known], np.asarray(quarters, np.int64) - history.first
    if not producers.all():
        result[:, ~producers] = consumption(wh[~producers], targets, history.first, levels)
    if producers.any():
        result[:, producers] = production(wh[producers], targets, levels)
    return result


def _known(wh):
    """How many quarter hours there are up to the last that any node reported."""
    known = wh.shape[1]
    while known and (wh[:, known - 1] < 0).all():
        known -= 1
    return known


def _latest_weight(targets, known):
    return 0.5 ** ((targets - (known - 1)) / LATEST_HALVES_QUARTERS)


def _consumption(wh, targets, first, levels):
    known = wh.shape[1]
    recent = np.arange(max(known - RECENT_QUARTERS, 0), known)
    usual_then = _usual(wh, recent, first, (MEAN,) if levels == (MEAN,) else (QUANTILE,))[0]
    seen = wh[:, recent]
    above = np.where(seen >= 0, seen - usual_then, 0)
    above_usual = above.sum(axis=1) / np.maximum((seen >= 0).sum(axis=1), 1)
    correction = RECENT_WEIGHT * _latest_weight(targets, known) * above_usual[:, None]
    return np.rint(np.maximum(_usual(wh, targets, first, levels) + correction, 0))


def _usual(wh, targets, first, levels):
    """Weighted quantiles of the same time of day on past days of the same kind, local day by local day."""
    usual = np.zeros((len(levels), len(wh), len(targets)))
    local = [datetime.fromtimestamp((first + int(target)) * QUARTER_S, calendar.ZONE) for target in targets]
    days = np.array([moment.toordinal() for moment in local])
    on_the_wall = np.array([moment.hour * 4 + moment.minute // 15 for moment in local])
    for day in np.unique(days):
        chosen = days == day
        local_day = datetime.fromordinal(int(day))
        usual[:, :, chosen] = _usual_of_day(wh, local_day, on_the_wall[chosen], first, levels)
    return usual


def _usual_of_day(wh, day, on_the_wall, first, levels):
    kind = _kind(day)
    lags = [lag for lag in range(1, USUAL_DAYS + 1) if _kind(day - timedelta(days=lag)) == kind]
    values, total = _quantiles_of_lags(wh, day, on_the_wall, first, lags, levels)
    if (total == 0).any():  # a node that is too new to have seen such a day: any day will do
        anyway, _ = _quantiles_of_lags(wh, day, on_the_wall, first, range(1, USUAL_DAYS + 1), levels)
        values = np.where(total == 0, anyway, values)
    return values


def _kind(day):
    """0 on working days, 5 on Saturdays, 6 on Sundays."""
    return max(day.weekday(), 4)


def _quantiles_of_lags(wh, day, on_the_wall, first, lags, levels):
    midnights = np.array([_midnight(day - timedelta(days=lag)) - first for lag in lags])
    weights = 0.5 ** (np.array(lags) / USUAL_HALVES_DAYS)
    beside = np.array([-1, 0, 1])
    columns = (midnights[None, :, None] + on_the_wall[:, None, None] + beside).reshape(len(on_the_wall), -1)
    weights = (weights[:, None] * NEIGHBOUR_WEIGHT ** np.abs(beside)).ravel()
    known = (columns >= 0) & (columns < wh.shape[1])
    samples = np.where(known, wh[:, np.where(known, columns, 0)], -1)
    return (_weighted_means if levels == (MEAN,) else _weighted_quantiles)(samples, weights, levels)


def _midnight(day):
    return quarter_of(calendar.local(day, time()))


def _weighted_quantiles(samples, weights, levels):
    """Quantiles along the last axis, and the weight they stand on; samples below 0 weigh nothing."""
    packed = (samples.astype(np.int64) << _COLUMN_BITS) | np.arange(samples.shape[-1])
    packed.sort(axis=-1)
    values = packed >> _COLUMN_BITS
    weighed = np.where(values >= 0, weights[packed & ((1 << _COLUMN_BITS) - 1)], 0).cumsum(axis=-1)
    total = weighed[..., -1]
    quantiles = np.zeros((len(levels), *total.shape))
    for k, level in enumerate(levels):
        place = (weighed < level * total[..., None]).sum(axis=-1)
        quantile = np.take_along_axis(values, place[..., None], axis=-1)[..., 0]
        quantiles[k] = np.where(total > 0, quantile, 0)
    return quantiles, total


def _weighted_means(samples, weights, levels):
    """The same, of the mean."""
    weighed = np.where(samples >= 0, weights, 0)
    total = weighed.sum(axis=-1)
    return ((samples * weighed).sum(axis=-1) / np.where(total > 0, total, 1))[None], total


def _production(wh, targets, levels):
    envelope, clearness, _, _ = _sun(wh, targets)
    return np.rint(np.maximum(envelope * clearness, 0))[None]


def _production_bands(wh, targets, levels):
    envelope, clearness, spread, latest_weight = _sun(wh, targets, levels)
    lower_or_higher = spread[:, :, None] * (1 - latest_weight / 2)
    return np.rint(np.maximum(envelope * (clearness + lower_or_higher), 0))


def _sun(wh, targets, levels=()):
    """Envelope and clearness per target, spread of the usual clearness, weight of the latest reading."""
    known = wh.shape[1]
    days = min(max(known // QUARTERS_A_DAY, 1), ENVELOPE_DAYS)
    window = np.full((len(wh), days * QUARTERS_A_DAY), -1, np.int64)
    taken = min(known, days * QUARTERS_A_DAY)
    window[:, -taken:] = wh[:, known - taken :]
    # Row by row the 24 hours that end with the last reading.
    window = window.reshape(len(wh), days, QUARTERS_A_DAY)
    envelope = _smoothed(np.maximum(window, 0).max(axis=1))
    usual, spread = _usual_clearness(window, envelope, levels)
    latest, dawn = window[:, -1, -1], DAWN * envelope.max(axis=1)
    now = np.where(latest >= 0, (latest + dawn * usual) / np.maximum(envelope[:, -1] + dawn, 1e-9), usual)
    latest_weight = _latest_weight(targets, known)
    clearness = usual[:, None] + (now - usual)[:, None] * latest_weight
    return envelope[:, (targets - known) % QUARTERS_A_DAY], clearness, spread, latest_weight


def _smoothed(envelope):
    return (np.roll(envelope, 1, axis=1) + envelope + np.roll(envelope, -1, axis=1)) / 3


def _usual_clearness(window, envelope, levels):
    """The mean clearness of the last days, and how far their weighted quantiles lie from it."""
    ages = np.arange(window.shape[1], 0, -1) - 1
    weights = 0.5 ** (ages / CLEARNESS_HALVES_DAYS)
    seen = window >= 0
    reached = np.where(seen, window, 0).sum(axis=2)
    possible = np.where(seen, envelope[:, None, :], 0).sum(axis=2)
    usual = (reached @ weights) / np.maximum(possible @ weights, 1e-9)
    per_mille = np.where(possible > 0, np.rint(1000 * reached / np.maximum(possible, 1e-9)), -1)
    quantiles, _ = _weighted_quantiles(per_mille, weights, levels)
    return usual, quantiles / 1000 - usual


def utc(quarter):
    """The instant at which a quarter hour starts."""
    return datetime.fromtimestamp(int(quarter) * QUARTER_S, UTC)
