"""One pass over the work list; any number of workers may make theirs at the same time."""

from contextlib import nullcontext
from datetime import timedelta
from functools import partial

import structlog
from django.db import OperationalError, transaction

from trading.grid import queries as grid
from trading.markets import changes, halts
from trading.markets import operations as markets
from trading.markets.models import Auction
from trading.markets.operations import LostClaim
from trading.operations import crashpoint, deadman, incidents, invariants, ladder, life, notices
from trading.results import solver
from trading.schedules import operations as schedules
from trading.settlement import operations as settlement
from trading.settlement import queries as unsettled

log = structlog.get_logger(__name__)

LEASE_S = 3  # of the database's time, unless the worker's pulse renews it; then another worker takes over
MOST_ATTEMPTS = 2  # then households must do without their strategies, and a result without block orders
LONGEST_PAUSE_S = 20  # between attempts
ENDS = ("published", "cancelled")
AT_ONCE = 20  # auctions settled in one pass
HALTED = "The market is halted: {}"
ESTIMATED_AFTER = timedelta(hours=48)  # from the end of delivery: so long the meters may take to report


def run_due(*, worker, moment, meters, **means):
    """Do every step that is due at a moment of the exchange's clock; return how many were done.

    :param meters: {grid operator's key: its MeterWindow}
    :param means: what `step_due` works with
    """
    return step_due(worker=worker, moment=moment, meters=meters, **means) + tend_due(moment=moment)


def tend_due(*, moment):
    """Settle what is metered, take silence for acceptance, let changes hold; return how much was done."""
    unanswered = schedules.hear_silence(at=moment.at)
    return settle_due(at=moment.at) + unanswered + changes.apply_due(at=moment.at)


def step_due(
    *, worker, moment, meters, told=True, checked=True, limit=1, solve=solver.here, holding=nullcontext
):
    """Open what is to be opened, and lead auctions that are due one step on; return how many those were.

    :param told: whether the public door hears of it
    :param checked: whether the invariants are asked after each result
    :param limit: how many auctions to claim at once; they are worked on one after the other
    :param solve: what clears
    :param holding: a context in which an auction's claim is renewed
    """
    markets.open_due(at=moment.at)
    claimed = markets.claim_due(
        worker=worker, at=moment.at, real_at=moment.real_at, lease_s=LEASE_S, limit=limit
    )
    step = partial(_step, moment=moment, meters=meters, told=told, checked=checked, solve=solve)
    return sum(_try_step(auction, moment, step, holding) for auction in claimed)


def settle_due(*, at):
    """Settle what is delivered and metered; return how many auctions that were."""
    _estimate_overdue(at)
    done = sum(life.settle(auction_id=key, at=at) for key in unsettled.metered(at=at, limit=AT_ONCE))
    crashpoint.reach("settled")
    done += sum(life.correct(dso=dso, at=at) for dso in grid.operators())
    if not done:
        return 0
    whole_days = unsettled.done_by_others(at=at, limit=AT_ONCE)
    return done + sum(life.settle(auction_id=key, at=at) for key in whole_days)


def add_up_missing():
    """Add up the days that were settled by a version which did not; returns how many."""
    missing = unsettled.not_added_up()
    for key in missing:
        life.add_up(auction_id=key)
    return len(missing)


@transaction.atomic
def curtail(*, auction, items, reason, schedule_hash, actor, at):
    """Take off a schedule what the grid cannot carry, unwind the trades behind it, and tell those concerned.

    :raises: as `schedules.operations.curtail`
    """
    curtailment, is_new = schedules.curtail(
        auction=auction, items=items, reason=reason, schedule_hash=schedule_hash, actor=actor, at=at
    )
    if is_new:
        settlement.book_curtailment(curtailment=curtailment, at=at)
        notices.curtailed(auction=auction, curtailment=curtailment, at=at)
    return curtailment


def _estimate_overdue(at):
    """Estimate what meters still owe after `ESTIMATED_AFTER`, with an incident for each auction."""
    for key in unsettled.overdue(at=at - ESTIMATED_AFTER, limit=AT_ONCE):
        missing = life.estimate(auction_id=key, at=at)
        if missing:
            auction = Auction.objects.get(pk=key)
            incidents.open_once(code="readings-missing", seen={"estimated": missing}, at=at, auction=auction)


def _try_step(auction, moment, step, holding):
    """Take the step and give the claim back; after a failure keep it, so that the lease is the pause."""
    try:
        with holding(auction):
            crashpoint.reach("claimed")
            done = step(auction)
    except LostClaim:
        log.warning("claim_lost", auction=auction.code, epoch=auction.epoch)
        return 0
    except OperationalError:
        raise  # the database went away, which is no fault of this auction's
    except Exception as error:
        # Whatever it was: one auction must not stop the others. It is tried again until its deadline.
        log.exception("step_failed", auction=auction.code, state=auction.state, attempts=auction.attempts)
        incidents.open_once(
            code="step-failed", seen={"error": type(error).__name__}, at=moment.at, auction=auction
        )
        pause_s = min(LEASE_S * auction.attempts, LONGEST_PAUSE_S)
        markets.renew(auction=auction, epoch=auction.epoch, real_at=moment.real_at, lease_s=pause_s)
        return 0
    markets.release(auction=auction, epoch=auction.epoch)
    if done in ENDS:
        deadman.ping(auction_code=auction.code, end=done)
    log.info("step", auction=auction.code, step=done, at=moment.at.isoformat(), worker=auction.claimed_by)
    return 1


def _step(auction, *, moment, meters, told, checked, solve):
    at = moment.at
    if at < auction.gate_closes_at:
        return _bid(auction, at, meters)
    if at >= life.deadline(auction=auction, speed=moment.speed):
        life.cancel(auction=auction, reason="No result was reached in time.", at=at, told=told)
        crashpoint.reach("cancelled")
        return "cancelled"
    halt = halts.of(market=auction.market)
    if halt is not None:
        life.cancel(auction=auction, reason=HALTED.format(halt.reason), at=at, told=told)
        return "cancelled"
    if auction.state == Auction.State.OPEN:
        life.close(auction=auction, at=at)
        crashpoint.reach("closed")
    first = ladder.FULL if auction.attempts <= MOST_ATTEMPTS else ladder.WITHOUT_BLOCKS
    result = life.decide(auction=auction, at=at, told=told, solve=solve, speed=moment.speed, first=first)
    crashpoint.reach("published")
    if checked:
        check(at=at, auctions=[auction])
    return "published" if result else "cancelled"


def _bid(auction, at, meters):
    if auction.attempts > MOST_ATTEMPTS:
        # Households that bid by hand must not lose the auction to a strategy that fails.
        markets.note_strategies_bid(auction=auction, epoch=auction.epoch, at=at)
        return "bid given up"
    life.bid(auction=auction, meters=meters[auction.market.dso_id], at=at)
    crashpoint.reach("bid-done")
    return "bid"


def check(*, at, auctions=None, since=None):
    """Ask the invariants, of everything or of some auctions; each that does not hold is an incident."""
    keys = None if auctions is None else [auction.pk for auction in auctions]
    violations = invariants.check(at=at, auctions=keys, since=since)
    for violation in violations:
        incidents.open_once(
            code=f"invariant-{violation.name}",
            seen={"sentence": violation.sentence, "rows": violation.rows},
            at=at,
            auction=auctions[0] if auctions and len(auctions) == 1 else None,
        )
    if auctions is None:
        held = {each.name for each in invariants.ALL} - {each.name for each in violations}
        incidents.close(codes=[f"invariant-{name}" for name in held], at=at)
    return violations
