"""Wrong settings and missing neighbours: said once, unhealthy, and well again when the cause is gone."""

import json
import subprocess

from rehearsal import books
from rehearsal.engine import docker, ids, inspect
from rehearsal.stacks import IMAGE, PROJECT, containers, wait_until

SERVICES = {
    "trading": ("CEEX_TRADING_SECRET_KEY", "trading"),
    "webapp": ("CEEX_WEBAPP_SECRET_KEY", "webapp"),
}
LABEL = "ceex.rehearsal=try"
SERVICE = "com.docker.compose.service"
ALONE = "ceex-alone"
PATIENCE_S = 150
FAST = ("--health-interval", "1s", "--health-start-period", "1s", "--health-retries", "1")


def missing_secrets(server, figures, tag):
    """A missing or an empty secret ends the start and is named."""
    for part, (name, service) in SERVICES.items():
        given = _variables(service)
        for case, change in (("missing", {f"{name}_FILE": None}), ("empty", {f"{name}_FILE": "/dev/null"})):
            variables = {key: value for key, value in (given | change).items() if value is not None}
            said, code = _try_once(server, part, tag, variables)
            lines = [line for line in said.splitlines() if name in line]
            figures.check(
                f"{part}: a secret that is {case} is named and ends the start", code != 0 and lines, lines[:1]
            )


def wrong_password(server, figures, tag):
    """The database refuses: said once, unhealthy; when the password is right it serves without a restart."""
    books.ask("DROP ROLE IF EXISTS ceex_try")
    books.ask("CREATE ROLE ceex_try LOGIN PASSWORD 'right' IN ROLE ceex_trading")
    address = "postgresql://ceex_try:wrong@database:5432/ceex_trading"
    container = _try(server, "trading", tag, {"CEEX_TRADING_DATABASE_URL": address}, ("database",))
    _recovers(figures, container, "a wrong password", "database-refused",
              lambda: books.ask("ALTER ROLE ceex_try PASSWORD 'wrong'"))  # fmt: skip


def old_schema(server, figures, tag):
    """The tables are behind: said once, unhealthy; after the migration it serves without a restart."""
    for statement in ("DROP DATABASE IF EXISTS ceex_try", "CREATE DATABASE ceex_try OWNER ceex_trading"):
        books.ask(statement)
    address = (server.folder / "secrets" / "trading_database_url").read_text()
    url = address.removesuffix("/ceex_trading") + "/ceex_try"
    container = _try(server, "trading", tag, {"CEEX_TRADING_DATABASE_URL": url}, ("database",))
    migrate = ("exec", container, "python", "-m", "trading", "migrate_safely")
    _recovers(figures, container, "an old schema", "schema-behind", lambda: docker(*migrate))


def trading_away(server, figures, tag):
    """Trading cannot be reached: webapp says so once and is unhealthy; when it can, webapp serves."""
    # A network with the database alone: on the usual one trading has its name too.
    if ALONE not in docker("network", "ls", "--format", "{{.Name}}").split():
        docker("network", "create", "--internal", ALONE)
    [database] = ids(f"{PROJECT}=ceex-database", f"{SERVICE}=database")
    trading = containers("trading")[-1]
    docker("network", "connect", "--alias", "database", ALONE, database)
    container = _try(server, "webapp", tag, {}, (ALONE,))
    names = ("--alias", "trading", "--alias", "own-trading")
    connect = ("network", "connect", *names, ALONE, trading)
    try:
        _recovers(figures, container, "an unreachable trading service", "service-unreachable",
                  lambda: docker(*connect))  # fmt: skip
    finally:
        for each in (trading, database):
            docker("network", "disconnect", "--force", ALONE, each, ok=(0, 1))


def clear_up():
    """Remove the containers that were tried, and what was made for them."""
    if found := ids(LABEL, everything=True):
        docker("rm", "--force", *found)
    docker("network", "rm", ALONE, ok=(0, 1))
    for statement in ("DROP DATABASE IF EXISTS ceex_try WITH (FORCE)", "DROP ROLE IF EXISTS ceex_try"):
        books.ask(statement)


def _recovers(figures, container, what, reason, mend):
    health = lambda: inspect(container)[0]["State"]["Health"]["Status"]  # noqa: E731
    wait_until(lambda: _said(container) and health() == "unhealthy", PATIENCE_S, f"{what}: unhealthy")
    said = [each["reason"] for each in _said(container)]
    figures.check(f"{what} is said once and the container is unhealthy", said == [reason], said)
    mend()
    wait_until(lambda: health() == "healthy", PATIENCE_S, f"{what}: well again")
    restarts = inspect(container)[0]["RestartCount"]
    figures.check(
        f"after {what} it is well again by itself", restarts == 0 and len(_said(container)) == 1, "no restart"
    )
    docker("rm", "--force", container)


def _said(container):
    logs = subprocess.run(["docker", "logs", container], capture_output=True, text=True)
    lines = (logs.stdout + logs.stderr).splitlines()
    events = [json.loads(line) for line in lines if line.startswith("{")]
    return [event for event in events if event.get("event") == "not_ready"]


def _variables(service):
    container = containers(service)[0]
    pairs = [pair.partition("=") for pair in inspect(container)[0]["Config"]["Env"]]
    return {name: value for name, _, value in pairs if name.startswith("CEEX_")}


def _options(server, service, variables):
    mounts = [word for path in sorted((server.folder / "secrets").iterdir()) for word in _mount(path)]
    return [*mounts, *(word for name, value in variables.items() for word in ("-e", f"{name}={value}"))]


def _mount(path):
    names = {"trading.pem": "trading_key", "trading.pub.pem": "trading_public_key"}
    names |= {"webapp.pem": "webapp_key", "webapp.pub.pem": "webapp_public_key"}
    return ("-v", f"{path}:/run/secrets/{names.get(path.name, path.name)}:ro")


def _try_once(server, part, tag, variables):
    options = _options(server, part, variables)
    command = [
        "docker",
        "run",
        "--rm",
        "--read-only",
        "--tmpfs",
        "/tmp:mode=1777",
        *options,
        f"{IMAGE}:{part}-{tag}",
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    return done.stdout + done.stderr, done.returncode


def _try(server, part, tag, changed, networks):
    given = _variables(SERVICES[part][1])
    for name in changed:
        given.pop(f"{name}_FILE", None)
    options = _options(server, part, given | changed)
    command = (
        "--detach",
        "--label",
        LABEL,
        "--read-only",
        "--tmpfs",
        "/tmp:mode=1777",
        *FAST,
        "--network",
        networks[0],
    )
    container = docker("create", *command[1:], *options, f"{IMAGE}:{part}-{tag}").strip()
    for more in networks[1:]:
        docker("network", "connect", more, container)
    docker("start", container)
    return container
