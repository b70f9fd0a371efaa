"""Wait until both services answer, load the log-ins, and say where to look; if that fails, end the demo."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

LOGINS = Path(__file__).resolve().parent / "logins.json"
PATIENCE_S = 60


def main(port):
    state = Path(os.environ["CEEX_STATE_DIR"])
    try:
        _wait_until_ready(f"http://127.0.0.1:{port + 1}/health/ready")
        _wait_until_ready(f"http://127.0.0.1:{port}/api/health/ready")
        subprocess.run([sys.executable, "-m", "webapp", "load_demo", str(LOGINS)], check=True)
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


def _welcome(port, speed, state):
    logins = [
        f"  {user['email']:<22} {user['password']:<24} {user['who']}"
        for user in json.loads(LOGINS.read_text())["users"]
    ]
    hint = " (CEEX_SPEED=60 make demo lets a day pass in 24 minutes)" if speed == "1" else ""
    return "\n".join(
        [
            "",
            f"CEEX runs at http://localhost:{port}",
            "",
            *logins,
            "",
            f"The exchange's clock runs at {speed} times real time{hint}.",
            f"Logs and mails lie in {state}/log and {state}/mail. Ctrl-C ends everything.",
            "",
        ]
    )


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
