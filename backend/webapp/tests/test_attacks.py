"""The page of attacks tells the truth: what it names is there."""

import re
from pathlib import Path

import pytest

BACKEND = Path(__file__).resolve().parents[2]
PAGE = BACKEND.parent / "docs" / "attacks.md"
FILE_OR_TEST = re.compile(r"`((?:backend/)?[a-z_]+/\S+?\.py|test_\w+)`")


def rows():
    """Each row of the page, with the tests it names and the files they stand in."""
    for line in PAGE.read_text().splitlines():
        named = FILE_OR_TEST.findall(line) if line.startswith("| ") else []
        if named:
            yield line.split("|")[1].strip(), named


@pytest.mark.parametrize(("attack", "named"), list(rows()), ids=lambda value: str(value)[:40])
def test_each_attack_has_the_tests_that_are_named(attack, named):
    files = [name for name in named if name.endswith(".py")]
    texts = "".join((BACKEND / name.removeprefix("backend/")).read_text() for name in files)
    missing = [name for name in named if name.startswith("test_") and f"def {name}(" not in texts]
    assert files and not missing


def test_the_page_is_no_empty_list():
    assert len(list(rows())) > 50
