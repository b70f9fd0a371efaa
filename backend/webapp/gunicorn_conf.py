"""How many requests at once: threads that mostly wait for the trading service or the database."""

import os
import sys

bind = "0.0.0.0:8000"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
worker_class = "shared.serving.Worker"
# More than upstream.guards lets wait for trading, so that the other routes always find a thread.
threads = 12
# Loaded once and shared by the workers: half the work at the start, and a wrong setting ends it at once.
preload_app = "--reload" not in sys.argv
# Longer than the 5 s that a call to trading may take; then a stuck worker is replaced.
timeout = 30
# What has begun is finished; Docker waits 20 s before it kills.
graceful_timeout = 10
# Longer than the 90 s after which Traefik drops an idle connection, so it never writes on one just closed.
keepalive = 100
limit_request_line = 4094
limit_request_fields = 60
limit_request_field_size = 8190
# A place in memory for what workers tell the master, not the read-only root.
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # nosec B108: memory, of this user alone
control_socket_disable = True


def post_worker_init(worker):
    """Start the threads that send letters and webhooks; they would not survive the fork."""
    from webapp.inbox import digest
    from webapp.users import letters, operations, postman
    from webapp.webhooks import courier

    postman.start(deliver_due=(letters.deliver_due, digest.deliver_due), purge=operations.purge)
    courier.start()
