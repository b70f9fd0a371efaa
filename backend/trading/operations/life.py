"""The steps of one auction's life. Each is one transaction, fenced by the claim's epoch."""

from datetime import timedelta

from django.db import transaction

from trading.capacities import operations as capacities
from trading.ledger import operations as ledger
from trading.markets import calendar
from trading.markets import operations as markets
from trading.markets.models import Auction
from trading.markets.operations import LostClaim
from trading.metering import operations as metering
from trading.metering import queries as readings
from trading.metrics import operations as metrics
from trading.operations import crashpoint, incidents, ladder, notices, planning
from trading.orders import operations as orders
from trading.orders import quarantine
from trading.results import operations as results
from trading.results import solver
from trading.schedules import operations as schedules
from trading.schedules import queries as positions
from trading.settlement import days, imbalances
from trading.settlement import operations as settlement
from trading.strategies import operations as strategies

STATE = Auction.State
SET_ASIDE = "The auction could not be cleared with this order; it was cleared without it."


@transaction.atomic
def bid(*, auction, meters, at):
    """Let the strategies bid for their households, shortly before the gate closes."""
    history = meters.history(at=at)
    scheduled_wh = positions.position(
        nodes=history.nodes.tolist(), starts_at=auction.delivery_starts_at, periods=auction.period_count
    )
    planned = planning.steps(auction=auction, history=history, at=at)
    if planned is not None and auction.market.delivery_minutes is not None:
        planning.intend(auction=auction, planned=planned)
    strategies.bid(auction=auction, history=history, scheduled=scheduled_wh, at=at, planned=planned)
    markets.note_strategies_bid(auction=auction, epoch=auction.epoch, at=at)
    crashpoint.reach("bid-written")


@transaction.atomic
def close(*, auction, at):
    """Freeze the book and what each line may carry at gate closure, and hash them.

    :raises LostClaim: another worker has taken the auction over
    """
    locked = markets.lock_for_closure(auction=auction)
    capacities.freeze(auction=locked, scheduled_wh=positions.flows(auction=locked))
    orders.freeze(auction=auction, at=at)
    crashpoint.reach("book-frozen")


@transaction.atomic
def publish(*, auction, cleared, at, told=True, culprits=()):
    """Keep what was decided; result, entries, schedules and notices become true together or not at all.

    :param cleared: the proven decision
    :param culprits: keys of orders that it was made without
    :raises LostClaim: another worker has taken the auction over
    """
    _advance(auction, STATE.CLOSED, STATE.CLEARED, at)
    _set_aside(auction, culprits, at, told)
    result, outcome = results.keep(auction=auction, cleared=cleared, at=at, epoch=auction.epoch)
    schedules.write(auction=auction, nodes=outcome.nodes, scheduled_wh=outcome.scheduled_wh)
    answer_by = schedules.offer(auction=auction)
    if told:
        notices.published(auction=auction, outcome=outcome, at=at)
        notices.schedule(auction=auction, result=result, answer_by=answer_by, at=at)
    accepted, accepted_wh = outcome.accepted_by_order()
    orders.mark_cleared(auction=auction, node_ids=outcome.nodes, orders=accepted, accepted_wh=accepted_wh)
    crashpoint.reach("result-written")
    # From here on others wait for the accounts, so all that can be done without them was done before.
    settlement.lock_accounts(auction=auction, nodes=outcome.nodes)
    # What was set aside is freed before it is spent: no account may be below its limit in between.
    ledger.release_holds(auction_id=auction.pk, at=at)
    settlement.book_trades(auction=auction, outcome=outcome, at=at)
    _advance(auction, STATE.CLEARED, STATE.PUBLISHED, at)
    crashpoint.reach("booked")
    return result


def _set_aside(auction, culprits, at, told):
    if not culprits:
        return
    aside = quarantine.set_aside(auction=auction, order_ids=culprits, reason=SET_ASIDE, at=at)
    seen = {"orders": [order.public_id for order in aside]}
    incidents.open_once(code="orders-quarantined", seen=seen, at=at, auction=auction)
    if told:
        notices.set_aside(auction=auction, orders=aside, reason=SET_ASIDE, at=at)


