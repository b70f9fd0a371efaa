"""Build the images as the pipeline does, push them to a local registry, and weigh them."""

import time

from rehearsal.engine import docker, ids, inspect, run
from rehearsal.stacks import IMAGE, REGISTRY, wait_until

BASE = {
    "ui": "nginxinc/nginx-unprivileged:stable",
    "webapp": "python:3.13-slim",
    "trading": "python:3.13-slim",
}
LABEL = "ceex.rehearsal=registry"


def start_registry():
    """A registry of our own on this machine's loopback."""
    if not ids(LABEL):
        docker(
            "run", "--detach", "--label", LABEL, "--publish", f"127.0.0.1:{REGISTRY[10:]}:5000", "registry:2"
        )
    wait_until(
        lambda: run("curl", "-s", f"http://{REGISTRY}/v2/", ok=(0, 7, 52, 56)) == "{}",
        30,
        "the registry answers",
    )


def build_and_push(revision):
    """Build and push as .github/workflows/deploy.yml does: by deploy/build.sh; returns the seconds."""
    started = time.monotonic()
    run("deploy/build.sh", "prod", revision, variables={"CEEX_IMAGE": IMAGE}, timeout=1800)
    return time.monotonic() - started


def sizes_mb(revision):
    """What each image adds to its base. [MB]"""
    weighed = {}
    for part, base in BASE.items():
        image, below = inspect(f"{IMAGE}:{part}-prod-{revision}", base, kind="image")
        weighed[part] = (image["Size"] - below["Size"]) / 1e6
    return weighed
