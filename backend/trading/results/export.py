"""A published auction as the files of the clearing's command line, so that anyone can re-run it."""

import numpy as np

import clearing
from clearing import files
from clearing.blocks.outcome import outcome_of
from trading.capacities import queries as capacities
from trading.grid import queries as grid
from trading.orders import queries as orders
from trading.results import queries
from trading.results.decision import EFFORT, blocks_of, bounds_of, curves_of, grid_of
from trading.results.models import NodeResult, PeriodResult, Result

BLOCKS = "block_orders.csv"  # blocks.csv is what became of them
WHOLE = files.Unit.of("1")  # prices in Rp/MWh and quantities in Wh, as they are inside


class NotReproducible(Exception):
    """What is stored is not what was published."""


def write(*, auction, folder):
    """Write orders.csv, lines.csv, perhaps block_orders.csv, and the result of an auction into a folder.

    Nobody is named. Block orders that were left out of the clearing are left out here.

    :raises NotPublished: it has no published result
    :raises NotReproducible: the stored rows do not have the published hash, or do not prove themselves
    """
    published = queries.published(auction=auction)
    rated = grid.tree(dso=auction.market.dso, period_minutes=auction.market.period_minutes)
    tree = capacities.frozen(auction=auction, tree=rated)
    book = orders.book_of(auction=auction)
    units = files.Units(WHOLE, WHOLE, bounds_of(auction.market, book))
    with_blocks = published.rung == Result.Rung.FULL
    named = _named(book, tree, auction.period_count, with_blocks)
    result = _stored(published, named, units)
    folder.mkdir(parents=True, exist_ok=True)
    files.write_book(folder, named, units, blocks=BLOCKS)
    measures = files.Measures(gap=published.gap_urp, seconds=published.clearing_ms / 1000)
    files.write_result(folder, named, result, units, measures)


def _named(book, tree, periods, with_blocks):
    lines, shape = grid_of(tree), (periods, len(tree.parent))
    # A row per period and line, so that the files name every period, with an order in it or not.
    every_period = clearing.Grid.from_parents(
        lines.parent,
        capacity_up=np.broadcast_to(lines.capacity_up, shape),
        capacity_down=np.broadcast_to(lines.capacity_down, shape),
        fee_up=lines.fee_up,
        fee_down=lines.fee_down,
    )
    numbers = {key: str(number) for number, key in enumerate(book.order_ids.tolist(), start=1)}
    return files.Book.of(
        curves_of(book),
        every_period,
        buses=tree.names,
        periods=[str(period) for period in range(periods)],
        order_names=numbers,
        blocks=blocks_of(book) if with_blocks else None,
        block_names=numbers,
    )


def _stored(published, named, units):
    """The result as it lies in the database, once it has proven itself."""
    columns = PeriodResult.objects.filter(result=published).order_by("period")
    price, low, high, flow = (
        np.array(list(columns.values_list(name, flat=True)), np.int64)
        for name in ("prices_rp_per_mwh", "prices_low_rp_per_mwh", "prices_high_rp_per_mwh", "flows_wh")
    )
    # What nobody could serve or take is not stored; it follows from the book.
    bounds, blocks = units.bounds, named.blocks
    again = clearing.clear(
        named.orders, named.grid, periods=len(price), bounds=bounds, blocks=blocks, effort=EFFORT
    )
    accepted = _accepted_wh(published)
    result = clearing.Result(
        price=price,
        price_low=low,
        price_high=high,
        accepted=_of(accepted, named.orders.order, named.orders.period),
        blocks=None if blocks is None else _outcome(published, blocks, accepted, price),
        flow=flow,
        welfare=published.welfare_urp,
        short=again.short,
        spilled=again.spilled,
    )
    if clearing.result_hash(result) != published.result_hash:
        raise NotReproducible(f"{published.auction.code}: the stored rows have another hash")
    refusals = clearing.certificate.check(named.orders, named.grid, result, bounds=bounds, blocks=blocks)
    if refusals:
        raise NotReproducible(f"{published.auction.code}: {refusals[0]}")
    return result


def _outcome(published, blocks, accepted, price):
    """What became of the blocks, from what each got in its biggest period."""
    got = _of(accepted, blocks.block[blocks.row_block], blocks.period)
    share = np.maximum.reduceat(got, blocks.first[:-1])
    return outcome_of(blocks, share, price, published.gap_urp, 0)


def _accepted_wh(published):
    """What was accepted of each order in each period."""
    rows = NodeResult.objects.filter(result=published).values_list("orders", "periods", "accepted_wh")
    return {(order, period): wh for columns in rows for order, period, wh in zip(*columns, strict=True)}


def _of(accepted, orders, periods):
    return np.array([accepted[key] for key in zip(orders.tolist(), periods.tolist(), strict=True)], np.int64)
