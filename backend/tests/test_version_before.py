"""Does the version before still run on the tables of this one? (Expand, then contract: docs/deployment.md.)

Until a redeploy has ended, old code meets new tables. So the code from before the newest migration plays
its own stories on tables that today's migrations made.
"""

import os
import subprocess
import sys

import psycopg2
import pytest

from shared import environment

MIGRATIONS = ":(glob)backend/**/migrations/*.py"
# What must go on meanwhile: a day from open to settled, and who may act for which node.
STORIES = {"trading": "tests/test_auction_day.py", "webapp": "webapp/access"}


def git(*words):
    """What git says of this repository, or "" where it knows nothing."""
    done = subprocess.run(["git", *words], cwd=environment.ROOT, capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else ""


def before_newest_migration():
    """The commit whose code knows nothing of the newest migration; "" without the history."""
    if git("status", "--porcelain", "--", MIGRATIONS):
        return git("rev-parse", "HEAD")
    newest = git("log", "-1", "--diff-filter=A", "--format=%H", "--", MIGRATIONS)
    return git("rev-parse", "--verify", "--quiet", f"{newest}^")


@pytest.fixture(scope="module")
def code_before(tmp_path_factory):
    """The backend as it was before the newest migration."""
    commit = before_newest_migration()
    if not commit:
        pytest.skip("the history is not here: a shallow clone, or no repository at all")
    folder = tmp_path_factory.mktemp("before")
    with subprocess.Popen(
        ["git", "archive", commit, "backend"], cwd=environment.ROOT, stdout=subprocess.PIPE
    ) as archive:
        subprocess.run(["tar", "-x", "-C", folder], stdin=archive.stdout, check=True)
    assert archive.returncode == 0
    return folder / "backend"


def make_database(url, name):
    """Make an empty database on the server of `url`."""
    connection = psycopg2.connect(url)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {name}")
        cursor.execute(f"CREATE DATABASE {name}")
    connection.close()


def run(folder, service, database, *words):
    """Run a module of Python with the code in a folder on a database."""
    name = f"CEEX_{service.upper()}_DATABASE_URL"
    own = {name: os.environ[name].replace(f"/ceex_{service}", f"/{database}"), "PYTHONPATH": str(folder)}
    own |= {"DJANGO_SETTINGS_MODULE": f"{service}.settings", "PYTEST_ADDOPTS": ""}
    own |= {"NUMBA_DISABLE_JIT": "1"}  # a few small books: to compile takes longer than to clear them
    command = [sys.executable, "-m", *words]
    return subprocess.run(command, cwd=folder, env=os.environ | own, capture_output=True, text=True)


@pytest.mark.parametrize("service", STORIES)
def test_plays_its_stories_on_the_tables_of_this_one(service, code_before):
    database = f"before_{service}"
    make_database(os.environ[f"CEEX_{service.upper()}_DATABASE_URL"], f"test_{database}")
    migrated = run(environment.ROOT / "backend", service, f"test_{database}", service, "migrate")
    assert migrated.returncode == 0, migrated.stderr[-2000:]
    # pytest takes test_… and keeps what is there: the tables of today's migrations.
    options = ("-q", "-x", "--reuse-db", "-p", "no:cacheprovider", "-p", "no:randomly")
    played = run(code_before, service, database, "pytest", *options, STORIES[service])
    assert played.returncode == 0, played.stdout[-4000:] + played.stderr[-1000:]
