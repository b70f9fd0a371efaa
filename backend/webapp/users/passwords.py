"""How passwords are stored, judged and compared."""

from functools import cache

from django.contrib.auth import hashers, password_validation
from django.core.exceptions import ValidationError

from shared import problems
from webapp.users.models import User

LONGEST = 128


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


def hashed(password):
    """The form in which a password is stored."""
    return hashers.make_password(password)


@cache
def _nobodys():
    return hashers.make_password("nobody has this password")
