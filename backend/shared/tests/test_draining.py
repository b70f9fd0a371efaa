"""A process that ends answers what has begun and refuses what comes, so that another copy is asked."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from shared import environment

SLOW = """
import time
def app(environ, start_response):
    open("began", "w").close()
    time.sleep(1.5)
    start_response("200 OK", [("Content-Length", "4")])
    return [b"done"]
"""


@pytest.fixture
def server(tmp_path):
    (tmp_path / "slow.py").write_text(SLOW)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ("-k", "shared.draining.Worker", "--threads", "4", "--bind", f"127.0.0.1:{port}", "slow:app")
    paths = os.pathsep.join([str(environment.ROOT / "backend"), str(tmp_path)])
    process = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", *options], cwd=tmp_path, env=os.environ | {"PYTHONPATH": paths}
    )
    wait_until(lambda: connects(port))
    yield process, port, tmp_path / "began"
    process.kill()
    process.wait()


def wait_until(fact):
    until = time.monotonic() + 20
    while not fact():
        assert time.monotonic() < until
        time.sleep(0.05)


def connects(port):
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def ask(port):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("GET", "/")
    return connection.getresponse().read()


class TestWorker:
    def test_refuses_at_once_and_answers_what_has_begun(self, server):
        process, port, began = server
        with ThreadPoolExecutor(1) as pool:
            answer = pool.submit(ask, port)
            wait_until(began.exists)
            process.send_signal(signal.SIGTERM)
            wait_until(lambda: not connects(port))
            assert not answer.done()
            assert answer.result() == b"done"
        assert process.wait(20) == 0
