"""Who somebody is, read in one statement with what later rooms know of them: at each request, never kept."""

from webapp.users.models import User

OWN = [each.attname for each in User._meta.concrete_fields if each.attname != "password"]
_known = {}


def know(name, sql):
    """Let a later room have something read of each user who is seen, for the attribute of this name.

    :param sql: what is selected, with `{user}` for the user's key
    """
    _known[name] = sql


def columns():
    """What a statement selects, under names of their own, of the user `person`."""
    chosen = [f"person.{name}" for name in OWN]
    chosen += [sql.format(user="person.user_id") for sql in _known.values()]
    return ", ".join(f"{sql} AS user_{place}" for place, sql in enumerate(chosen))


def user(row):
    """The user of a row of these columns."""
    found = User.from_db("default", OWN, row[: len(OWN)])
    for name, value in zip(_known, row[len(OWN) :], strict=True):
        setattr(found, name, value)
    return found
