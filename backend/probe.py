"""Is the process in this container well? `probe.py http HOST:PORT/PATH` or `probe.py file PATH SECONDS`.

Asked every few seconds, so it imports next to nothing.
"""

import os
import socket
import sys
import time


def main(kind, what, *more):
    well = answers(what) if kind == "http" else is_young(what, float(more[0]))
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
