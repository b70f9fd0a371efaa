"""How passwords are stored, judged and compared."""

from functools import cache

from django.contrib.auth import hashers, password_validation
from django.core.exceptions import ValidationError

from shared import problems
from webapp.users import throttles
from webapp.users.models import User

LONGEST = 128


class WrongPassword(Exception):
    """The current password is another one."""


problems.register(WrongPassword, status=403, code="wrong-password", title="Wrong password")


class Argon2(hashers.Argon2PasswordHasher):
    """Argon2id with OWASP's smallest memory: many log-ins at once must not exhaust the machine."""

    time_cost = 2
    memory_cost = 19_456
    parallelism = 1


def check_acceptable(password, *, email, field):
    """Refuse a password that is short, common or like the address.

    :raises Problem: 400 with one error per reason
    """
    try:
        password_validation.validate_password(password, User(email=email))
    except ValidationError as error:
        raise problems.invalid(
            [
                {"field": field, "code": each.code.replace("_", "-"), "detail": "".join(each.messages)}
                for each in error.error_list
            ]
        ) from error


def matches(password, user):
    """Compare with a user's password; with nobody's, in the same time, if there is no user."""
    right = hashers.check_password(password, user.password if user else _nobodys())
    return right and user is not None


def check_own(password, user, *, at):
    """Make sure that whoever is logged in is still the one at the keyboard.

    :raises WrongPassword: it is another
    :raises Problem: 429 after too many tries
    """
    throttles.count("password", user.pk, at=at)
    if not matches(password, user):
        raise WrongPassword


def hashed(password):
    """The form in which a password is stored."""
    return hashers.make_password(password)


@cache
def _nobodys():
    return hashers.make_password("nobody has this password")
