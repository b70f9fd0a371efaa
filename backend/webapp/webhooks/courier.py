"""What one process does every few seconds: see which gates close, and deliver what is due."""

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import datetime, timedelta
from itertools import groupby

import structlog
from django.db import close_old_connections, connection, transaction
from django.db.models import F, Window
from django.db.models.functions import RowNumber

from shared import identity
from webapp.upstream import calls
from webapp.webhooks import models, operations, queries, sender, signatures, targets
from webapp.webhooks.models import Attempt, Delivery

PAUSE_S = 2
GATES_EVERY_S = 15
AT_ONCE = 8  # endpoints
BATCH, OF_ONE = 40, 5  # messages of a round, and of one endpoint: so nobody waits long for somebody slow
LEASE = timedelta(minutes=5)  # more than a round may take
# After each failure; when they are used up the message is given up.
PAUSES_S = (5, 30, 120, 600, 1800, 3600, 7200, 14_400, 28_800, 43_200)
# A schedule is pressing, and it is pushed until the receiver has taken it.
SCHEDULE_PAUSES_S = (5, 15, 30) + 1440 * (60,)
GATE_AHEAD = {"dam": timedelta(minutes=30)}
GATE_AHEAD_ELSE = timedelta(minutes=5)

log = structlog.get_logger(__name__)
_started = threading.Lock()


def start():
    """Begin to deliver in this process; safe to repeat."""
    if _started.acquire(blocking=False):
        threading.Thread(target=_work, name="webhooks", daemon=True).start()


def deliver_due(*, at):
    """Deliver what is due and nobody else is delivering; returns how many messages were tried."""
    deliveries = _claim(at)
    by_endpoint = [list(group) for _, group in groupby(deliveries, key=lambda each: each.endpoint_id)]
    if not by_endpoint:
        return 0
    tried, began = 0, time.monotonic()
    with ThreadPoolExecutor(min(AT_ONCE, len(by_endpoint))) as pool:
        calling = {pool.submit(_call_in_turn, group, at, began): group for group in by_endpoint}
        for done in as_completed(calling):  # each is noted as soon as it is known
            tried += _note_all(calling[done], done.result(), at)
    return tried


def _note_all(group, outcomes, at):
    for delivery, outcome in zip(group, outcomes, strict=False):
        _note(delivery, outcome, at)
    # When the endpoint failed once, the rest waits without counting as tried.
    rest = [each.pk for each in group[len(outcomes) :]]
    Delivery.objects.filter(pk__in=rest).update(due_at=at + timedelta(seconds=PAUSES_S[1]))
    return len(outcomes)


def watch_gates(*, at):
    """Tell whoever wants to know of the gates that are about to close."""
    if not queries.wanting(models.GATE, None).exists():
        return
    clock = calls.send("GET", "/clock", as_identity=calls.own_identity(), at=at).data
    now = datetime.fromisoformat(clock["now"])
    for gate in clock["nextGates"]:
        ahead = GATE_AHEAD.get(gate["marketId"], GATE_AHEAD_ELSE)
        if now < datetime.fromisoformat(gate["gateClosesAt"]) <= now + ahead:
            operations.announce_gate(gate=gate, at=at)


@transaction.atomic
def _claim(at):
    due = {"state": Delivery.State.WAITING, "due_at__lte": at}
    turn = Window(RowNumber(), partition_by="endpoint", order_by=[F("due_at"), F("created_at")])
    first = Delivery.objects.filter(**due).annotate(turn=turn).filter(turn__lte=OF_ONE).order_by("due_at")
    rows = Delivery.objects.select_for_update(skip_locked=True, of=("self",)).select_related("endpoint")
    deliveries = list(rows.filter(pk__in=list(first.values_list("pk", flat=True)[:BATCH]), **due))
    # Whoever dies with these in hand gives them back when the lease is over.
    Delivery.objects.filter(pk__in=[each.pk for each in deliveries]).update(due_at=at + LEASE)
    return sorted(deliveries, key=lambda each: (str(each.endpoint_id), each.created_at))


def _call_in_turn(deliveries, at, began):
    """One after the other until one fails; without the database, so that threads need none."""
    outcomes = []
    for delivery in deliveries:
        # Receivers refuse what is signed long before it comes: the time is that of the call.
        signed_at = at + timedelta(seconds=time.monotonic() - began)
        try:
            outcomes.append(_call(delivery, signed_at))
        except Exception:
            # Whatever is wrong with one endpoint is no matter of the others.
            log.exception("webhook_failed", delivery=str(delivery.pk))
            outcomes.append(sender.Outcome(None, "failed", 0))
        if not outcomes[-1].is_taken:
            break
    return outcomes


@transaction.atomic
def _note(delivery, outcome, at):
    delivery.attempts += 1
    pauses = SCHEDULE_PAUSES_S if delivery.kind == models.SCHEDULE else PAUSES_S
    if outcome.is_taken:
        delivery.state, delivery.ended_at = Delivery.State.DELIVERED, at
    elif delivery.attempts > len(pauses) or delivery.kind == models.PING:
        delivery.state, delivery.ended_at = Delivery.State.DEAD, at
        log.error("webhook_dead", delivery=str(delivery.pk), attempts=delivery.attempts)
    else:
        delivery.due_at = at + timedelta(seconds=pauses[delivery.attempts - 1])
    # Whoever removed the endpoint meanwhile has the last word.
    Delivery.objects.filter(pk=delivery.pk, state=Delivery.State.WAITING).update(
        attempts=delivery.attempts,
        state=delivery.state,
        ended_at=delivery.ended_at,
        due_at=delivery.due_at,
    )
    Attempt.objects.create(
        delivery=delivery,
        at=at,
        status=outcome.status,
        error=outcome.error,
        duration_ms=outcome.duration_ms,
    )


def _call(delivery, at):
    endpoint, body = delivery.endpoint, json.dumps(delivery.body, separators=(",", ":")).encode()
    try:
        target = targets.resolve(endpoint.url)
    except targets.NotAllowed:
        return sender.Outcome(None, "not-allowed", 0)
    given = [signatures.unseal(endpoint.sealed_secret)]
    if endpoint.earlier_until and at < endpoint.earlier_until:
        given.append(signatures.unseal(endpoint.earlier_sealed_secret))
    headers = signatures.sign(f"msg_{delivery.pk.hex}", at, body, given)
    headers |= {"Content-Type": "application/json", "User-Agent": "ceex-webhooks"}
    return sender.post(target, headers=headers, body=body)


def _work():
    pause, gates_in_s = threading.Event(), 0
    while True:
        tried = _round(deliver_due)
        if gates_in_s <= 0:
            _round(watch_gates)
            gates_in_s = GATES_EVERY_S
        if not tried:
            pause.wait(PAUSE_S)
            gates_in_s -= PAUSE_S


def _round(deed):
    close_old_connections()
    try:
        return deed(at=identity.real_time())
    except Exception:
        # The database or trading may be away for a moment; everything waits in the database.
        log.exception("webhooks_wait", deed=deed.__name__)
        connection.close()
        return None
