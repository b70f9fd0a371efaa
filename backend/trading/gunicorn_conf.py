"""How many requests at once: webapp is the only caller."""

import os
import sys

bind = "0.0.0.0:8001"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
worker_class = "shared.serving.Worker"
threads = 8
# Loaded once and shared by the workers: half the work at the start, and a wrong setting ends it at once.
preload_app = "--reload" not in sys.argv
timeout = 30
# What has begun is finished; Docker waits 20 s before it kills.
graceful_timeout = 10
limit_request_line = 4094
limit_request_fields = 60
limit_request_field_size = 8190
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # nosec B108: memory, of this user alone
control_socket_disable = True


def on_starting(server):
    """Open the port when the tables are there, not before: whoever knows our name may call at once."""
    if preload_app:
        from trading.operations import health

        health.wait_until_ready()


def worker_exit(server, worker):
    """End at once when all that had begun is finished: to take the interpreter apart would last seconds."""
    if worker.booted and os.getpid() != server.pid:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)
