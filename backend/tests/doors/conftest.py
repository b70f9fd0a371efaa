"""Both doors open: trading in this process behind a socket, webapp in one of its own in front of it."""

import json
import os
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass

import pytest
import requests
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.core.wsgi import get_wsgi_application

from shared import identity
from trading.markets import operations as markets
from trading.tests.cast import NOON_BEFORE, auction, build_street, open_auctions

PASSWORD = "correct horse battery"
PEOPLE = """
import django; django.setup()
import json, sys
from datetime import timedelta
from django.core.management import call_command
from shared import identity
from webapp.keys import operations as keys
from webapp.keys.models import ApiKey
from webapp.users.models import Throttle, User
# Row by row: emptying whole tables would wait for, or stop, the service that runs beside.
User.objects.all().delete()
Throttle.objects.all().delete()
call_command("load_demo", sys.argv[1], stdout=sys.stderr)
made, at = {}, identity.real_time()
for user in User.objects.all():
    name = user.email.partition("@")[0]
    made[name] = keys.create(user=user, name="bot", scopes=["read", "trade"], nodes=[],
                             valid_for=timedelta(days=1), at=at)[1]
ApiKey.objects.update(requests_per_minute=1_000_000)
print(json.dumps(made))
"""


@dataclass(frozen=True)
class Doors:
    """Where the public service listens, and the keys of Ada's and Bo's programs."""

    url: str
    keys: dict

    def session(self, name=None):
        """A session of a program, with a key or without."""
        session = requests.Session()
        session.trust_env = False
        if name:
            session.headers["Authorization"] = f"Bearer {self.keys[name]}"
        return session

    def call(self, name, method, path, *, status=200, **options):
        """Ask, see that the status is right, and return the JSON."""
        answer = self.session(name).request(method, self.url + path, timeout=30, **options)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None


@pytest.fixture(scope="session")
def trading_url():
    """Trading behind a socket, in this process, so that a test can reach behind it."""
    server = ThreadedWSGIServer(("127.0.0.1", 0), Quiet)
    server.set_app(get_wsgi_application())
    threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
    url = f"http://127.0.0.1:{server.server_address[1]}"
    # The first request loads every room: nobody shall wait for that within a limit of seconds.
    Doors(url, {}).call(None, "GET", "/version")
    yield url
    server.shutdown()
    server.server_close()


class Quiet(WSGIRequestHandler):
    """Writes no line per request."""

    def log_message(self, *args):
        """Keep quiet."""


@pytest.fixture(scope="session")
def webapp_environment(trading_url):
    """What a process of webapp needs to know; its database is migrated."""
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "webapp.settings",
        "CEEX_ALLOWED_HOSTS": "127.0.0.1,localhost",
        "CEEX_TRADING_URL": trading_url,
        "WEB_CONCURRENCY": "1",
    }
    _run(environment, "-m", "webapp", "migrate", "--verbosity", "0")
    return environment


@pytest.fixture(scope="session")
def webapp_url(webapp_environment, tmp_path_factory):
    """The public service, as it runs in production."""
    port = _free_port()
    command = [sys.executable, "-m", "gunicorn", "-c", "webapp/gunicorn_conf.py", "--log-level", "error"]
    log = (tmp_path_factory.mktemp("doors") / "webapp.log").open("w")
    process = subprocess.Popen(
        [*command, "-b", f"127.0.0.1:{port}", "webapp.wsgi"], env=webapp_environment, stdout=log, stderr=log
    )
    try:
        yield _ready(f"http://127.0.0.1:{port}")
    finally:
        process.terminate()
        process.wait(timeout=20)
        log.close()


@pytest.fixture
def street(transactional_db):
    """The street, in a database that other connections see too."""
    street = build_street()
    type(street.dso).objects.filter(pk=street.dso.pk).update(area_code="NO1")
    return street


@pytest.fixture
def dam(street):
    """The open day-ahead auction; the exchange's clock shows an hour before its gate closes."""
    open_auctions(street)
    markets.set_clock(speed=1, shows_at=NOON_BEFORE, real_at=identity.real_time())
    return auction()


@pytest.fixture
def doors(dam, street, webapp_url, webapp_environment, tmp_path):
    """The public service, with Ada and Bo and a key for each."""
    people = str(_people(tmp_path, street))
    return Doors(webapp_url, json.loads(_run(webapp_environment, "-c", PEOPLE, people)))


def _people(folder, street):
    about = {"password": PASSWORD, "role": "household", "language": "en", "dso": street.dso.public_id}
    people = [
        about | {"email": f"{name}@example.ch", "dsoClientId": number}
        for name, number in (("ada", "C0018"), ("bo", "C0026"))
    ]
    file = folder / "people.json"
    file.write_text(json.dumps(people))
    return file


def _run(environment, *arguments):
    command = [sys.executable, *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip().splitlines()[-1] if done.stdout.strip() else ""


def _free_port():
    with socket.create_server(("127.0.0.1", 0)) as sock:
        return sock.getsockname()[1]


def _ready(url):
    until = time.monotonic() + 120
    with requests.Session() as session:
        session.trust_env = False
        while time.monotonic() < until:
            try:
                if session.get(url + "/api/health/live", timeout=5).ok:
                    return url
            except requests.RequestException:
                time.sleep(0.1)
    raise AssertionError("webapp did not start")
