"""Entering, replacing and cancelling orders until gate closure; freezing the book; what becomes of it.

Locks, always in this order: the auction (shared for entry, alone for closure), the account, the order.
"""

from dataclasses import dataclass

import numpy as np
from django.db import connection, transaction

from shared import problems
from trading import binary_copy
from trading.ledger import operations as ledger
from trading.ledger import queries as accounts
from trading.markets import operations as markets
from trading.orders import bulk, capacity, entry, pauses, queries
from trading.orders.capacity import CapacityExceeded
from trading.orders.models import Offered, Order, OrderVersion
from trading.orders.points import check, worst_case_urp
from trading.orders.said import Said, amounts, columns, unsaved


class GateClosed(Exception):
    """The auction does not take orders at this time."""


class NotOpen(Exception):
    """The order is no longer open."""


class VersionConflict(Exception):
    """The order has changed since it was read."""

    def __init__(self, *, current):
        super().__init__()
        self.params = {"currentVersion": current}


class NoAccount(Exception):
    """The household has no trading account."""


class BlockOfList(Exception):
    """The order is a block: it is changed with its list."""


problems.register(GateClosed, status=409, code="gate-closed", title="Gate closed")
problems.register(NotOpen, status=409, code="order-not-open", title="Order not open")
problems.register(VersionConflict, status=409, code="version-conflict", title="Changed meanwhile")
problems.register(NoAccount, status=409, code="no-account", title="No trading account")
problems.register(BlockOfList, status=409, code="block-of-a-list", title="Change it with its list")


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """What became of many orders: `order_ids[i]` is the new key, or 0 where `refused[i]` says why not."""

    order_ids: np.ndarray
    refused: dict

    @property
    def count(self):
        """How many orders were entered."""
        return int(np.count_nonzero(self.order_ids))


def place(*, auction, node, side, curve, points, actor, at, source="household"):
    """Add an order to an open auction.

    :raises GateClosed: `at` is outside the auction's session
    :raises IntakePaused: no order is taken from the node
    :raises NoAccount: there is nothing to pay from
    :raises InvalidPoints: a point breaks a rule of the market
    :raises CapacityExceeded: the connection could not carry it
    :raises LimitExceeded: it could cost more than the account has free
    """
    return enter(auction=auction, said=Said(node, side, curve, points, actor, source), at=at)


def enter(*, auction, said, at, waits=True):
    """Place an order that is said already.

    :param waits: for whoever holds the account or the auction
    :raises Held: it would have to wait
    :raises: as `place`
    """
    if not auction.takes_orders(at):
        raise GateClosed
    (order,) = unsaved(auction=auction, said=[said], points=said.points, at=at)
    (found,) = entry.enter([order], said.points, waits=waits)
    if found.number is None:
        _refuse(found, order)
    return found.saved(order)


def replace(*, order, version, curve, points, actor, at, source="household"):
    """Say something else with an open order, in one step; its side and auction stay.

    :raises GateClosed, IntakePaused, NotOpen, InvalidPoints, CapacityExceeded, LimitExceeded: as when placing
    :raises VersionConflict: `version` is not the current one
    :raises BlockOfList: it is a block order
    """
    auction, node = order.auction, order.node
    if order.kind == Order.Kind.BLOCK:
        raise BlockOfList
    if not auction.takes_orders(at):
        raise GateClosed
    pauses.check(node=node, at=at)
    (figures,) = amounts(points, auction, [(order.side, curve)])
    with transaction.atomic():
        account_id = lock_for_entry(auction, node, at)
        order = _lock(order)
        if order.state != Order.State.OPEN:
            raise NotOpen
        if order.version != version:
            raise VersionConflict(current=order.version)
        more_urp = figures["held_urp"] - order.held_urp
        order.curve, order.source, order.actor = curve, source, actor
        order.version, order.received_at = version + 1, at
        for name, value in (figures | columns(points)).items():
            setattr(order, name, value)
        others = queries.open_orders(auction=auction, node=node).exclude(pk=order.pk)
        capacity.check(node=node, auction=auction, kept=others.filter(side=order.side), said=[order])
        ledger.hold(account_id=account_id, auction_id=auction.pk, change_urp=more_urp, at=at)
        order.save()
        _write_version(order, OrderVersion.Deed.REPLACED, at)
    return order


def cancel(*, order, actor, at, version=None):
    """Take an open order back; it stays on record. Taking it back twice changes nothing.

    :param version: the one that must be current; None if any may
    :raises GateClosed: `at` is outside the auction's session
    :raises BlockOfList: it is a block order
    :raises VersionConflict: `version` is not the current one
    """
    if order.kind == Order.Kind.BLOCK:
        raise BlockOfList
    if not order.auction.takes_orders(at):
        raise GateClosed
    with transaction.atomic():
        account_id = lock_for_entry(order.auction, order.node, at)
        order = _lock(order)
        if order.state == Order.State.CANCELLED:
            return order
        if version not in (None, order.version):
            raise VersionConflict(current=order.version)
        ledger.hold(account_id=account_id, auction_id=order.auction_id, change_urp=-order.held_urp, at=at)
        order.state, order.actor, order.cancelled_at, order.held_urp = Order.State.CANCELLED, actor, at, 0
        order.version += 1
        order.save(update_fields=["state", "actor", "cancelled_at", "held_urp", "version"])
        _write_version(order, OrderVersion.Deed.CANCELLED, at)
    return order


