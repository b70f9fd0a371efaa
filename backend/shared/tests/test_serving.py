"""Who holds fewer connections takes the next; what was loaded is never looked through again."""

import gc
import time
from types import SimpleNamespace

import pytest

from shared import draining, serving

NOW = 1_000.0


@pytest.fixture
def worker(monkeypatch):
    """A process that listens to nothing; what it does is written down."""
    done = []
    monkeypatch.setattr(serving, "_held", [0] * serving.PROCESSES)
    monkeypatch.setattr(serving, "_seen", [0.0] * serving.PROCESSES)
    monkeypatch.setattr(time, "monotonic", lambda: NOW)
    monkeypatch.setattr(time, "sleep", lambda seconds: done.append("waits"))
    monkeypatch.setattr(draining.Worker, "accept", lambda self, listener: done.append("takes"))
    monkeypatch.setattr(draining.Worker, "notify", lambda self: None)
    made = serving.Worker.__new__(serving.Worker)
    made.age, made.done = 1, done
    made.notify()
    return made


def other(held, seen=NOW):
    serving._held[2], serving._seen[2] = held, seen


class TestAccept:
    @pytest.mark.parametrize(
        ("mine", "others", "done"),
        [(0, 0, ["takes"]), (2, 2, ["takes"]), (2, 3, ["takes"]), (3, 2, ["waits", "takes"])],
    )
    def test_lets_others_take_it_first_that_hold_fewer(self, worker, mine, others, done):
        worker.nr_conns = mine
        other(others)
        worker.accept(None)
        assert worker.done == done

    def test_waits_for_nobody_who_is_gone(self, worker):
        worker.nr_conns = 3
        other(0, seen=NOW - serving.ALIVE_S - 1)
        worker.accept(None)
        assert worker.done == ["takes"]


@pytest.mark.parametrize("before_the_fork", [True, False])
def test_what_is_loaded_is_not_looked_through_again(worker, monkeypatch, before_the_fork):
    monkeypatch.setattr(draining.Worker, "load_wsgi", lambda self: None)
    worker.cfg = SimpleNamespace(preload_app=before_the_fork)
    before, threshold = gc.get_freeze_count(), gc.get_threshold()
    worker.load_wsgi()
    try:
        assert gc.get_freeze_count() > before
        assert gc.get_threshold()[0] == serving.YOUNG
    finally:
        gc.unfreeze()
        gc.set_threshold(*threshold)
