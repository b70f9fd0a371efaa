"""Wait until both services answer, load the log-ins, and say where to look; if that fails, end the demo."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from shared import identity

LOGINS = json.loads((Path(__file__).resolve().parent / "logins.json").read_text())
PATIENCE_S = 60


def main(port):
    state = Path(os.environ["CEEX_STATE_DIR"])
    try:
        _wait_until_ready(f"http://127.0.0.1:{port + 1}/health/ready")
        _wait_until_ready(f"http://127.0.0.1:{port}/api/health/ready")
        _load(state / "logins.json", json.dumps(_people(_operator_of_village(port + 1))))
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"The exchange did not become ready: {error}. {state / 'log'} says why.", file=sys.stderr)
        os.kill(os.getppid(), signal.SIGTERM)
        return 1
    print(_welcome(port, os.environ["CEEX_SPEED"], state), flush=True)
    return 0


def _wait_until_ready(url):
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            urllib.request.urlopen(url, timeout=5).close()  # nosec B310: our own address
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def _operator_of_village(port):
    """Ask trading, as webapp does, for the grid operator whose customers the log-ins are."""
    key = Path(os.environ["CEEX_WEBAPP_PRIVATE_KEY_FILE"]).read_text()
    about = {"issuer": "webapp", "audience": "trading", "subject": "webapp", "role": identity.SERVICE}
    token = identity.sign(key, nodes=[], at=identity.real_time(), **about)
    request = urllib.request.Request(f"http://127.0.0.1:{port}/dso/all")
    request.add_header("Authorization", f"Bearer {token}")
    with urllib.request.urlopen(request, timeout=5) as answer:  # nosec B310: our own address
        return json.load(answer)["items"][0]["dsoId"]


def _load(file, people):
    """Load the log-ins unless just these were loaded before."""
    if file.exists() and file.read_text() == people:
        return
    new = file.with_suffix(".new")
    new.write_text(people)
    command = [sys.executable, "-m", "webapp", "load_demo", str(new)]
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    new.rename(file)


def _people(dso):
    kept = ("email", "password", "role", "language", "name")
    return [
        {name: user[name] for name in kept if name in user} | {"dso": dso, "dsoClientId": user["customer"]}
        for user in LOGINS
    ]


def _welcome(port, speed, state):
    hint = " (CEEX_SPEED=60 make demo lets a day pass in 24 minutes)" if speed == "1" else ""
    return "\n".join(
        [
            "",
            f"CEEX runs at http://localhost:{port}",
            "",
            *(f"  {user['email']:<22} {user['password']:<20} {user['who']}" for user in LOGINS),
            "",
            f"The exchange's clock runs at {speed} times real time{hint}.",
            f"Logs and mails lie in {state}/log and {state}/mail. Ctrl-C ends everything.",
            "",
        ]
    )


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