@transaction.atomic
def place_many(*, auction, node_ids, is_buy, points, sources, actor, at):
    """Enter step orders of strategies, given as columns; their earlier ones for these nodes are taken back.

    Left out, with the reason: what the connection cannot carry, what its account cannot cover, nodes whose
    household has an order of its own in this auction, and those whose intake is paused: these keep theirs.

    :raises GateClosed: `at` is outside the auction's session
    :raises InvalidPoints: a point breaks a rule of the market
    """
    if not markets.lock_for_entry(auction_id=auction.pk).takes_orders(at):
        raise GateClosed
    batch = bulk.Batch(auction, np.asarray(node_ids), np.asarray(is_buy), sources, points, actor, at)
    count, is_linear = len(batch.node_ids), np.zeros(len(batch.node_ids), bool)
    if not count:
        return Placed(np.zeros(0, np.int64), {})
    rules = {"market": auction.market, "period_count": auction.period_count}
    check(points, is_buy=batch.is_buy, is_linear=is_linear, **rules)
    fees, capacities_w, account_ids = bulk.nodes(batch.node_ids)
    ledger.lock(account_ids=account_ids)
    paused = pauses.among(batch.node_ids, at=at)
    freed_accounts, freed_urp = bulk.take_back(batch, np.delete(batch.node_ids, paused))
    ledger.give_back(account_ids=freed_accounts, auction_id=auction.pk, amounts_urp=freed_urp, at=at)
    refused = bulk.refused(batch, capacities_w) | dict.fromkeys(paused, pauses.PAUSED)
    kept = np.array([index for index in range(count) if index not in refused], np.int64)
    costs = worst_case_urp(points, is_buy=batch.is_buy, is_linear=is_linear)
    numbers = bulk.new_numbers(len(kept))
    fits = ledger.hold_many(
        account_ids=account_ids[kept], auction_id=auction.pk, amounts_urp=costs[kept], at=at
    )
    order_ids = np.zeros(count, np.int64)
    order_ids[kept[fits]] = numbers[fits]
    bulk.write(batch, order_ids, fees, costs)
    return Placed(order_ids, refused | dict.fromkeys(kept[~fits].tolist(), "limit-exceeded"))


@transaction.atomic
def freeze(*, auction, at):
    """Close the gate of an auction for good and hash its book; returns the hash.

    `auction` is as it was claimed: its epoch must still be the current one.

    :raises LostClaim: another worker has closed it or taken it over
    """
    locked = markets.lock_for_closure(auction=auction)
    book_hash = queries.book_hash(auction=locked)
    closed = markets.advance(
        auction=locked, from_state="open", to_state="closed", epoch=auction.epoch, at=at, book_hash=book_hash
    )
    if not closed:
        raise markets.LostClaim
    auction.state, auction.closed_at, auction.book_hash = "closed", at, book_hash
    return book_hash


def mark_cleared(*, auction, node_ids, orders, accepted_wh):
    """Note what of each frozen order was accepted over all periods: a row per node.

    What was set aside for them is freed by the caller, with `ledger.release_holds`, before it books.

    :param orders: a `binary_copy.Ragged` of order numbers, parallel to `node_ids`
    :param accepted_wh: parallel to the orders' values
    :raises django.db.IntegrityError: an order is not in this node's part of the book, or has not that much
    """
    columns = {
        "auction_id": np.full(len(node_ids), auction.pk),
        "node_id": np.asarray(node_ids, np.int64),
        "orders": orders,
        "accepted_wh": binary_copy.Ragged(accepted_wh, orders.first),
    }
    with connection.cursor() as cursor:
        binary_copy.write(cursor, "orders_acceptance", columns)


@transaction.atomic
def release(*, auction, at):
    """Free what is set aside for the orders of a cancelled auction; returns how many orders it lets go of."""
    ledger.release_holds(auction_id=auction.pk, at=at)
    return Order.objects.filter(queries.STANDING, auction=auction).count()


def forget_offers(*, auction):
    """Let go of what was added up of the orders of an auction that is over: nobody asks for it again."""
    Offered.objects.filter(auction=auction).delete()


def lock_for_entry(auction, node, at):
    """Keep the gate from closing and the account from being used by others; returns the account's key."""
    if not markets.lock_for_entry(auction_id=auction.pk).takes_orders(at):
        raise GateClosed
    account = accounts.account(customer=node.customer_id, kind="trading")
    ledger.lock(account_ids=[account.pk])
    return account.pk


def _lock(order):
    rows = Order.objects.select_for_update(of=("self",))
    return rows.select_related("auction__market", "node").get(pk=order.pk)


def _refuse(found, order):
    if not found.takes_orders:
        raise GateClosed
    if found.paused_until is not None:
        raise pauses.IntakePaused(ends_at=found.paused_until)
    if not found.has_account:
        raise NoAccount
    if found.full_period is not None:
        carried = capacity.capacity_wh(order.node, order.auction)
        raise CapacityExceeded(
            period=found.full_period,
            capacity_wh=carried,
            free_wh=carried - int(found.taken_wh),
            asked_wh=int(found.asked_wh),
        )
    raise ledger.LimitExceeded(free_urp=found.free_urp, needed_urp=order.held_urp)


def _write_version(order, deed, at):
    OrderVersion.objects.create(
        order=order,
        version=order.version,
        deed=deed,
        curve=order.curve,
        actor=order.actor,
        at=at,
        periods=order.periods,
        prices_rp_per_mwh=order.prices_rp_per_mwh,
        quantities_wh=order.quantities_wh,
    )
