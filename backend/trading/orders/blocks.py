"""Entering, changing and taking back block orders, list by list, until gate closure."""

from dataclasses import dataclass

import numpy as np
from django.db import transaction

from shared import problems
from trading.ledger import operations as ledger
from trading.orders import bulk, capacity, lists, pauses, queries
from trading.orders.models import BlockList, Order, OrderVersion
from trading.orders.operations import GateClosed, VersionConflict, lock_for_entry
from trading.orders.points import InvalidPoints, Points, check, worst_case_urp

MOST_OF_NODE = 100  # open blocks in one auction
DEED = OrderVersion.Deed


class BlocksNotTaken(Exception):
    """This market takes no block orders."""


problems.register(BlocksNotTaken, status=422, code="blocks-not-taken", title="No block orders here")


@dataclass(frozen=True, slots=True)
class Block:
    """What a block order says: quantities in some periods, one limit of the average price.

    `parent` names the block without which it is not accepted, `exclusive_group` the group whose ratios sum to
    at most 1; empty for none. Periods ascend.
    """

    name: str
    side: str
    price_rp_per_mwh: int
    min_ratio_permille: int
    periods: tuple[int, ...]
    quantities_wh: tuple[int, ...]
    parent: str = ""
    exclusive_group: str = ""

    @property
    def points(self):
        """One point in each of its periods."""
        return Points.of_one(self.periods, [self.price_rp_per_mwh] * len(self.periods), self.quantities_wh)


def place(*, auction, node, blocks, actor, at, source="household"):
    """Add a list of block orders to an open auction, all of them or none.

    :raises GateClosed, IntakePaused, CapacityExceeded, LimitExceeded: as when placing an order
    :raises InvalidPoints: a block breaks a rule; it is named
    :raises BlocksNotTaken: the market has no block orders
    """
    _check_rules(auction, blocks)
    if not blocks:
        raise _refused("blocks", "required", "A list needs at least one block.")
    if not auction.takes_orders(at):
        raise GateClosed
    pauses.check(node=node, at=at)
    with transaction.atomic():
        account_id = lock_for_entry(auction, node, at)
        block_list = BlockList.objects.create(auction=auction, node=node)
        _Change(block_list, actor, source, at).apply(blocks, account_id)
    return block_list


def replace(*, block_list, version, blocks, actor, at, source="household"):
    """Say something else with a list, in one step: blocks that it no longer names are taken back.

    What is linked to a block that is taken back goes with it, in whichever list it stands.

    :raises GateClosed, IntakePaused, InvalidPoints, CapacityExceeded, LimitExceeded: as when placing
    :raises VersionConflict: `version` is not the current one
    """
    auction, node = block_list.auction, block_list.node
    _check_rules(auction, blocks)
    if not auction.takes_orders(at):
        raise GateClosed
    if blocks:
        pauses.check(node=node, at=at)  # taking back is no intake
    with transaction.atomic():
        account_id = lock_for_entry(auction, node, at)
        block_list = lists.locked(block_list)
        if version is not None and block_list.version != version:
            raise VersionConflict(current=block_list.version)
        block_list.version += 1
        block_list.save(update_fields=["version"])
        _Change(block_list, actor, source, at).apply(blocks, account_id)
    return block_list


def cancel(*, block_list, actor, at):
    """Take back all blocks of a list; they stay on record. Twice changes nothing.

    :raises GateClosed: `at` is outside the auction's session
    """
    if not block_list.auction.takes_orders(at):
        raise GateClosed
    if not lists.has_open(block_list):
        return block_list
    return replace(block_list=block_list, version=None, blocks=[], actor=actor, at=at)


