"""The day's mail: everything that a user wanted to read there, in one letter at six in the evening."""

import json
from collections import defaultdict
from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction

from shared import numbers
from webapp.inbox.models import Notification

ZONE = ZoneInfo("Europe/Zurich")
SENT_AT = time(18)
MOST_LINES = 50  # of one letter; the rest is counted

log = structlog.get_logger(__name__)


def deliver_due(*, at):
    """Send every user's letter that is due; returns how many were sent."""
    until = _latest_evening(at)
    due = Notification.objects.filter(mail_due=True, event__received_at__lte=until)
    sent = 0
    for user_id in due.values_list("user_id", flat=True).distinct():
        try:
            sent += _send(user_id, until)
        except Exception:
            # The mail server is away, or one letter broken: the next round tries again.
            log.exception("digest_not_sent", user_id=str(user_id))
            break
    return sent


def _latest_evening(at):
    local = at.astimezone(ZONE)
    evening = datetime.combine(local.date(), SENT_AT, ZONE)
    return evening if evening <= local else datetime.combine(local.date() - timedelta(days=1), SENT_AT, ZONE)


@transaction.atomic
def _send(user_id, until):
    """One letter; what it told is due no more if and only if it was sent, by whichever process."""
    waiting = Notification.objects.select_for_update(skip_locked=True, of=("self",))
    told = list(
        waiting.filter(user_id=user_id, mail_due=True, event__received_at__lte=until)
        .select_related("user")
        .order_by("at")
    )
    if not told:
        return False
    Notification.objects.filter(pk__in=[each.pk for each in told]).update(mail_due=False)
    _letter(told[0].user, told).send()
    return True


def _letter(user, told):
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
    said = words.get(notification.kind, words["other"]).format(when=when)
    return f"- {said}" + (": " + ", ".join(figures) if figures else "")


@cache
def _words():
    return json.loads((Path(__file__).parent / "digest.json").read_text(encoding="utf-8"))
