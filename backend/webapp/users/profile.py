"""What a user learns about themselves; later rooms add their part."""

from webapp.users import second_factor

_parts = {}


def add(name, describe):
    """Let a later room describe a user under this name."""
    _parts[name] = describe


def of(user):
    """The user as the page sees them."""
    described = {
        "userId": str(user.user_id),
        "email": user.email,
        "role": user.role,
        "language": user.language,
        "secondFactor": second_factor.is_on(user),
    }
    return described | {name: describe(user) for name, describe in _parts.items()}
