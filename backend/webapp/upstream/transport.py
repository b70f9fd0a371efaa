"""One way out, to one host: no proxies, cookies or redirects, and every byte before the deadline.

HTTP/1.1 in its plainest form: an answer has one length, said beforehand; all else is no answer. What only
reads goes over connections that are kept for some seconds. What changes something has one of its own: on one
that the other side is just closing, a write could be lost unseen.
"""

import re
import select
import socket
import ssl
import time
from collections import defaultdict, deque
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from urllib.parse import urlsplit

CONNECT_S = 1
READ_S = 3  # between two bytes
TOTAL_S = 5
# From when it was opened: where copies of the other side come and go, each soon has its share again.
KEPT_S = 10
LONGEST_HEAD = 16 * 1024
STATUS = re.compile(rb"HTTP/1\.1 ([2-5][0-9]{2})( [^\r\n]*)?")
LENGTH = re.compile(r"[0-9]{1,12}", re.ASCII)
# What is read of an answer's headers; none of them may stand there twice.
READ = frozenset(
    {"content-length", "content-type", "content-encoding", "transfer-encoding", "connection", "etag"}
    | {"retry-after"}
)

# Connections that wait for a request, by the address of the other side; as many as were ever asked at once,
# which a bulkhead bounds.
kept = defaultdict(deque)


class Odd(Exception):
    """What came is not an answer of the plain kind."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came: its status, the headers that are read, by small names, and its body."""

    status: int
    headers: dict
    body: bytes


def ask(method, address, path, *, headers, body, most, anew=False):
    """Send a request and return the answer.

    :param most: bytes of a body that are read
    :param anew: not over a connection that was kept
    :raises OSError: it could not be sent, was cut off, or took too long (TimeoutError)
    :raises Odd: something else than an answer came
    """
    deadline = time.monotonic() + TOTAL_S
    keeps = method == "GET"
    line = (keeps and not anew and _waiting(address)) or _Line(address)
    is_whole = False
    try:
        line.say(_request(method, address, path, headers, body))
        answer, rest = line.hear(deadline, most)
        is_whole = keeps and not rest and answer.headers.get("connection", "keep-alive") == "keep-alive"
    finally:
        if is_whole:
            kept[address].append(line)
        else:
            line.close()
    return answer


class _Line:
    """A connection to the other side."""

    def __init__(self, address):
        self.ends_at = time.monotonic() + KEPT_S
        host, port, context = _place(address)
        self._socket = socket.create_connection((host, port), CONNECT_S)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if context:
            self._socket = context.wrap_socket(self._socket, server_hostname=host)
        self.close = self._socket.close

    def is_quiet(self):
        """True if nothing is to be read: before anything was asked, that is its end, or not for us."""
        heard = select.poll()
        heard.register(self._socket.fileno(), select.POLLIN)
        return not heard.poll(0)

    def say(self, request):
        """Send all of a request."""
        self._socket.settimeout(READ_S)
        # Who has heard enough may close before the end, and answer all the same.
        with suppress(BrokenPipeError):
            self._socket.sendall(request)

    def hear(self, deadline, most):
        """Read an answer; returns it and what came after it."""
        raw = b""
        while b"\r\n\r\n" not in raw and len(raw) <= LONGEST_HEAD:
            raw += self._some(deadline)
        head, _, body = raw.partition(b"\r\n\r\n")
        if len(head) > LONGEST_HEAD:
            raise Odd("head too long")
        status, headers = _head(head)
        length = _length(status, headers, most)
        parts, missing = [body], length - len(body)
        while missing > 0:
            parts.append(self._some(deadline))
            missing -= len(parts[-1])
        body = b"".join(parts)
        return Answer(status, headers, body[:length]), body[length:]

    def _some(self, deadline):
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the whole answer took too long")
        self._socket.settimeout(min(READ_S, left))
        some = self._socket.recv(65_536)
        if not some:
            raise ConnectionResetError("cut off")
        return some


def _request(method, address, path, headers, body):
    lines = [f"{method} {path} HTTP/1.1", f"Host: {urlsplit(address).netloc}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if method != "GET":
        lines += ["Connection: close", f"Content-Length: {len(body or b'')}"]
    if not all(line.isascii() and line.isprintable() for line in lines):
        raise ValueError("a header with more than plain characters")
    return "\r\n".join([*lines, "Accept-Encoding: identity", "", ""]).encode() + (body or b"")


def _head(head):
    first, *lines = head.split(b"\r\n")
    status = STATUS.fullmatch(first)
    if status is None:
        raise Odd("no status that is known")
    headers = {}
    for line in lines:
        name, _, value = line.decode("latin-1").partition(":")
        name = name.lower()
        if name in READ and headers.setdefault(name, value.strip()) != value.strip():
            raise Odd(f"{name} twice")
    return int(status[1]), headers


def _length(status, headers, most):
    if "transfer-encoding" in headers:
        raise Odd("of a length not said")
    said = headers.get("content-length", "0" if status == 204 else "")
    if not LENGTH.fullmatch(said) or status == 204 and int(said):
        raise Odd("of a length not said")
    if int(said) > most:
        raise Odd("too large")
    return int(said)


def _waiting(address):
    """A connection that waits for a request, the latest used first; None if there is none."""
    with suppress(IndexError):
        while True:
            line = kept[address].pop()
            if time.monotonic() < line.ends_at and line.is_quiet():
                return line
            line.close()
    return None


@cache
def _place(address):
    """Host and port of an address, and how it is encrypted."""
    parts = urlsplit(address)
    context = ssl.create_default_context() if parts.scheme == "https" else None
    return parts.hostname, parts.port or (443 if context else 80), context
