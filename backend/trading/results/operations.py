"""Decide an auction and keep what was decided."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from django.db import connection, transaction

from clearing import result_hash
from trading import binary_copy
from trading.capacities import queries as capacities
from trading.grid import queries as grid
from trading.grid.tree import Tree
from trading.orders import queries as orders
from trading.results import outcome, solver
from trading.results.decision import CertificateRefused, Decision, bounds_of, decide, supplies
from trading.results.models import Result
from trading.results.solver import SolverFailed, SolverHung

__all__ = ["CertificateRefused", "Cleared", "SolverFailed", "SolverHung", "clear", "keep"]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, eq=False)
class Cleared:
    """A proven decision about a frozen book, not stored yet."""

    rung: str
    tree: Tree
    decision: Decision
    seconds: float


def clear(*, auction, rung=Result.Rung.FULL, solve=solver.here, limit_s=None, book=None):
    """Clear the frozen book of an auction and prove the outcome; nothing is stored, and no lock is held.

    :param solve: what clears
    :param limit_s: how long it may take
    :param book: a part of the book, in place of all that is not in quarantine
    :raises SolverFailed: no outcome was found
    :raises CertificateRefused: the outcome does not prove itself
    """
    started = time.perf_counter()
    market = auction.market
    rated = grid.tree(dso=market.dso, period_minutes=market.period_minutes)
    tree = capacities.frozen(auction=auction, tree=rated)
    if book is None:
        book = orders.book_of(auction=auction)
    bounds, periods = bounds_of(market, book), auction.period_count
    decision = decide(
        book=book,
        tree=tree,
        periods=periods,
        bounds=bounds,
        solve=solve,
        limit_s=limit_s,
        with_blocks=rung == Result.Rung.FULL,
    )
    return Cleared(rung=rung, tree=tree, decision=decision, seconds=time.perf_counter() - started)


@transaction.atomic(savepoint=False)
def keep(*, auction, cleared, at, epoch):
    """Store what was decided as the auction's final result; returns it, and what it means for each node."""
    decision = cleared.decision
    result = Result.objects.create(
        auction=auction,
        epoch=epoch,
        rung=cleared.rung,
        book_hash=auction.book_hash,
        result_hash=result_hash(decision.result),
        welfare_urp=decision.result.welfare,
        gap_urp=decision.result.blocks.gap if decision.result.blocks else 0,
        traded_wh=int(decision.traded_wh.sum()),
        line_fees_urp=int(decision.line_fees_urp.sum()),
        congestion_rent_urp=int(decision.congestion_rent_urp.sum()),
        cleared_at=at,
        clearing_ms=int(cleared.seconds * 1000),
    )
    by_node = outcome.of(decision, cleared.tree)
    with connection.cursor() as cursor:
        binary_copy.write(cursor, "results_periodresult", _periods(result, decision))
        rows = outcome.columns(result.pk, by_node, supplies(decision, cleared.tree))
        binary_copy.write(cursor, "results_noderesult", rows)
    return result, by_node


def _periods(result, decision):
    """The rows of `PeriodResult`, as a binary COPY takes them."""
    auction, cleared = result.auction, decision.result
    count = len(cleared.price)
    length_us = (auction.delivery_ends_at - auction.delivery_starts_at) // timedelta(microseconds=count)
    start_us = (auction.delivery_starts_at - EPOCH) // timedelta(microseconds=1)
    return {
        "result_id": np.full(count, result.pk),
        "period": np.arange(count, dtype=np.int16),
        "starts_at": binary_copy.timestamps(start_us + np.arange(count) * length_us),
        "prices_rp_per_mwh": binary_copy.narrow(cleared.price, np.int32),
        "prices_low_rp_per_mwh": binary_copy.narrow(cleared.price_low, np.int32),
        "prices_high_rp_per_mwh": binary_copy.narrow(cleared.price_high, np.int32),
        "flows_wh": cleared.flow,
        "traded_wh": decision.traded_wh,
    }
