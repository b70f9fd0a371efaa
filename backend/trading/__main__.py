"""`python -m trading <command>`: the service's management commands."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "trading.settings")
try:
    execute_from_command_line(sys.argv)
except ImproperlyConfigured as error:
    sys.exit(f"trading cannot start: {error}")
