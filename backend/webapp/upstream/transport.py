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
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPException, HTTPSConnection, IncompleteRead
from urllib.parse import urlsplit

CONNECT_S = 1
READ_S = 3
TOTAL_S = 5
# From its first use on: where copies of the other side come and go, each soon has its share again.
KEPT_S = 10
# What goes wrong on the way.
ERRORS = (OSError, HTTPException)

_deadline = contextvars.ContextVar("deadline")
# By the address of the other side; of these as many as were ever asked at once, which a bulkhead bounds.
kept = defaultdict(deque)


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
    """The same without TLS."""


class _EncryptedSocket(_Bounded, ssl.SSLSocket):
    """The same over TLS."""


class _Kept:
    """A connection that knows until when it may be used again."""

    def connect(self):
        """Open it."""
        self.ends_at = time.monotonic() + KEPT_S
        super().connect()
        if type(self.sock) is socket.socket:
            self.sock = _PlainSocket(fileno=self.sock.detach())
        self.sock.settimeout(READ_S)


class _Plain(_Kept, HTTPConnection):
    """The same without TLS."""


class _Encrypted(_Kept, HTTPSConnection):
    """The same over TLS."""


def _context():
    context = ssl.create_default_context()
    context.sslsocket_class = _EncryptedSocket
    return context


@contextmanager
def asking(method, address, path, *, headers, body, anew=False):
    """Send a request; gives its answer, the body unread.

    :param anew: not over a connection that was kept
    """
    _deadline.set(time.monotonic() + TOTAL_S)
    keeps = method == "GET"
    line = (keeps and not anew and _waiting(address)) or _new(address)
    is_whole = False
    try:
        # Who has heard enough may close before the end and answer all the same.
        with suppress(BrokenPipeError):
            line.request(
                method, path, body=body, headers=headers | ({} if keeps else {"Connection": "close"})
            )
        answer = line.getresponse()
        yield answer
        is_whole = keeps and answer.isclosed() and not answer.will_close
    finally:
        if is_whole:
            kept[address].append(line)
        else:
            line.close()


def read(answer, *, most):
    """Read a body of at most `most` bytes before the deadline; None if it is longer."""
    body = answer.read(most + 1)
    if len(body) > most:
        return None
    if answer.length:
        raise IncompleteRead(body, answer.length)
    return body


def _new(address):
    parts = urlsplit(address)
    if parts.scheme == "https":
        return _Encrypted(parts.netloc, timeout=CONNECT_S, context=_context())
    return _Plain(parts.netloc, timeout=CONNECT_S)


def _waiting(address):
    """A connection that waits for a request, the latest used first; None if there is none."""
    waiting = kept[address]
    while True:
        try:
            line = waiting.pop()
        except IndexError:
            return None
        # What can be read before anything was asked is its end, or nothing that belongs to us.
        if time.monotonic() < line.ends_at and not _has_said(line):
            return line
        line.close()


def _has_said(line):
    heard = select.poll()
    heard.register(line.sock.fileno(), select.POLLIN)
    return bool(heard.poll(0))
