"""`record_readings`: takes in a CSV file of meter readings, all of it or nothing."""

import time
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from trading.grid import queries as grid
from trading.grid.models import DistributionSystemOperator
from trading.markets import queries as clock
from trading.metering import files, intake


class Command(BaseCommand):
    """Record a file of readings; the same file again changes nothing."""

    help = "Record a CSV file of readings with the columns node,startsAt,wh and, if wanted, quality."

    def add_arguments(self, parser):
        """Which file, and whose."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--dso", help="the grid operator's id, where there are several")

    def handle(self, *, file, dso, **options):
        """Record it and say what became of it."""
        started = time.monotonic()
        operator = _operator(dso)
        try:
            taken = intake.record_file(dso=operator, raw=file.read_bytes(), at=clock.now())
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}") from error
        except files.BadFile as error:
            raise CommandError(f"{file}: {error} Nothing was recorded.") from error
        self.stdout.write(
            f"{taken.new} new, {taken.corrected} corrected, {taken.unchanged} unchanged,"
            f" {taken.quarantined} quarantined, in {time.monotonic() - started:.1f} s."
        )


def _operator(public_id):
    found = grid.operators() if public_id is None else grid.operators().filter(public_id=public_id)
    try:
        return found.get()
    except DistributionSystemOperator.DoesNotExist as error:
        raise CommandError("there is no such grid operator") from error
    except DistributionSystemOperator.MultipleObjectsReturned as error:
        raise CommandError("there are several grid operators: name one with --dso") from error
