"""What people write where an address belongs: read once, strictly, into a path and a checked query."""

import re
from urllib.parse import parse_qsl

from shared.problems import Problem

LONGEST = 2048
PATH = re.compile(r"(/[A-Za-z0-9_.~-]+)+", re.ASCII)
# Percent signs are for values only; what they stand for is judged by the route's patterns.
QUERY = re.compile(r"[A-Za-z0-9_.~=&%:,+-]*", re.ASCII)


def split(address):
    """Split a relative address into its path and its query.

    :raises Problem: 400 for another host or scheme, dots, doubled slashes, escapes in the path, fragments
    """
    if not isinstance(address, str) or len(address) > LONGEST:
        raise bad_address()
    path, mark, query = address.partition("?")
    return checked_path(path), checked_query(query) if mark else []


def checked_path(path):
    """A path of plain segments.

    :raises Problem: 400 for anything that another reader could take for another path
    """
    if len(path) > LONGEST or not PATH.fullmatch(path):
        raise bad_address()
    if any(segment in (".", "..") for segment in path.split("/")):
        raise bad_address()
    return path


def checked_query(query):
    """The keys and values of a query, decoded once.

    :raises Problem: 400 for a key twice, without value, or anything but plain characters
    """
    if len(query) > LONGEST or not QUERY.fullmatch(query):
        raise bad_address()
    if not query:
        return []
    try:
        pairs = parse_qsl(
            query, keep_blank_values=True, strict_parsing=True, errors="strict", max_num_fields=20
        )
    except ValueError as error:
        raise bad_address() from error
    if len({key for key, _ in pairs}) != len(pairs):
        raise Problem(400, "duplicate-parameter", "Parameter twice", "Each parameter may stand there once.")
    return pairs


def bad_address():
    """The one answer to an address that is not plain."""
    return Problem(400, "bad-address", "Bad address", "Write a path of the table, such as /node/…/orders.")
