from django.db import models


class AuditEntry(models.Model):
    """One deed, chained to the one before it by its hash; never changed or deleted."""

    number = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    # A user, with the key that acted for them; empty where nobody was logged in.
    actor = models.CharField(max_length=120)
    action = models.CharField(max_length=120)
    target = models.CharField(max_length=200)
    address = models.CharField(max_length=45)
    outcome = models.CharField(max_length=60)
    previous_hash = models.CharField(max_length=64)
    entry_hash = models.CharField(max_length=64, unique=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="audit_counts_from_one", condition=models.Q(number__gte=1)),
        ]
