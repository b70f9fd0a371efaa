"""Write what must flow, and what the grid operator says to it."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta

import numpy as np
from django.db import connection, transaction

from shared import problems
from trading import binary_copy
from trading.capacities import operations as capacities
from trading.capacities.rows import Said
from trading.markets import queries as markets
from trading.results import queries as results
from trading.schedules import curtailing, queries
from trading.schedules.models import Acceptance, CurtailedOrder, Curtailment, Schedule

STATE = Acceptance.State
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class OtherSchedule(Exception):
    """The answer names another schedule than the one that was sent."""


class AnswerTooLate(Exception):
    """The time to answer is over; silence was taken as acceptance."""


class AlreadyAnswered(Exception):
    """This schedule was answered otherwise before."""


class NothingToCurtail(Exception):
    """The schedule is within these limits; accept it."""


problems.register(OtherSchedule, status=409, code="other-schedule", title="Another schedule")
problems.register(AnswerTooLate, status=409, code="answer-too-late", title="Too late")
problems.register(AlreadyAnswered, status=409, code="already-answered", title="Already answered")
problems.register(NothingToCurtail, status=422, code="nothing-to-curtail", title="Nothing to curtail")

# The time of the market, which stands still for nobody however fast the clock runs: it is stretched by the
# clock's speed, but never beyond the next gate of the same quarter hours, nor into delivery.
OFFER = """
INSERT INTO schedules_acceptance (auction_id, answer_by, state, actor)
SELECT auction.id, least(
    auction.gate_closes_at + make_interval(secs =>
        market.accept_within_s * coalesce((SELECT speed FROM markets_exchangeclock), 1)),
    auction.delivery_starts_at,
    (SELECT min(later.gate_closes_at) FROM markets_auction later
     JOIN markets_market of_later ON of_later.id = later.market_id AND of_later.dso_id = market.dso_id
     WHERE later.delivery_starts_at < auction.delivery_ends_at
       AND later.delivery_ends_at > auction.delivery_starts_at
       AND later.gate_closes_at > auction.gate_closes_at)), 'waiting', ''
FROM markets_auction auction JOIN markets_market market ON market.id = auction.market_id
WHERE auction.id = %s
ON CONFLICT (auction_id) DO NOTHING RETURNING answer_by
"""


def write(*, auction, nodes, scheduled_wh):
    """Write each node's schedule from an auction's result, once. Return how many rows that are.

    :param nodes: keys of nodes
    :param scheduled_wh: array of shape (len(nodes), periods), injection positive [Wh]
    """
    start_us = (auction.delivery_starts_at - EPOCH) // timedelta(microseconds=1)
    columns = {
        "auction_id": np.full(len(nodes), auction.pk),
        "node_id": np.asarray(nodes, np.int64),
        "starts_at": binary_copy.timestamps(np.full(len(nodes), start_us)),
        "scheduled_wh": binary_copy.narrow(scheduled_wh, np.int32),
    }
    with connection.cursor() as cursor:
        binary_copy.write(cursor, "schedules_schedule", columns)
    return len(nodes)


def offer(*, auction):
    """Send an auction's schedule to its grid operator for an answer; return by when it is due."""
    with connection.cursor() as cursor:
        cursor.execute(OFFER, [auction.pk])
        row = cursor.fetchone()
    return row[0] if row else Acceptance.objects.get(auction=auction).answer_by


@transaction.atomic
def accept(*, auction, schedule_hash, actor, at):
    """Note that the grid operator accepts a schedule; saying it again changes nothing.

    :raises NotPublished, OtherSchedule, AnswerTooLate, AlreadyAnswered: it cannot
    """
    acceptance, _ = _waiting(auction, schedule_hash, at, unless=STATE.ACCEPTED)
    if acceptance.state == STATE.WAITING:
        acceptance.state, acceptance.answered_at, acceptance.actor = STATE.ACCEPTED, at, actor
        acceptance.save(update_fields=["state", "answered_at", "actor"])
    return acceptance


