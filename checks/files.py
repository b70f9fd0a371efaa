"""Do the tracked files keep the project's promises: locks without addresses, settings with an example?"""

import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK_FILES = (
    "backend/requirements.lock",
    "backend/requirements.demo.lock",
    "backend/requirements.runtime.lock",
    "backend/tests/doors/openadr3-client.lock",
    "frontend/package-lock.json",
    "bench/lighthouse/package-lock.json",
)
# What a lock file carries when it was written for one registry or mirror.
ADDRESS = re.compile(
    r'"resolved": *"\w+:|^--(extra-)?index-url|^--find-links|https?://\S*(/simple|/packages|/-/)', re.M
)
VARIABLE = re.compile(r"""["'](CEEX_[A-Z_]+)["']""")
BIGGEST_BYTES = 20_000_000


def tracked():
    """Return the paths of all tracked files."""
    output = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout
    return [ROOT / name for name in output.split("\0") if name and (ROOT / name).is_file()]


def addresses_in_locks():
    """Name the lock files that only work with one registry."""
    for name in LOCK_FILES:
        for match in ADDRESS.finditer((ROOT / name).read_text()):
            yield f"{name}: carries a download address ({match.group(0)[:40]}); write it without"
            break


def lock_behind_package():
    """Say whether the page's lock was written for other dependencies than package.json names."""
    package = json.loads((ROOT / "frontend/package.json").read_text())
    locked = json.loads((ROOT / "frontend/package-lock.json").read_text())["packages"][""]
    for kind in ("dependencies", "devDependencies"):
        if package.get(kind) != locked.get(kind):
            yield f"frontend/package-lock.json: {kind} are not those of package.json; run npm install"


def locks_that_differ():
    """Name what a lock of fewer packages pins otherwise than the lock of all."""
    everything = _pinned("backend/requirements.lock")
    for name in ("backend/requirements.demo.lock", "backend/requirements.runtime.lock"):
        for each in sorted(_pinned(name) - everything):
            yield f"{name}: {each} is not what requirements.lock pins; lock again with -c requirements.lock"


def _pinned(name):
    return set(re.findall(r"^\S+==\S+", (ROOT / name).read_text(), re.M))


def glossary_without_code():
    """Name the classes that the glossary speaks of and the code does not have."""
    glossary = (ROOT / "docs/glossary.md").read_text()
    code = "\n".join(path.read_text() for path in (ROOT / "backend").rglob("*.py"))
    for name in re.findall(r"`([A-Z][A-Za-z]+)`", glossary):
        if not re.search(rf"^class {name}\b", code, re.M):
            yield f"docs/glossary.md: there is no class {name}"


def variables_without_example():
    """Name the settings that the services read and .env.example does not list."""
    example = (ROOT / ".env.example").read_text()
    for path in tracked():
        place = path.relative_to(ROOT).parts
        of_service = path.suffix == ".py" and place[0] in ("backend", "demo") and "tests" not in place
        for name in VARIABLE.findall(path.read_text()) if of_service else []:
            if not re.search(rf"^#? ?{name}=", example, re.M):
                yield f"{path.relative_to(ROOT)}: reads {name}, which .env.example does not list"


def too_big():
    """Name the files that do not belong into a repository."""
    for path in tracked():
        if path.stat().st_size > BIGGEST_BYTES:
            yield f"{path.relative_to(ROOT)}: over {BIGGEST_BYTES // 1_000_000} MB"


def main():
    rules = (
        addresses_in_locks,
        lock_behind_package,
        locks_that_differ,
        glossary_without_code,
        variables_without_example,
        too_big,
    )
    faults = [fault for rule in rules for fault in rule()]
    print("\n".join(faults) or "files: nothing to report")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
