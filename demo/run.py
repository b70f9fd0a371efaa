"""Run the whole exchange on this machine: database, village, history, page and services, until Ctrl-C.

`make demo` calls it. Everything it writes lies in the state folder (.state, or CEEX_STATE_DIR).
"""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from honcho.manager import Manager

from shared import embedded

ROOT = Path(__file__).resolve().parent.parent
PYTHON = sys.executable
SIGNALS = (signal.SIGINT, signal.SIGTERM)


class CannotRun(Exception):
    """What the person at the keyboard has to know; said in one line."""


class Stopped(Exception):
    """Ctrl-C or SIGTERM arrived before the services ran."""


class LogPrinter:
    """Keeps each process's lines in a log file of its own and shows only what went wrong.

    It writes with `os.write`: honcho also calls it from a signal handler, where a buffered file may be busy.
    """

    width = 0

    def __init__(self, folder):
        self.folder = folder
        self.files = {}
        self.ended_first = None

    def write(self, message):
        data = message.data if isinstance(message.data, bytes) else message.data.encode()
        if message.name not in self.files:
            path = self.folder / f"{message.name}.log"
            self.files[message.name] = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        os.write(self.files[message.name], data)
        self._show_error(message.name, data)
        if message.name == "system" and b" stopped (rc=" in data:
            self.ended_first = self.ended_first or data.decode().split()[0]

    def _show_error(self, name, line):
        """Show an error in one short line; the log file has it whole."""
        with contextlib.suppress(ValueError):
            said = json.loads(line)
            if isinstance(said, dict) and said.get("level") in ("error", "critical"):
                text = f"{name}: {said.get('event', '')} {said.get('error', '')}"[:150]
                os.write(sys.stderr.fileno(), f"{text} – {self.folder / name}.log\n".encode())


def main():
    for number in SIGNALS:
        signal.signal(number, _stop)
    # A closed terminal ends the exchange like Ctrl-C does.
    signal.signal(signal.SIGHUP, lambda *_: os.kill(os.getpid(), signal.SIGTERM))
    try:
        with contextlib.ExitStack() as held:
            code = run(held)
    except CannotRun as reason:
        print(f"\nThe exchange does not run: {reason}", file=sys.stderr)
        return 1
    except Stopped:
        code = 0
    if code == 0:
        print("\nStopped.")
    return code


def run(held):
    """Set everything up, run the services until one ends or a signal comes, and return the exit code."""
    state = embedded.state_dir()
    port = _free_port()
    _claim(held, state)
    logs = state / "log"
    logs.mkdir(exist_ok=True)
    environment = _environment(held, state, port)
    build = _start(held, [PYTHON, str(ROOT / "demo" / "build.py")], environment, log=logs / "build.log")
    _prepare(held, environment, logs)
    if build.poll() is None:
        print("Building the page …", flush=True)
    if build.wait() != 0:
        raise CannotRun(f"page or machine code could not be built; {logs / 'build.log'} says why")
    return _serve(held, environment, port, logs)


def _serve(held, environment, port, logs):
    printer = LogPrinter(logs)
    manager = Manager(printer=printer)
    for name, command in _services(port).items():
        manager.add_process(name, command, env=environment, cwd=str(ROOT / "backend"))
    _start(held, [PYTHON, str(ROOT / "demo" / "welcome.py"), str(port)], environment)
    manager.loop()
    if manager.returncode in (130, 143):
        return 0
    log = logs / f"{printer.ended_first}.log"
    print(f"{printer.ended_first} ended by itself. The end of {log}:", file=sys.stderr)
    print(log.read_text(errors="replace")[-1500:] if log.exists() else "(nothing)", file=sys.stderr)
    return 1


def _services(port):
    python = f"exec '{PYTHON}' -m"
    threads = "--worker-class gthread --threads 8"
    return {
        "webapp": f"{python} gunicorn -c python:webapp.gunicorn_conf -b 127.0.0.1:{port} webapp.wsgi",
        "trading": f"{python} gunicorn {threads} -b 127.0.0.1:{port + 1} trading.wsgi",
        "auctions1": f"{python} trading run_auctions",
        "auctions2": f"{python} trading run_auctions",
        "meters": f"{python} trading play_meters",
    }


def _environment(held, state, port):
    start = time.monotonic()
    try:
        server = embedded.Server(state / "pg").start()
    except (embedded.DatabaseDidNotStart, subprocess.CalledProcessError) as error:
        raise CannotRun(f"PostgreSQL did not start: {error}") from error
    held.callback(server.stop)
    print(f"PostgreSQL runs ({time.monotonic() - start:.1f} s)", flush=True)
    # Each service names its settings itself; a name from outside would hold for both.
    outside = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    return {
        "CEEX_SPEED": "1",
        "CEEX_ENVIRONMENT": "demo",
        "WEB_CONCURRENCY": "1",  # gunicorn's processes; the threads of one are plenty here
        **outside,
        **embedded.variables(state, server),
        "CEEX_WEBAPP_URL": f"http://127.0.0.1:{port}",
        "CEEX_TRADING_URL": f"http://127.0.0.1:{port + 1}",
        "CEEX_PUBLIC_URL": f"http://localhost:{port}",
        "CEEX_PAGE_DIR": str(ROOT / "frontend" / "dist" / "ceex" / "browser"),
    }


def _claim(held, state):
    try:
        held.enter_context(embedded.claimed(state))
    except embedded.FolderInUse as error:
        raise CannotRun(f"{error}; is the exchange running in another terminal?") from error


def _free_port():
    """Return the port of webapp; trading takes the next one."""
    port = int(os.environ.get("CEEX_PORT", "8000"))
    for number in (port, port + 1):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", number))
            except OSError as error:
                hint = "CEEX_PORT=9000 make demo takes 9000 and 9001 instead"
                raise CannotRun(f"port {number} is busy; {hint}") from error
    return port


def _prepare(held, environment, logs):
    """Migrate webapp while trading migrates, loads the village and trades its history."""
    log = logs / "migrate-webapp.log"
    webapp = _start(held, [PYTHON, "-m", "webapp", "migrate"], environment, log=log)
    days = os.environ.get("CEEX_DEMO_DAYS", "28")
    # From the folder of the services, as if it were `python -m trading`.
    outside = {**environment, "PYTHONPATH": str(ROOT / "backend")}
    if _start(held, [PYTHON, str(ROOT / "demo" / "prepare.py"), days], outside).wait() != 0:
        raise CannotRun("trading could not be made ready; what it said stands above")
    if webapp.wait() != 0:
        raise CannotRun(f"webapp could not migrate; {log} says why")


def _start(held, command, environment, *, log=None):
    """Start a process that cannot outlive us: in a session of its own, which ends when `held` closes."""
    output = held.enter_context(log.open("wb")) if log else None
    with _uninterrupted():
        process = subprocess.Popen(
            command,
            cwd=ROOT / "backend",
            env=environment,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        held.callback(_end, process)
    return process


@contextlib.contextmanager
def _uninterrupted():
    """Keep a signal waiting, so that no process is started without being held."""
    came = []
    handlers = {number: signal.signal(number, lambda *_: came.append(1)) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    if came:
        raise Stopped


def _end(process):
    if process.poll() is not None:
        return
    os.killpg(process.pid, signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(5)
    # What it started may outlive it, and it may not have listened.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _stop(number, frame):
    raise Stopped


if __name__ == "__main__":
    sys.exit(main())
