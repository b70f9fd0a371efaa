from shared import fields
from webapp.inbox.models import Notification

NEWEST = 100


def newest_of(user):
    """The user's newest notifications."""
    return Notification.objects.filter(user=user, in_app=True).order_by("-at", "notification_id")[:NEWEST]


def unread_of(user):
    """How many the user has not read."""
    return Notification.objects.filter(user=user, in_app=True, read_at=None).count()


def described(notification):
    """A notification as the page sees it."""
    return {
        "notificationId": str(notification.notification_id),
        "kind": notification.kind,
        "at": fields.utc_text(notification.at),
        "readAt": fields.utc_text(notification.read_at),
        "params": notification.params,
    }
