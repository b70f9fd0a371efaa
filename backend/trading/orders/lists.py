"""Lists of block orders: what they say, and what they said."""

from shared import problems
from trading.orders import queries
from trading.orders.models import BlockList, Order, OrderVersion


class BlockListNotFound(Exception):
    """There is no such list of blocks."""


problems.register(BlockListNotFound, status=404, code="not-found", title="Not found")


def one(*, nodes, public_id):
    """A list of one of these nodes, given by their public names.

    :raises BlockListNotFound: none of them has one of this name
    """
    found = _lists().filter(node__public_id__in=nodes, public_id=public_id).first()
    if found is None:
        raise BlockListNotFound
    return found


def of_nodes(*, nodes, auction):
    """The lists of some nodes in an auction, given by its code, the newest first, each with its blocks."""
    found = list(_lists().filter(node__in=nodes, auction__code=auction).order_by("-pk"))
    blocks_of = {each.pk: [] for each in found}
    for block in _blocks().filter(block_list__in=found):
        blocks_of[block.block_list_id].append(block)
    return [(each, blocks_of[each.pk]) for each in found]


def locked(block_list):
    """The list as it is now; nobody else changes it until the end of the transaction."""
    return _lists().select_for_update(of=("self",), no_key=True).get(pk=block_list.pk)


def blocks(block_list):
    """All blocks of a list, those that were taken back, too, in the order in which they were entered."""
    return _blocks().filter(block_list=block_list)


def has_open(block_list):
    """Whether any block of a list is open."""
    return blocks(block_list).filter(queries.STANDING).exists()


def versions(block_list):
    """What was said of the blocks of a list, change by change."""
    said = OrderVersion.objects.filter(order__block_list=block_list, order__kind=Order.Kind.BLOCK)
    return said.select_related("order").order_by("list_version", "order")


def _blocks():
    return queries.with_outcome().filter(kind=Order.Kind.BLOCK).order_by("pk")


def _lists():
    return BlockList.objects.select_related("auction__market", "node")
