"""What gunicorn runs: `gunicorn -c python:webapp.gunicorn_conf webapp.wsgi`."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "webapp.settings")
try:
    application = get_wsgi_application()
except ImproperlyConfigured as error:
    sys.exit(f"webapp cannot start: {error}")

# Loaded here and not at the first request: once for all workers, which also share what readiness said last.
get_resolver().url_patterns  # noqa: B018 – reading it loads every view
