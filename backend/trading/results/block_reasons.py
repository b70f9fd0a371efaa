"""What became of block orders, and why: worked out again from what they got and the prices."""

from dataclasses import dataclass

import numpy as np

import clearing
from clearing.blocks.outcome import outcome_of
from trading.orders.models import Order
from trading.results.decision import ANY_RATIO, PER_PERMILLE
from trading.results.models import Result

LEFT_OUT = "left-out"


@dataclass(frozen=True, slots=True)
class BlockReason:
    """Why a block got its ratio; prices at the meter.

    `average_rp_per_mwh` is the average price over its quantities: a limit better than that is in the money.
    """

    code: str
    ratio_permille: int
    limit_rp_per_mwh: int
    average_rp_per_mwh: int


def reasons_of(*, result, orders, accepted_wh, prices):
    """Why each block order of some nodes got what it got, by its key.

    :param orders: all block orders of these nodes in the auction: families and groups stand whole
    :param accepted_wh: what was accepted, by (order key, period)
    :param prices: of each period, at each bus
    """
    if not orders:
        return {}
    blocks = _blocks(orders)
    keys = zip(blocks.block[blocks.row_block].tolist(), blocks.period.tolist(), strict=True)
    got = np.array([accepted_wh[key] for key in keys], np.int64)
    share = np.maximum.reduceat(got, blocks.first[:-1])
    found = outcome_of(blocks, share, prices, result.gap_urp, 0)
    by_key = {order.pk: order for order in orders}
    left_out = result.rung == Result.Rung.WITHOUT_BLOCKS
    return {
        key: BlockReason(
            code=LEFT_OUT if left_out else clearing.REASONS[found.reason[i]],
            ratio_permille=int(share[i] * 1000 // blocks.biggest[i]),
            limit_rp_per_mwh=by_key[key].prices_rp_per_mwh[0],
            average_rp_per_mwh=int(found.average[i]) + by_key[key].fee_rp_per_mwh,
        )
        for i, key in enumerate(blocks.block.tolist())
    }


def _blocks(orders):
    counts = [len(order.periods) for order in orders]
    named = sorted({_group(each) for each in orders if each.exclusive_group})
    groups = {group: number for number, group in enumerate(named)}
    keys = {order.pk for order in orders}  # a parent may have been set aside

    def spread(values):
        return np.repeat(np.array(values, np.int64), counts)

    return clearing.Blocks.from_rows(
        block=spread([order.pk for order in orders]),
        bus=spread([order.node.bus.position for order in orders]),
        period=np.concatenate([order.periods for order in orders]),
        side=spread([clearing.BUY if order.side == Order.Side.BUY else clearing.SELL for order in orders]),
        price=spread([order.prices_rp_per_mwh[0] - order.fee_rp_per_mwh for order in orders]),
        quantity=np.concatenate([order.quantities_wh for order in orders]),
        min_ratio=spread([max(order.min_ratio_permille * PER_PERMILLE, ANY_RATIO) for order in orders]),
        parent=spread([each.parent_id if each.parent_id in keys else clearing.NONE for each in orders]),
        group=spread([groups.get(_group(order), clearing.NONE) for order in orders]),
    )


def _group(order):
    """A group's name is its node's own."""
    return order.node_id, order.exclusive_group
