"""Two PostgreSQL under Patroni, and etcd, on this machine: what stands on three machines in production.

`python -m faults.cluster FOLDER` starts them, prints trading's address and ends them with Ctrl-C;
`patronictl` reads FOLDER/db1.yml. The members' settings are those of deploy/failover/patroni.yml.
"""

import atexit
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from string import Template
from urllib.error import URLError

from faults.harness import Skipped

ROOT = Path(__file__).resolve().parent.parent
TEMPLATE = ROOT / "deploy" / "failover" / "patroni.yml"
MEMBERS = ("db1", "db2")
# How long a dead primary keeps its claim, how often it renews it, how long it tries, as operations.md says.
CLAIM_S, LOOK_S, RETRY_S = 20, 5, 5  # Patroni takes no shorter claim
PASSWORDS = {"superuser": "of-the-databases", "replication": "of-the-standby"}  # noqa: S105 – of a cluster on loopback


class Cluster:
    """The cluster, with the doors of `embedded.Server`."""

    def __init__(self, folder):
        from bench import environments
        from shared import embedded

        if shutil.which("etcd") is None:
            raise Skipped("etcd not found: apt-get install etcd-server")
        self.patroni = environments.python_of("patroni").with_name("patroni")
        self.folder = folder
        self.bin = Path(embedded.program("postgres")).parent
        self.user = embedded.unprivileged_user()
        etcd, peer, *ports = _free_ports(2 + 2 * len(MEMBERS))
        self.etcd, self.peer = etcd, peer
        self.ports = dict(zip(MEMBERS, ports[::2], strict=True))
        self.doors = dict(zip(MEMBERS, ports[1::2], strict=True))
        self.running = {}

    def start(self):
        """Start etcd and both members, and make the databases."""
        from shared import embedded

        self.folder.mkdir(parents=True, exist_ok=True)
        embedded.let_traverse(self.folder / MEMBERS[0])
        self._own(self.folder)
        atexit.register(self.stop)
        self._run("etcd", self._etcd())
        for member in MEMBERS:
            self.join(member)
        self.wait_until_whole()
        self._create_databases()
        return self

    def url(self, database):
        """The address of one database: both members, whichever writes."""
        ports = ",".join(str(self.ports[member]) for member in MEMBERS)
        hosts = ",".join(["127.0.0.1"] * len(MEMBERS))
        return (
            f"postgresql://postgres:{PASSWORDS['superuser']}@/{database}?host={hosts}&port={ports}"
            "&target_session_attrs=read-write&tcp_user_timeout=5000"
        )

    def join(self, member):
        """Start a member; it becomes the primary, or the standby of the one there is."""
        file = self.folder / f"{member}.yml"
        file.write_text(Template(TEMPLATE.read_text()).substitute(self._settings(member)))
        self._own(file)
        self._run(member, [str(self.patroni), str(file)])

    def kill(self, member):
        """Let a member's machine die: Patroni and PostgreSQL at once, without a word."""
        patroni = self.running.pop(member)
        postmaster = self.folder / member / "postmaster.pid"
        number = int(postmaster.read_text().split()[0])
        for each in (patroni.pid, number, *_children(number)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(each, signal.SIGKILL)
        patroni.wait()

    def freeze(self, member):
        """Stop a member's Patroni as a machine short of memory would; its PostgreSQL goes on."""
        self.running[member].send_signal(signal.SIGSTOP)

    def wake(self, member):
        """Let a frozen one go on."""
        self.running[member].send_signal(signal.SIGCONT)

    def leads(self, member):
        """Whether a member says that it leads."""
        return self._says(member, "primary")

    def primary(self):
        """The member that says it leads; None while none does."""
        return next(filter(self.leads, MEMBERS), None)

    def writes(self, member):
        """Whether a member's PostgreSQL is a primary, whatever its Patroni knows."""
        import psycopg2

        password = PASSWORDS["superuser"]
        place = {"host": "127.0.0.1", "port": self.ports[member], "user": "postgres", "password": password}
        with contextlib.closing(psycopg2.connect(dbname="postgres", **place)) as connection:
            cursor = connection.cursor()
            cursor.execute("SELECT NOT pg_is_in_recovery()")
            return cursor.fetchone()[0]

    def wait_until_whole(self, seconds=90):
        """Wait until one member leads and the other follows it synchronously."""
        until = time.monotonic() + seconds
        while not self.is_whole():
            if time.monotonic() > until:
                logs = "".join((self.folder / f"{each}.log").read_text()[-1500:] for each in MEMBERS)
                raise TimeoutError(f"the cluster is not whole after {seconds} s\n{logs}")
            time.sleep(0.2)

    def is_whole(self):
        """Whether nothing is lost if the primary dies now."""
        leader = self.primary()
        return leader is not None and any(
            self._says(each, "synchronous") for each in MEMBERS if each != leader
        )

    def stop(self):
        """Stop everything; safe to repeat."""
        for process in reversed(self.running.values()):
            process.send_signal(signal.SIGCONT)  # a frozen one hears nothing
            process.terminate()
        for process in self.running.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(30)
        self.running = {}

    def _create_databases(self):
        import psycopg2

        from shared import embedded

        connection = psycopg2.connect(self.url("postgres"))
        connection.autocommit = True
        with connection.cursor() as cursor:
            for name in embedded.DATABASES:
                cursor.execute(f'CREATE DATABASE "{name}"')
        connection.close()

    def _etcd(self):
        client, peer = (f"http://127.0.0.1:{port}" for port in (self.etcd, self.peer))
        options = {
            "data-dir": self.folder / "etcd",
            "name": "dcs",
            "listen-client-urls": client,
            "advertise-client-urls": client,
            "listen-peer-urls": peer,
            "initial-advertise-peer-urls": peer,
            "initial-cluster": f"dcs={peer}",
        }
        return ["etcd", *(f"--{name}={value}" for name, value in options.items())]

    def _settings(self, member):
        return PASSWORDS | {
            "member": member,
            "address": "127.0.0.1",
            "port": self.ports[member],
            "door": self.doors[member],
            "etcd": f"127.0.0.1:{self.etcd}",
            "data": self.folder / member,
            "bin": self.bin,
            "claim_s": CLAIM_S,
            "look_s": LOOK_S,
            "retry_s": RETRY_S,
            "watchdog": "off",  # it would reset this machine
        }

    def _run(self, name, command):
        with (self.folder / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                command, stdout=log, stderr=log, user=self.user, extra_groups=[] if self.user else None,
                start_new_session=True, cwd=self.folder,
            )  # fmt: skip

    def _own(self, path):
        if self.user:
            shutil.chown(path, self.user)

    def _says(self, member, what):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.doors[member]}/{what}", timeout=2) as answer:
                return answer.status == 200 and "role" in json.load(answer)
        except (URLError, OSError, ValueError):
            return False


def _children(number):
    """The processes that a process has started."""
    found = []
    for each in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            if int(each.read_text().rpartition(")")[2].split()[1]) == number:
                found.append(int(each.parent.name))
    return found


def _free_ports(count):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def main():
    """Run a cluster until Ctrl-C."""
    sys.path.insert(0, str(ROOT / "backend"))
    cluster = Cluster(Path(sys.argv[1]).resolve()).start()
    print(f"CEEX_TRADING_DATABASE_URL='{cluster.url('ceex_trading')}'")
    print(f"{cluster.primary()} leads; patronictl -c {cluster.folder}/db1.yml list shows both", flush=True)
    with contextlib.suppress(KeyboardInterrupt):
        signal.pause()
    cluster.stop()


if __name__ == "__main__":
    main()
