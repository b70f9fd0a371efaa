"""One way out, to one host: no proxies, cookies or redirects, and every byte before the deadline."""

import contextvars
import socket
import time

from urllib3 import PoolManager, Timeout
from urllib3.connection import HTTPConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError

CONNECT_S = 1
READ_S = 3
TOTAL_S = 5
# What goes wrong on the way.
ERRORS = (OSError, HTTPError)

_deadline = contextvars.ContextVar("deadline")


class DeadlineSocket(socket.socket):
    """A socket on which the pause between two bytes and the whole answer are bounded."""

    def recv_into(self, *args):
        """Read what has arrived, within the time that is left."""
        left = _deadline.get() - time.monotonic()
        if left <= 0:
            raise TimeoutError("the whole answer took too long")
        self.settimeout(min(READ_S, left))
        return super().recv_into(*args)


class DeadlineConnection(HTTPConnection):
    """A connection whose status line and headers obey the deadline too."""

    def _new_conn(self):
        plain = super()._new_conn()
        timeout = plain.gettimeout()
        bounded = DeadlineSocket(fileno=plain.detach())
        bounded.settimeout(timeout)
        return bounded


class UsedOnce:
    """Keeps no connection: on one that the other side is just closing, a write could be lost unseen."""

    def _put_conn(self, conn):
        if conn is not None:
            conn.close()


class PlainPool(UsedOnce, HTTPConnectionPool):
    """Connections with a deadline, each used once."""

    ConnectionCls = DeadlineConnection


class EncryptedPool(UsedOnce, HTTPSConnectionPool):
    """The same over TLS; there the deadline is looked at between two reads of the body only."""


def _pools():
    # Nothing here reads the environment, follows a redirect or keeps a cookie; requests would do all three.
    pools = PoolManager(retries=False)
    pools.pool_classes_by_scheme = {"http": PlainPool, "https": EncryptedPool}
    return pools


POOLS = _pools()


def open(method, url, *, headers, body):  # noqa: A001 – read as transport.open(...)
    """Send a request and return the answer with its body unread; the caller closes it."""
    _deadline.set(time.monotonic() + TOTAL_S)
    headers = {**headers, "Connection": "close", "Accept-Encoding": "identity"}
    return POOLS.urlopen(
        method,
        url,
        headers=headers,
        body=body,
        redirect=False,
        preload_content=False,
        decode_content=False,
        timeout=Timeout(connect=CONNECT_S, read=READ_S),
    )


def read(answer, *, most):
    """Read a body of at most `most` bytes before the deadline; None if it is longer."""
    chunks, size = [], 0
    while chunk := answer.read1(65_536, decode_content=False):
        size += len(chunk)
        if size > most:
            return None
        if time.monotonic() > _deadline.get():
            raise TimeoutError("the whole answer took too long")
        chunks.append(chunk)
    return b"".join(chunks)
