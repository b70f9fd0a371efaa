"""Where is a Python with openadr3-client? It needs 3.12; the services run on 3.11 too, so it lives apart."""

import fcntl
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from shared import embedded

LOCK = Path(__file__).with_name("openadr3-client.lock")
# Beside those of the PATH: where version managers and CI keep the interpreters that they have not put there.
SHELVES = (
    (os.environ.get("PYENV_ROOT", "~/.pyenv"), "versions/3.*/bin/python3"),
    ("~/.local/share/uv/python", "cpython-3.*/bin/python3"),
    (os.environ.get("RUNNER_TOOL_CACHE", "/opt/hostedtoolcache"), "Python/3.*/*/bin/python3"),
)
NEW_ENOUGH = "import ensurepip, ssl, sys, venv; sys.exit(not (3, 12) <= sys.version_info < (3, 15))"


def python():
    """The interpreter of an environment that has the client, made from its lock when it is first needed."""
    folder = embedded.ROOT / ".state" / "openadr3-client"
    folder.parent.mkdir(exist_ok=True)
    ready, interpreter = folder / ".ready", folder / "bin" / "python"
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not ready.exists() or ready.read_text() != LOCK.read_text():
            shutil.rmtree(folder, ignore_errors=True)
            _run(_found(), "-m", "venv", folder)
            pip = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check")
            _run(interpreter, *pip, "--no-deps", "--require-hashes", "-r", LOCK)
            ready.write_text(LOCK.read_text())
    return interpreter


def _found():
    """A Python from 3.12 on: this one, one of the PATH, or one that a version manager keeps."""
    for name in _candidates():
        done = subprocess.run([name, "-c", NEW_ENOUGH], check=False, capture_output=True)
        if done.returncode == 0:
            return name
    pytest.skip("openadr3-client needs Python 3.12, 3.13 or 3.14, and none of them was found")


def _candidates():
    yield sys.executable
    # A name on the PATH may be a shim that runs nothing: it is tried like the others.
    yield from filter(None, map(shutil.which, ("python3.14", "python3.13", "python3.12", "python3")))
    for root, pattern in SHELVES:
        found = Path(root).expanduser().glob(pattern)
        yield from sorted(map(str, found), key=lambda path: [int(n) for n in re.findall(r"\d+", path)])


def _run(*command):
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
