"""The three stacks of a server, as docs/deployment.md starts them: Traefik, database, exchange."""

import os
import shutil
import time
from dataclasses import dataclass, field
from pathlib import Path

from rehearsal import certificates
from rehearsal.engine import ROOT, Failed, docker, ids, inspect, run

HOST = "localhost"
REGISTRY = "localhost:5000"
IMAGE = f"{REGISTRY}/ceex"
NETWORKS = {"proxy": (), "inside": ("--internal",), "database": ("--internal",)}
VOLUMES = ("ceex-backups", "ceex-offsite")
PROJECT = "com.docker.compose.project"
COPIES = ("ceex-a", "ceex-b")
METERS = "ceex-meters"
SPEED = 60  # so that a real-time auction's gate closes every 30 seconds


@dataclass
class Server:
    """One server: its folder, what its stacks read from the environment, and where it is found."""

    folder: Path
    authority: str = ""
    variables: dict = field(default_factory=dict)

    @property
    def url(self):
        return f"https://{HOST}"

    @property
    def ca(self):
        return self.folder / "certificates" / "ca.pem"

    def compose(self, copy, *words, **options):
        """`docker compose` for one of the exchange's two stacks."""
        files = ("docker-compose.prod.yml", "docker-compose.pair.yml", "rehearsal/docker-compose.yml")
        named = [word for file in files for word in ("-f", file)]
        return docker("compose", "-p", copy, *named, *words, variables=self.variables, **options)

    def traefik(self, *words):
        """`docker compose` with the files of Traefik's stack."""
        return docker(
            "compose", "-p", "traefik", "-f", "traefik/docker-compose.yml", *words, variables=self.variables
        )

    def database(self, *words):
        """`docker compose` with the files of the database's stack."""
        file = "deploy/database/docker-compose.yml"
        return docker("compose", "-p", "ceex-database", "-f", file, *words, variables=self.variables)

    def meters(self, *words):
        """`docker compose` for the meters, which stand outside the exchange."""
        return docker("compose", "-p", METERS, "-f", "rehearsal/docker-compose.meters.yml", *words,
                      variables=self.variables)  # fmt: skip

    def status(self, path):
        """The status that Traefik answers to a GET."""
        asked = ("-s", "-m", "5", "-o", "/dev/null", "-w", "%{http_code}", "--cacert", self.ca)
        return int(run("curl", *asked, self.url + path, ok=(0, 7, 28, 35, 52, 56)))

    def execute(self, service, *command, **options):
        """Run a command in the first container of a service."""
        first = ids(f"{PROJECT}={COPIES[0]}", f"com.docker.compose.service={service}")[0]
        return docker("exec", "-i", first, *command, **options)


def make(folder):
    """Write the certificates, secrets and Traefik's files of a new server."""
    shutil.rmtree(folder, ignore_errors=True)
    for name in ("mail", "dynamic", "offsite"):
        (folder / name).mkdir(parents=True)
        (folder / name).chmod(0o777)
    server = Server(folder)
    server.authority = certificates.make(folder / "certificates", HOST)
    shutil.copytree(ROOT / "traefik" / "dynamic", folder / "dynamic", dirs_exist_ok=True)
    (folder / "dynamic" / "certificates.yml").write_text(_own_certificate())
    for name in ("exchange.pem", "exchange.key"):
        shutil.copy(folder / "certificates" / name, folder / "dynamic" / name)
    (folder / "secrets").mkdir()
    (folder / "secrets" / "mail").write_text("file")
    run(ROOT / "deploy" / "secrets.sh", folder / "secrets")
    server.variables = _variables(folder)
    return server


def found(folder):
    """The server of an earlier rehearsal, as it is."""
    server = Server(folder, variables=_variables(folder))
    server.authority = certificates.fingerprint(folder / "certificates" / "ca.pem")
    return server


def _own_certificate():
    files = {name: f"/etc/traefik/dynamic/exchange.{name}" for name in ("pem", "key")}
    return f"tls:\n  certificates:\n    - certFile: {files['pem']}\n      keyFile: {files['key']}\n"


