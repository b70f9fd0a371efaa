"""`play_meters`: reports what the village's meters count as the exchange's clock passes."""

import signal
import threading
from datetime import timedelta

import structlog
from django.core.management.base import BaseCommand
from django.db import DatabaseError, InterfaceError, connection

from trading.grid import queries as grid
from trading.markets import queries as clock
from trading.metering import village_meters as metering
from trading.strategies import forecast

log = structlog.get_logger(__name__)

LONGEST_PAUSE_S = 5  # real time; the clock may be set anew meanwhile
RECONNECT_S = 0.5


class Command(BaseCommand):
    """Plays the meters until it is stopped; what was missed meanwhile is caught up first."""

    help = __doc__

    def handle(self, **options):
        """Play until a signal says stop; the transaction that has begun is finished."""
        stopping = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
        log.info("meters_started")
        while not stopping.is_set():
            stopping.wait(play())
        log.info("meters_stopped")


def play():
    """Report what is due, then say how long nothing will be. [s of real time]"""
    try:
        moment = clock.moment()
        reports = [metering.catch_up(dso=dso, at=moment.at) for dso in grid.operators()]
    except (DatabaseError, InterfaceError) as error:
        # The database dropped us or is starting: everything uncommitted is undone, so begin anew.
        log.warning("database_lost", error=str(error).strip())
        connection.close()
        return RECONNECT_S
    if rows := sum(rows for rows, _ in reports):
        log.info("meters_reported", rows=rows, until=moment.at.isoformat())
    return pause_s(moment) if all(done for _, done in reports) else 0


def pause_s(moment):
    """How long until the next quarter hour is reported, or the clock is asked again. [s of real time]"""
    reported = forecast.quarter_of(moment.at - metering.VILLAGE_DELAY)
    next_report = forecast.utc(reported + 1) + metering.VILLAGE_DELAY
    return min((next_report - moment.at) / moment.speed / timedelta(seconds=1), LONGEST_PAUSE_S)
