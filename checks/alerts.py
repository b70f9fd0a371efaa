"""Does each alert sound when it should, and only then, and is there a page in the runbook for it?

promtool is Debian's: where it is not installed, its package is fetched and unpacked into the environment.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RULES, CASES = ROOT / "deploy/monitoring/alerts.yml", ROOT / "deploy/monitoring/alerts.test.yml"
RUNBOOKS = ROOT / "docs/runbooks.md"
KEPT = ROOT / ".venv/bin/promtool"


def main():
    """Ask promtool, and look for each alert's name."""
    promtool = shutil.which("promtool") or (KEPT if KEPT.exists() else fetch())
    if promtool is None:
        print("promtool is missing; on Debian and Ubuntu: apt-get install prometheus", file=sys.stderr)
        return 1
    failed = subprocess.run([promtool, "test", "rules", CASES.name], cwd=CASES.parent).returncode
    return int(bool(failed) | bool(unnamed()))


def unnamed():
    """Tell of alerts that no case or no page is about."""
    alerts = re.findall(r"^ *- alert: (\w+)", RULES.read_text(), re.M)
    wanting = [
        f"{alert} is not named in {file.relative_to(ROOT)}"
        for file in (CASES, RUNBOOKS)
        for alert in alerts
        if not re.search(rf"\b{alert}\b", file.read_text())
    ]
    for each in wanting:
        print(each, file=sys.stderr)
    return wanting or not alerts


def fetch():
    """Unpack promtool from Debian's package; None where there is none."""
    if shutil.which("apt-get") is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        if not download(folder) and os.geteuid() == 0:
            subprocess.run(["apt-get", "-qq", "update"], stdout=subprocess.DEVNULL)
            download(folder)
        for package in Path(folder).glob("*.deb"):
            subprocess.run(["dpkg", "-x", str(package), folder], check=True)
            shutil.copy2(Path(folder) / "usr/bin/promtool", KEPT)
            return KEPT
    return None


def download(folder):
    """Fetch the package into a folder; False if that failed."""
    command = ["apt-get", "-qq", "download", "prometheus"]
    return subprocess.run(command, cwd=folder, stderr=subprocess.DEVNULL).returncode == 0


if __name__ == "__main__":
    sys.exit(main())
