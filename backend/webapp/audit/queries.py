import hashlib

from webapp.audit.models import AuditEntry
from webapp.users.models import User
from webapp.users.permissions import OPERATOR

# What separates the parts of an entry before hashing; no part may hold it.
SEPARATOR = "\x1f"
BEFORE_ALL = "0" * 64
LISTED = 100


class ChainBroken(Exception):
    """An entry of the audit was changed, removed or slipped in."""


def verified(*, kept=None):
    """Recompute the whole chain by other code than wrote it; returns the number and hash of its end.

    :param kept: a hash that was kept elsewhere, and must still be in the chain
    :raises ChainBroken: naming the first entry that does not fit
    """
    number, previous, seen = 0, BEFORE_ALL, kept in (None, BEFORE_ALL)
    for entry in AuditEntry.objects.order_by("number").iterator(5_000):
        number += 1
        if entry.number != number:
            raise ChainBroken(f"Entry {number} is missing.")
        if entry.previous_hash != previous or entry.entry_hash != _hash(entry):
            raise ChainBroken(f"Entry {number} is not as it was written.")
        previous = entry.entry_hash
        seen = seen or previous == kept
    if not seen:
        raise ChainBroken(f"No entry has the hash that was kept; the chain ends with entry {number}.")
    return number, previous


def _hash(entry):
    at = entry.at.isoformat(timespec="microseconds")
    said = (entry.actor, entry.action, entry.target, entry.address, entry.outcome)
    text = SEPARATOR.join((str(entry.number), entry.previous_hash, at, *said))
    return hashlib.sha256(text.encode()).hexdigest()


def deeds_of_operators():
    """The newest deeds of the exchange's operators, each with who did it."""
    emails = {
        f"user {key}": email for key, email in User.objects.filter(role=OPERATOR).values_list("pk", "email")
    }
    newest = AuditEntry.objects.filter(actor__in=emails).order_by("-number")[:LISTED]
    return [(entry, emails[entry.actor]) for entry in newest]
