"""Was a password seen in a breach? Asked of a file here, so that no password leaves, not even in part."""

import hashlib
import mmap
from pathlib import Path

from django.core.exceptions import ValidationError

DIGEST = 40  # characters of a SHA-1 in hexadecimal


class BreachedPasswordValidator:
    """Refuse a password whose SHA-1 stands in a file of lines `DIGEST` or `DIGEST:count`, in ascending order.

    The lists at haveibeenpwned.com have that form; Django's list of common passwords holds without it.
    """

    def __init__(self, path=""):
        self._path = path

    def validate(self, password, user=None):
        """Refuse it if it is in the list."""
        if self._path and contains(self._path, password):
            raise ValidationError("This password was seen in a breach.", code="password_breached")

    def get_help_text(self):
        """What is asked of a password."""
        return "Choose a password that was never seen in a breach."


def contains(path, password):
    """True if the list holds the password: a binary search over its bytes, whatever its size."""
    wanted = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper().encode()
    with Path(path).open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as lines:
        # Always: the wanted line, if there is one, begins at `low` or later and before `high`.
        low, high = 0, len(lines)
        while low < high:
            middle = lines.rfind(b"\n", low, (low + high) // 2) + 1 or low
            end = lines.find(b"\n", middle, high) + 1 or high
            found = bytes(lines[middle : middle + DIGEST]).upper()
            if found == wanted:
                return True
            low, high = (end, high) if found < wanted else (low, middle)
    return False
