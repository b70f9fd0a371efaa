"""A proxy before the database that swallows replies: the COMMIT is done, and nobody hears of it."""

import contextlib
import os
import random
import socket
import struct
import threading
import time
from pathlib import Path

from faults.door import die_with_parent

PORT = ".s.PGSQL.5432"
LONGEST = 1 << 16
QUERY, COMMIT = b"Q", b"COMMIT"


class Swallower:
    """Listens in a folder and a process of its own, and passes all on but some replies to COMMIT."""

    def __init__(self, folder, database, *, one_in, seed):
        self.folder, self.count = Path(folder), Path(folder) / "swallowed"
        self.folder.mkdir()
        self.count.write_text("")
        with contextlib.closing(socket.socket(socket.AF_UNIX)) as door:
            door.bind(str(self.folder / PORT))
            door.listen(64)
            if os.fork() == 0:
                die_with_parent()
                self._listen(door, Path(database) / PORT, random.Random(seed), one_in)

    def swallowed(self):
        """How many replies were."""
        return len(self.count.read_text())

    def _listen(self, door, database, chance, one_in):
        while True:
            client, _ = door.accept()
            given = (client, database, chance, one_in)
            threading.Thread(target=self._pass_on, args=given, daemon=True).start()

    def _pass_on(self, client, database, chance, one_in):
        server = socket.socket(socket.AF_UNIX)
        with contextlib.closing(client), contextlib.closing(server), contextlib.suppress(OSError):
            server.connect(str(database))
            _start(client, server)
            threading.Thread(target=_stream, args=(server, client), daemon=True).start()
            for kind, message in _messages(client):
                if kind == QUERY and message[5:].startswith(COMMIT) and chance.random() * one_in < 1:
                    self._swallow(client, server, message)
                    return
                server.sendall(message)

    def _swallow(self, client, server, commit):
        """Let the client hear nothing more, as if the network had gone, and the database do its work."""
        client.shutdown(socket.SHUT_RDWR)
        server.sendall(commit)
        with self.count.open("a") as noted:
            noted.write("x")
        time.sleep(0.5)  # it is done by then


def _start(client, server):
    """Pass the start of a session on, which has no kind of message before its length."""
    length = client.recv(4, socket.MSG_WAITALL)
    if len(length) < 4:
        return
    server.sendall(length + client.recv(struct.unpack("!i", length)[0] - 4, socket.MSG_WAITALL))


def _messages(client):
    """What the client says, message by message."""
    while True:
        head = client.recv(5, socket.MSG_WAITALL)
        if len(head) < 5:
            return
        length = struct.unpack("!i", head[1:])[0] - 4
        yield head[:1], head + (client.recv(length, socket.MSG_WAITALL) if length else b"")


def _stream(server, client):
    with contextlib.suppress(OSError):
        while data := server.recv(LONGEST):
            client.sendall(data)
    with contextlib.suppress(OSError):
        client.shutdown(socket.SHUT_RDWR)
