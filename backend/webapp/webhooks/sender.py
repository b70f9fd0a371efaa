"""One POST to one resolved address: no proxies, no redirects, and an end to how long and how much is read."""

import http.client
import socket
import ssl
import threading
import time
from dataclasses import dataclass

CONNECT_S = 3
TOTAL_S = 8
MOST_BYTES = 4096


@dataclass(frozen=True)
class Outcome:
    """What came of a call: a status, or the name of what went wrong."""

    status: int | None
    error: str
    duration_ms: int

    @property
    def is_taken(self):
        """True if the receiver took the message."""
        return self.status is not None and 200 <= self.status < 300


def post(target, *, headers, body):
    """Call once."""
    began = time.monotonic()
    status, error = None, ""
    try:
        status = _exchange(target, headers, body)
    except TimeoutError:
        error = "too-slow"
    except ssl.SSLError:
        error = "certificate"
    except (OSError, http.client.HTTPException):
        # A connection that the timer closed ends here too.
        error = "too-slow" if time.monotonic() - began >= TOTAL_S else "unreachable"
    return Outcome(status, error, int((time.monotonic() - began) * 1000))


def _exchange(target, headers, body):
    sock = _connect(target)
    connection = http.client.HTTPConnection(target.host, target.port, timeout=CONNECT_S)
    connection.sock = sock
    timer = threading.Timer(TOTAL_S, _shut, [sock])
    timer.start()
    try:
        connection.request("POST", target.path, body=body, headers=headers | {"Connection": "close"})
        answer = connection.getresponse()
        answer.read(MOST_BYTES)
        return answer.status
    finally:
        timer.cancel()
        connection.close()


def _connect(target):
    sock = socket.create_connection((target.address, target.port), timeout=CONNECT_S)
    if target.scheme != "https":
        return sock
    try:
        return ssl.create_default_context().wrap_socket(sock, server_hostname=target.host)
    except BaseException:
        sock.close()
        raise


def _shut(sock):
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # it has been closed meanwhile
