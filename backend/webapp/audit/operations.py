import re

from django.db import connection

APPEND = "SELECT audit_append(%(at)s, %(text)s, %(actor)s, %(action)s, %(target)s, %(address)s, %(outcome)s)"
UNPRINTABLE = re.compile(r"[^\x20-\x7e]")


def record(*, actor, action, target, address, outcome, at):
    """Add a deed to the chain."""
    said = {"actor": (actor, 120), "action": (action, 120), "target": (target, 200)}
    said |= {"address": (address, 45), "outcome": (outcome, 60)}
    values = {name: _plain(text)[:most] for name, (text, most) in said.items()}
    with connection.cursor() as cursor:
        cursor.execute(APPEND, values | {"at": at, "text": at.isoformat(timespec="microseconds")})


def _plain(text):
    """Text of one line: what a caller wrote can neither forge a second part nor a second entry."""
    return UNPRINTABLE.sub("?", text)
