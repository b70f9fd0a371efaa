"""Is the process in this container well? `probe.py http HOST:PORT/PATH` or `probe.py file PATH SECONDS`.

Asked every few seconds, so it imports next to nothing. Each question is a process of its own, so they are
few: while the answer is no, one asks on for a while, and who gets ready is known to be so at once.
"""

import os
import socket
import sys
import time

PATIENCE_S, PAUSE_S = 4, 0.1


def main(kind, what, *more):
    until = time.monotonic() + PATIENCE_S
    while not (well := answers(what) if kind == "http" else is_young(what, float(more[0]))):
        if time.monotonic() > until:
            break
        time.sleep(PAUSE_S)
    return 0 if well else 1


def answers(address):
    """True if the service on this port answers 200; the host is only what it is called."""
    place, _, path = address.partition("/")
    port = int(place.rpartition(":")[2])
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=4) as connection:
            connection.sendall(f"GET /{path} HTTP/1.1\r\nHost: {place}\r\nConnection: close\r\n\r\n".encode())
            return connection.recv(64).split(b" ")[1:2] == [b"200"]
    except OSError:
        return False


def is_young(path, seconds):
    """True if the file was touched within this time."""
    try:
        return time.time() - os.stat(path).st_mtime < seconds
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
