import threading

import pytest
from django.db import OperationalError

from webapp.users import postman


class Stop(BaseException):
    """Ends the endless loop of a test."""


@pytest.fixture
def rounds(monkeypatch):
    """Let the postman work for so many rounds, without waiting between them."""

    def _rounds(count, deliver_due, purge=lambda at: None):
        left = iter(range(count))

        def wait(seconds):
            if next(left, None) is None:
                raise Stop

        bell = threading.Event()
        bell.wait = wait
        monkeypatch.setattr(postman, "_bell", bell)
        with pytest.raises(Stop):
            postman._work((deliver_due,), purge)

    return _rounds


@pytest.mark.django_db
class TestPostman:
    def test_goes_on_when_the_database_is_away(self, rounds, monkeypatch):
        monkeypatch.setattr(postman.connection, "close", lambda: None)
        monkeypatch.setattr(postman, "close_old_connections", lambda: None)
        seen = []

        def deliver_due(at):
            seen.append(at)
            if len(seen) < 3:
                raise OperationalError("away")

        rounds(3, deliver_due)
        assert len(seen) == 4

    def test_clears_up_once_a_day(self, rounds, monkeypatch):
        monkeypatch.setattr(postman, "close_old_connections", lambda: None)
        clock, cleared_up = [0.0], []
        monkeypatch.setattr(postman.time, "monotonic", lambda: clock[0])

        def deliver_due(at):
            clock[0] += 3600

        rounds(49, deliver_due, purge=lambda at: cleared_up.append(clock[0]))
        assert [second // 3600 for second in cleared_up] == [1, 26]

    def test_works_once_per_process(self, monkeypatch):
        started = []
        monkeypatch.setattr(postman, "_started", threading.Lock())
        monkeypatch.setattr(postman.threading.Thread, "start", lambda thread: started.append(thread.name))
        for _ in range(3):
            postman.start(deliver_due=(), purge=lambda at: None)
        assert started == ["postman"]
