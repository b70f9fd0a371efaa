"""The same file as a Docker Swarm stack: start, redeploy by rolling, and what was answered meanwhile."""

import time

from rehearsal.engine import ROOT, docker, run
from rehearsal.load import Household, Load
from rehearsal.stacks import NETWORKS, start_below, stop_everything, wait_until

STACK = "ceex"


def trade(server, figures, revision, newer, login):
    """Run the stack on a swarm of one node and let it roll to a newer revision."""
    stop_everything(volumes=False)
    docker("swarm", "init", "--advertise-addr", "127.0.0.1")
    try:
        for name, options in NETWORKS.items():
            docker("network", "create", "--driver", "overlay", "--attachable", *options, name)
        start_below(server)
        wait_until(lambda: server.status("/") == 503, 30, "people are told that nothing runs")
        figures.check("while nothing runs behind Traefik: 503 and not 404", True)
        _deploy(server, revision)
        wait_until(lambda: _replicas_are_up(), 400, "the stack runs on the swarm")
        _answers(server, revision)
        figures.check("swarm: the stack answers through Traefik", True, revision)
        _roll(server, figures, newer, login)
    finally:
        docker("stack", "rm", STACK, ok=(0, 1))
        time.sleep(10)
        docker("swarm", "leave", "--force", ok=(0, 1))


def _deploy(server, revision):
    variables = server.variables | {"CEEX_TAG": f"prod-{revision}"}
    command = ("stack", "deploy", "--detach=true", "--prune", "--compose-file", "-", STACK)
    stack = (ROOT / "docker-compose.prod.yml").read_text()
    docker(*command, variables=variables, stdin=stack)


def _replicas_are_up():
    lines = docker("service", "ls", "--format", "{{.Name}}|{{.Mode}}|{{.Replicas}}").splitlines()
    states = [line.split("|") for line in lines if line.startswith(STACK)]
    counts = [count.split()[0].split("/") for _, mode, count in states if mode == "replicated"]
    return counts and all(running == wanted for running, wanted in counts)


def _answers(server, revision):
    variables = {
        "CEEX_PUBLIC_URL": server.url,
        "CEEX_CA_FILE": str(server.ca),
        "CEEX_DEPLOY_PATIENCE_S": "400",
    }
    run(ROOT / "deploy" / "wait-for.sh", revision, variables=variables)


def _roll(server, figures, newer, login):
    load = Load(Household(server, *login), 20).start()
    started = time.monotonic()
    _deploy(server, newer)
    _answers(server, newer)
    took = time.monotonic() - started
    time.sleep(10)
    load.stop()
    figures.add("swarm.redeploy_seconds", took, unit="s", n=len(load.seen))
    figures.check("swarm: orders were taken meanwhile", load.acknowledged, f"{len(load.acknowledged)} orders")
    figures.add("swarm.orders_lost", len(load.lost()), at_most=0, n=len(load.acknowledged))
    figures.check("swarm: what was not answered well", True, dict(load.failures()) or "nothing")
    figures.add("swarm.errors_5xx_share", load.share_5xx(), at_most=0.01, n=len(load.seen))
