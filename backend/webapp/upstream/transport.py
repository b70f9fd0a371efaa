"""One way out, to one host: no proxies, cookies or redirects, and every byte before the deadline.

What only reads goes over connections that are kept for some seconds. What changes something has one of its
own: on one that the other side is just closing, a write could be lost unseen.
"""

import contextvars
import select
import socket
import ssl
import time
from collections import defaultdict, deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from http.client import HTTPConnection, HTTPException, HTTPSConnection, IncompleteRead
from urllib.parse import urlsplit

from django.conf import settings

CONNECT_S = 1
READ_S = 3  # between two bytes
TOTAL_S = 5
# From when it was opened: where copies of the other side come and go, each soon has its share again.
KEPT_S = 10
# What goes wrong on the way.
ERRORS = (OSError, HTTPException)

# Connections that wait for a request, by the address of the other side; as many as were ever asked at once,
# which a bulkhead bounds.
kept = defaultdict(deque)
_deadline = contextvars.ContextVar("deadline")


class TooLarge(Exception):
    """The answer has more bytes than are read."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came."""

    status: int
    headers: Mapping
    body: bytes


def ask(method, address, path, *, headers, body, most, anew=False):
    """Send a request and return the answer.

    :param most: bytes of a body that are read
    :param anew: not over a connection that was kept
    :raises ERRORS: it could not be sent, was cut off, or took too long (TimeoutError)
    :raises TooLarge: it is longer
    """
    _deadline.set(time.monotonic() + TOTAL_S)
    keeps = method == "GET"
    line = (keeps and not anew and _waiting(address)) or _new(address)
    is_whole = False
    try:
        # Who has heard enough may close before the end, and answer all the same.
        with suppress(BrokenPipeError):
            line.request(method, path, body, headers if keeps else headers | {"Connection": "close"})
        answer = line.getresponse()
        text = _read(answer, most)
        is_whole = keeps and answer.isclosed() and not answer.will_close
    finally:
        if is_whole:
            kept[address].append(line)
        else:
            line.close()
    return Answer(answer.status, answer.headers, text)


class _Bounded:
    """A socket on which the pause between two bytes and the whole answer are bounded."""

    def recv_into(self, *args):
        """Read what has arrived, within the time that is left."""
        left = _deadline.get() - time.monotonic()
        if left <= 0:
            raise TimeoutError("the whole answer took too long")
        self.settimeout(min(READ_S, left))
        return super().recv_into(*args)


class _PlainSocket(_Bounded, socket.socket):
    pass


class _EncryptedSocket(_Bounded, ssl.SSLSocket):
    pass


class _PlainLine(HTTPConnection):
    def connect(self):
        """Open it."""
        super().connect()
        self.sock = _PlainSocket(fileno=self.sock.detach())
        self.sock.settimeout(READ_S)


class _EncryptedLine(HTTPSConnection):
    def connect(self):
        """Open it."""
        super().connect()
        self.sock.settimeout(READ_S)


def _new(address):
    parts = urlsplit(address)
    if parts.scheme == "https":
        line = _EncryptedLine(parts.netloc, timeout=CONNECT_S, context=_context(settings.TRADING_CA_FILE))
    else:
        line = _PlainLine(parts.netloc, timeout=CONNECT_S)
    line.ends_at = time.monotonic() + KEPT_S
    return line


@cache
def _context(ca_file):
    context = ssl.create_default_context(cafile=ca_file)
    context.sslsocket_class = _EncryptedSocket
    return context


def _waiting(address):
    """A connection that waits for a request, the latest used first; None if there is none."""
    with suppress(IndexError):
        while True:
            line = kept[address].pop()
            if time.monotonic() < line.ends_at and _is_quiet(line.sock):
                return line
            line.close()
    return None


def _is_quiet(sock):
    """True if nothing is to be read: before anything was asked, that is its end, or not for us."""
    heard = select.poll()
    heard.register(sock.fileno(), select.POLLIN)
    return not heard.poll(0)


def _read(answer, most):
    text = answer.read(most + 1)
    if len(text) > most:
        raise TooLarge
    if answer.length:
        raise IncompleteRead(text, answer.length)
    return text