def _variables(folder):
    return {
        "CEEX_REHEARSAL": str(folder),
        "CEEX_IMAGE": IMAGE,
        "CEEX_TAG": "prod-latest",
        "CEEX_HOST": HOST,
        "CEEX_MAIL_FROM": "CEEX <ceex@ceex.example>",
        "CEEX_SUPPORT_MAIL": "support@ceex.example",
        "CEEX_SECRETS_DIR": str(folder / "secrets"),
        "CEEX_CERTIFICATES": "",
        "CEEX_TRAEFIK_DYNAMIC": str(folder / "dynamic"),
        "CEEX_SPEED": str(SPEED),
        "CEEX_ENVIRONMENT": "rehearsal",
        "COMPOSE_PARALLEL_LIMIT": "8",
        "BUILDKIT_PROGRESS": "plain",
    }


def start_below(server):
    """Make the networks and volumes; start Traefik and the database."""
    for name, options in NETWORKS.items():
        if name not in docker("network", "ls", "--format", "{{.Name}}").split():
            docker("network", "create", *options, name)
    for name in VOLUMES:
        docker("volume", "create", name)
    # Volumes belong to root when they are new; the dumps are written by PostgreSQL's user.
    mounts = [word for name in VOLUMES for word in ("-v", f"{name}:/{name}")]
    docker("run", "--rm", "--user", "root", "--entrypoint", "chown", *mounts, "postgres:18", "postgres",
           *(f"/{name}" for name in VOLUMES))  # fmt: skip
    server.traefik("up", "--detach", "--quiet-pull", "--wait")
    server.database("up", "--detach", "--quiet-pull", "--wait", "database")


def start(server):
    """Start both stacks of the exchange."""
    for copy in COPIES:
        server.compose(copy, "up", "--detach", "--quiet-pull")
    wait_until(lambda: healthy(*COPIES), 180, "both stacks of the exchange are healthy")


def load_village(server, days):
    """Load the village, its users and a short past, hours before a day-ahead gate."""
    # The past is traded by one process alone; the present goes on when it is done.
    workers = containers("auctions")
    docker("stop", *workers)
    settings = "DJANGO_SETTINGS_MODULE=trading.settings"
    server.execute("trading", "env", settings, "python", "-", stdin=SHOW_NIGHT)
    server.execute("trading", "python", "-m", "trading", "load_village")
    server.execute("trading", "python", "-m", "trading", "trade_history", "--days", str(days))
    docker("start", *workers)
    server.meters("up", "--detach")


# So many hours before the gate that there is time to look around.
SHOW_NIGHT = """
import django; django.setup()
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo
from trading.markets import operations, queries
moment, zurich = queries.moment(), ZoneInfo("Europe/Zurich")
day = moment.at.astimezone(zurich).date() + timedelta(days=1)
night = datetime.combine(day, time(2), zurich)
operations.set_clock(speed=1, shows_at=night, real_at=moment.real_at)
"""


def containers(service, *, of=COPIES):
    """The running containers of a service, in both stacks of the exchange."""
    return [each for copy in of for each in ids(f"{PROJECT}={copy}", f"com.docker.compose.service={service}")]


def healthy(*projects):
    """True if all running containers of the projects that have a health check pass it, and there is one."""
    found = inspect(*(each for project in projects for each in ids(f"{PROJECT}={project}")))
    states = [each["State"]["Health"]["Status"] for each in found if "Health" in each["State"]]
    return bool(states) and set(states) == {"healthy"}


def wait_until(fact, seconds, what):
    """Wait for a fact.

    :raises Failed: it did not come true in time
    """
    started = time.monotonic()
    while not (found := fact()):
        if time.monotonic() - started > seconds:
            raise Failed(f"after {seconds} s not yet: {what}")
        time.sleep(0.25)
    return found


def stop_everything(*, volumes=True):
    """Remove what a rehearsal left: stacks, networks, and the volumes unless they are to stay."""
    for project in (*COPIES, METERS, "ceex", "traefik", "ceex-database"):
        if found := ids(f"{PROJECT}={project}", everything=True):
            docker("rm", "--force", "--volumes", *found)
    for kind in ("network", "volume") if volumes else ("network",):
        listed = docker(kind, "ls", "--format", "{{.Name}}").split()
        ours = [name for name in listed if name.startswith(("ceex", "traefik_")) or name in NETWORKS]
        if ours:
            docker(kind, "rm", *ours, ok=(0, 1))


def state_folder():
    """Where a rehearsal keeps its files."""
    return Path(os.environ.get("CEEX_STATE_DIR") or ROOT / ".state").resolve() / "rehearsal"
