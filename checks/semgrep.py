"""Does the code keep the rules of checks/semgrep.yml, and does each of them bite?"""

import json
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "checks" / "semgrep.lock"
RULES = ROOT / "checks" / "semgrep.yml"
# An environment of its own: it wants other versions than the services do, and nobody else needs it.
HOME = ROOT / ".state" / "semgrep"

# A line that a rule has to notice, where it must not stand.
BITES = {
    "no-clock-below-the-door": (
        "trading/orders/operations.py",
        "import datetime\nAT = datetime.datetime.now()",
    ),
    "only-doors-ask-for-the-time": (
        "trading/ledger/operations.py",
        "from shared import identity\nAT = identity.real_time()",
    ),
    "no-float-money": (
        "trading/settlement/operations.py",
        "def half(amount_urp):\n    return amount_urp / 2",
    ),
    "only-the-gateways-client-asks-upstream": ("webapp/users/operations.py", "import requests"),
    "requests-trust-nothing-around-them": (
        "trading/operations/outbox.py",
        "import requests\nrequests.post('https://example.ch')",
    ),
    "no-text-into-sql": ("trading/results/queries.py", 'def f(c, x):\n    c.execute("SELECT %s" % x)'),
}


def main():
    _install()
    found = _findings(ROOT, "backend")
    for each in found:
        print(f"{each['path']}:{each['start']['line']}: {each['extra']['message']}")
    silent = _silent_rules()
    for rule in silent:
        print(f"checks/semgrep.yml: the rule {rule} did not notice what it forbids")
    if not found and not silent:
        print(f"semgrep: {len(BITES)} rules kept, and each noticed what it forbids")
    return int(bool(found or silent))


def _install():
    ready = HOME / ".ready"
    if ready.exists() and ready.read_text() == LOCK.read_text():
        return
    venv.create(HOME, clear=True, with_pip=True)
    pip = [HOME / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--no-deps", "--require-hashes", "-r", LOCK], check=True)
    ready.write_text(LOCK.read_text())


def _findings(folder, target):
    command = [HOME / "bin" / "semgrep", "scan", "--config", RULES, "--json", "--quiet", "--no-git-ignore"]
    run = subprocess.run(
        [*command, "--metrics=off", "--disable-version-check", target],
        check=False, cwd=folder, capture_output=True, text=True,
        env={"PATH": f"{HOME}/bin:/usr/bin:/bin", "HOME": str(HOME), "SEMGREP_SEND_METRICS": "off"},
    )  # fmt: skip
    if run.returncode > 1:
        raise SystemExit(run.stdout + run.stderr)
    answer = json.loads(run.stdout)
    if answer["errors"]:
        raise SystemExit(json.dumps(answer["errors"], indent=1))
    return answer["results"]


def _silent_rules():
    """The rules that do not notice a line made for them."""
    with tempfile.TemporaryDirectory() as name:
        for path, line in BITES.values():
            planted = Path(name, "backend", path)
            planted.parent.mkdir(parents=True, exist_ok=True)
            planted.write_text(line + "\n")
        noticed = {each["check_id"].rpartition(".")[2] for each in _findings(name, "backend")}
    rules = {line.split("id: ")[1] for line in RULES.read_text().splitlines() if "- id: " in line}
    return sorted((rules | set(BITES)) - noticed)


if __name__ == "__main__":
    sys.exit(main())
