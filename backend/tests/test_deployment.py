"""What the deployment's own small programs promise, where no engine is needed."""

import importlib.util
import subprocess
import sys
from datetime import datetime

import pytest

from shared import environment

DEPLOY = environment.ROOT / "deploy"
spec = importlib.util.spec_from_file_location("window", DEPLOY / "window.py")
window = importlib.util.module_from_spec(spec)
spec.loader.exec_module(window)


class TestWindow:
    @pytest.mark.parametrize(
        ("at", "seconds"),
        [
            ("2026-07-01T08:54:59+00:00", 0),  # 10:54:59 in Zurich
            ("2026-07-01T08:55:00+00:00", 601),
            ("2026-07-01T09:00:00+00:00", 301),
            ("2026-07-01T09:05:00+00:00", 0),
            ("2026-12-01T09:00:00+00:00", 0),  # in winter the gate is an hour later by UTC
            ("2026-12-01T10:00:00+00:00", 301),
        ],
    )
    def test_no_deployment_begins_around_the_day_ahead_gate(self, at, seconds):
        assert window.wait_s(datetime.fromisoformat(at)) == seconds

    def test_prints_the_seconds_for_the_workflow(self):
        command = [sys.executable, str(DEPLOY / "window.py"), "--at", "2026-12-01T10:00:00+00:00"]
        assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "301\n"


class TestSecrets:
    def test_are_made_once_and_never_changed(self, tmp_path):
        (tmp_path / "mail").write_text("file")
        subprocess.run([DEPLOY / "secrets.sh", tmp_path], check=True, capture_output=True)
        first = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
        subprocess.run([DEPLOY / "secrets.sh", tmp_path], check=True, capture_output=True)
        assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == first
        assert all(first.values()) and len({*first.values()}) == len(first)
        assert all(len(first[f"{service}_secret_key"]) >= 50 for service in ("trading", "webapp"))


class TestStart:
    def test_a_service_loads_nothing_that_few_requests_need(self):
        """What takes long to load would be a part of every redeploy: machine code, PDF, pictures."""
        heavy = ("numba", "highspy", "scipy", "reportlab", "qrbill", "PIL")
        told = f"import sys, trading.wsgi; print(*(name for name in {heavy} if name in sys.modules))"
        done = subprocess.run(
            [sys.executable, "-c", told], cwd=DEPLOY.parent / "backend", capture_output=True, text=True
        )
        assert (done.returncode, done.stdout.split()) == (0, []), done.stderr
