"""Many orders of own nodes in one request: checked and entered as columns, a handful of statements in all."""

from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

import numpy as np
from django.db import transaction

from trading.ledger import operations as ledger
from trading.markets import operations as markets
from trading.orders import bulk, capacity, pauses
from trading.orders.points import InvalidPoints, Points, check, most_wh, worst_case_urp

GATE_CLOSED, LIMIT = "gate-closed", "limit-exceeded"


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """Orders for one auction, as parallel columns; `rows` are their places in the request."""

    rows: np.ndarray
    node_ids: np.ndarray
    is_buy: np.ndarray
    is_linear: np.ndarray
    points: Points


@dataclass(frozen=True, slots=True, eq=False)
class Taken:
    """What became of each: a public name or None, what it holds, and why not."""

    public_ids: list
    held_urp: np.ndarray
    refused: dict


def invalid_rows(asked, *, auction):
    """What is wrong with the points of each order, by its place; empty if nothing is."""
    try:
        _check(asked, auction)
    except InvalidPoints:
        return {row: errors for row, errors in _one_by_one(asked, auction) if errors}
    return {}


@dataclass(frozen=True, slots=True, eq=False)
class Locked:
    """Auctions by key; nodes by theirs, rising, with fees, capacities, accounts; what these have free."""

    auctions: dict
    node_ids: np.ndarray
    facts: np.ndarray
    free: dict

    def of(self, node_ids):
        """Fees, capacities and accounts, parallel to some of the nodes."""
        return self.facts[:, np.searchsorted(self.node_ids, node_ids)]


def lock(*, auction_ids, node_ids):
    """Lock the gates of auctions, then the accounts of nodes, all in one statement."""
    each = np.unique(np.asarray(node_ids, np.int64))
    facts = bulk.nodes(each)
    auctions = {key: markets.lock_for_entry(auction_id=key) for key in sorted(auction_ids)}
    return Locked(auctions, each, facts, ledger.lock(account_ids=facts[2]))


@transaction.atomic(savepoint=False)
def place(*, auction, asked, actor, source, at, locked, dry_run=False):
    """Enter orders whose points were checked; what does not fit is left out, in the order given.

    With `dry_run` everything is found out and nothing is entered, but what is free is used up.

    :param locked: from `lock`, once for all auctions of a request
    """
    count = len(asked.node_ids)
    if not count:
        return Taken([], np.zeros(0, np.int64), {})
    costs = worst_case_urp(asked.points, is_buy=asked.is_buy, is_linear=asked.is_linear)
    if not locked.auctions[auction.pk].takes_orders(at):
        return Taken([None] * count, costs, dict.fromkeys(range(count), GATE_CLOSED))
    fees, capacities_w, accounts = locked.of(asked.node_ids)
    refused = _too_much(asked, auction, capacities_w)
    refused |= dict.fromkeys(pauses.among(asked.node_ids, at=at), pauses.PAUSED)
    kept = np.array([index for index in range(count) if index not in refused], np.int64)
    if dry_run:
        fits = ledger.fitting(locked.free, accounts[kept], costs[kept])
    else:
        holds = {"account_ids": accounts[kept], "amounts_urp": costs[kept]}
        fits = ledger.hold_many(**holds, auction_id=auction.pk, at=at, free=locked.free)
    refused |= dict.fromkeys(kept[~fits].tolist(), LIMIT)
    if dry_run:
        return Taken([None] * count, costs, refused)
    batch = bulk.Batch(auction, asked.node_ids, asked.is_buy, [source] * count, asked.points, actor, at)
    numbers = np.zeros(count, np.int64)
    numbers[kept[fits]] = bulk.new_numbers(int(fits.sum()))
    names = bulk.write(batch, numbers, fees, costs, is_linear=asked.is_linear)
    return Taken(names, costs, refused)


def _check(asked, auction):
    check(
        asked.points,
        market=auction.market,
        period_count=auction.period_count,
        is_buy=asked.is_buy,
        is_linear=asked.is_linear,
    )


def _one_by_one(asked, auction):
    for index in range(len(asked.node_ids)):
        first, last = asked.points.first[index : index + 2]
        mine = slice(first, last)
        alone = Points.of_one(
            asked.points.periods[mine],
            asked.points.prices_rp_per_mwh[mine],
            asked.points.quantities_wh[mine],
        )
        part = slice(index, index + 1)
        one = Sheet(asked.rows[part], asked.node_ids[part], asked.is_buy[part], asked.is_linear[part], alone)
        try:
            _check(one, auction)
        except InvalidPoints as error:
            yield index, error.errors


def _too_much(asked, auction, capacities_w):
    """Orders that their connection cannot carry beside those before them, by their place."""
    wanted = most_wh(asked.points, is_linear=asked.is_linear)
    total = capacity.totals(auction=auction, node_ids=asked.node_ids, is_buy=asked.is_buy, asked=wanted)
    free = (capacities_w * auction.market.period_minutes // 60)[wanted[0]] - total
    if (free >= 0).all():
        return {}  # all of them together fit
    return _left_out(asked, wanted, free)


def _left_out(asked, wanted, free):
    """Who comes too late, one after the other; `free` is what all of them together leave of each lane."""
    order, period, wh = (column.tolist() for column in wanted)
    nodes, buys = asked.node_ids.tolist(), asked.is_buy.tolist()
    lanes = [(nodes[which], buys[which], at) for which, at in zip(order, period, strict=True)]
    left = dict(zip(lanes, free.tolist(), strict=True))
    for lane, more in zip(lanes, wh, strict=True):
        left[lane] += more  # before any of them
    refused = {}
    for index, parts in groupby(zip(order, lanes, wh, strict=True), key=itemgetter(0)):
        rest = {lane: left[lane] - more for _, lane, more in parts}
        if min(rest.values()) < 0:
            refused[index] = capacity.EXCEEDED
        else:
            left |= rest
    return refused
