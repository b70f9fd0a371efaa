"""Mails: asked for within a request, written and sent afterwards.

A request only notes the address it was given. Whether there is such a user is looked up when the mail is
written, so that no answer, nor the time it takes, tells who is a user; and no link waits in the database.
"""

from datetime import timedelta
from pathlib import Path

import structlog
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction

from webapp.users import postman, queries, tokens
from webapp.users.models import Letter, ResetToken

REGISTRATION_LIFETIME = timedelta(hours=24)
RESET_LIFETIME = timedelta(minutes=30)
KEPT = timedelta(days=30)
ATTEMPTS = 8
TEMPLATES = Path(__file__).parent / "mails"

log = structlog.get_logger(__name__)


def ask(*, kind, email, at, registration=None):
    """Note a letter to be written once this transaction is committed."""
    letter = Letter.objects.create(
        kind=kind, email=email, registration=registration, requested_at=at, due_at=at
    )
    transaction.on_commit(postman.wake)
    return letter


def deliver_due(*, at):
    """Write and send every letter that is due; returns how many were dealt with."""
    dealt_with = 0
    while _deliver_next(at):
        dealt_with += 1
    return dealt_with


def _deliver_next(at):
    """Take one letter that no other process holds. Its link is stored if and only if it was sent."""
    with transaction.atomic():
        letter = (
            Letter.objects.select_for_update(skip_locked=True, of=("self",))
            .filter(done_at=None, due_at__lte=at)
            .select_related("registration")
            .order_by("due_at", "pk")
            .first()
        )
        if letter is None:
            return False
        try:
            with transaction.atomic():
                _write_and_send(letter, at)
            letter.done_at = at
        except Exception:
            # A mail server that is away, or one broken letter, must not hold up the others.
            log.exception("letter_not_sent", letter=letter.pk, attempts=letter.attempts + 1)
            _postpone(letter, at)
        letter.save(update_fields=["done_at", "due_at", "attempts"])
    return True


def _postpone(letter, at):
    letter.attempts += 1
    letter.due_at = at + timedelta(seconds=15 * 2**letter.attempts)
    if letter.attempts >= ATTEMPTS:
        letter.done_at = at


def _write_and_send(letter, at):
    write = {
        Letter.REGISTRATION: _write_registration,
        Letter.RESET: _write_reset,
        Letter.PASSWORD_CHANGED: _write_password_changed,
    }[letter.kind]
    message = write(letter, at)
    if message is not None:
        message.send()


def _write_registration(letter, at):
    registration = letter.registration
    if queries.by_email(letter.email):
        return _message("already-registered", registration.language, letter.email, link=_link(""))
    token = tokens.new()
    registration.token_digest = tokens.digest(token)
    registration.save(update_fields=["token_digest"])
    return _message("confirm", registration.language, letter.email, link=_link(f"confirm#token={token}"))


def _write_reset(letter, at):
    user = queries.by_email(letter.email)
    if user is None or not user.is_active:
        return None
    token = tokens.new()
    # Only the newest link counts.
    ResetToken.objects.filter(user=user).delete()
    ResetToken.objects.create(user=user, digest=tokens.digest(token), expires_at=at + RESET_LIFETIME)
    return _message("reset", user.language, user.email, link=_link(f"reset#token={token}"))


def _write_password_changed(letter, at):
    user = queries.by_email(letter.email)
    return user and _message("password-changed", user.language, user.email, link=_link("reset-request"))


def _link(path):
    # Always from the settings, never from the request's Host.
    return f"{settings.PUBLIC_URL}/{path}"


def _message(name, language, email, **values):
    text = (TEMPLATES / f"{name}.{language}.txt").read_text(encoding="utf-8")
    subject, _, body = text.format(**values).partition("\n")
    return EmailMessage(subject, body.strip() + "\n", settings.DEFAULT_FROM_EMAIL, [email])
