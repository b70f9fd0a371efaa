"""Which ports of this machine answer because of the stacks? Only 80 and 443 may."""

import re
import socket
from concurrent.futures import ThreadPoolExecutor

from rehearsal.engine import docker, ids, inspect, run
from rehearsal.stacks import COPIES, PROJECT

PROJECTS = (*COPIES, "ceex-database", "traefik")
ALL = range(1, 65536)


def answering():
    """Every TCP port of this machine that takes a connection."""
    address = run("hostname", "-I").split()[0]
    with ThreadPoolExecutor(200) as pool:
        return {
            port
            for port, open_ in zip(ALL, pool.map(lambda port: _opens(address, port), ALL), strict=True)
            if open_
        }


def scan(figures, before):
    """Scan again; what is new and is the engine's must be 80 and 443."""
    new = answering() - before
    engines = {port for port in new if _is_dockers(port)}
    figures.check("of all 65,535 ports only 80 and 443 answer", engines == {80, 443}, sorted(engines))
    published = set()
    for project in PROJECTS:
        for each in inspect(*ids(f"{PROJECT}={project}")):
            ports = each["NetworkSettings"]["Ports"].values()
            published |= {int(binding["HostPort"]) for bindings in ports for binding in bindings or ()}
    figures.check("the stacks publish 80 and 443", published == {80, 443}, sorted(published))


def inside(figures):
    """From the network that Traefik shares, trading and the databases have no name and no address."""
    ask = "    try: print(name, socket.gethostbyname(name))\n    except OSError: pass"
    probe = f"import socket, sys\nfor name in sys.argv[1:]:\n{ask}"
    found = docker(
        "run", "--rm", "--network", "proxy", "python:3.13-slim", "python", "-c", probe, "trading", "database"
    )
    figures.check("nobody beside Traefik finds trading or the databases", not found.strip(), found)


def _opens(address, port):
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((address, port)) == 0


def _is_dockers(port):
    listening = run("ss", "-ltnpH", f"sport = :{port}")
    return bool(re.search(r"docker", listening))
