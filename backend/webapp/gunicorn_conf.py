"""How many requests at once: threads that mostly wait for the trading service or the database."""

import os

workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
worker_class = "gthread"
# More than upstream.guards lets wait for trading, so that the other routes always find a thread.
threads = 12
# Longer than the 5 s that a call to trading may take; then a stuck worker is replaced.
timeout = 30
graceful_timeout = 10
keepalive = 5
limit_request_line = 4094
limit_request_fields = 60
limit_request_field_size = 8190
