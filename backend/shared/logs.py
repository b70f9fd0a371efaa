"""What the services write down: one JSON object a line, in UTC, with the request's id and without secrets."""

import re
from functools import lru_cache

import structlog

# Asked every few seconds by machines, which tell by other means what they found.
UNTOLD = re.compile(r"(/api)?/health/[a-z]+|/metrics")
SECRET_NAMES = ("password", "token", "secret", "authorization", "cookie", "apikey")


def configure():
    """Set structlog up and return Django's LOGGING for it."""
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
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {
                "()": structlog.stdlib.ProcessorFormatter,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    # Here and not before, so that the errors of other libraries are written out too.
                    structlog.processors.format_exc_info,
                    structlog.processors.JSONRenderer(),
                ],
                "foreign_pre_chain": shared_steps,
            }
        },
        "filters": {"worth": {"()": lambda: worth_telling}},
        "handlers": {
            "console": {"class": "logging.StreamHandler", "formatter": "json", "filters": ["worth"]}
        },
        "root": {"handlers": ["console"], "level": "INFO"},
        # Django's own line for each 4xx would say again what django-structlog's request line says.
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
