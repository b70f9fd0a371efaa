import json
import logging
import logging.config
from types import SimpleNamespace
from uuid import UUID

import pytest
import structlog
from django.core.signals import got_request_exception
from django.http import HttpResponse
from django.test import RequestFactory
from structlog.testing import capture_logs

from shared import logs


class TestWithoutSecrets:
    def test_blanks_what_is_secret_and_keeps_the_rest(self):
        event = {"event": "login", "newPassword": "x", "access_token": "y", "API_KEY": "z", "user_id": 3}
        assert logs.without_secrets(None, "info", event) == {
            "event": "login",
            "newPassword": "…",
            "access_token": "…",
            "API_KEY": "…",
            "user_id": 3,
        }


def line(request, **more):
    event = {"event": "request_finished", "request": request} | more
    return logging.LogRecord("shared.logs", logging.INFO, "", 0, event, (), None)


def error(path, status):
    record = logging.LogRecord("django.request", logging.ERROR, "", 0, "%s: %s", ("Error", path), None)
    record.request, record.status_code = SimpleNamespace(path=path), status
    return record


class TestWorthTelling:
    def test_leaves_out_what_machines_ask_every_few_seconds(self):
        for request in ("GET /api/health/ready", "GET /health/live", "GET /metrics", "GET /metrics?a=1"):
            assert not logs.worth_telling(line(request))

    def test_nobody_hides_behind_such_a_word(self):
        for path in ("/api/auth/login?x=/health/", "/node/N001/metrics", "/metrics/x", "/?/metrics"):
            assert logs.worth_telling(line(f"POST {path}"))
            assert logs.worth_telling(error(path.partition("?")[0], 500))

    def test_tells_of_faults_but_not_each_time_that_it_is_not_ready(self):
        assert not logs.worth_telling(error("/health/ready", 503))
        assert not logs.worth_telling(line("GET /health/ready", code=503))
        assert logs.worth_telling(error("/health/ready", 500))
        assert logs.worth_telling(line("GET /metrics", code=500))
        assert logs.worth_telling(line("GET /metrics", exc_info=True))


class TestConfigure:
    def test_writes_one_json_line_for_each_event_whoever_logs_it(self, monkeypatch):
        formatter = logging.config.DictConfigurator(logs.configure()).configure_formatter(
            logs.configure()["formatters"]["json"]
        )
        lines = []
        handler = logging.Handler()
        handler.emit = lambda record: lines.append(formatter.format(record))
        for name in ("shared.tests.ours", "shared.tests.theirs"):
            monkeypatch.setattr(logging.getLogger(name), "handlers", [handler])
        try:
            raise KeyError("line\nbreak")
        except KeyError:
            structlog.get_logger("shared.tests.ours").exception("went_wrong", password="x")
            logging.getLogger("shared.tests.theirs").exception("went wrong")
        ours, theirs = (json.loads(line) for line in lines)
        assert all("\n" not in line for line in lines)
        assert ours["password"] == "…" and ours["event"] == "went_wrong"
        assert "KeyError" in ours["exception"] and "KeyError" in theirs["exception"]
        assert ours["timestamp"].endswith("Z")


class TestRequestLine:
    def ended(self, respond, **headers):
        """The lines of one request."""
        with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
            logs.RequestLine(respond)(RequestFactory().get("/node/N001/metrics?a=1", headers=headers))
        return lines

    @pytest.mark.parametrize(
        ("code", "level"), [(200, "info"), (304, "info"), (404, "warning"), (503, "error")]
    )
    def test_says_how_a_request_ended(self, code, level):
        [line] = self.ended(lambda request: HttpResponse(status=code), x_request_id="of-the-door")
        assert line == {
            "event": "request_finished",
            "log_level": level,
            "code": code,
            "request": "GET /node/N001/metrics?a=1",
            "request_id": "of-the-door",
            "user_id": None,
        }

    def test_gives_an_id_where_none_came(self):
        one, other = (self.ended(lambda request: HttpResponse())[0]["request_id"] for _ in range(2))
        assert one != other

    def test_says_whose_it_was(self):
        def respond(request):
            request.user = SimpleNamespace(pk=UUID("6a2f41a3-c54c-4ce8-8b1f-0a0b7f6f0e01"))
            return HttpResponse()

        assert self.ended(respond)[0]["user_id"] == "6a2f41a3-c54c-4ce8-8b1f-0a0b7f6f0e01"

    def test_of_a_fault_there_is_one_line_with_its_cause(self):
        def respond(request):
            try:
                raise KeyError("N001")
            except KeyError:
                got_request_exception.send(sender=None, request=request)
            return HttpResponse(status=500)

        [line] = self.ended(respond)
        assert (line["event"], line["code"], line["exc_info"][0]) == ("request_failed", 500, KeyError)

    def test_leaves_nothing_behind_for_the_next(self):
        self.ended(lambda request: HttpResponse())
        assert structlog.contextvars.get_contextvars() == {}
