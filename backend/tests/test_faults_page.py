"""The pages of faults and runbooks tell the truth: what they name is there, and what is there is named."""

import re

from shared.embedded import ROOT

PAGE = (ROOT / "docs" / "faults.md").read_text()
FILE_OR_TEST = re.compile(r"`((?:backend/)?[a-z_]+/\S+?\.py|test_\w+)`")
RUNBOOKS = (ROOT / "docs" / "runbooks.md").read_text()
OPERATIONS = ROOT / "backend" / "trading" / "operations"
ROW = re.compile(r"@row\(\s*\"([a-z._]+)\"")


def test_each_fault_has_the_tests_that_are_named():
    named = [FILE_OR_TEST.findall(line) for line in PAGE.splitlines() if line.startswith("| ")]
    assert sum(map(bool, named)) > 15
    for names in named:
        files = [name for name in names if name.endswith(".py")]
        text = "".join((ROOT / "backend" / name.removeprefix("backend/")).read_text() for name in files)
        assert not [name for name in names if name.startswith("test_") and f"def {name}(" not in text]


def test_each_row_of_the_fault_runs_stands_there():
    rows = {
        name for file in (ROOT / "faults/subjects").glob("*.py") for name in ROW.findall(file.read_text())
    }
    assert rows
    assert rows <= set(re.findall(r"`([a-z._]+)`", PAGE))


def test_each_invariant_stands_there():
    text = (OPERATIONS / "invariants.sql").read_text()
    asked = set(re.findall(r"^-- ([a-z-]+)(?: \(everything\))?$", text, re.M))
    assert len(asked) > 20
    assert asked <= set(re.findall(r"`([a-z-]+)`", PAGE))


def test_each_check_of_the_watchdog_has_its_row_in_the_runbooks():
    checks = set(re.findall(r'code="([a-z-]+)"', (OPERATIONS / "watchdog.py").read_text()))
    table = RUNBOOKS.partition("| check | bound | remedy |")[2].partition("\n\n")[0]
    assert len(checks) > 5
    assert checks == set(re.findall(r"^\| `([a-z-]+)` \|", table, re.M))
