"""The Docker engine: commands, and the stand-ins for base images where no registry answers."""

import json
import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BASES = (
    "python:3.13-slim",
    "node:24-slim",
    "nginxinc/nginx-unprivileged:stable",
    "postgres:18",
    "traefik:v3.7",
    "registry:2",
)
STAND_INS = "stand-ins for the official images"


class Failed(Exception):
    """A command of the engine did not do what was asked."""


def run(*command, variables=None, timeout=900, ok=(0,), stdin=None):
    """Run a command and return what it printed.

    :raises Failed: it ended with another code than those in `ok`
    """
    done = subprocess.run(
        [str(word) for word in command],
        cwd=ROOT,
        env=os.environ | (variables or {}),
        capture_output=True,
        text=True,
        timeout=timeout,
        input=stdin,
    )
    if done.returncode not in ok:
        raise Failed(f"{' '.join(map(str, command))[:200]}: {(done.stderr or done.stdout).strip()[-1500:]}")
    return done.stdout


def docker(*words, **options):
    """Run `docker …`."""
    return run("docker", *words, **options)


def inspect(*names, kind="container"):
    """What the engine knows of containers, images, …"""
    return json.loads(docker(kind, "inspect", *names)) if names else []


def ids(*labels, everything=False):
    """The containers that carry all these labels."""
    filters = [word for label in labels for word in ("--filter", f"label={label}")]
    return docker("ps", "--quiet", "--no-trunc", *(["--all"] if everything else []), *filters).split()


def prepare(script):
    """See that an engine runs with the base images: their registry's, or else the stand-ins of `script`."""
    if _answers() and all(_has(image) or _pulled(image) for image in BASES):
        return "the official images" if all(map(_came_from_a_registry, BASES)) else STAND_INS
    if not script:
        raise Failed(
            "no Docker engine with base images; CEEX_REHEARSAL_PREPARE may name a script that makes them"
        )
    subprocess.run([script, *BASES], check=True, stdout=subprocess.DEVNULL)
    return STAND_INS


def neighbour():
    """A script that makes stand-ins, where one lies beside the repository; else None."""
    repository = Path(run("git", "rev-parse", "--path-format=absolute", "--git-common-dir").strip()).parent
    script = repository.parent / "shared" / "rehearsal" / "prepare"
    return str(script) if script.exists() else None


def _answers():
    return subprocess.run(["docker", "info"], capture_output=True).returncode == 0


def _has(image):
    return subprocess.run(["docker", "image", "inspect", image], capture_output=True).returncode == 0


def _pulled(image):
    return subprocess.run(["docker", "pull", "-q", image], capture_output=True).returncode == 0


def _came_from_a_registry(image):
    return bool(inspect(image, kind="image")[0]["RepoDigests"])