def hear_silence(*, at):
    """Take as accepted what nobody answered in time; return how many that are."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE schedules_acceptance SET state = 'silent', answered_at = %(at)s WHERE auction_id IN ("
            " SELECT auction_id FROM schedules_acceptance WHERE state = 'waiting' AND answer_by <= %(at)s"
            " FOR UPDATE SKIP LOCKED)",
            {"at": at},
        )
        return cursor.rowcount


def accept_past(*, actor, at):
    """Accept every schedule whose time to answer lies in a past that is only played; return how many."""
    waiting = Acceptance.objects.filter(state=STATE.WAITING, answer_by__lte=at)
    return waiting.update(state=STATE.ACCEPTED, answered_at=at, actor=actor)


@transaction.atomic
def curtail(*, auction, items, reason, schedule_hash, actor, at):
    """Take off a schedule what the grid cannot carry; return the curtailment, and whether it is new.

    The trades behind it are unwound by the caller, in the same transaction. The same again changes nothing.

    :param items: dicts with `line` or `node`, `limitWh`, and `startsAt`, `endsAt` for a part of the time
    :raises NotPublished, OtherSchedule, AnswerTooLate, AlreadyAnswered, NothingToCurtail: it cannot
    :raises Problem: 400 naming each item and field that is wrong
    """
    acceptance, result = _waiting(auction, schedule_hash, at, unless=STATE.CURTAILED)
    said = queries.as_said(items)
    if acceptance.state == STATE.CURTAILED:
        earlier = Curtailment.objects.get(auction=auction)
        if (earlier.said, earlier.reason) != (said, reason):
            raise AlreadyAnswered
        return earlier, False
    tree = curtailing.tree_of(auction)
    limits = curtailing.limits_of(items, auction=auction, tree=tree)
    cuts = curtailing.cuts(result=result, limits=limits, tree=tree)
    if not cuts.cut_wh:
        raise NothingToCurtail
    curtailment = Curtailment.objects.create(
        auction=auction,
        reason=reason,
        actor=actor,
        at=at,
        said=said,
        cut_wh=cuts.cut_wh,
        line_fees_urp=cuts.line_fees_urp,
        congestion_rent_urp=cuts.congestion_rent_urp,
    )
    _store_orders(curtailment, cuts)
    _take_off(auction, cuts)
    _limit_later(auction, items, limits, tree, cuts, curtailment)
    acceptance.state, acceptance.answered_at, acceptance.actor = STATE.CURTAILED, at, actor
    acceptance.save(update_fields=["state", "answered_at", "actor"])
    return curtailment, True


def _waiting(auction, schedule_hash, at, *, unless):
    """The acceptance of a schedule, locked, and its result; it waits, or has this answer already."""
    result = results.published(auction=auction)
    # Schedules of before there were answers count as answered.
    acceptance = Acceptance.objects.select_for_update().filter(auction=auction).first()
    if result.result_hash != schedule_hash:
        raise OtherSchedule
    if acceptance is None or acceptance.state == STATE.SILENT:
        raise AnswerTooLate
    if acceptance.state == unless:
        return acceptance, result
    if acceptance.state != STATE.WAITING:
        raise AlreadyAnswered
    if at >= acceptance.answer_by:
        raise AnswerTooLate
    return acceptance, result


def _store_orders(curtailment, cuts):
    places = defaultdict(list)
    for place, order in enumerate(cuts.order.tolist()):
        places[order].append(place)
    CurtailedOrder.objects.bulk_create(
        CurtailedOrder(
            curtailment=curtailment,
            order_id=order,
            node_id=int(cuts.node[here[0]]),
            periods=cuts.period[here].tolist(),
            cut_wh=cuts.wh[here].tolist(),
            energy_urp=int(cuts.energy_urp[here].sum()),
            fee_urp=int(cuts.fee_urp[here].sum()),
        )
        for order, here in places.items()
    )


def _take_off(auction, cuts):
    nodes, rows = np.unique(cuts.node, return_inverse=True)
    less_wh = np.zeros((len(nodes), auction.period_count), np.int64)
    np.add.at(less_wh, (rows, cuts.period), cuts.side * cuts.wh)
    row_of = {node: row for row, node in enumerate(nodes.tolist())}
    schedules = list(Schedule.objects.filter(auction=auction, node__in=nodes.tolist()))
    for schedule in schedules:
        now_wh = np.array(schedule.scheduled_wh, np.int64) - less_wh[row_of[schedule.node_id]]
        schedule.scheduled_wh = now_wh.tolist()
    Schedule.objects.bulk_update(schedules, ["scheduled_wh"], batch_size=500)


def _limit_later(auction, items, limits, tree, cuts, curtailment):
    """What a curtailed line carries now is its capacity for later auctions, else they would fill it again."""
    others_wh = queries.flows(auction=auction)
    flows_wh = cuts.flows_wh if others_wh is None else cuts.flows_wh + others_wh
    starts, length = markets.period_starts(auction), auction.market.period_minutes
    step = auction.delivery_ends_at - starts[-1]
    said = []
    for item, limit in zip(items, limits, strict=True):
        if limit.below is None:
            continue
        bus = tree.names.index(item["line"])
        for period in np.flatnonzero(cuts.flows_wh[limit.first : limit.until, bus]) + limit.first:
            direction = "up" if cuts.flows_wh[period, bus] > 0 else "down"
            carried_w = max(int(flows_wh[period, bus]) * (1 if direction == "up" else -1), 0) * 60 // length
            begins = starts[period]
            said.append(
                Said(
                    len(said) + 1,
                    item["line"],
                    direction,
                    begins,
                    begins + step,
                    carried_w,
                    curtailment.reason,
                )
            )
    capacities.limit_later(dso=auction.market.dso, rows_said=said, actor=curtailment.actor, at=curtailment.at)
