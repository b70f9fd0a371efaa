from collections import defaultdict

from django.db import transaction

from shared import problems
from webapp.access import queries as access
from webapp.inbox import wishes
from webapp.inbox.models import Notification, ReceivedEvent
from webapp.inbox.wishes import ASIDE, CANCELLED, CURTAILED
from webapp.webhooks import operations as webhooks

SCHEDULE, INCIDENT = "schedule-published", "incident-opened"
# Of this everybody hears, whatever they wish: orders are refused until it ends.
PAUSED = "intake-paused"
DAY_AHEAD = "dam"
PARAMS = (
    "auctionId",
    "marketId",
    "number",
    "deliveryDay",
    "deliveryStartsAt",
    "deliveryEndsAt",
    "reason",
)


class NotificationNotYours(Exception):
    """You have no such notification."""


problems.register(NotificationNotYours, status=404, code="not-found", title="Not found")


@transaction.atomic
def receive(*, events, at):
    """Tell the users concerned, and their programs, about each event, once, however often it arrives."""
    for event in events:
        # Of two deliveries at the same time, one waits here for the other and then finds the row.
        received, is_new = ReceivedEvent.objects.get_or_create(
            event_id=event["eventId"], defaults={"received_at": at}
        )
        if is_new:
            _tell(event, received, at)


def _tell(event, received, at):
    if event["kind"] == SCHEDULE:
        webhooks.announce_schedule(event=event, at=at)
    elif event["kind"] == INCIDENT:
        webhooks.announce_incident(event=event, at=at)
    elif event["kind"] == PAUSED:
        _notify_of_pause(event, received)
    else:
        Notification.objects.bulk_create(_notifications(event, received))
        if event["kind"] not in (CURTAILED, ASIDE):
            webhooks.announce_auction(event=event, at=at)


def _notify_of_pause(event, received):
    user_id = access.users_by_node([event["nodeId"]]).get(event["nodeId"])
    if user_id is not None:
        params = {name: event[name] for name in ("nodeId", "endsAt", "reason")}
        Notification.objects.create(
            user_id=user_id, event=received, kind=PAUSED, at=event["at"], params=params
        )


def _notifications(event, received):
    concerned = [node for node in event["nodes"] if _is_worth_telling(event, node)]
    users = access.users_by_node([node["nodeId"] for node in concerned])
    by_user = defaultdict(list)
    for node in concerned:
        if node["nodeId"] in users:
            by_user[users[node["nodeId"]]].append(node)
    params = {name: event[name] for name in PARAMS}
    wanted = wishes.of_all(users=by_user, kind=event["kind"])
    return [
        Notification(
            user_id=user_id,
            event=received,
            kind=event["kind"],
            at=event["at"],
            params=params | {"nodes": nodes},
            in_app=wanted[user_id].in_app,
            mail_due=wanted[user_id].by_mail,
        )
        for user_id, nodes in by_user.items()
        if wanted[user_id].in_app or wanted[user_id].by_mail
    ]


def _is_worth_telling(event, node):
    """48 auctions a day would be noise, but for whoever placed the order or was let down."""
    return event["marketId"] == DAY_AHEAD or event["kind"] in (CANCELLED, CURTAILED) or node["manual"]


def mark_read(*, user, notification_id, at):
    """Note that the user has read one; safe to repeat.

    :raises NotificationNotYours: there is none, or it is someone else's
    """
    mine = Notification.objects.filter(user=user, notification_id=notification_id)
    if not mine.exists():
        raise NotificationNotYours
    mine.filter(read_at=None).update(read_at=at)


def mark_all_read(*, user, at):
    """Note that the user has read all."""
    Notification.objects.filter(user=user, read_at=None).update(read_at=at)
