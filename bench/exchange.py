"""An exchange of a row's own: an empty embedded PostgreSQL, and trading set up upon it."""

import atexit
import logging
import os
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def start(name, *, of=None):
    """Start one under `.state/bench/<name>`, ending with this process; returns its database server.

    :param of: what starts the server; the embedded one if nothing is given
    """
    sys.path.insert(0, str(ROOT / "backend"))
    from shared import embedded

    folder = ROOT / ".state" / "bench" / name
    shutil.rmtree(folder, ignore_errors=True)
    # What a benchmark writes is written as in production: flushed before it is acknowledged.
    server = (of or embedded.Server)(folder).start()
    atexit.register(server.stop)
    os.environ.update(embedded.variables(folder, server))
    os.environ["DJANGO_SETTINGS_MODULE"] = "trading.settings"
    import django
    from django.core.management import call_command

    django.setup()
    # Between the table's lines only what went wrong.
    logging.getLogger("trading").setLevel(logging.WARNING)
    call_command("migrate", verbosity=0)
    return server
