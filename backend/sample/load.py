"""Load what the services' processes load at their start, so that its bytecode is written."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from shared import identity

STARTS = (
    ("-c", "import gunicorn.app.wsgiapp, gunicorn.workers.gthread, trading.gunicorn_conf, trading.wsgi"),
    ("-c", "import gunicorn.app.wsgiapp, gunicorn.workers.gthread, webapp.gunicorn_conf, webapp.wsgi"),
    ("-m", "trading", "run_auctions", "--help"),
    ("-c", "from trading.results import clearer; clearer.warm_up()"),
    ("-m", "trading", "migrate_safely", "--help"),
    ("-m", "webapp", "migrate_safely", "--help"),
    # A service that is not asked for its health yet; its answer does not count.
    ("-ISX", f"pycache_prefix={sys.pycache_prefix}", "/probe.py", "http", "trading:8001/"),
)


def main():
    """Start each of them once, and compile every module of our own, such as the migrations."""
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | settings(Path(folder))
        for words in STARTS:
            subprocess.run([sys.executable, *words], env=environment, check="-m" in words or "-c" in words)
    subprocess.run([sys.executable, "-m", "compileall", "-q", "/app"], check=True)


def settings(folder):
    """Return variables with which both services can be loaded; nothing that they name is ever asked."""
    named = {
        "CEEX_MAIL": "file",
        "CEEX_MAIL_FROM": "CEEX <ceex@ceex.example>",
        "CEEX_SUPPORT_MAIL": "ceex@ceex.example",
    }
    named |= {f"CEEX_{service}_URL": "http://localhost" for service in ("TRADING", "WEBAPP", "PUBLIC")}
    for service in ("trading", "webapp"):
        for file, pem in zip((f"{service}.pem", f"{service}.pub.pem"), identity.new_key_pair(), strict=True):
            (folder / file).write_text(pem)
        prefix = f"CEEX_{service.upper()}"
        named[f"{prefix}_DATABASE_URL"] = f"postgresql://{service}@localhost/{service}"
        named[f"{prefix}_SECRET_KEY"] = os.urandom(32).hex()
        named[f"{prefix}_PRIVATE_KEY_FILE"] = str(folder / f"{service}.pem")
        named[f"{prefix}_PUBLIC_KEY_FILE"] = str(folder / f"{service}.pub.pem")
    return named


if __name__ == "__main__":
    main()
