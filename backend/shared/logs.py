"""What the services write down: one JSON object a line, in UTC, with the request's id and without secrets."""

import json
import logging
import re
import sys
import uuid
from functools import lru_cache

import structlog
from django.core.signals import got_request_exception

log = structlog.get_logger(__name__)

# Asked every few seconds by machines, which tell by other means what they found.
UNTOLD = re.compile(r"(/api)?/health/[a-z]+|/metrics")
ENCODER = json.JSONEncoder(default=repr)  # one for all lines
WRITTEN = (
    structlog.processors.format_exc_info,
    structlog.processors.JSONRenderer(lambda event, **_: ENCODER.encode(event)),
)
SECRET_NAMES = ("password", "token", "secret", "authorization", "cookie", "apikey")


class Lines(structlog.stdlib.ProcessorFormatter):
    """Writes our own events without the detours that are made for those of other libraries."""

    def format(self, record):
        """The line of a record."""
        if not isinstance(record.msg, dict):
            return super().format(record)
        line = record.msg.copy()
        for step in WRITTEN:
            line = step(None, record.levelname.lower(), line)
        return line


def configure():
    """Set structlog up and return Django's LOGGING for it."""
    # No line says where in the code, in which thread or process it was written: nobody looks there.
    logging._srcfile = None
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    shared_steps = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        without_secrets,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared_steps,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        # What is not told at all costs nothing.
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {
                "()": Lines,
                # Here and not before, so that the errors of other libraries are written out too.
                "processors": [Lines.remove_processors_meta, *WRITTEN],
                "foreign_pre_chain": shared_steps,
            }
        },
        "filters": {"worth": {"()": lambda: worth_telling}},
        "handlers": {
            "console": {"class": "logging.StreamHandler", "formatter": "json", "filters": ["worth"]}
        },
        "root": {"handlers": ["console"], "level": "INFO"},
        # Django's own line for each 4xx would say again what the line of the request says.
        "loggers": {"django.request": {"level": "ERROR"}, "django.server": {"level": "WARNING"}},
    }


def worth_telling(record):
    """False for what a question after health or metrics leaves, also where it is answered "not ready"."""
    if record.name == "django.request":
        path, status = (
            getattr(getattr(record, "request", None), "path", ""),
            getattr(record, "status_code", 0),
        )
    else:
        said = record.msg if isinstance(record.msg, dict) else {}
        _, _, address = str(said.get("request", "")).partition(" ")
        path, status = address.partition("?")[0], said.get("code", 500 if "exc_info" in said else 0)
    return status == 500 or UNTOLD.fullmatch(path) is None


def without_secrets(logger, method, event):
    """Blank every value whose name says that it is secret."""
    for name in event:
        if _is_secret(name):
            event[name] = "…"
    return event


@lru_cache(maxsize=1_000)
def _is_secret(name):
    return any(secret in name.lower().replace("_", "") for secret in SECRET_NAMES)


class RequestLine:
    """Middleware: a line for each request once it has ended, and its id in whatever is written until then."""

    def __init__(self, get_response):
        self.get_response = get_response
        got_request_exception.connect(_note_failure)

    def __call__(self, request):
        """Answer it, and say how."""
        request_id = request.META.get("HTTP_X_REQUEST_ID") or str(uuid.uuid4())
        structlog.contextvars.bind_contextvars(request_id=request_id)
        try:
            response = self.get_response(request)
            if not hasattr(request, "ceex_failed"):
                _say(request, response.status_code)
            return response
        finally:
            structlog.contextvars.clear_contextvars()


def _say(request, code):
    tell = log.error if code >= 500 else log.warning if code >= 400 else log.info
    tell("request_finished", **_facts(request, code))


def _note_failure(sender, request, **_):
    # The fault's own line has all that the request's would say.
    request.ceex_failed = True
    log.error("request_failed", exc_info=sys.exc_info(), **_facts(request, 500))


def _facts(request, code):
    key = getattr(getattr(request, "user", None), "pk", None)
    return {
        "code": code,
        "request": f"{request.method} {request.get_full_path()}",
        "user_id": key and str(key),
    }
