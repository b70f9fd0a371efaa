"""Machine code of other sources is never run, and none where that is wanted."""

import os
import subprocess
import sys
from pathlib import Path

from clearing import compiled

PROGRAM = """
import sys
sys.path.insert(0, sys.argv[1])
from clearing import compiled
print(compiled.CACHE_FOLDER)
"""

AS_PYTHON = """
from clearing import BUY, SELL, Grid, Orders, clear
orders = Orders.from_rows([1, 2], [1, 2], [0, 0], [SELL, BUY], [40, 90], [500, 400])
result = clear(orders, Grid.from_parents([-1, 0, 0]))
print(result.price[0, 0], result.accepted)
"""


def folder_of(copy):
    """The cache folder that a copy of the package would use."""
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(copy)], capture_output=True, text=True, check=True, cwd=copy
    )
    return Path(run.stdout.strip())


class TestCacheFolder:
    def test_changes_with_the_source_of_any_kernel(self, tmp_path, monkeypatch):
        monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "cache"))
        package = tmp_path / "clearing"
        package.mkdir()
        for path in compiled.PACKAGE.glob("*.py"):
            (package / path.name).write_bytes(path.read_bytes() if path.name != "__init__.py" else b"")
        before = folder_of(tmp_path)
        assert before.parent == tmp_path / "cache"
        (package / "book.py").write_bytes((package / "book.py").read_bytes() + b"\n# no kernel\n")
        assert folder_of(tmp_path) == before
        (package / "curves.py").write_bytes((package / "curves.py").read_bytes() + b"\n# a kernel\n")
        assert folder_of(tmp_path) != before


class TestDisabled:
    def test_clears_as_python_where_numba_is_told_to_compile_nothing(self):
        run = subprocess.run(
            [sys.executable, "-c", AS_PYTHON],
            env=os.environ | {"NUMBA_DISABLE_JIT": "1"},
            cwd=compiled.PACKAGE.parent,
            capture_output=True,
            text=True,
        )
        assert (run.returncode, run.stdout) == (0, "40 [400 400]\n"), run.stderr
