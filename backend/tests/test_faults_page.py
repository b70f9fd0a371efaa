"""The page of faults tells the truth: the rows and tests that it names are there, and each row is named."""

import re

from shared.embedded import ROOT

PAGE = (ROOT / "docs" / "faults.md").read_text()
FILE_OR_TEST = re.compile(r"`((?:backend/)?[a-z_]+/\S+?\.py|test_\w+)`")
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
