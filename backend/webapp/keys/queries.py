from shared.fields import utc_text
from webapp.keys.models import ApiKey


def keys_of(user):
    """The keys of a user that are not revoked, the newest first; expired ones stay in sight."""
    return ApiKey.objects.filter(user=user, revoked_at=None).order_by("-created_at", "key_id")


def described(key):
    """A key as its user sees it: all but the secret, which nobody has any more."""
    return {
        "keyId": str(key.key_id),
        "name": key.name,
        "prefix": key.prefix,
        "scopes": list(key.scopes),
        "nodes": list(key.nodes),
        "requestsPerMinute": key.requests_per_minute,
        "createdAt": utc_text(key.created_at),
        "expiresAt": utc_text(key.expires_at),
        "lastUsedAt": utc_text(key.last_used_at),
    }
