"""Machine code of other sources is never run."""

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
