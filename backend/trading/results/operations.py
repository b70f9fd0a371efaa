"""Decide an auction and keep what was decided."""

import time
from datetime import UTC, datetime, timedelta

import numpy as np
from django.db import connection, transaction

from clearing import result_hash
from trading import binary_copy
from trading.capacities import queries as capacities
from trading.grid import queries as grid
from trading.orders import queries as orders
from trading.results import outcome
from trading.results.decision import CertificateRefused, bounds_of, decide, supplies
from trading.results.models import Result

__all__ = ["CertificateRefused", "clear"]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@transaction.atomic(savepoint=False)
def clear(*, auction, at, epoch, rung=Result.Rung.FULL):
    """Clear the frozen book of an auction and store the proven outcome as its final result.

    Returns the result, and what it means for each node.

    :raises CertificateRefused: the outcome does not prove itself; nothing is stored
    """
    started = time.perf_counter()
    market = auction.market
    rated = grid.tree(dso=market.dso, period_minutes=market.period_minutes)
    tree = capacities.frozen(auction=auction, tree=rated)
    book = orders.book_of(auction=auction)
    decision = decide(book=book, tree=tree, periods=auction.period_count, bounds=bounds_of(market, book))
    result = Result.objects.create(
        auction=auction,
        epoch=epoch,
        rung=rung,
        book_hash=auction.book_hash,
        result_hash=result_hash(decision.result),
        welfare_urp=decision.result.welfare,
        traded_wh=int(decision.traded_wh.sum()),
        line_fees_urp=int(decision.line_fees_urp.sum()),
        congestion_rent_urp=int(decision.congestion_rent_urp.sum()),
        cleared_at=at,
        clearing_ms=int((time.perf_counter() - started) * 1000),
    )
    by_node = outcome.of(decision, tree)
    with connection.cursor() as cursor:
        binary_copy.write(cursor, "results_periodresult", _periods(result, decision))
        rows = outcome.columns(result.pk, by_node, supplies(decision, tree))
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
