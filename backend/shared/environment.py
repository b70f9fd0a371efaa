"""What the environment says about this installation, read strictly and named when missing."""

import os
import ssl
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

ROOT = Path(__file__).resolve().parents[2]


class SettingMissing(ImproperlyConfigured):
    """An environment variable without which the service cannot start is not set."""


class SettingUnusable(ImproperlyConfigured):
    """An environment variable is set to something the service cannot work with."""


def required(name):
    """Read a variable; stop the start, naming it, if it is missing or empty."""
    value = _given(name)
    if not value:
        where = f"{name}_FILE names an empty file" if os.environ.get(f"{name}_FILE") else f"{name} is not set"
        raise SettingMissing(f"{where}. .env.example lists every variable with its meaning.")
    return value


def optional(name, default):
    """Read a variable, or take its default."""
    return _given(name) or default


def _given(name):
    """What NAME says, or else the file that NAME_FILE names: secrets come as files."""
    value = os.environ.get(name, "").strip()
    path = os.environ.get(f"{name}_FILE", "").strip()
    if value or not path:
        return value
    try:
        return Path(path).read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        said = getattr(error, "strerror", None) or "not text"
        raise SettingUnusable(f"{name}_FILE names a file that cannot be read: {said}.") from error


def flag(name, default=False):
    """Read a variable that is 0 or 1."""
    value = optional(name, "1" if default else "0")
    if value not in ("0", "1"):
        raise SettingUnusable(f"{name} must be 0 or 1.")
    return value == "1"


def integer(name, default, *, low, high):
    """Read a whole number between two bounds."""
    value = optional(name, str(default))
    if not (value.isascii() and value.isdigit() and len(value) < 10 and low <= int(value) <= high):
        raise SettingUnusable(f"{name} must be a whole number from {low} to {high}.")
    return int(value)


def secret(name):
    """Read a secret of at least 50 characters; shorter or repetitive ones stop the start."""
    value = required(name)
    if len(value) < 50 or len(set(value)) < 12:
        raise SettingUnusable(f"{name} must have at least 50 characters, 12 of them different.")
    return value


def file_text(name):
    """Read the text of the file that a variable names."""
    path = Path(required(name))
    try:
        return (path if path.is_absolute() else ROOT / path).read_text()
    except OSError as error:
        raise SettingUnusable(f"{name} names a file that cannot be read: {error.strerror}.") from error


def url(name):
    """Read an http(s) address without a path, as the other service's or the public one."""
    value = required(name).rstrip("/")
    parts = urlsplit(value)
    if (
        parts.scheme not in ("http", "https")
        or not parts.hostname
        or parts.path
        or parts.query
        or parts.username
    ):
        raise SettingUnusable(f"{name} must look like http://host:port, without path and user.")
    return value


def authorities(name):
    """The path of a PEM file with the certificate authorities to believe; None for the machine's own."""
    path = os.environ.get(name, "").strip()
    if not path:
        return None
    text, path = file_text(name), str(ROOT / path)
    try:
        ssl.create_default_context(cadata=text)
    except (ssl.SSLError, ValueError) as error:
        raise SettingUnusable(f"{name} must name a PEM file with at least one certificate.") from error
    return path


def state_dir():
    """The folder of everything that an embedded run writes."""
    return Path(optional("CEEX_STATE_DIR", str(ROOT / ".state")))


def database(name):
    """Turn postgresql://user:password@host:port/name?host=/socket into an entry of DATABASES."""
    parts = urlsplit(required(name))
    options = dict(parse_qsl(parts.query))
    if parts.scheme not in ("postgresql", "postgres") or len(parts.path) < 2:
        raise SettingUnusable(f"{name} must look like postgresql://user:password@host:port/name.")
    return {
        "ENGINE": "shared.postgresql",
        "NAME": unquote(parts.path[1:]),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", parts.hostname or ""),
        "PORT": options.pop("port", str(parts.port or "")),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"connect_timeout": 3, **options},
    }


def mail(name, folder):
    """Turn file or smtp(s)://user:password@host:port into Django's mail settings; the default is file."""
    value = optional(name, "file")
    if value == "file":
        return {
            "EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend",
            "EMAIL_FILE_PATH": str(folder),
        }
    parts = urlsplit(value)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise SettingUnusable(f"{name} must be file, smtp://user:password@host:port or smtps://….")
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or (465 if parts.scheme == "smtps" else 25),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        # Credentials never travel in the clear.
        "EMAIL_USE_TLS": parts.scheme == "smtp" and bool(parts.username),
        "EMAIL_TIMEOUT": 10,
    }
