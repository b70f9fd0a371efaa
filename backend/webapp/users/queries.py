from webapp.users.models import User


def by_email(email):
    """The user with this address, or None."""
    return User.objects.filter(email=email.lower()).first()
