import json
import logging
import logging.config

import structlog

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
