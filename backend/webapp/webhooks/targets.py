"""Where a call may go: to a public address that was resolved once and is then held on to."""

import ipaddress
import re
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings

from shared import problems

LONGEST = 500
PLAIN = re.compile(r"https?://[A-Za-z0-9.\[\]:-]+(/[A-Za-z0-9_.~/%-]*)?(\?[A-Za-z0-9_.~=&%-]*)?", re.ASCII)
# The one part of IPv6 that is handed out to the public, less what carries an IPv4 address in it (6to4).
HANDED_OUT, CARRIER = ipaddress.ip_network("2000::/3"), ipaddress.ip_network("2002::/16")


class NotAllowed(Exception):
    """The address is not one that may be called."""


@dataclass(frozen=True)
class Target:
    """A host whose address is known by now, and what to ask it for."""

    scheme: str
    host: str
    port: int
    address: str
    path: str


def check(url):
    """Refuse an address that could not be called, while it is written down.

    :raises Problem: 400
    """
    try:
        resolve(url)
    except NotAllowed as error:
        raise problems.field_error("url", "not-allowed", str(error)) from error


def resolve(url):
    """Look the host up, once, and see that all its addresses are public.

    :raises NotAllowed: another scheme, a port of other services, no such host, or a private address
    """
    parts = _parts(url)
    addresses = _addresses(parts.hostname, _port(parts))
    private = settings.WEBHOOKS_TO_PRIVATE_ADDRESSES
    if not private and not all(_is_public(address) for address in addresses):
        raise NotAllowed("This host has an address that is not public.")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, parts.hostname, _port(parts), addresses[0], path)


def _parts(url):
    if len(url) > LONGEST or not PLAIN.fullmatch(url):
        raise NotAllowed("Write an address such as https://example.ch/ceex.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise NotAllowed("This address cannot be read.") from error
    if parts.scheme != "https" and not settings.WEBHOOKS_TO_PRIVATE_ADDRESSES:
        raise NotAllowed("Only https is called.")
    if not parts.hostname or port == 0 or (port or 443) < 1024 and (port or 443) not in (80, 443):
        raise NotAllowed("This port is not called.")
    return parts


def _port(parts):
    return parts.port or (443 if parts.scheme == "https" else 80)


def _addresses(host, port):
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NotAllowed("This host was not found.") from error
    return [entry[4][0] for entry in found]


def _is_public(text):
    address = ipaddress.ip_address(text.partition("%")[0])
    address = getattr(address, "ipv4_mapped", None) or address
    if address.version == 6 and (address not in HANDED_OUT or address in CARRIER):
        return False
    return address.is_global and not address.is_multicast
