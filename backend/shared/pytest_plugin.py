"""Which settings and which database does a test run use? A pytest plugin (``-p shared.pytest_plugin``)."""

import atexit
import contextlib
import os
import shutil
import subprocess

import pytest

from shared import embedded

SETTINGS_OF_PART = {
    "trading": "trading.settings",
    "webapp": "webapp.settings",
    "shared": "webapp.settings",
    "tests": "trading.settings",
}


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config, args):
    """Choose the service's settings and give the run a database of its own, before Django is set up."""
    settings = _settings_for(args, early_config.invocation_params.dir)
    if settings:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", settings)
        if not {"CEEX_TRADING_DATABASE_URL", "CEEX_WEBAPP_DATABASE_URL"} <= os.environ.keys():
            _start_for_tests()
    return (yield)


def _settings_for(args, folder):
    backend = embedded.ROOT / "backend"
    for argument in args:
        path = (folder / argument.split("::")[0]).resolve()
        if argument.startswith("-") or backend not in path.parents or not path.exists():
            continue
        return SETTINGS_OF_PART.get(path.relative_to(backend).parts[0])
    raise pytest.UsageError("name one part: pytest clearing | trading | webapp | shared | tests")


def _start_for_tests():
    server = _test_server(contextlib.ExitStack())
    for name, value in embedded.variables(server.folder, server).items():
        os.environ.setdefault(name, value)
    os.environ["CEEX_STATE_DIR"] = str(server.folder)


def _test_server(held):
    # The first folder that no other run holds, so that two runs at once don't meet.
    for number in range(1, 20):
        folder = embedded.state_dir() / "test" / str(number)
        with contextlib.suppress(embedded.FolderInUse):
            held.enter_context(embedded.claimed(folder))
            break
    else:
        raise pytest.UsageError("twenty test runs at once: no free folder under .state/test")
    atexit.register(held.close)
    try:
        return embedded.Server(folder, careless=True).start()
    except (embedded.DatabaseDidNotStart, subprocess.CalledProcessError):
        shutil.rmtree(folder / "data", ignore_errors=True)  # test data may be lost: begin anew
        return embedded.Server(folder, careless=True).start()
