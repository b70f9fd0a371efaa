from shared.fields import utc_text
from webapp.webhooks.models import Delivery, Endpoint

PAGE = 50


def endpoints_of(user):
    """The addresses that a user wants to be called at, the newest first."""
    return Endpoint.objects.filter(user=user, removed_at=None).order_by("-created_at", "endpoint_id")


def wanting(kind, users):
    """The endpoints of some users that want to hear of a kind of event."""
    rows = Endpoint.objects.filter(removed_at=None, kinds__contains=[kind], user__is_active=True)
    return rows if users is None else rows.filter(user_id__in=users)


def deliveries_of(endpoint, *, state=None):
    """The newest deliveries to an endpoint, with their tries."""
    rows = Delivery.objects.filter(endpoint=endpoint).order_by("-created_at", "delivery_id")
    rows = rows.filter(state=state) if state else rows
    return rows.prefetch_related("tries")[:PAGE]


def described(endpoint):
    """An endpoint as its user sees it."""
    return {
        "webhookId": str(endpoint.endpoint_id),
        "url": endpoint.url,
        "events": list(endpoint.kinds),
        "createdAt": utc_text(endpoint.created_at),
        "earlierSecretUntil": utc_text(endpoint.earlier_until),
    }


def described_delivery(delivery):
    """A delivery with its tries, the first one first."""
    tries = sorted(delivery.tries.all(), key=lambda each: each.pk)
    return {
        "deliveryId": str(delivery.delivery_id),
        "event": delivery.kind,
        "state": delivery.state,
        "createdAt": utc_text(delivery.created_at),
        "nextAttemptAt": utc_text(delivery.due_at) if delivery.state == Delivery.State.WAITING else None,
        "body": delivery.body,
        "attempts": [
            {
                "at": utc_text(each.at),
                "status": each.status,
                "error": each.error or None,
                "durationMs": each.duration_ms,
            }
            for each in tries
        ],
    }
