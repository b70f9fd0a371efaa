import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

SCOPES = ("read", "trade", "dso")


class ApiKey(models.Model):
    """What a program shows to act for a user: some scopes, some nodes, for some time."""

    key_id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=60)
    # The first characters, for people to tell keys apart; of the rest only the digest is kept.
    prefix = models.CharField(max_length=16)
    digest = models.CharField(max_length=64, unique=True)
    scopes = ArrayField(models.CharField(max_length=8))
    # Empty: all nodes that its user may act for, at each request.
    nodes = ArrayField(models.CharField(max_length=64), default=list)
    requests_per_minute = models.PositiveIntegerField()
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="key_times_in_order", condition=Q(created_at__lt=F("expires_at"))),
            models.CheckConstraint(
                name="key_scopes_known",
                condition=Q(scopes__contained_by=list(SCOPES), scopes__len__gte=1),
            ),
            models.CheckConstraint(name="key_may_do_something", condition=Q(requests_per_minute__gte=1)),
        ]

    def allows(self, scope):
        """True if the key was given this scope."""
        return scope in self.scopes


class KeyUse(models.Model):
    """How often a key was used in the present minute. Not logged by the database: a crash forgets it."""

    key_id = models.UUIDField(primary_key=True)
    requests = models.PositiveIntegerField()
    ends_at = models.DateTimeField()
