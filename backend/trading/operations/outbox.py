"""Messages to the public door: committed with what they report, sent at least once under one id."""

import json
from datetime import timedelta

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Q

from shared import identity
from trading.operations import crashpoint, outside
from trading.operations.models import OutboxMessage

log = structlog.get_logger(__name__)

LARGEST_BATCH = 100  # events a request
LARGEST_BODY = 500_000  # bytes, half of what the receiver reads
READ_S = 5
LONGEST_PAUSE_S = 300
REFUSALS_BEFORE_DEAD = 20  # only what the receiver understood and refused ever dies


def write(*, kind, payload, at):
    """Put a message into the outbox, inside the transaction whose outcome it reports."""
    return OutboxMessage.objects.create(kind=kind, payload=payload, created_at=at, next_attempt_at=at)


@transaction.atomic
def relay(*, at):
    """Send the oldest messages that nobody else is sending; return how many were taken off the list.

    `at` is real time: pauses between attempts do not follow the speed of the exchange's clock.
    The rows stay locked while they are on their way, so a sender that dies gives them back.
    """
    waiting = OutboxMessage.objects.select_for_update(skip_locked=True).filter(sent_at=None, dead_at=None)
    messages = list(waiting.filter(Q(attempts=0) | Q(next_attempt_at__lte=at)).order_by("pk")[:LARGEST_BATCH])
    return _send(messages, at)


def _send(messages, at):
    batch, body = _body(messages)
    if not batch:
        return 0
    status = _post(body)
    crashpoint.reach("sent")
    if status is not None and 200 <= status < 300:
        return OutboxMessage.objects.filter(pk__in=[each.pk for each in batch]).update(sent_at=at)
    if _refused(status) and len(batch) > 1:
        return sum(_send([each], at) for each in batch)  # the bad one alone shall wait
    _put_off(batch, status, at)
    return 0


def _refused(status):
    return status is not None and 400 <= status < 500 and status not in (401, 403, 408, 429)


def _body(messages):
    """The longest run of messages from the front that fits in one request, and the request's body."""
    events, size = [], 0
    for message in messages:
        event = json.dumps({"eventId": str(message.event_id), "kind": message.kind, **message.payload})
        size += len(event) + 2
        if events and size > LARGEST_BODY:
            break
        events.append(event)
    return messages[: len(events)], '{"events": [' + ", ".join(events) + "]}"


def _post(body):
    """Send one request to the receiver of our settings and nowhere else; None if it was not reached."""
    token = identity.sign(
        settings.TRADING_PRIVATE_KEY,
        issuer="trading",
        audience="webapp",
        subject="trading",
        role=identity.SERVICE,
        nodes=[],
        at=identity.real_time(),
    )
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    return outside.post(
        f"{settings.WEBAPP_URL}/internal/events", body.encode(), read_s=READ_S, headers=headers
    )


def _put_off(batch, status, at):
    """Try again later, each time after twice the pause; give up only what was refused again and again."""
    for message in batch:
        pause_s = min(2**message.attempts, LONGEST_PAUSE_S)
        message.attempts = min(message.attempts + 1, 32_000)
        message.next_attempt_at = at + timedelta(seconds=pause_s)
        if _refused(status) and message.attempts >= REFUSALS_BEFORE_DEAD:
            message.dead_at = at
    OutboxMessage.objects.bulk_update(batch, ["attempts", "next_attempt_at", "dead_at"])
    log.warning("outbox_put_off", messages=len(batch), status=status)
