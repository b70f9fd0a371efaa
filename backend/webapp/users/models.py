import uuid

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

LANGUAGES = ("en", "de", "fr", "it")
ROLES = ("household", "member", "dso", "operator")


class User(AbstractBaseUser):
    """Someone who has confirmed an e-mail address."""

    last_login = None
    user_id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.CharField(max_length=254, unique=True)
    role = models.CharField(max_length=16, default="household")
    language = models.CharField(max_length=2, default="en")
    is_active = models.BooleanField(default=True)
    # Every session remembers the version it began with; raising it ends them all.
    session_version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()

    USERNAME_FIELD = "email"
    objects = models.Manager()

    class Meta:  # roles and languages are few, addresses have one spelling
        constraints = [
            models.CheckConstraint(name="user_role_known", condition=Q(role__in=ROLES)),
            models.CheckConstraint(name="user_language_known", condition=Q(language__in=LANGUAGES)),
            models.CheckConstraint(name="user_email_lower_case", condition=Q(email=Lower("email"))),
        ]


class Registration(models.Model):
    """Someone who wants to become a user and has yet to confirm the address."""

    email = models.CharField(max_length=254)
    password = models.CharField(max_length=128)
    language = models.CharField(max_length=2)
    # Of the link in the mail; empty until the mail is written.
    token_digest = models.CharField(max_length=64, unique=True, null=True)  # noqa: DJ001 – unique needs null
    requested_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)


class ResetToken(models.Model):
    """A link by which someone who forgot the password chooses another."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="reset_tokens")
    digest = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField(db_index=True)


class Letter(models.Model):
    """A mail to be written and sent after the request that asked for it has been answered."""

    REGISTRATION, RESET, PASSWORD_CHANGED = "registration", "reset", "password-changed"
    KINDS = (REGISTRATION, RESET, PASSWORD_CHANGED)

    kind = models.CharField(max_length=20)
    email = models.CharField(max_length=254)
    registration = models.ForeignKey(Registration, null=True, on_delete=models.CASCADE)
    requested_at = models.DateTimeField()
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    done_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(name="letter_due", fields=["due_at"], condition=Q(done_at=None))]
        constraints = [
            models.CheckConstraint(
                name="letter_kind_known",
                condition=Q(kind="registration", registration__isnull=False)
                | Q(kind__in=("reset", "password-changed"), registration__isnull=True),
            )
        ]


class RefreshFamily(models.Model):
    """One log-in and all refresh tokens that descend from it."""

    family_id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="families")
    session_version = models.PositiveIntegerField()
    opened_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
    # What the browser calls itself; where it is told apart, for its user alone.
    device = models.CharField(max_length=200, default="", db_default="")
    revoked_at = models.DateTimeField(null=True)
    revoked_because = models.CharField(max_length=20, blank=True)

    class Meta:  # the times cannot be out of order
        constraints = [
            models.CheckConstraint(name="family_times_in_order", condition=Q(opened_at__lt=F("expires_at")))
        ]


class SecondFactor(models.Model):
    """What makes the codes of a user's authenticator app: encrypted, and given out once, when it begins."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="second_factor")
    secret = models.CharField(max_length=200)
    # The step of the latest code that counted: none counts twice.
    last_step = models.BigIntegerField(default=0)
    confirmed_at = models.DateTimeField(null=True)


class SpareCode(models.Model):
    """A code for who has lost the authenticator app, known by its digest only; used once."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="spare_codes")
    digest = models.CharField(max_length=64)
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "digest"], name="spare_code_once")]


class RefreshToken(models.Model):
    """A refresh token, known by its digest only; used once."""

    family = models.ForeignKey(RefreshFamily, on_delete=models.CASCADE, related_name="tokens")
    digest = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)


class Throttle(models.Model):
    """How often something was tried in the present window of time."""

    key = models.CharField(primary_key=True, max_length=100)
    hits = models.PositiveIntegerField()
    ends_at = models.DateTimeField(db_index=True)
