"""How are the tables changed while the old version still serves?"""

import contextlib
import pkgutil
import socket
import time
from importlib.util import find_spec
from pathlib import Path

from django.apps import apps
from django.core.management import call_command
from django.db import DatabaseError, OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder

from shared import environment

LOCK_TIMEOUT = "2s"  # a statement that waits longer would hold up everyone behind it in the queue
LOCK_NOT_AVAILABLE = "55P03"
TRIES = 10
PAUSE_S = 2
ONE_AT_A_TIME = 0xCEE0  # names the lock of the one process that migrates


class NotNow(Exception):
    """Nothing was changed: what had to be waited for did not come in time."""


def migrate(*, hindrance, say):
    """Wait for the database, a fresh dump and a quiet moment; then migrate, giving way to others.

    :param hindrance: says in words what speaks against migrating at this moment, or ""
    :raises NotNow: one of these did not come within CEEX_MIGRATE_PATIENCE_S
    """
    deadline = time.monotonic() + environment.integer("CEEX_MIGRATE_PATIENCE_S", 600, low=0, high=86_400)
    _wait(_database_away, deadline, say)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [ONE_AT_A_TIME])
    if not outstanding():
        say("nothing to migrate")
        return
    # In an empty database there is nothing yet that could be lost or disturbed.
    if MigrationRecorder(connection).applied_migrations():
        _wait(_no_fresh_dump, deadline, say)
        _wait(hindrance, deadline, say)
    _migrate_with_short_locks(say)


def outstanding():
    """Name the migrations that this program has and the database has not.

    By the names of the files: to load them all would take a second of each start of a process.
    """
    recorded = MigrationRecorder(connection).applied_migrations().keys()
    return sorted(f"{app}.{name}" for app, name in _ours() - recorded)


def _ours():
    found = set()
    for app in apps.get_app_configs():
        spec = find_spec(f"{app.name}.migrations")
        places = spec.submodule_search_locations if spec else None
        found |= {(app.label, module.name) for module in pkgutil.iter_modules(places or [])}
    return found


def _wait(hindrance, deadline, say):
    said = ""
    while reason := hindrance():
        if time.monotonic() > deadline:
            raise NotNow(reason)
        if reason != said:
            say(f"waiting: {reason}")
            said = reason
        time.sleep(PAUSE_S / 2)


def _database_away():
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        connection.close()
        return f"the database: {str(error).strip().splitlines()[-1]}"
    return ""


def _no_fresh_dump():
    oldest_s = environment.integer("CEEX_BACKUP_MAX_AGE_S", 0, low=0, high=604_800)
    if not oldest_s:
        return ""
    folder = Path(environment.optional("CEEX_BACKUP_DIR", "/backups"))
    if _age_s(folder / "newest") <= oldest_s:
        return ""
    with contextlib.suppress(OSError):  # nobody makes dumps there on request: one by hand does as well
        (folder / "wanted" / socket.gethostname()).touch()
    return f"there is no dump of the databases that is younger than {oldest_s} s"


def _age_s(path):
    try:
        return time.time() - path.stat().st_mtime
    except OSError:
        return float("inf")


def _migrate_with_short_locks(say):
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, false)", [LOCK_TIMEOUT])
    for left in reversed(range(TRIES)):
        try:
            call_command("migrate", interactive=False, verbosity=1)
            return
        except OperationalError as error:
            if getattr(error.__cause__, "pgcode", None) != LOCK_NOT_AVAILABLE:
                raise
            if not left:
                raise NotNow(f"a table stayed in use: {error}".strip()) from error
            say("a table is in use; its users go first")
            time.sleep(PAUSE_S)
