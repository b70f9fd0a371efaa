"""The day's mail: everything that a user wanted to read there, in one letter at six in the evening."""

import json
import smtplib
from collections import defaultdict
from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import Q

from shared import numbers
from webapp.inbox.models import Notification

ZONE = ZoneInfo("Europe/Zurich")
SENT_AT = time(18)
MOST_LINES = 50  # of one letter; the rest is counted
AGAIN_AFTER, GIVEN_UP_AFTER = timedelta(hours=1), timedelta(days=3)
# The mail server is there and does not take this one letter.
REFUSED = (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError)

log = structlog.get_logger(__name__)


def deliver_due(*, at):
    """Send every user's letter that is due; returns how many were sent."""
    due, sent = _due(at), 0
    for user_id in due.values_list("user_id", flat=True).distinct():
        try:
            sent += _send(due.filter(user_id=user_id))
        except Exception as error:
            log.exception("digest_not_sent", user_id=str(user_id))
            if isinstance(error, OSError) and not isinstance(error, REFUSED):
                break  # the mail server is away for all; the next round tries again
            # One letter that cannot be sent must not hold up those behind it.
            due.filter(user_id=user_id).update(mail_again_at=at + AGAIN_AFTER)
    return sent


def _due(at):
    until = _latest_evening(at)
    return Notification.objects.filter(
        Q(mail_again_at=None) | Q(mail_again_at__lte=at),
        mail_due=True,
        user__is_active=True,
        event__received_at__lte=until,
        event__received_at__gt=until - GIVEN_UP_AFTER,
    )


def _latest_evening(at):
    local = at.astimezone(ZONE)
    evening = datetime.combine(local.date(), SENT_AT, ZONE)
    return evening if evening <= local else datetime.combine(local.date() - timedelta(days=1), SENT_AT, ZONE)


@transaction.atomic
def _send(due):
    """One letter; what it told is due no more if and only if it was sent, by whichever process."""
    waiting = due.select_for_update(skip_locked=True, of=("self",))
    told = list(waiting.select_related("user").order_by("at"))
    if not told:
        return False
    Notification.objects.filter(pk__in=[each.pk for each in told]).update(mail_due=False)
    letter(told[0].user, told).send()
    return True


def letter(user, told):
    """What is written to a user, a line for each of these notifications."""
    words = _words()[user.language]
    lines = [_line(each, words) for each in told[:MOST_LINES]]
    if len(told) > MOST_LINES:
        lines.append(words["more"].format(count=len(told) - MOST_LINES))
    body = words["body"].format(lines="\n".join(lines), link=f"{settings.PUBLIC_URL}/inbox")
    return EmailMessage(words["subject"], body, settings.DEFAULT_FROM_EMAIL, [user.email])


def _line(notification, words):
    params = notification.params
    sums = defaultdict(int)
    for node in params["nodes"]:
        sums["boughtWh"] += node["boughtWh"]
        sums["soldWh"] += node["soldWh"]
    figures = [
        words[name].format(kwh=numbers.format_decimal(sums[f"{name}Wh"], scale=3))
        for name in ("bought", "sold")
        if sums[f"{name}Wh"]
    ]
    when = f"{date.fromisoformat(params['deliveryDay']):%d.%m.%Y}"
    if params["marketId"] != "dam":
        starts_at = datetime.fromisoformat(params["deliveryStartsAt"]).astimezone(ZONE)
        when += f", {starts_at:%H:%M}"
    said = words[notification.kind].format(when=when)
    return f"- {said}" + (": " + ", ".join(figures) if figures else "")


@cache
def _words():
    return json.loads((Path(__file__).parent / "digest.json").read_text(encoding="utf-8"))
