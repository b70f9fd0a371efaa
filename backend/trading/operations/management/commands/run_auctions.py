"""`run_auctions`: one worker; start as many as you like, on as many machines."""

import os
import signal
import socket
import threading
from pathlib import Path

from django.core.management.base import BaseCommand

from trading.operations import operations, pulse
from trading.operations.worker import Worker
from trading.results import solver


class Command(BaseCommand):
    """Runs the auctions until it is stopped; SIGTERM and Ctrl-C let the current step finish."""

    help = __doc__

    def add_arguments(self, parser):
        """A name for the log, by default the machine and the process; what a health check looks at."""
        parser.add_argument("--worker", default=f"{socket.gethostname()}-{os.getpid()}"[:64])

        parser.add_argument("--sign-of-life", type=Path, help="a file to touch while all is well")

    def handle(self, *, worker, sign_of_life, **options):
        """Work until a signal says stop."""
        stopping = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
        solve = solver.Apart()
        solve.warm()
        beating = pulse.Pulse(worker=worker, lease_s=operations.LEASE_S)
        beating.start()
        try:
            Worker(
                name=worker, stopping=stopping, sign_of_life=sign_of_life, solve=solve, beating=beating
            ).run_beside()
        finally:
            beating.stop()
            solve.close()
