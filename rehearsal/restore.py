"""Dump, lose everything, restore from the encrypted copy, and compare."""

import shutil
import time

from rehearsal import books
from rehearsal.engine import ROOT, docker, ids
from rehearsal.stacks import COPIES, PROJECT, containers, healthy, wait_until

WRITERS = ("auctions", "trading", "webapp")


def nightly(server, figures):
    """The container of the nightly dumps, which finds none when it is new, makes one at once."""
    server.database("up", "--detach", "backup")
    [container] = ids(f"{PROJECT}=ceex-database", "com.docker.compose.service=backup")
    listed = ("exec", container, "bash", "-c", "cd / && ls backups/*.daily.*.dump offsite/*.daily.*.cms")
    dumps = wait_until(lambda: _four(docker(*listed, ok=(0, 2))), 120, "the nightly dumps of both databases")
    docker("exec", container, "bash", "/backup.sh", "check")
    figures.check("the night's dumps of both databases, plain and encrypted", True, " ".join(dumps))
    _on_request(server, container, figures)


def _on_request(server, container, figures):
    """A migration asks as its own user, in the folder that it sees, and gets a dump."""
    ask = "from pathlib import Path; Path('/backups/wanted/rehearsal').touch()"
    server.compose(COPIES[0], "run", "--rm", "--no-deps", "migrate-trading", "python", "-c", ask)
    listed = ("exec", container, "bash", "-c", "cd / && ls backups/*.before.*.dump offsite/*.before.*.cms")
    dumps = wait_until(lambda: _four(docker(*listed, ok=(0, 2))), 120, "the dumps that a migration asked for")
    figures.check("the dumps that a migration asks for", True, " ".join(dumps))


def _four(listed):
    found = listed.split()
    return found if len(found) >= 4 else None


def drill(server, figures):
    """The restore that docs/deployment.md describes, on the running server."""
    started = time.monotonic()
    writers = [each for service in WRITERS for each in containers(service)]
    docker("stop", *writers)
    server.meters("stop")
    wait_until(lambda: server.status("/api/version") == 503, 10, "people are told that the services are away")
    figures.check("while no service runs: the page 200, its doors 503", server.status("/") == 200)
    before = books.sums()
    _script(server, "now")
    [newest] = _script(server, shell="ls -t /offsite/ceex_trading.before.*.cms | head -1").split()
    newest_webapp = newest.replace("ceex_trading", "ceex_webapp")
    # What a restore is for: the ledger's accounts are gone.
    books.ask("TRUNCATE ledger_ledgeraccount CASCADE")
    for database, file in (("ceex_trading", newest), ("ceex_webapp", newest_webapp)):
        _script(server, "restore", file, database, key=server.folder / "secrets" / "backup.key")
    after = books.sums()
    figures.check("restore: ledger, balances, orders and auctions are the same", before == after, after)
    server.meters("start")
    docker("start", *writers)
    wait_until(lambda: healthy(*COPIES), 240, "the services are healthy after the restore")
    count, broken = books.broken_invariants(server)
    figures.check("restore: the invariants hold", broken == "[]", f"{count} asked, broken: {broken}")
    figures.check("restore: from stop to ready", True, f"{time.monotonic() - started:.0f} s")


def _script(server, *words, shell=None, key=None):
    """Run the script as the database stack does; the private key is there only for a restore."""
    image = ("--rm", "--network", "database", "--user", "postgres")
    mounts = ["-v", "ceex-backups:/backups", "-v", "ceex-offsite:/offsite"]
    secrets = server.folder / "secrets"
    mounts += ["-v", f"{secrets}/postgres_password:/run/secrets/postgres_password:ro"]
    mounts += ["-v", f"{secrets}/backup.crt:/run/secrets/backup_certificate:ro"]
    mounts += ["-v", f"{ROOT}/deploy/database/backup.sh:/backup.sh:ro"]
    variables = ["-e", "CEEX_DATABASE_PASSWORD_FILE=/run/secrets/postgres_password"]
    if key:
        # As docs/deployment.md says: the key is brought along, readable for PostgreSQL's user alone.
        brought = server.folder / "backup.key"
        shutil.copy(key, brought)
        shutil.chown(brought, 999)
        mounts += ["-v", f"{brought}:/backup.key:ro"]
        variables += ["-e", "CEEX_BACKUP_KEY=/backup.key"]
    command = ["-c", shell] if shell else ["/backup.sh", *words]
    return docker("run", *image, *mounts, *variables, "--entrypoint", "bash", "postgres:18", *command)
