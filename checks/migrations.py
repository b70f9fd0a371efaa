"""Do the migrations of both services make the tables that their models describe?"""

import os
import subprocess
import sys

from shared import embedded


def main():
    folder = embedded.state_dir() / "check"
    with embedded.claimed(folder):
        server = embedded.Server(folder, careless=True).start()
        environment = {**os.environ, **embedded.variables(folder, server)}
        missing = [service for service in ("trading", "webapp") if not _is_complete(service, environment)]
        server.stop()
    return int(bool(missing))


def _is_complete(service, environment):
    command = [sys.executable, "-m", service, "makemigrations", "--check", "--dry-run"]
    return subprocess.run(command, cwd=embedded.ROOT / "backend", env=environment).returncode == 0


if __name__ == "__main__":
    sys.exit(main())
