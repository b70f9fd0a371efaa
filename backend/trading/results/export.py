"""A published auction as the files of the clearing's command line, so that anyone can re-run it."""

import numpy as np

import clearing
from clearing import files
from trading.capacities import queries as capacities
from trading.grid import queries as grid
from trading.orders import queries as orders
from trading.results import queries
from trading.results.decision import bounds_of, grid_of, offers_of
from trading.results.models import NodeResult, PeriodResult

WHOLE = files.Unit.of("1")  # prices in Rp/MWh and quantities in Wh, as they are inside


class NotReproducible(Exception):
    """What is stored is not what was published."""


def write(*, auction, folder):
    """Write orders.csv, lines.csv and the result of an auction into a folder; nobody is named.

    :raises NotPublished: it has no published result
    :raises NotReproducible: the stored rows do not have the published hash, or do not prove themselves
    """
    published = queries.published(auction=auction)
    rated = grid.tree(dso=auction.market.dso, period_minutes=auction.market.period_minutes)
    tree = capacities.frozen(auction=auction, tree=rated)
    book = orders.book_of(auction=auction)
    units = files.Units(WHOLE, WHOLE, bounds_of(auction.market, book))
    named = _named(book, tree, auction.period_count)
    result = _stored(published, named, units)
    folder.mkdir(parents=True, exist_ok=True)
    files.write_book(folder, named, units)
    measures = files.Measures(gap=published.gap_urp, seconds=published.clearing_ms / 1000)
    files.write_result(folder, named, result, units, measures)


def _named(book, tree, periods):
    lines, shape = grid_of(tree), (periods, len(tree.parent))
    # A row per period and line, so that the files name every period, with an order in it or not.
    every_period = clearing.Grid.from_parents(
        lines.parent,
        capacity_up=np.broadcast_to(lines.capacity_up, shape),
        capacity_down=np.broadcast_to(lines.capacity_down, shape),
        fee_up=lines.fee_up,
        fee_down=lines.fee_down,
    )
    return files.Book.of(
        offers_of(book),
        every_period,
        buses=tree.names,
        periods=[str(period) for period in range(periods)],
        order_names={key: str(number) for number, key in enumerate(book.order_ids.tolist(), start=1)},
    )


def _stored(published, named, units):
    """The result as it lies in the database, once it has proven itself."""
    columns = PeriodResult.objects.filter(result=published).order_by("period")
    price, low, high, flow = (
        np.array(list(columns.values_list(name, flat=True)), np.int64)
        for name in ("prices_rp_per_mwh", "prices_low_rp_per_mwh", "prices_high_rp_per_mwh", "flows_wh")
    )
    # What nobody could serve or take is not stored; it follows from the book.
    again = clearing.clear(named.orders, named.grid, periods=len(price), bounds=units.bounds)
    result = clearing.Result(
        price=price,
        price_low=low,
        price_high=high,
        accepted=_accepted_wh(published, named.orders),
        flow=flow,
        welfare=published.welfare_urp,
        short=again.short,
        spilled=again.spilled,
    )
    if clearing.result_hash(result) != published.result_hash:
        raise NotReproducible(f"{published.auction.code}: the stored rows have another hash")
    if refusals := clearing.certificate.check(named.orders, named.grid, result, bounds=units.bounds):
        raise NotReproducible(f"{published.auction.code}: {refusals[0]}")
    return result


def _accepted_wh(published, offers):
    """What was accepted of each offer, in the order of the book."""
    rows = NodeResult.objects.filter(result=published).values_list("orders", "periods", "accepted_wh")
    accepted = {(order, period): wh for columns in rows for order, period, wh in zip(*columns, strict=True)}
    keys = zip(offers.order.tolist(), offers.period.tolist(), strict=True)
    return np.array([accepted[key] for key in keys], np.int64)
