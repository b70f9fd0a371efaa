"""A month of the village as it could be: auctions, and meters that report late, doubled and wrongly.

Everything runs through the same steps as live trading; only the clock and the meters are played. What the
meters do to each reading is drawn by a seeded generator, so a month can be repeated exactly.
"""

from dataclasses import dataclass
from datetime import time, timedelta

import numpy as np

from trading.markets import calendar
from trading.markets import operations as markets
from trading.markets import queries as clock
from trading.markets.models import Auction
from trading.metering import operations as metering
from trading.metering import store, village_meters
from trading.operations import life, operations
from trading.operations.meters import MeterWindows
from trading.strategies import forecast

WORKER = "simulation"
MORNING = time(10)  # before the first day-ahead gate
DELIVERED_EVERY_S = 6 * 3600  # the grid operator sends what has come in
PROVISIONAL, FINAL = store.QUALITIES.index("provisional"), store.QUALITIES.index("final")
LATE, WRONG, DOUBLED, LOST = 0.2, 0.03, 0.05, 0.002  # shares of readings
LATEST_S, CORRECTED_AFTER_S, FOUND_AFTER_S = 30 * 3600, 60 * 3600, 70 * 3600
SETTLED_AFTER = timedelta(days=4)  # by then everything has come, or was estimated and then found


@dataclass(frozen=True, slots=True, eq=False)
class Deliveries:
    """Every time that a reading is sent: parallel columns, in the order of time."""

    at: np.ndarray  # seconds since 1970
    nodes: np.ndarray
    starts: np.ndarray  # seconds since 1970
    wh: np.ndarray
    ranks: np.ndarray

    def between(self, after, until):
        """What is sent in a span of time, each reading once at its newest."""
        chosen = np.flatnonzero((self.at > after) & (self.at <= until))
        keys = self.nodes[chosen] * 2**31 + self.starts[chosen] // forecast.QUARTER_S
        _, last = np.unique(keys[::-1], return_index=True)
        return chosen[len(chosen) - 1 - last]


def deliveries(nodes, starts, wh, *, seed):
    """Draw when each reading is sent, and what it says the first time.

    :param wh: node × quarter hour, what really flowed
    """
    chance = np.random.default_rng(seed)
    of, at = np.repeat(nodes, len(starts)), np.tile(starts, len(nodes))
    true, count = wh.ravel().astype(np.int64), wh.size
    kind = chance.random(count)
    delay = chance.integers(60, 1800, count)
    late = kind < LATE
    delay[late] = chance.integers(3600, LATEST_S, late.sum())
    lost = (kind >= LATE) & (kind < LATE + LOST)
    delay[lost] = FOUND_AFTER_S
    wrong = (kind >= 0.5) & (kind < 0.5 + WRONG)
    said = np.where(wrong, true * chance.integers(50, 105, count) // 100, true)
    sent = at + forecast.QUARTER_S + delay
    again = np.flatnonzero(wrong)
    twice = np.flatnonzero(chance.random(count) < DOUBLED)
    columns = [
        np.concatenate([sent, sent[again] + CORRECTED_AFTER_S, sent[twice] + DELIVERED_EVERY_S]),
        np.concatenate([of, of[again], of[twice]]),
        np.concatenate([at, at[again], at[twice]]),
        np.concatenate([said, true[again], said[twice]]),
        np.concatenate(
            [np.where(wrong, PROVISIONAL, FINAL), np.full(len(again), FINAL)]
            + [np.where(wrong, PROVISIONAL, FINAL)[twice]]
        ),
    ]
    order = np.argsort(columns[0], kind="stable")
    return Deliveries(*(column[order] for column in columns))


def run(*, dso, first_day, days, seed, progress):
    """Trade, deliver and settle some days; returns how many auctions that were and when it was over."""
    begins_at = calendar.local(first_day - timedelta(days=1), MORNING)
    last_day = first_day + timedelta(days=days - 1)
    markets.schedule(dso=dso, until_day=last_day, at=begins_at)
    past = begins_at - timedelta(days=forecast.HISTORY_DAYS)
    village_meters.record_village(dso=dso, from_=past, to=begins_at)
    ends_at = calendar.delivery_day(last_day)[1]
    quarters = np.arange(forecast.quarter_of(begins_at), forecast.quarter_of(ends_at))
    nodes, wh = village_meters.village_readings(dso=dso, from_=begins_at, to=ends_at)
    sent = deliveries(nodes, quarters * forecast.QUARTER_S, wh, seed=seed)
    over = ends_at + SETTLED_AFTER
    return _play(dso, _steps(begins_at, over), sent, progress), over


def _steps(begins_at, over):
    """Every instant at which something happens: bids, gates, and deliveries of readings."""
    auctions = Auction.objects.filter(gate_closes_at__gt=begins_at).select_related("market")
    steps = []
    for auction in auctions:
        before = timedelta(seconds=auction.market.strategies_bid_s_before)
        steps += [
            (auction.gate_closes_at - before, "bid", auction.pk),
            (auction.gate_closes_at, "gate", None),
        ]
    seconds = np.arange(int(begins_at.timestamp()), int(over.timestamp()) + 1, DELIVERED_EVERY_S)
    steps += [(forecast.utc(int(each) // forecast.QUARTER_S), "meters", None) for each in seconds.tolist()]
    return sorted(set(steps), key=lambda step: (step[0], step[1], step[2] or 0))


def _play(dso, steps, sent, progress):
    meters, told_until, traded = MeterWindows(), 0, 0
    for at, step, key in steps:
        if step == "bid":
            markets.open_due(at=at)
            auction = Auction.objects.select_related("market__dso").get(pk=key)
            life.bid(auction=auction, meters=meters[dso.pk], at=at)
        elif step == "gate":
            moment = clock.Moment(at=at, real_at=clock.moment().real_at, speed=1)
            traded += operations.step_due(
                worker=WORKER, moment=moment, meters={}, told=False, checked=False, limit=100
            )
        else:
            told_until = _deliver(dso, sent, told_until, at)
            while operations.settle_due(at=at):
                pass
        progress(at)
    return traded


def _deliver(dso, sent, after, at):
    until = int(at.timestamp())
    rows = sent.between(after, until)
    starts = sent.starts[rows].astype("datetime64[s]")
    readings = metering.Readings(sent.nodes[rows], starts, sent.wh[rows], sent.ranks[rows])
    metering.record(readings=readings, at=at, dso=dso)
    return until