class _Change:
    """One change of a list, inside its transaction."""

    def __init__(self, block_list, actor, source, at):
        self.list, self.actor, self.source, self.at = block_list, actor, source, at
        self.auction, self.node = block_list.auction, block_list.node

    def apply(self, blocks, account_id):
        """Bring the list to say these blocks, and move what is held for the node."""
        rows = queries.open_orders(auction=self.auction, node=self.node)
        standing = list(rows.select_related("block_list", "parent"))
        mine = {each.name: each for each in standing if each.block_list_id == self.list.pk}
        others = [each for each in standing if each.block_list_id != self.list.pk]
        _check_names(blocks, {each.name for each in others} - {""})
        said = self._rows(blocks, mine)
        named = {each.pk for each in said}
        gone = _with_descendants([each for each in mine.values() if each.pk not in named], others)
        kept = [each for each in others if each not in gone]
        before = {each.pk: _said(each) for each in mine.values()}
        held_urp = sum(each.held_urp for each in standing)
        self._fill(said, blocks, [*kept, *said])
        capacity.check(node=self.node, auction=self.auction, kept=kept, said=said)
        change_urp = sum(each.held_urp for each in (*kept, *said)) - held_urp
        ledger.hold(account_id=account_id, auction_id=self.auction.pk, change_urp=change_urp, at=self.at)
        deeds = self._take_back(gone)
        deeds += self._enter([each for each in said if before.get(each.pk) != _said(each)], before)
        self._write_versions(deeds)

    def _rows(self, blocks, mine):
        """The order of each block: the one that stands under its name, or a new one with its number."""
        numbers = iter(bulk.new_numbers(len(blocks)).tolist())
        fee = self.node.withdrawal_fee_rp_per_mwh
        head = {"auction": self.auction, "node": self.node, "block_list": self.list, "version": 0}
        return [
            mine.get(block.name)
            or Order(pk=next(numbers), kind=Order.Kind.BLOCK, name=block.name, fee_rp_per_mwh=fee, **head)
            for block in blocks
        ]

    def _fill(self, said, blocks, standing):
        by_name = {each.name: each for each in standing if each.kind == Order.Kind.BLOCK}
        if len(by_name) > MOST_OF_NODE:
            raise _refused("blocks", "too-many", f"A node has at most {MOST_OF_NODE} blocks in an auction.")
        for place_of, (order, block) in enumerate(zip(said, blocks, strict=True)):
            if block.parent and block.parent not in by_name:
                raise _refused(
                    f"blocks.{place_of}.linkedTo", "unknown", "There is no open block of this name."
                )
            order.side, order.parent = block.side, by_name.get(block.parent)
            order.periods, order.quantities_wh = list(block.periods), list(block.quantities_wh)
            order.prices_rp_per_mwh = [block.price_rp_per_mwh] * len(block.periods)
            order.min_ratio_permille, order.exclusive_group = block.min_ratio_permille, block.exclusive_group
            order.held_urp, order.ordered_wh = _worst_case_urp(block), sum(block.quantities_wh)
        parent_of = {each.pk: each.parent_id for each in standing}
        for place_of, order in enumerate(said):
            if _is_its_own_ancestor(order.pk, parent_of):
                raise _refused(f"blocks.{place_of}.linkedTo", "loop", "A block cannot hang on itself.")

    def _take_back(self, gone):
        for order in gone:
            order.state, order.cancelled_at, order.held_urp = Order.State.CANCELLED, self.at, 0
            order.version, order.actor = order.version + 1, self.actor
            order.save(update_fields=["state", "actor", "cancelled_at", "held_urp", "version"])
        return [(order, DEED.CANCELLED) for order in gone]

    def _enter(self, changed, before):
        for order in changed:
            order.version, order.received_at = order.version + 1, self.at
            order.actor, order.source = self.actor, self.source
            order.save(force_insert=order.pk not in before)
        return [(order, DEED.REPLACED if order.pk in before else DEED.PLACED) for order in changed]

    def _write_versions(self, deeds):
        """Note what was done; lists that lost blocks which hung on this one's have a new version, too."""
        versions = {self.list.pk: self.list.version}
        for order, _ in deeds:
            if order.block_list_id not in versions:
                other = lists.locked(order.block_list)
                other.version += 1
                other.save(update_fields=["version"])
                versions[other.pk] = other.version
        OrderVersion.objects.bulk_create(
            _version(order, deed, versions[order.block_list_id], self.actor, self.at) for order, deed in deeds
        )


def _check_rules(auction, blocks):
    """Check each block by itself against the rules of the market."""
    if not auction.market.blocks_allowed:
        raise BlocksNotTaken
    for place_of, block in enumerate(blocks):
        try:
            check(
                block.points,
                market=auction.market,
                period_count=auction.period_count,
                is_buy=np.array([block.side == Order.Side.BUY]),
                is_linear=np.array([False]),
            )
        except InvalidPoints as error:
            errors = [each | {"field": _renamed(place_of, each["field"])} for each in error.errors]
            raise InvalidPoints(errors) from error


def _renamed(place_of, field):
    """The place of a point's figure in the list: `points.3.period` is the fourth period of its block."""
    parts = field.split(".")
    if parts[-1] == "priceRpPerMwh":
        return f"blocks.{place_of}.priceRpPerMwh"
    return ".".join([f"blocks.{place_of}", "periods", *parts[1:]])


def _check_names(blocks, taken):
    seen = set(taken)
    for place_of, block in enumerate(blocks):
        if block.name in seen:
            text = "The node has another open block of this name in this auction."
            raise _refused(f"blocks.{place_of}.name", "duplicate-key", text)
        seen.add(block.name)


def _worst_case_urp(block):
    """What a block can cost at most: its limit is that of the average, so its quantities at the limit."""
    is_buy, is_linear = np.array([block.side == Order.Side.BUY]), np.array([False])
    return int(worst_case_urp(block.points, is_buy=is_buy, is_linear=is_linear)[0])


def _with_descendants(orders, others):
    """These orders, and all others that hang on them."""
    found = list(orders)
    for order in found:  # grows meanwhile
        found += [each for each in others if each.parent_id == order.pk]
    return found


def _is_its_own_ancestor(order, parent_of):
    above = parent_of[order]
    for _ in parent_of:
        if above is None or above == order:
            break
        above = parent_of.get(above)
    return above == order


def _said(order):
    """All that a block order says."""
    figures = (tuple(order.periods), tuple(order.prices_rp_per_mwh), tuple(order.quantities_wh))
    return (order.side, *figures, order.min_ratio_permille, order.exclusive_group, order.parent_id)


def _version(order, deed, list_version, actor, at):
    return OrderVersion(
        order=order,
        version=order.version,
        deed=deed,
        curve=order.curve,
        actor=actor,
        at=at,
        periods=order.periods,
        prices_rp_per_mwh=order.prices_rp_per_mwh,
        quantities_wh=order.quantities_wh,
        list_version=list_version,
        min_ratio_permille=order.min_ratio_permille,
        exclusive_group=order.exclusive_group,
        parent_name=order.parent.name if order.parent else "",
    )


def _refused(field, code, detail):
    return InvalidPoints([{"field": field, "code": code, "detail": detail}])
