"""Servers as in production, and a bounded load on loopback: wrk, one thread, against gunicorn 2 × 4."""

import atexit
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from bench.harness import Skipped

ROOT = Path(__file__).resolve().parent.parent
TURNS = """
local asked = {
%s
}
local ready, turn = {}, 0
init = function(args)
  for at, each in ipairs(asked) do
    each[2]["Host"] = wrk.headers["Host"]
    ready[at] = wrk.format(wrk.method, each[1], each[2], each[3])
  end
end
request = function()
  turn = turn %% #ready + 1
  return ready[turn]
end
"""
SECONDS = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "m": 60.0}
# wrk itself shows no 95th percentile.
DONE = 'done = function(summary, latency) print("p95 " .. latency:percentile(95) .. "us") end'


@dataclass(frozen=True)
class Run:
    """What wrk counted."""

    per_second: float
    p50_s: float
    p95_s: float
    p99_s: float
    failed: int


@dataclass(frozen=True)
class Asked:
    """One of several requests that a load sends in turn."""

    path: str
    headers: dict
    body: str


def server(application, probe, **environment):
    """Start gunicorn gthread 2×4 and wait until it answers at `probe`; returns its address."""
    with socket.create_server(("127.0.0.1", 0)) as sock:
        port = sock.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "-w",
        "2",
        "-k",
        "shared.serving.Worker",  # gthread, as in production
        "--threads",
        "4",
        "--log-level",
        "error",
    ]
    path = f"{ROOT}:{ROOT / 'backend'}"
    process = subprocess.Popen(
        [*command, "--keep-alive", "30", "-b", f"127.0.0.1:{port}", application],
        env=os.environ | {"PYTHONPATH": path} | environment,
        cwd=ROOT / "backend",
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    atexit.register(_end, process)
    url = f"http://127.0.0.1:{port}"
    _wait(url + probe)
    return url


def _end(process):
    process.terminate()
    process.wait(timeout=20)


def _wait(url):
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            urllib.request.urlopen(url, timeout=5).close()  # nosec B310: of our own server
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"nothing answers at {url}")


def wrk(url, *, connections, seconds=3, method="GET", headers=None, body=None, asked=()):
    """Load an address for some seconds, with one request or with several in turn."""
    if not shutil.which("wrk"):
        raise Skipped("wrk is not installed (Debian: apt-get install wrk)")
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(_script(method, headers or {}, body) + _turns(asked))
        script.flush()
        command = [
            "wrk",
            "-t1",
            f"-c{connections}",
            f"-d{seconds}s",
            "--latency",
            "--timeout",
            "10s",
        ]
        done = subprocess.run(
            [*command, "-s", script.name, url],
            capture_output=True,
            text=True,
            check=True,
        )
    return _read(done.stdout)


def _script(method, headers, body):
    lines = [f'wrk.method = "{method}"']
    lines += [f"wrk.headers[ {_lua(name)} ] = {_lua(value)}" for name, value in headers.items()]
    if body is not None:
        lines.append(f"wrk.body = {_lua(body)}")
    lines.append(DONE)
    return "\n".join(lines)


def _turns(asked):
    """Each request is made ready before the load begins."""
    if not asked:
        return ""
    rows = [f"{{{_lua(each.path)}, {{{_table(each.headers)}}}, {_lua(each.body)}}}," for each in asked]
    return TURNS % "\n".join(rows)


def _table(headers):
    # A blank before the name: two brackets in a row would begin a text.
    return ", ".join(f"[ {_lua(name)} ] = {_lua(value)}" for name, value in headers.items())


def _lua(text):
    return "[==[" + text + "]==]"


def _read(text):
    def latency(share):
        found = re.search(rf"^\s*{share}\s+([\d.]+)(us|ms|s|m)\b", text, re.M)
        return float(found[1]) * SECONDS[found[2]]

    errors = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    socket_errors = re.search(r"connect (\d+), read (\d+), write (\d+), timeout (\d+)", text)
    failed = int(errors[1]) if errors else 0
    failed += sum(map(int, socket_errors.groups())) if socket_errors else 0
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1])
    return Run(rate, latency("50%"), latency("p95"), latency("99%"), failed)
