"""Is more needed than a password? A code of an authenticator app (TOTP, RFC 6238), or a spare one."""

import base64
import hashlib
import secrets

import pyotp
import qrcode
from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.db import transaction

from shared import problems
from webapp.users import passwords, throttles, tokens
from webapp.users.models import SecondFactor, SpareCode

ISSUER = "CEEX"
SPARE_CODES, SPARE_LENGTH, GROUP = 10, 16, 4
STEP_S, STEPS_OFF = 30, 1  # a clock that is a step off, before or after, still counts
ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"  # nothing that is taken for something else


class CodeNeeded(Exception):
    """The password is right; the code from your authenticator app is needed as well."""


class WrongCode(Exception):
    """This code is wrong, too old, or was used before."""


class AlreadyOn(Exception):
    """The second factor is on already; end it first."""


class NotOn(Exception):
    """There is no second factor to speak of."""


problems.register(CodeNeeded, status=401, code="code-needed", title="Code needed")
problems.register(WrongCode, status=403, code="wrong-code", title="Wrong code")
problems.register(AlreadyOn, status=409, code="second-factor-on", title="Already on")
problems.register(NotOn, status=409, code="second-factor-off", title="Not on")


def is_on(user):
    """Whether this user logs in with a code as well."""
    return SecondFactor.objects.filter(user=user).exclude(confirmed_at=None).exists()


def begin(*, user, password, at):
    """Make a secret for an authenticator app; returns it. It counts from `confirm` on.

    :raises WrongPassword: someone else sits at this screen
    :raises AlreadyOn: a confirmed one must be ended first
    """
    passwords.check_own(password, user, at=at)
    if is_on(user):
        raise AlreadyOn
    secret = pyotp.random_base32()
    SecondFactor.objects.update_or_create(
        user=user, defaults={"secret": _locked(secret), "last_step": 0, "confirmed_at": None}
    )
    return secret


def confirm(*, user, code, at):
    """Turn it on for someone whose app shows the right code; returns spare codes, never seen again.

    :raises WrongCode: it is not the code of this moment
    :raises NotOn: nothing was begun
    :raises AlreadyOn: it was confirmed before
    :raises Problem: 429 after too many wrong ones
    """
    throttles.count("second-factor", user.pk, at=at)
    factor = SecondFactor.objects.filter(user=user).first()
    if factor is None:
        raise NotOn
    if factor.confirmed_at is not None:
        raise AlreadyOn
    if not _spend_code(factor, code, at):
        raise WrongCode
    throttles.forget("second-factor", user.pk)
    return _turn_on(factor, at)


@transaction.atomic
def _turn_on(factor, at):
    spare = [_spare_code() for _ in range(SPARE_CODES)]
    SecondFactor.objects.filter(pk=factor.pk).update(confirmed_at=at)
    SpareCode.objects.filter(user=factor.user).delete()
    SpareCode.objects.bulk_create(
        SpareCode(user=factor.user, digest=_digest(factor.user, each)) for each in spare
    )
    return spare


def check(*, user, code, at):
    """Let pass who needs no code, or has the right one; each code counts once.

    :raises CodeNeeded: there is none
    :raises WrongCode: it is wrong or used
    :raises Problem: 429 after too many wrong ones
    """
    factor = SecondFactor.objects.filter(user=user).exclude(confirmed_at=None).first()
    if factor is None:
        return
    if not code:
        raise CodeNeeded
    throttles.count("second-factor", user.pk, at=at)
    if not (_spend_code(factor, code, at) or _spend_spare(user, code, at)):
        raise WrongCode
    throttles.forget("second-factor", user.pk)


def end(*, user, password, code, at):
    """Log in by the password alone from now on.

    :raises WrongPassword: someone else sits at this screen
    :raises NotOn: it is not on
    :raises CodeNeeded, WrongCode, Problem: as `check` says
    """
    passwords.check_own(password, user, at=at)
    if not is_on(user):
        raise NotOn
    check(user=user, code=code, at=at)
    take_away(user=user)


@transaction.atomic
def take_away(*, user):
    """End it without a code; for an operator who knows whom they have before them."""
    SecondFactor.objects.filter(user=user).delete()
    SpareCode.objects.filter(user=user).delete()


def address_of(user, secret):
    """What an authenticator app reads: otpauth://…"""
    return pyotp.TOTP(secret).provisioning_uri(name=user.email, issuer_name=ISSUER)


def squares_of(address):
    """A QR code as rows of 0 and 1, quiet zone included."""
    code = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_M)
    code.add_data(address)
    return ["".join("1" if dark else "0" for dark in row) for row in code.get_matrix()]


def _spend_code(factor, code, at):
    """Whether this is a code of this moment, newer than any that was used; of two at once, one counts."""
    now = int(at.timestamp()) // STEP_S
    try:
        totp = pyotp.TOTP(_opened(factor.secret))
    except InvalidToken:  # locked with a key that is gone: spare codes still open
        return False
    for step in range(now - STEPS_OFF, now + STEPS_OFF + 1):
        if secrets.compare_digest(totp.at(step * STEP_S), _plain(code)):
            unused = SecondFactor.objects.filter(pk=factor.pk, last_step__lt=step)
            return unused.update(last_step=step) == 1
    return False


def _spend_spare(user, code, at):
    unused = SpareCode.objects.filter(user=user, digest=_digest(user, code), used_at=None)
    return unused.update(used_at=at) == 1


def _spare_code():
    letters = "".join(secrets.choice(ALPHABET) for _ in range(SPARE_LENGTH))
    return "-".join(letters[at : at + GROUP] for at in range(0, SPARE_LENGTH, GROUP))


def _plain(code):
    """What was typed, without blanks and hyphens."""
    return "".join(code.split()).replace("-", "").lower().encode("ascii", "replace").decode()


def _digest(user, code):
    return tokens.digest(f"{user.pk} {_plain(code)}")


def _locked(secret):
    return _box().encrypt(secret.encode()).decode()


def _opened(locked):
    return _box().decrypt(locked.encode()).decode()


def _box():
    key = hashlib.sha256(b"second factor" + settings.SECRET_KEY.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))