def decide(*, auction, at, told=True, solve=solver.here, speed=1, first=ladder.FULL):
    """Publish by the first rung of the ladder whose outcome proves itself, or cancel with notice.

    :param solve: what clears
    :param first: the rung to begin with
    :raises LostClaim: another worker has taken the auction over
    """
    last_at = deadline(auction=auction, speed=speed)
    patience = ladder.Patience(auction=auction, at=at, speed=speed, last_at=last_at)
    # No transaction is open while it is cleared: whoever is stopped meanwhile holds up nobody.
    found = ladder.descend(auction=auction, patience=patience, solve=solve, first=first)
    if found.cleared is None:
        seen = {"refused": found.refused}
        cancel(auction=auction, reason="No result could be proven right.", at=at, seen=seen, told=told)
        return None
    result = publish(auction=auction, cleared=found.cleared, at=at, told=told, culprits=found.culprits)
    if found.refused:
        seen = {"refused": found.refused, "rung": found.cleared.rung}
        incidents.open_once(code="auction-fallback", seen=seen, at=at, auction=auction)
    return result


@transaction.atomic
def cancel(*, auction, reason, at, seen=None, told=True):
    """End an auction without a result: holds are released, everyone is told, the utility supplies at tariff.

    :raises LostClaim: another worker has taken the auction over, or it is published
    """
    if not markets.cancel(auction=auction, reason=reason, epoch=auction.epoch, at=at):
        raise LostClaim
    orders.release(auction=auction, at=at)
    if told:
        notices.cancelled(auction=auction, reason=reason, at=at)
    incidents.open_once(
        code="auction-cancelled", seen={"reason": reason} | (seen or {}), at=at, auction=auction
    )
    crashpoint.reach("cancel-written")


@transaction.atomic
def settle(*, auction_id, at):
    """Settle a delivered auction's imbalances; False if another worker is at it or it is done."""
    rows = Auction.objects.select_for_update(skip_locked=True, of=("self",), no_key=True)
    auction = rows.select_related("market__dso").filter(pk=auction_id, settled_at=None).first()
    if auction is None:
        return False
    if auction.market.delivery_minutes is not None:
        imbalances.settle(auction=auction, at=at)
    else:
        _add_up(auction)
    orders.forget_offers(auction=auction)
    # A cancelled auction stays cancelled; its periods are settled all the same.
    to_state = STATE.SETTLED if auction.state == STATE.PUBLISHED else auction.state
    _advance(auction, auction.state, to_state, at, settled_at=at)
    crashpoint.reach("settle-written")
    return True


@transaction.atomic
def add_up(*, auction_id):
    """Add up the day of a whole-day auction that was settled without it."""
    rows = Auction.objects.select_for_update(of=("self",), no_key=True)  # no correction comes in between
    _add_up(rows.select_related("market__dso").get(pk=auction_id))


def _add_up(auction):
    days.add_up(dso=auction.market.dso, day=auction.delivery_day)
    metrics.add_up_prices(dso=auction.market.dso, day=auction.delivery_day)


@transaction.atomic
def estimate(*, auction_id, at):
    """Estimate the readings that an auction's quarter hours lack; returns how many."""
    auction = Auction.objects.select_related("market__dso").get(pk=auction_id)
    nodes = readings.metered_nodes(dso=auction.market.dso)
    periods, length = auction.period_count, timedelta(minutes=auction.market.period_minutes)
    scheduled = positions.position(
        nodes=nodes.tolist(), starts_at=auction.delivery_starts_at, periods=periods, period=length
    )
    starts = [auction.delivery_starts_at + k * length for k in range(periods)]
    return metering.estimate(
        nodes=nodes.repeat(periods).tolist(),
        starts_at=starts * len(nodes),
        scheduled=scheduled.ravel().tolist(),
        at=at,
    )


def correct(*, dso, at):
    """Settle anew what corrected readings changed, day by day; returns how many were."""
    waiting = imbalances.by_day(dso=dso)
    return sum(_correct(dso, quarters, at) for quarters in waiting)


@transaction.atomic
def _correct(dso, quarters, at):
    # Whoever is just adding up the day does so from before the correction: wait, then do it again.
    whole_days = Auction.objects.select_for_update(no_key=True).filter(
        market__dso=dso,
        market__delivery_minutes=None,
        delivery_day__in={calendar.day_of(quarter) for quarter in quarters},
    )
    settled = {auction.delivery_day for auction in whole_days.order_by("pk") if auction.settled_at}
    auctions = imbalances.correct(dso=dso, quarters=quarters, at=at)
    for day in sorted(settled & {auction.delivery_day for auction in auctions}):
        days.add_up(dso=dso, day=day)
    return len(auctions)


def deadline(*, auction, speed):
    """From when on it is too late for a result."""
    patience = timedelta(seconds=auction.market.cancel_after_s) * max(speed, 1)
    return min(auction.gate_closes_at + patience, auction.delivery_starts_at)


def _advance(auction, from_state, to_state, at, **fields):
    moved = markets.advance(
        auction=auction, from_state=from_state, to_state=to_state, epoch=auction.epoch, at=at, **fields
    )
    if not moved:
        raise LostClaim
    auction.state = to_state
