"""Decide an auction and keep what was decided."""

import time

import numpy as np
from django.db import transaction

from clearing import result_hash
from trading.capacities import queries as capacities
from trading.grid import queries as grid
from trading.orders import queries as orders
from trading.results import bulk
from trading.results.decision import CertificateRefused, bounds_of, decide, supplies
from trading.results.models import OrderResult, Partner, PeriodResult, Result

__all__ = ["CertificateRefused", "clear"]


@transaction.atomic(savepoint=False)
def clear(*, auction, at, epoch, rung=Result.Rung.FULL):
    """Clear the frozen book of an auction and store the proven outcome as its final result.

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
        line_fees_urp=decision.line_fees_urp,
        congestion_rent_urp=decision.congestion_rent_urp,
        cleared_at=at,
        clearing_ms=int((time.perf_counter() - started) * 1000),
    )
    _store_periods(result, decision)
    _store_orders(result, decision)
    _store_partners(result, supplies(decision, tree))
    return result


def _store_periods(result, decision):
    auction, prices = result.auction, decision.result
    length = (auction.delivery_ends_at - auction.delivery_starts_at) / len(prices.price)
    bulk.copy(
        PeriodResult,
        result_id=result.pk,
        period=np.arange(len(prices.price)),
        starts_at=[(auction.delivery_starts_at + k * length).isoformat() for k in range(len(prices.price))],
        prices_rp_per_mwh=bulk.row_texts(prices.price),
        prices_low_rp_per_mwh=bulk.row_texts(prices.price_low),
        prices_high_rp_per_mwh=bulk.row_texts(prices.price_high),
        flows_wh=bulk.row_texts(prices.flow),
        traded_wh=decision.traded_wh,
    )


def _store_orders(result, decision):
    """One row per order, its periods side by side."""
    offers = decision.offers
    sorting = np.lexsort((offers.period, offers.order))
    order = offers.order[sorting]
    starts = np.flatnonzero(np.diff(order, prepend=-1))
    accepted_wh = decision.result.accepted[sorting]
    price_rp_per_mwh = decision.price_rp_per_mwh[sorting]
    bulk.copy(
        OrderResult,
        result_id=result.pk,
        order_id=order[starts],
        node_id=decision.node[sorting][starts],
        periods=bulk.array_texts(offers.period[sorting], starts),
        ordered_wh=bulk.array_texts(offers.offered[sorting], starts),
        accepted_wh=bulk.array_texts(accepted_wh, starts),
        prices_rp_per_mwh=bulk.array_texts(price_rp_per_mwh, starts),
        energy_urp=_sums(accepted_wh * price_rp_per_mwh, starts),
        fee_urp=_sums(accepted_wh * decision.fee_rp_per_mwh[sorting], starts),
    )


def _sums(values, starts):
    return np.add.reduceat(values, starts) if len(starts) else values


def _store_partners(result, supplied):
    """One row per pair of nodes, the periods in which one supplied the other side by side."""
    pairs = np.stack([supplied.seller, supplied.buyer])
    starts = np.flatnonzero(np.any(np.diff(pairs, axis=1, prepend=-1) != 0, axis=0))
    bulk.copy(
        Partner,
        result_id=result.pk,
        seller_id=supplied.seller[starts],
        buyer_id=supplied.buyer[starts],
        distance_m=supplied.distance_m[starts],
        periods=bulk.array_texts(supplied.period, starts),
        energy_wh=bulk.array_texts(supplied.energy_wh, starts),
        prices_rp_per_mwh=bulk.array_texts(supplied.price_rp_per_mwh, starts),
    )
