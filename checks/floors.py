"""Does every import point down, and do the rules that say so bite?"""

import ast
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

BACKEND = Path(__file__).resolve().parent.parent / "backend"
PACKAGES = ("clearing", "shared", "trading", "webapp")
# `clearing` is arrays in, arrays out: beside the standard library it may use these.
CLEARING_MAY_IMPORT = {"clearing", "numpy", "numba", "highspy"}
# And of the standard library nothing that knows the time, the network or chance.
CLEARING_MAY_NOT_IMPORT = {"asyncio", "datetime", "http", "random", "secrets", "socket", "sqlite3", "urllib"}

# A forbidden line, the module it is added to, and the contract that has to notice it.
BITES = [
    ("trading/grid/models.py", "import trading.orders.models", "A room of trading imports only rooms below"),
    ("webapp/users/models.py", "import webapp.access.models", "A room of webapp imports only rooms below"),
    ("webapp/users/models.py", "import trading.grid.models", "The two services never import each other"),
    ("shared/environment.py", "import trading.settings", "What both services share knows neither of them"),
    (
        "trading/orders/models.py",
        "import trading.orders.operations",
        "Inside a room: api, operations, queries, models",
    ),
    ("trading/metrics/queries.py", "import trading.grid.api", "Only urls imports an api"),
    ("trading/metrics/queries.py", "import clearing", "Only trading.results imports clearing"),
    (
        "trading/attic/__init__.py",
        '"""A room that nobody placed."""',
        "A room of trading imports only rooms below",
    ),
    ("clearing/__init__.py", "import django", "clearing imports numpy, numba and highspy only"),
]

NOT_CODE = ("__pycache__", "*.csv", "*.xz", "tests")


def broken_contracts(backend):
    """Return the names of the contracts that the packages in `backend` break."""
    command = [
        sys.executable,
        "-c",
        "from importlinter.cli import lint_imports_command as run; run()",
        "--no-cache",
        "--no-logo",
    ]
    run = subprocess.run(
        command, cwd=backend, capture_output=True, text=True, env={"PYTHONPATH": str(backend)}
    )
    broken = re.findall(r"^(.*) BROKEN(?: \(.*\))?$", run.stdout, re.M)
    if run.returncode and not broken:
        raise SystemExit(run.stdout + run.stderr)
    strangers = sorted(set(strangers_in_clearing(backend / "clearing")))
    return (
        broken + ["clearing imports numpy, numba and highspy only"] * bool(strangers),
        run.stdout,
        strangers,
    )


def strangers_in_clearing(folder):
    """Yield every import of `clearing` that a pure library has no use for, its tests aside."""
    allowed = CLEARING_MAY_IMPORT | set(sys.stdlib_module_names) - CLEARING_MAY_NOT_IMPORT
    for path in folder.rglob("*.py"):
        if "tests" in path.relative_to(folder).parts:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.level == 0:
                names.append(node.module)
            yield from (f"{path.name}: {name}" for name in names if name.split(".")[0] not in allowed)


def without_teeth():
    """Yield the contracts that don't notice the line that they forbid."""
    for number, (module, line, contract) in enumerate(BITES):
        with tempfile.TemporaryDirectory() as folder:
            # A folder name of its own for each try, so that nothing cached from the last one answers.
            copy = Path(folder) / f"backend{number}"
            for package in PACKAGES:
                shutil.copytree(BACKEND / package, copy / package, ignore=shutil.ignore_patterns(*NOT_CODE))
            shutil.copy(BACKEND / ".importlinter", copy)
            (copy / module).parent.mkdir(exist_ok=True)
            with (copy / module).open("a") as file:
                file.write(f"\n{line}\n")
            if contract not in broken_contracts(copy)[0]:
                yield f"{contract!r} did not notice {line!r} in {module}"


def main():
    broken, report, strangers = broken_contracts(BACKEND)
    if broken:
        print(report, *strangers, sep="\n")
        return 1
    toothless = list(without_teeth())
    print("\n".join(toothless) or f"floors: kept, and each of {len(BITES)} forbidden imports was noticed")
    return 1 if toothless else 0


if __name__ == "__main__":
    sys.exit(main())
